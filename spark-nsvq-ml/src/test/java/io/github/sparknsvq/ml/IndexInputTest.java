package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertExact;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What indexes are built from and searched for: columns of all kinds, and vectors that are none. */
class IndexInputTest {
    private static final List<DataType> TYPES = List.of(
            TestVectors.VECTOR,
            TestVectors.FLOATS,
            TestVectors.FLOATS_OR_NULL,
            TestVectors.DOUBLES,
            DataTypes.createArrayType(DataTypes.DoubleType, false));

    @TempDir
    private static Path directory;

    private static IvfIndexModel shared;

    private final IvfIndexModel model = shared.copy(ParamMap.empty());
    private final Dataset<Row> queries = TestVectors.frame(QUERIES);

    @BeforeAll
    static void build() {
        shared = IndexTestData.flat(directory.resolve("shared"), TestVectors.frame(VECTORS));
    }

    /** Good vectors with a bad one in their midst, of id 5. */
    private static Dataset<Row> spoilt(String bad) {
        return TestVectors.frame(QUERIES, TestVectors.FLOATS_OR_NULL, 2)
                .selectExpr("id", "if(id = 5, " + bad + ", features) as features");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void allTypesOfColumnsGiveTheSameAnswers(int type) {
        DataType double64 = TYPES.get(4);
        List<float[]> vectors = List.of(VECTORS);
        Dataset<Row> frame = TYPES.get(type).equals(double64)
                ? TestVectors.frame(VECTORS, TestVectors.DOUBLES, 2)
                        .selectExpr("id", "transform(features, x -> coalesce(x, 0d)) as features")
                : TestVectors.frame(vectors.toArray(float[][]::new), TYPES.get(type), 2);
        assertEquals(TYPES.get(type), frame.schema().apply("features").dataType());
        IvfIndexModel typed = IndexTestData.flat(directory.resolve("typed-" + type), frame);
        DataType other = TYPES.get((type + 1) % 4);
        assertExact(found(typed.transform(TestVectors.frame(QUERIES, other, 2))), DistanceKind.L2, 5);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | is null",
                "transform(features, (x, i) -> if(i = 2, float('nan'), x)) | has NaN at element 2",
                "transform(features, (x, i) -> if(i = 3, null, x)) | has a null at element 3",
                "transform(features, (x, i) -> if(i = 1, float('-infinity'), x)) | has an infinite value at "
                        + "element 1",
                "slice(features, 1, 7) | has 7 values, the index has 8",
                "array() | has no elements",
            })
    void badVectorsAreRefusedOrLeftOut(String bad, String problem) {
        Dataset<Row> data = spoilt(bad);
        String advice = " (handleInvalid = skip leaves such rows out)";
        assertRefused(
                () -> model.transform(data).count(),
                "column 'features' of the queries holds a vector that " + problem + advice);
        Dataset<Row> more = data.selectExpr("id + 1000 as id", "features");
        List<String> before = IndexTestData.files(directory.resolve("shared"));
        String refused = "column 'features' holds a vector, of id 1005, that " + problem;
        assertRefused(() -> model.add(more), refused + advice);
        assertEquals(before, IndexTestData.files(directory.resolve("shared")));

        model.setHandleInvalid("skip");
        List<List<IndexTestData.Found>> found = found(model.transform(data));
        assertEquals(QUERIES.length - 1, found.size());
        assertEquals(found(model.transform(queries.filter("id <> 5"))), found);
    }

    @Test
    void badVectorsAreLeftOutOfAnIndex() {
        Dataset<Row> data = spoilt("null");
        assertRefused(
                () -> IndexTestData.estimator(directory.resolve("refused")).fit(data), "column 'features'", "null");
        assertFalse(Files.exists(directory.resolve("refused")));
        IvfIndexModel rest = IndexTestData.estimator(directory.resolve("rest"))
                .setHandleInvalid("skip")
                .fit(data);
        assertEquals(QUERIES.length - 1, rest.ids(SparkTestSession.get()).count());
        assertEquals(QUERIES.length - 1, rest.summary().rows());
        rest.add(spoilt("slice(features, 1, 3)").filter("id = 5"));
        assertEquals(QUERIES.length - 1, rest.ids(SparkTestSession.get()).count());
    }

    @Test
    void zerosHaveNoDirection() {
        float[][] vectors = Arrays.copyOf(VECTORS, 20);
        IvfIndexModel cosine = IndexTestData.untrained(
                directory.resolve("cosine"),
                DistanceKind.COSINE,
                new float[][] {vectors[0]},
                null,
                TestVectors.frame(vectors));
        Dataset<Row> data = spoilt("transform(features, x -> float(0))");
        assertRefused(() -> cosine.transform(data).count(), "column 'features' of the queries", "is all zeros");
        assertRefused(
                () -> cosine.add(data.selectExpr("id + 1000 as id", "features")), "of id 1005, that is all zeros");
        cosine.setHandleInvalid("skip");
        assertEquals(QUERIES.length - 1, cosine.transform(data).count());
        assertEquals(QUERIES.length, model.transform(data).count()); // a vector as any other under l2
    }

