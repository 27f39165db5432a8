package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.Estimator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Settings that cannot work are refused before any training: most before any job, some once rows are packed. */
class EarlyRefusalTest {
    private static final float[][] VECTORS = TestVectors.clustered(60, 8, 4, 3);

    @TempDir
    private Path directory;

    private static Dataset<Row> data() {
        return TestVectors.frame(VECTORS)
                .selectExpr("*", "map('a', 1) as m", "make_interval(0, 1, 0, 1) as i", "1 as c");
    }

    private static Arguments before(Estimator<?> stage, String problem) {
        return Arguments.of(stage, problem, 0);
    }

    private static Arguments packed(Estimator<?> stage, String problem) {
        return Arguments.of(stage, problem, 1);
    }

    private static IvfIndex index(String quantizer) {
        return new IvfIndex().setQuantizer(quantizer).setNumLists(4);
    }

    static Stream<Arguments> impossible() {
        String parts =
                "dimension 8 cannot be cut into 3 equal parts: the number of codebooks must divide the dimension";
        String first = "numCodebooks = 2000000000: 1 to 1048576 are valid";
        return Stream.of(
                before(new VQ().setK(1 << 25), "k = 33554432 is too large"),
                before(new VQ().setInitialModel(one(8)).setK(2), "k = 2, but the model to start from has 1"),
                packed(new VQ().setInitialModel(one(7)).setK(1), "dimension 8, but the model to start from has 7"),
                before(new VQ().setWeightCol("m"), "column 'm' should hold weights"),
                before(new VQ().setWeightCol("w"), "there is no column 'w'"),
                before(new VQ().setFeaturesCol("c"), "column 'c' should hold vectors"),
                before(new VQ().setPredictionCol("ID"), "output column 'ID' exists already"),
                before(
                        new ProductVQ().setNumCodebooks(2).setCodebookBits(4).setInitialModel(CodeModels.product(8, 4, 4)),
                        "codebooks of [16, 16] codewords are to be trained, but the model to start from has codebooks"
                                + " of [16, 16, 16, 16]"),
                before(
                        new ProductVQ().setNumCodebooks(2).setInitialModel(CodeModels.rotated(8, 2, 8)),
                        "rotation = 'none', but the model to start from has one, which stays"),
                before(
                        new ProductVQ().setNumCodebooks(2).setRotation("opq").setInitialModel(CodeModels.product(8, 2, 8)),
                        "rotation = 'opq', but the model to start from has no rotation"),
                before(
                        new ProductVQ()
                                .setNumCodebooks(2)
                                .setRotation("opq")
                                .setDimensionWeights(new double[] {1, 2, 3, 4, 5, 6, 7, 8})
                                .setInitialModel(CodeModels.rotated(8, 2, 8)),
                        "dimensionWeights must be those of the model to start from"),
                before(
                        new ResidualVQ().setLevelBits(new int[] {4, 5}).setInitialModel(CodeModels.residual(8, 5, 4)),
                        "codebooks of [16, 32] codewords"),
                packed(
                        new AdditiveVQ().setNumCodebooks(3).setCodebookBits(5).setInitialModel(CodeModels.additive(6, 3, 5)),
                        "dimension 8, but the model to start from has 6"),
                packed(new ProductVQ().setNumCodebooks(3), parts),
                packed(new ProductVQ().setNumCodebooks(3).setRotation("opq"), parts),
                before(new ProductVQ().setInitMode("k-means||"), "starts one codebook"),
                before(new ProductVQ().setCodeCol("c"), "output column 'c' exists already"),
                before(
                        new ResidualVQ().setErrorThreshold(1).setCodebookBits(4),
                        "errorThreshold needs levels of 8 bits or more"),
                before(new ResidualVQ().setNumCodebooks(64).setCodebookBits(16), "codebooks"),
                packed(
                        new ResidualVQ()
                                .setNumCodebooks(5000)
                                .setCodebookBits(16)
                                .setJointIter(0),
                        "327680000 codewords of dimension 8 do not fit one array"),
                before(new AdditiveVQ().setNumCodebooks(64).setCodebookBits(16), "codewords"),
                packed(index("pq").setNumCodebooks(3), parts),
                packed(index("opq").setNumCodebooks(3), parts),
                packed(
                        index("rq").setNumCodebooks(5000).setCodebookBits(16).setJointIter(0),
                        "327680000 codewords of dimension 8 do not fit one array"),
                before(index("rq").setNumCodebooks(64).setCodebookBits(16), "codebooks"),
                before(index("aq").setNumCodebooks(64).setCodebookBits(16), "codewords"),
                before(index("rq").setBeam(100_000), "beam = 100000"),
                before(
                        index("flat").setIdCol("m"),
                        "column 'm' should hold ids (whole numbers or strings), but is map"),
                before(index("flat").setIdCol("features"), "column 'features' should hold ids"),
                before(index("flat").setAttributeCols("i"), "column 'i' is interval, which Parquet cannot store"),
                before(index("flat").setAttributeCols("c", "C"), "there is no column 'C'"),
                before(index("flat").setAttributeCols("c", "c"), "attributeCols names 'c' twice"),
                before(index("flat").setAttributeCols("d"), "there is no column 'd'"),
                before(index("flat").setNeighborsCol("Id"), "output column 'Id' exists already"),
                Arguments.of(first, first, 0));
    }

    private static VQModel one(int dimension) {
        return new VQModel("one", TestVectors.matrix(new float[1][dimension]));
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void nothingIsTrained(Object stage, String problem, int jobs) throws Throwable {
        Dataset<Row> data = data();
        int[] passes = new int[1];
        int started = JobCounter.jobs(() -> assertRefused(
                () -> {
                    int most = 2_000_000_000;
                    Estimator<?> estimator =
                            stage instanceof Estimator<?> made ? made : new AdditiveVQ().setNumCodebooks(most);
                    ((NsvqEstimator<?, ?>) estimator).setListener(progress -> passes[0]++);
                    estimator.fit(data);
                },
                problem));
        assertEquals(0, passes[0], "passes");
        assertTrue(started <= jobs, started + " jobs");
    }

    @Test
    void vectorsToIndexOfAnotherDimensionThanThoseToTrainOn() throws Throwable {
        Dataset<Row> data = data();
        Dataset<Row> shorter = data.selectExpr("id", "slice(features, 1, 7) as features");
        int[] passes = new int[1];
        IvfIndex estimator = IndexTestData.estimator(directory.resolve("index"));
        estimator.setListener(progress -> passes[0]++);
        String problem = "of the vectors to index has vectors of dimension 7, those to train on have 8";
        for (var work : List.<org.junit.jupiter.api.function.Executable>of(
                () -> estimator.build(data, shorter), () -> estimator.check(data, shorter))) {
            int jobs = JobCounter.jobs(() -> assertRefused(work, problem));
            assertTrue(jobs <= 4, jobs + " jobs"); // packing, and looks at the first partitions
        }
        assertEquals(0, passes[0]);
        assertFalse(Files.exists(directory.resolve("index")));
    }

    @Test
    void aCheckNeedsNoPassOverTheData() throws Throwable {
        Dataset<Row> data = data();
        int jobs = JobCounter.jobs(() -> assertRefused(
                () -> index("pq").setNumCodebooks(3).check(data, data),
                "dimension 8 cannot be cut into 3 equal parts"));
        assertTrue(jobs <= 2, jobs + " jobs"); // of the first partitions
    }
}
