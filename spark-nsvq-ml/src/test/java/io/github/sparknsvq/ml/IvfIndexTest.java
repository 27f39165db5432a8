package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.assertSame;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static io.github.sparknsvq.ml.IndexTestData.nearest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Building an index and searching it, beside an exhaustive search. */
class IvfIndexTest {
    private static final int K = 5;
    private static final float[][] VECTORS = TestVectors.clustered(400, 8, 12, 3);
    private static final float[][] QUERIES = TestVectors.clustered(60, 8, 12, 4);

    @TempDir
    private Path directory;

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private IvfIndex estimator(String name) {
        return new IvfIndex()
                .setNumLists(10)
                .setQuantizer("flat")
                .setMaxIter(5)
                .setK(K)
                .setProbes(10)
                .setIndexDir(path(name));
    }

    @ParameterizedTest
    @CsvSource({"L2,1", "L2,3", "IP,2", "COSINE,2"})
    void flatListsThatAreAllLookedAtGiveTheExactNeighbors(DistanceKind kind, int partitions) {
        Dataset<Row> vectors = TestVectors.frame(VECTORS, TestVectors.FLOATS, partitions);
        IvfIndexModel model = estimator("flat-" + kind + partitions)
                .setMetric(kind.name().toLowerCase(java.util.Locale.ROOT))
                .fit(vectors);
        List<List<Found>> found = found(model.transform(TestVectors.frame(QUERIES, TestVectors.FLOATS_OR_NULL, 3)));
        assertEquals(QUERIES.length, found.size());
        for (int q = 0; q < QUERIES.length; q++) {
            assertSame(nearest(VECTORS, QUERIES[q], kind, K), found.get(q));
        }
    }

    @ParameterizedTest
    @CsvSource({"pq,l2", "opq,ip", "rq,cosine", "aq,l2", "rq,ip"})
    void neighborsRankedByTheVectorsAreTheExactOnesWhereAllAreRanked(String quantizer, String metric) {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        IvfIndexModel model = estimator("ranked-" + quantizer + metric)
                .setQuantizer(quantizer)
                .setMetric(metric)
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setRerank(VECTORS.length)
                .fit(vectors)
                .setVectors(vectors);
        List<List<Found>> found = found(model.transform(TestVectors.frame(QUERIES)));
        for (int q = 0; q < QUERIES.length; q++) {
            assertSame(nearest(VECTORS, QUERIES[q], DistanceKind.of(metric), K), found.get(q));
        }
    }

    @Test
    void vectorsToRankByThatComeTwiceAreRefusedByTheirIds() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        IvfIndexModel model = estimator("ranked").setRerank(VECTORS.length).fit(vectors);
        Dataset<Row> queries = TestVectors.frame(QUERIES);
        assertRefused(
                () -> found(model.setVectors(vectors.union(vectors.filter("id = 7")))
                        .transform(queries)),
                "the vectors to rank by hold 7 in 2 rows or more: ids must be unique");
        Dataset<Row> strings = vectors.selectExpr("concat('v', id) as id", "features");
        IvfIndexModel named = estimator("named").setRerank(VECTORS.length).fit(strings);
        assertRefused(
                () -> found(named.setVectors(strings.union(strings.filter("id = 'v7'")))
                        .transform(queries)),
                "the vectors to rank by hold 'v7' in 2 rows or more: ids must be unique");
        assertEquals(
                found(model.setVectors(vectors).transform(queries)).get(3).stream()
                        .map(one -> "v" + one.id())
                        .toList(),
                found(named.setVectors(strings).transform(queries)).get(3).stream()
                        .map(Found::id)
                        .toList());
    }

    @Test
    void longListGoesOnInAnotherRowWhereItsAttributesAreLarge() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS)
                .filter("id < 40")
                .selectExpr("id", "features", "repeat('x', 1 << 20) as text", "id % 2 as half");
        IvfIndexModel model = estimator("large")
                .setNumLists(1)
                .setAttributeCols("text", "half")
                .fit(vectors);
        List<Row> rows = SparkTestSession.get()
                .read()
                .parquet(path("large/lists/segment=0"))
                .selectExpr("size(ids) as vectors", "size(attributes) as attributes")
                .collectAsList();
        assertEquals(3, rows.size(), "16 MB a row");
        assertEquals(40, rows.stream().mapToInt(row -> row.getInt(0)).sum());
        assertEquals(40, rows.stream().mapToInt(row -> row.getInt(1)).sum());
        model.setProbes(1).setFilter("half = 1");
        List<Found> found =
                found(model.transform(vectors.select("id", "features"))).get(8);
        assertEquals(K, found.size());
        assertTrue(found.stream().allMatch(one -> Integer.parseInt(one.id()) % 2 == 1));
    }

    @Test
    void slackSearchesAsTheSameIndexInOneJvm() {
        IvfIndexModel model = estimator("slack").fit(TestVectors.frame(VECTORS)).setProbes(5);
        Dataset<Row> queries = TestVectors.frame(QUERIES);
        List<List<Found>> all = found(model.transform(queries));
        assertEquals(all, found(model.setSlack(1e9).transform(queries)));
        List<List<Found>> none = found(model.setSlack(1e-12).transform(queries));
        assertEquals(found(model.setSlack(0).setProbes(1).transform(queries)), none);
        List<List<Found>> some = found(model.setSlack(0.2).setProbes(5).transform(queries));
        assertNotEquals(all, some);
        assertNotEquals(none, some);
        NsvqException e = assertThrows(NsvqException.class, () -> model.setSlack(-0.1));
        assertTrue(e.getMessage().contains("slack"), e.getMessage());
    }

    @Test
    void loadedIndexAnswersAsTheOneThatWasBuilt() {
        IvfIndexModel model = estimator("saved")
                .setQuantizer("pq")
                .setNumCodebooks(4)
                .setCodebookBits(4)
                .fit(TestVectors.frame(VECTORS));
        Dataset<Row> queries = TestVectors.frame(QUERIES);
        List<List<Found>> built = found(model.transform(queries));
        assertEquals(built, found(IvfIndexModel.load(path("saved")).transform(queries)));
        assertTrue(built.get(0).size() == K);
    }

    @Test
    void aJoinRenamesQueryIdsThatAreNamedAsItsOwnColumnsAndLeavesOutQueriesWithoutNeighbors() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        IvfIndexModel model = estimator("joined").fit(vectors);
        Dataset<Row> queries = TestVectors.frame(QUERIES);
        for (String name : List.of("id", "ID", "distance", "Distance")) {
            Dataset<Row> joined = model.join(queries.withColumnRenamed("id", name), name);
            assertEquals(
                    "struct<query:bigint,id:bigint,distance:float>",
                    joined.schema().catalogString());
            assertEquals(
                    K, joined.filter("query = 3 and distance >= 0 and id >= 0").count(), name);
        }
        assertEquals(
                "struct<Query:bigint,id:bigint,distance:float>",
                model.join(queries.withColumnRenamed("id", "Query"), "Query")
                        .schema()
                        .catalogString());
        model.setAllowed(vectors.select("id").limit(0));
        assertEquals(0, model.join(queries, "id").count());
    }

    @Test
    void idsThatComeTwiceAreRefusedAndNothingIsWritten() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        NsvqException refused = assertThrows(
                NsvqException.class, () -> estimator("twice").fit(vectors.union(vectors.filter("id = 7"))));
        assertEquals("column 'id' holds 7 in 2 rows: ids must be unique", refused.getMessage());
        assertTrue(!directory.resolve("twice").toFile().exists());
    }
}
