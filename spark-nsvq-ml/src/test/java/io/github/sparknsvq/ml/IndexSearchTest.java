package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.LISTS;
import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertExact;
import static io.github.sparknsvq.ml.IndexTestData.assertSame;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static io.github.sparknsvq.ml.IndexTestData.nearest;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF0;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a search gives, whatever the index, the queries and how they lie. */
class IndexSearchTest {
    @TempDir
    private static Path directory;

    private static IvfIndexModel shared;

    private final IvfIndexModel model = shared.copy(ParamMap.empty());
    private final Dataset<Row> queries = TestVectors.frame(QUERIES);

    @BeforeAll
    static void build() {
        shared = IndexTestData.flat(directory.resolve("shared"), TestVectors.frame(VECTORS));
    }

    private static IvfIndexModel index(String name, float[][] centroids, float[][] vectors) {
        return IndexTestData.untrained(
                directory.resolve(name), DistanceKind.L2, centroids, null, TestVectors.frame(vectors));
    }

    @Test
    void moreProbesThanListsAreAll() {
        assertExact(found(model.setProbes(1000).transform(queries)), DistanceKind.L2, 5);
        assertExact(found(model.setProbes(Integer.MAX_VALUE).transform(queries)), DistanceKind.L2, 5);
    }

    @Test
    void oneProbeLooksAtTheListOfTheNearestCentroid() {
        float[][] centroids = Arrays.copyOf(VECTORS, LISTS);
        int[] listOf = Arrays.stream(VECTORS)
                .mapToInt(x -> Integer.parseInt(
                        nearest(centroids, x, DistanceKind.L2, 1).get(0).id()))
                .toArray();
        List<List<Found>> found = found(model.setProbes(1).transform(queries));
        for (int q = 0; q < QUERIES.length; q++) {
            int list = Integer.parseInt(
                    nearest(centroids, QUERIES[q], DistanceKind.L2, 1).get(0).id());
            List<Found> ofList = nearest(VECTORS, QUERIES[q], DistanceKind.L2, VECTORS.length).stream()
                    .filter(one -> listOf[Integer.parseInt(one.id())] == list)
                    .limit(5)
                    .toList();
            assertSame(ofList, found.get(q));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 299, 300, 301, 100_000, Integer.MAX_VALUE})
    void fewerVectorsThanKGiveShorterArrays(int k) {
        assertExact(found(model.setK(k).transform(queries)), DistanceKind.L2, k);
    }

    @ParameterizedTest
    @EnumSource(DistanceKind.class)
    void distancesAreSmallerForNearerVectorsAndHaveTheirDocumentedSign(DistanceKind kind) {
        IvfIndexModel three = IndexTestData.untrained(
                directory.resolve("sign-" + kind),
                kind,
                new float[][] {{1, 0}, {0, 1}},
                null,
                TestVectors.frame(new float[][] {{3, 0}, {0, 4}, {-1, 0}}));
        List<Found> expected = switch (kind) {
            case L2 -> List.of(new Found("0", 1), new Found("2", 9), new Found("1", 20));
            case IP -> List.of(new Found("0", -6), new Found("1", 0), new Found("2", 2));
            case COSINE -> List.of(new Found("0", 0), new Found("1", 1), new Found("2", 2));
        };
        assertSame(
                expected,
                found(three.transform(TestVectors.frame(new float[][] {{2, 0}})))
                        .get(0));
    }

    @Test
    void listsMayBeEmpty() {
        float[][] far = new float[50][IndexTestData.DIMENSION];
        for (int i = 0; i < far.length; i++) {
            Arrays.fill(far[i], i < LISTS ? i : 500 + i);
        }
        assertExact(found(index("empty", far, VECTORS).transform(queries)), DistanceKind.L2, 5);
    }

    @Test
    void oneVectorIsAnIndex() {
        float[][] one = {{1, 2, 3}};
        IvfIndexModel trained =
                IndexTestData.estimator(directory.resolve("one")).fit(TestVectors.frame(one));
        assertEquals(
                List.of(List.of(new Found("0", 14))), found(trained.transform(TestVectors.frame(new float[1][3]))));
    }

