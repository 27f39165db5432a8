package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.assertSame;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static io.github.sparknsvq.ml.IndexTestData.nearest;
import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntPredicate;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches that not all vectors count for. */
class IndexFilterTest {
    @TempDir
    private static Path directory;

    private static IvfIndexModel shared;
    private static IvfIndexModel named;

    private final IvfIndexModel model = shared.copy(ParamMap.empty());
    private final Dataset<Row> queries = TestVectors.frame(QUERIES);

    /** Vectors with a color, absent for each fourth, and a size from 0 to 9. */
    private static Dataset<Row> colored() {
        return TestVectors.frame(VECTORS)
                .selectExpr(
                        "id",
                        "features",
                        "nullif(elt(int(id % 4) + 1, 'red', 'green', 'blue', 'none'), 'none') as color",
                        "int(id % 10) as size");
    }

    @BeforeAll
    static void build() {
        shared = IndexTestData.flat(directory.resolve("shared"), colored(), "color", "size");
        named = IndexTestData.flat(
                directory.resolve("named"), TestVectors.frame(VECTORS).withColumn("id", expr("concat('v', id)")));
    }

    private static void assertNearestOf(IntPredicate counts, List<List<Found>> found) {
        assertEquals(QUERIES.length, found.size());
        for (int q = 0; q < QUERIES.length; q++) {
            List<Found> expected = nearest(VECTORS, QUERIES[q], DistanceKind.L2, VECTORS.length).stream()
                    .filter(one -> counts.test(Integer.parseInt(one.id())))
                    .limit(5)
                    .toList();
            assertSame(expected, found.get(q));
        }
    }

    private Dataset<Row> idsOf(long... ids) {
        List<Row> rows =
                java.util.Arrays.stream(ids).mapToObj(RowFactory::create).toList();
        return TestVectors.rows(rows, new StructType().add("any", DataTypes.LongType), 2);
    }

    @Test
    void neighborsMeetAConditionOnAttributes() {
        assertNearestOf(
                id -> id % 4 == 0 && id % 10 > 5,
                found(model.setFilter("color = 'red' and size > 5").transform(queries)));
        assertNearestOf(
                id -> id % 4 == 3 || id % 10 == 0,
                found(model.setFilter("color is null or size = 0").transform(queries)));
        assertNearestOf(
                id -> id % 4 == 1,
                found(model.setFilter("upper(color) like 'GR%'").transform(queries)));
        assertNearestOf(id -> true, found(model.setFilter("1 < 2").transform(queries)));
        assertNearestOf(id -> false, found(model.setFilter("size > 9").transform(queries)));
        assertNearestOf(id -> false, found(model.setFilter("1 > 2").transform(queries)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"weight > 3", "color = ", "size + 1", "id = 3"})
    void whatIsNoConditionOnAttributesIsRefused(String filter) {
        assertRefused(
                () -> model.setFilter(filter).transform(queries),
                "the filter '" + filter + "' is no condition on the index's attributes, color, size: ");
    }

    @Test
    void aFilterNeedsAttributes() {
        assertRefused(
                () -> named.copy(ParamMap.empty()).setFilter("size > 5").transform(queries),
                "the index has no attributes for the filter 'size > 5': build it with attributeCols");
    }

    @Test
    void onlyAllowedIdsAreFound() {
        long[] even = java.util.stream.LongStream.range(0, 400)
                .filter(id -> id % 2 == 0)
                .toArray();
        assertNearestOf(id -> id % 2 == 0, found(model.setAllowed(idsOf(even)).transform(queries)));
        assertNearestOf(
                id -> id % 4 == 0 && id % 10 == 4,
                found(model.setFilter("color = 'red' and size = 4").transform(queries)));
        assertNearestOf(id -> false, found(model.setAllowed(idsOf()).transform(queries)));
        assertNearestOf(
                id -> id % 4 == 0 && id % 10 == 4, found(model.setAllowed(null).transform(queries)));
        assertRefused(
                () -> model.setAllowed(queries.selectExpr("nullif(id, 3L) as some"))
                        .transform(queries),
                "column 'some' holds null, which is no id");
    }

    @Test
    void stringsMayBeAllowed() {
        IvfIndexModel some = named.copy(ParamMap.empty())
                .setAllowed(queries.selectExpr("concat('v', id) as other").filter("other in ('v7', 'v8')"))
                .setK(9);
        for (List<Found> of : found(some.transform(queries))) {
            assertEquals(
                    List.of("v7", "v8"), of.stream().map(Found::id).sorted().toList());
        }
    }

    @Test
    void deletedVectorsAreNotFoundWhateverElseIsFiltered() {
        Dataset<Row> all = colored();
        IvfIndexModel changed = IndexTestData.flat(directory.resolve("changed"), all, "color", "size");
        changed.delete(all.filter("id % 3 = 0").select("id"));
        changed.add(all.filter("id = 6 or id = 12"));
        changed.setFilter("size % 2 = 0").setAllowed(all.filter("id <> 10").select("id"));
        IntPredicate counts = id -> id % 2 == 0 && id != 10 && (id % 3 != 0 || id == 6 || id == 12);
        assertNearestOf(counts, found(changed.transform(queries)));
        changed.compact(SparkTestSession.get());
        assertNearestOf(counts, found(changed.transform(queries)));
    }

    @Test
    void attributesMayBeMissingInRowsThatAreAdded() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        Dataset<Row> full = vectors.filter("id < 150").selectExpr("id", "features", "7 as size", "array(1) as tags");
        assertFalse(full.schema().apply("size").nullable());
        IvfIndexModel grown = IndexTestData.flat(directory.resolve("grown"), full, "size", "tags");
        grown.add(vectors.filter("id >= 150")
                .selectExpr("id", "features", "if(id % 2 = 0, int(id), null) as size", "array(2, null) as tags"));
        assertNearestOf(
                id -> id >= 150 && id % 2 == 1,
                found(grown.setFilter("size is null").transform(queries)));
        assertNearestOf(
                id -> id >= 150,
                found(grown.setFilter("get(tags, 1) is null and size(tags) = 2").transform(queries)));
        assertRefused(
                () -> grown.add(
                        vectors.selectExpr("id + 1000 as id", "features", "'large' as size", "array(1) as tags")),
                "column 'size' is string, the index's attribute is int");
        assertRefused(
                () -> grown.add(vectors.selectExpr("id + 1000 as id", "features", "1 as size")),
                "there is no column 'tags'");
    }