    @Test
    void noVectorsAreNoIndex() {
        Dataset<Row> none = TestVectors.frame(VECTORS).limit(0);
        String said = IndexTestData.refusal(
                () -> IndexTestData.estimator(directory.resolve("none")).fit(none));
        assertFalse(said.isEmpty());
        assertFalse(Files.exists(directory.resolve("none")));
    }

    @Test
    void schemasAreCheckedBeforeAnyJobAndTheColumnIsNamed() {
        IvfIndex estimator = IndexTestData.estimator(directory.resolve("schema"));
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        for (var stage : List.of(estimator, model)) {
            assertEquals(
                    "array<struct<id:bigint,distance:float>>",
                    stage.transformSchema(vectors.schema())
                            .apply("neighbors")
                            .dataType()
                            .catalogString());
            assertRefused(
                    () -> stage.transformSchema(
                            vectors.withColumnRenamed("features", "f").schema()),
                    "there is no column 'features': the data has id, f");
            assertRefused(
                    () -> stage.transformSchema(
                            vectors.selectExpr("id", "'x' as features").schema()),
                    "column 'features' should hold vectors (vector, or an array of numbers), but is string");
            assertRefused(
                    () -> stage.transformSchema(
                            vectors.selectExpr("*", "1 as Neighbors").schema()),
                    "output column 'neighbors' exists already: choose another name");
        }
        assertRefused(
                () -> model.transform(vectors.selectExpr("*", "1 as neighbors")),
                "output column 'neighbors' exists already: choose another name");
        assertRefused(() -> estimator.transformSchema(vectors.drop("id").schema()), "there is no column 'id'");
        assertRefused(() -> estimator.setAttributeCols("color").fit(vectors), "there is no column 'color'");
        assertEquals(
                QUERIES.length,
                model.setNeighborsCol("near by")
                        .transform(queries.drop("id"))
                        .filter("size(`near by`) = 5")
                        .count());
    }

    @Test
    void anIndexIsNotBuiltWhereSomethingIsAlready() throws Exception {
        Path taken = Files.createDirectories(directory.resolve("taken"));
        assertRefused(
                () -> IndexTestData.estimator(taken).fit(queries),
                "indexDir " + taken + " exists already: choose another or delete it");
        assertEquals(List.of(), IndexTestData.files(taken));
    }

    @Test
    void longVectorsNeedNoRoomForManyOfThem() {
        // room for 1,920 of them would be all of the heap that tests have
        int dimension = 70_000;
        Dataset<Row> few = SparkTestSession.get()
                .range(0, 20, 1, 2)
                .selectExpr("id", "transform(sequence(1, " + dimension + "), j -> float(sin(id * j))) AS features");
        Path place = directory.resolve("long");
        IndexTestData.estimator(place)
                .setNumLists(2)
                .setMaxIter(1)
                .setQuantizer("flat")
                .fit(few);
        IvfIndexModel index = IvfIndexModel.load(place.toString());
        assertEquals(20, index.ids(few.sparkSession()).count());
        Dataset<Row> found = index.setK(1).setProbes(2).transform(few);
        assertEquals(19, found.filter("id > 0 AND neighbors[0].id = id").count());
    }

    @Test
    void streamsOfQueriesAreRefused() {
        queries.write().parquet(directory.resolve("stream").toString());
        Dataset<Row> stream = SparkTestSession.get()
                .readStream()
                .schema(queries.schema())
                .parquet(directory.resolve("stream").toString());
        assertRefused(() -> model.transform(stream), "a stream of queries cannot be searched: use foreachBatch");
        String index = "a stream cannot be put into an index: use foreachBatch";
        assertRefused(() -> model.add(stream), index);
        IvfIndex estimator = IndexTestData.estimator(directory.resolve("of-stream"));
        assertRefused(() -> estimator.build(queries, stream), index);
        assertRefused(() -> model.delete(stream), "a stream cannot be taken for ids to delete: use foreachBatch");
        String trained = "a stream cannot be trained on: use foreachBatch";
        assertRefused(() -> estimator.fit(stream), trained);
        assertRefused(() -> new VQ().fit(stream), trained);
        String evaluated = "a stream cannot be evaluated: use foreachBatch";
        assertRefused(() -> new VQEvaluator().evaluate(stream), evaluated);
        assertRefused(() -> new RecallEvaluator().evaluate(stream), evaluated);
    }
}