    @Test
    void equalVectorsAreFoundInTheOrderOfTheirIds() {
        float[][] equal = new float[40][2];
        IvfIndexModel trained = IndexTestData.estimator(directory.resolve("equal"))
                .setQuantizer("pq")
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .fit(TestVectors.frame(equal));
        List<Found> found = found(trained.transform(TestVectors.frame(new float[][] {{0, 2}})))
                .get(0);
        assertSame(IntStream.range(0, 5).mapToObj(i -> new Found("" + i, 4)).toList(), found);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flat", "pq", "opq", "rq", "aq"})
    void vectorsOfOneDimensionAndFewerThanListsAreAnIndex(String quantizer) {
        float[][] line = {{1}, {2}, {4}, {8}, {8}};
        IvfIndexModel trained = IndexTestData.estimator(directory.resolve("line-" + quantizer))
                .setNumLists(16)
                .setProbes(16)
                .setQuantizer(quantizer)
                .setNumCodebooks(1)
                .setCodebookBits(4)
                .fit(TestVectors.frame(line));
        List<Found> found = found(trained.transform(TestVectors.frame(new float[][] {{2.25f}})))
                .get(0);
        assertEquals(
                List.of("1", "0", "2", "3", "4"), found.stream().map(Found::id).toList());
        assertEquals(0.0625f, found.get(0).distance(), 0.05f);
    }

    /** Answers of pq, whose distances come from tables, to queries that are there many times. */
    @Test
    void everyOneOfEqualQueriesGetsTheSameAnswer() {
        CodebookLayout layout = CodebookLayout.uniform(4, 16, 2);
        float[] codewords = new float[4 * 16 * 2];
        Random random = new Random(1);
        for (int i = 0; i < codewords.length; i++) {
            codewords[i] = (float) (3 * random.nextGaussian());
        }
        IvfIndexModel coded = IndexTestData.untrained(
                directory.resolve("pq"),
                DistanceKind.L2,
                Arrays.copyOf(VECTORS, LISTS),
                SharedQuantizer.product(layout, codewords, null, Device.AUTO),
                TestVectors.frame(VECTORS));
        List<float[]> repeated = new ArrayList<>();
        for (int times = 0; times < 57; times++) {
            repeated.addAll(List.of(QUERIES).subList(0, 1 + times % 5));
        }
        Dataset<Row> all = TestVectors.frame(repeated.toArray(float[][]::new), TestVectors.FLOATS, 3);
        List<List<Found>> once = found(coded.transform(queries));
        List<List<Found>> found = found(coded.transform(all));
        assertEquals(repeated.size(), found.size());
        for (int i = 0; i < repeated.size(); i++) {
            List<Found> of = found.get(i);
            assertEquals(5, new HashSet<>(of.stream().map(Found::id).toList()).size(), of.toString());
            assertSame(once.get(List.of(QUERIES).indexOf(repeated.get(i))), of);
        }
    }

    @Test
    void otherColumnsOfTheQueriesStay() {
        Dataset<Row> wide = queries.selectExpr(
                "concat('q', id) as name",
                "features",
                "id",
                "id % 3 = 0 as third",
                "struct(id, null as nothing) as nested");
        Dataset<Row> answered = model.transform(wide);
        assertEquals(
                List.of("name", "features", "id", "third", "nested", "neighbors"),
                List.of(answered.schema().fieldNames()));
        assertEquals(
                wide.orderBy("id").collectAsList(),
                answered.drop("neighbors").orderBy("id").collectAsList());
        assertExact(found(answered), DistanceKind.L2, 5);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void queriesMayLieInAnyNumberOfPartitions(int partitions) {
        Dataset<Row> spread = TestVectors.frame(QUERIES, TestVectors.FLOATS, partitions);
        assertExact(found(model.transform(spread)), DistanceKind.L2, 5);
    }

    @Test
    void partitionsOfQueriesMayBeEmpty() {
        Dataset<Row> few = TestVectors.frame(QUERIES, TestVectors.FLOATS, 7).filter("id = 39");
        assertSame(
                nearest(VECTORS, QUERIES[39], DistanceKind.L2, 5),
                found(model.transform(few)).get(0));
        assertEquals(0, model.transform(queries.filter("id < 0")).count());
        assertEquals(0, model.transform(queries.limit(0)).count());
        assertEquals(
                model.transform(queries).schema(),
                model.transform(SparkTestSession.get().createDataFrame(List.of(), queries.schema()))
                        .schema());
        assertEquals(
                0,
                model.transform(SparkTestSession.get().createDataFrame(List.of(), queries.schema()))
                        .count());
    }

    @Test
    void shuffledQueriesGetTheirOwnAnswers() {
        assertExact(found(model.transform(queries.repartition(3))), DistanceKind.L2, 5);
        assertExact(found(model.transform(queries.orderBy(functions.rand(4)))), DistanceKind.L2, 5);
        Dataset<Row> grouped = queries.union(queries)
                .groupBy("id")
                .agg(functions.first("features").as("features"));
        assertExact(found(model.transform(grouped)), DistanceKind.L2, 5);
    }

    @Test
    void queriesThatChangeBetweenTwoEvaluationsAreRefused() {
        Column chance = functions
                .udf((UDF0<Float>) () -> (float) Math.random(), DataTypes.FloatType)
                .asNondeterministic()
                .apply();
        Dataset<Row> changing = queries.withColumn("features", functions.array_repeat(chance, QUERIES[0].length));
        IndexTestData.assertRefused(
                () -> model.transform(changing).collectAsList(),
                "the queries changed while they were searched for: persist or save them first");
    }

    @Test
    void answersMayBeAskedForAgainAndInParts() {
        Dataset<Row> answered = model.transform(queries);
        assertExact(found(answered), DistanceKind.L2, 5);
        assertEquals(QUERIES.length, answered.count());
        assertSame(
                nearest(VECTORS, QUERIES[3], DistanceKind.L2, 5),
                IndexTestData.neighbors(answered.filter("id = 3").first(), 2));
        assertEquals(3, answered.limit(3).collectAsList().size());
    }

    @Test
    void aJoinGivesARowForEachNeighbor() {
        Dataset<Row> named = queries.withColumnRenamed("id", "query");
        Dataset<Row> joined = model.join(named, "query");
        assertEquals(
                "struct<query:bigint,id:bigint,distance:float>", joined.schema().catalogString());
        assertEquals(5L * QUERIES.length, joined.count());
        List<Found> first = new ArrayList<>();
        for (Row row : joined.filter("query = 0").orderBy("distance").collectAsList()) {
            first.add(new Found("" + row.getLong(1), row.getFloat(2)));
        }
        assertSame(nearest(VECTORS, QUERIES[0], DistanceKind.L2, 5), first);
        assertEquals(
                "struct<query:bigint,id:bigint,distance:float>",
                model.join(queries, "id").schema().catalogString());
    }

    @Test
    void equalVectorsOfSeveralSegmentsAreFoundInTheOrderOfTheirIds() {
        float[][] equal = new float[60][2];
        float[][] centroids = {{0, 0}, {9, 9}};
        Dataset<Row> all = TestVectors.frame(equal);
        IvfIndexModel tied = IndexTestData.untrained(
                directory.resolve("ties"), DistanceKind.L2, centroids, null, all.filter("id % 2 = 1"));
        tied.add(all.filter("id % 2 = 0"));
        List<String> expected = new ArrayList<>(
                IntStream.range(0, 60).mapToObj(Integer::toString).toList());
        List<String> found = found(tied.setK(60).transform(all.limit(1))).get(0).stream()
                .map(Found::id)
                .toList();
        assertEquals(expected, found);
        List<String> first = found(tied.setK(5).transform(all.limit(1))).get(0).stream()
                .map(Found::id)
                .toList();
        assertEquals(expected.subList(0, 5), first);
    }
}