    @Test
    void aQueriesOwnVectorIsNotAmongItsNeighbors() {
        Dataset<Row> own = TestVectors.frame(VECTORS);
        List<List<Found>> found = found(model.setExcludeSelf(true).transform(own));
        for (int q = 0; q < VECTORS.length; q++) {
            String self = "" + q;
            assertSame(
                    nearest(VECTORS, VECTORS[q], DistanceKind.L2, 6).stream()
                            .filter(one -> !one.id().equals(self))
                            .limit(5)
                            .toList(),
                    found.get(q));
        }
        Dataset<Row> ownNames = own.selectExpr("id", "features", "concat('v', id) as name");
        IvfIndexModel strings =
                named.copy(ParamMap.empty()).setExcludeSelf(true).setIdCol("name");
        List<List<Found>> foundNames = found(strings.transform(ownNames));
        for (int q = 0; q < VECTORS.length; q++) {
            assertEquals(
                    found.get(q).stream().map(one -> "v" + one.id()).toList(),
                    foundNames.get(q).stream().map(Found::id).toList());
        }
    }

    @Test
    void aQueryWithoutAnIdOfItsOwnLosesNoNeighbor() {
        Dataset<Row> nobody = TestVectors.frame(new float[][] {VECTORS[0], VECTORS[1]})
                .selectExpr("id", "features", "nullif(smallint(id), smallint(0)) as self");
        List<List<Found>> found =
                found(model.setExcludeSelf(true).setIdCol("self").transform(nobody));
        assertEquals(new Found("0", 0), found.get(0).get(0));
        assertTrue(found.get(1).stream().noneMatch(one -> one.id().equals("1")));
        assertRefused(() -> model.transform(queries), "there is no column 'self'");
    }

    @Test
    void rankingByTheVectorsNeedsThem() {
        assertRefused(
                () -> model.setRerank(10).transform(queries),
                "rerank = 10 ranks by the vectors themselves: give them with vectorsTable or setVectors, or set"
                        + " rerank to 0");
        Dataset<Row> lacking = TestVectors.frame(VECTORS).filter("id <> 17");
        assertRefused(
                () -> found(model.setVectors(lacking).setRerank(300).transform(queries)),
                "the vectors to rank by lack the one of id 17, which is in the index: give all of the index's "
                        + "vectors");
    }

    @Test
    void tablesGiveWhatDataSetsGive() throws Exception {
        TestVectors.frame(VECTORS).createOrReplaceTempView("ranked_by");
        idsOf(7, 8, 9).createOrReplaceTempView("allowed_ids");
        model.setRerank(20).setVectorsTable("ranked_by").setAllowedTable("allowed_ids");
        assertNearestOf(id -> id > 6 && id < 10, found(model.transform(queries)));
        model.write().save(directory.resolve("by-tables").toString());
        IvfIndexModel loaded = IvfIndexModel.load(directory.resolve("by-tables").toString());
        assertNearestOf(id -> id > 6 && id < 10, found(loaded.transform(queries)));
        loaded.copy(ParamMap.empty()).setRerank(0).setVectorsTable("gone").transform(queries); // needs no such table
        assertRefused(
                () -> model.copy(ParamMap.empty()).setVectors(queries).transformSchema(queries.schema()),
                "vectorsTable = 'ranked_by', but setVectors gave rows, too: give one");
        assertRefused(
                () -> model.copy(ParamMap.empty()).setAllowed(queries).transformSchema(queries.schema()),
                "allowedTable = 'allowed_ids', but setAllowed gave rows, too: give one");
        assertRefused(
                () -> model.copy(ParamMap.empty()).setAllowedTable("missing").transformSchema(queries.schema()),
                "allowedTable = 'missing' cannot be read: ",
                "`missing` cannot be found");
        assertRefused(
                () -> model.copy(ParamMap.empty())
                        .setVectorsTable("allowed_ids")
                        .transformSchema(queries.schema()),
                "there is no column 'features': the data has any");
    }

    @Test
    void rankedNeighborsMeetTheConditionsToo() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        model.setVectors(vectors).setRerank(20).setFilter("color = 'red'");
        assertNearestOf(id -> id % 4 == 0, found(model.transform(queries)));
        assertNearestOf(id -> false, found(model.setFilter("size = 77").transform(queries)));
        List<Found> first = found(model.setFilter("").setExcludeSelf(true).transform(vectors))
                .get(0);
        assertSame(nearest(VECTORS, VECTORS[0], DistanceKind.L2, 6).subList(1, 6), first);
        Dataset<Row> strings = vectors.selectExpr("concat('v', id) as id", "features");
        IvfIndexModel ranked = named.copy(ParamMap.empty()).setVectors(strings).setRerank(7);
        assertEquals(
                nearest(VECTORS, QUERIES[0], DistanceKind.L2, 5).stream()
                        .map(one -> "v" + one.id())
                        .toList(),
                found(ranked.transform(queries.limit(1))).get(0).stream()
                        .map(Found::id)
                        .toList());
    }
}
