package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.param.SumParams;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the trainings of several codebooks reach, and what they need for it. */
class CodeTrainingTest {
    private static final float[][] VECTORS = TestVectors.clustered(700, 6, 12, 6);

    private final SparkSession spark = SparkTestSession.get();

    @AfterEach
    void nothingStaysInStorage() {
        assertTrue(spark.sparkContext().getPersistentRDDs().isEmpty());
    }

    private static <E extends CodeEstimator<E, ?>> E small(CodeEstimator<E, ?> estimator, int codebooks) {
        if (estimator instanceof SumParams<?> sums) {
            sums.set(sums.jointIter(), 0);
            sums.set(sums.beam(), 1);
        }
        return estimator
                .setNumCodebooks(codebooks)
                .setCodebookBits(4)
                .setMaxIter(4)
                .setLloydIter(2)
                .setBatchSize(350)
                .setSeed(2);
    }

    private static ProductVQ product() {
        return small(new ProductVQ(), 3);
    }

    private static ProductVQ rotated() {
        return small(new ProductVQ(), 3).setRotation("opq").setRotationIter(4);
    }

    private static ResidualVQ residual() {
        return small(new ResidualVQ(), 3);
    }

    private static AdditiveVQ additive() {
        return small(new AdditiveVQ(), 3).setPolishIter(0);
    }

    static List<CodeEstimator<?, ?>> estimators() {
        return List.of(product(), rotated(), residual(), additive());
    }

    /** With a rotation and with levels: the others train as one of these does. */
    static List<CodeEstimator<?, ?>> two() {
        return List.of(rotated(), residual());
    }

    private static CodeModel<?> fit(CodeEstimator<?, ?> estimator, Dataset<Row> data) {
        return (CodeModel<?>) estimator.fit(data);
    }

    private static float[] codewords(CodeModel<?> model) {
        return model.shared().codewords().values();
    }

    @ParameterizedTest
    @MethodSource("estimators")
    void partitionsDoNotShow(CodeEstimator<?, ?> estimator) {
        CodeModel<?> expected = fit(estimator, TestVectors.frame(VECTORS, TestVectors.FLOATS, 1));
        byte[] codes = expected.quantizer().encode(TestVectors.matrix(VECTORS));
        for (int partitions : new int[] {2, 7}) {
            CodeModel<?> model = fit(estimator, TestVectors.frame(VECTORS, TestVectors.FLOATS, partitions));
            assertArrayEquals(codewords(expected), codewords(model), 1e-4f);
            assertArrayEquals(codes, model.quantizer().encode(TestVectors.matrix(VECTORS)));
        }
    }

    @ParameterizedTest
    @MethodSource("estimators")
    void theSummarySaysWhatTheTrainingReached(CodeEstimator<?, ?> estimator) {
        List<TrainingListener.Progress> heard = new ArrayList<>();
        estimator.setListener(heard::add);
        estimator.setTol(0);
        CodeModel<?> model = fit(estimator, TestVectors.frame(VECTORS));
        CodeSummary summary = model.summary();
        assertTrue(model.hasSummary());
        assertEquals(VECTORS.length, summary.rows());
        int passes = estimator instanceof ProductVQ pq && pq.getRotation().equals("opq") ? 8 : 4;
        assertEquals(passes, summary.numIter());
        assertEquals(passes, summary.history().size());
        assertTrue(summary.trainSeconds() > 0);
        assertEquals(1, heard.get(heard.size() - 1).done(), 1e-9);
        assertEquals(estimator, model.parent());
        double mse = CodeModels.mse(model, VECTORS);
        assertEquals(mse, summary.mse(), 1e-4 * mse);
    }

    @Test
    void turningVectorsFirstLeavesLess() {
        float[][] vectors = TestVectors.clustered(2000, 6, 1, 3);
        Rotation turn = Rotation.random(6, 8);
        for (float[] vector : vectors) {
            for (int j = 0; j < 6; j++) {
                vector[j] *= (float) Math.pow(0.5, j);
            }
            turn.apply(vector, 0, 1, vector, 0);
        }
        Dataset<Row> data = TestVectors.frame(vectors);
        double plain = product().setMaxIter(8).fit(data).summary().mse();
        ProductVQModel model = rotated().setMaxIter(8).setRotationIter(8).fit(data);
        assertTrue(model.summary().mse() < 0.6 * plain, model.summary().mse() + " " + plain);
        assertEquals("opq", model.getRotation());
        assertTrue(model.shared().rotation() != null);
    }

    /** All codebooks in the same pass over the data, never one pass per codebook. */
    @Test
    void moreCodebooksNeedNoMoreJobs() throws Exception {
        Dataset<Row> data = TestVectors.frame(TestVectors.clustered(600, 12, 10, 4));
        data.count();
        for (CodeEstimator<?, ?> estimator : estimators()) {
            estimator.setTol(0).setReseeding("none");
            int few = jobs(estimator, 2, data);
            int many = jobs(estimator, 6, data);
            assertEquals(few, many, estimator.uid());
            assertTrue(few > 4, "jobs are counted");
        }
    }

    private int jobs(CodeEstimator<?, ?> estimator, int codebooks, Dataset<Row> data) throws Exception {
        AtomicInteger jobs = new AtomicInteger();
        SparkListener counting = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                jobs.incrementAndGet();
            }
        };
        spark.sparkContext().listenerBus().waitUntilEmpty();
        spark.sparkContext().addSparkListener(counting);
        try {
            estimator.setNumCodebooks(codebooks);
            fit(estimator, data);
            spark.sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            spark.sparkContext().removeSparkListener(counting);
        }
        return jobs.get();
    }

    /** Three rows far from all others are in no sample, but a training on all rows meets them. */
    @ParameterizedTest
    @MethodSource("two")
    void rareRowsAreRepresented(CodeEstimator<?, ?> estimator) {
        float[][] vectors = TestVectors.clustered(1500, 6, 3, 5);
        float[][] far = new float[3][];
        for (int i = 0; i < 3; i++) {
            far[i] = new float[6];
            Arrays.fill(far[i], 1000 + i);
            vectors[500 * i + 77] = far[i];
        }
        CodeModel<?> model = fit(estimator, TestVectors.frame(vectors));
        assertTrue(CodeModels.mse(model, far) < 100, "error " + CodeModels.mse(model, far));
    }

    @ParameterizedTest
    @MethodSource("two")
    void rowsWithoutWeightDoNotCount(CodeEstimator<?, ?> estimator) {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        CodeModel<?> expected = fit(estimator, data.filter("id % 3 != 1"));
        estimator.setWeightCol("w");
        CodeModel<?> model = fit(estimator, data.withColumn("w", expr("if(id % 3 = 1, 0, 1)")));
        assertArrayEquals(codewords(expected), codewords(model), 1e-5f);
        // twice the weight for all is no weight at all
        model = fit(estimator, data.filter("id % 3 != 1").withColumn("w", expr("2.0D")));
        assertArrayEquals(codewords(expected), codewords(model), 1e-4f);
        Exception e = assertThrows(NsvqException.class, () -> estimator.fit(data.withColumn("w", expr("'x'"))));
        assertEquals("column 'w' should hold weights, but is string", e.getMessage());
    }

    @ParameterizedTest
    @MethodSource("two")
    void cosineTrainsOnVectorsOfLengthOne(CodeEstimator<?, ?> estimator) {
        estimator.setDistanceMeasure("cosine");
        Dataset<Row> data = TestVectors.frame(VECTORS);
        Dataset<Row> scaled = data.withColumn("features", expr("transform(features, x -> float(x * (1 + id)))"));
        CodeModel<?> model = fit(estimator, data);
        assertArrayEquals(codewords(model), codewords(fit(estimator, scaled)), 1e-4f);
        assertTrue(model.cosine());
        assertTrue(model.summary().mse() < 0.01, "of vectors of length 1");
        assertEquals(
                model.transform(data).select("id", "code").count(),
                model.transform(scaled).select("id", "code").count());
    }

    @ParameterizedTest
    @MethodSource("two")
    void fewDistinctRowsAreReconstructed(CodeEstimator<?, ?> estimator) {
        float[][] vectors = new float[100][];
        for (int i = 0; i < 100; i++) {
            vectors[i] = VECTORS[i % 11].clone();
        }
        CodeModel<?> model = fit(estimator, TestVectors.frame(vectors));
        assertEquals(0, CodeModels.mse(model, vectors), 1e-6);
        model = fit(estimator, TestVectors.frame(Arrays.copyOf(VECTORS, 3)));
        assertEquals(0, CodeModels.mse(model, Arrays.copyOf(VECTORS, 3)), 1e-6);
        assertEquals(3, model.summary().rows());
    }

    @Test
    void partsMustDivideTheDimension() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        for (ProductVQ estimator :
                List.of(product().setNumCodebooks(4), rotated().setNumCodebooks(4))) {
            Exception e = assertThrows(NsvqException.class, () -> estimator.fit(data));
            assertEquals(
                    "dimension 6 cannot be cut into 4 equal parts: the number of codebooks must divide the dimension",
                    e.getMessage());
        }
        assertEquals(6, product().setNumCodebooks(6).fit(data).codebooks());
        assertEquals(1, product().setNumCodebooks(1).fit(data).codebooks());
    }

    @Test
    void startsThatAreForOneCodebookAreRefused() {
        for (CodeEstimator<?, ?> estimator : estimators()) {
            estimator.setInitMode("k-means||");
            Exception e = assertThrows(NsvqException.class, () -> estimator.fit(TestVectors.frame(VECTORS)));
            assertEquals(
                    "initMode 'k-means||' starts one codebook: use random or k-means++ for several", e.getMessage());
        }
    }

    /** The additive search compares all pairs of codewords: too many of them must be an error before the training. */
    @Test
    void tooManyAdditiveCodewordsAreRefusedBeforeTheTraining() {
        List<TrainingListener.Progress> heard = new ArrayList<>();
        AdditiveVQ estimator = additive().setNumCodebooks(5).setCodebookBits(12).setListener(heard::add);
        Exception e = assertThrows(NsvqException.class, () -> estimator.fit(TestVectors.frame(VECTORS)));
        assertTrue(e.getMessage().contains("16384 in all, not 20480"), e.getMessage());
        assertTrue(heard.isEmpty(), "before the training");
    }

    @Test
    void levelsMayDiffer() {
        ResidualVQModel model = residual().setLevelBits(5, 1, 3).fit(TestVectors.frame(VECTORS));
        assertArrayEquals(new int[] {32, 2, 8}, model.shared().layout().sizes());
        assertEquals(2, model.codeSize());
        assertFalse(model.variableLength());
    }

    @Test
    void invalidVectorsAreNamedOrSkipped() {
        List<Object> values = new ArrayList<>(Arrays.asList((Object[]) VECTORS));
        values.add(5, new float[] {1, 2});
        Dataset<Row> data = TestVectors.frame(values, TestVectors.FLOATS, 2);
        for (CodeEstimator<?, ?> estimator : two()) {
            Exception e = assertThrows(InvalidVectorException.class, () -> estimator.fit(data));
            assertTrue(e.getMessage().contains("1 of 701 rows is invalid, first row 5"), e.getMessage());
            CodeModel<?> expected = fit(estimator, TestVectors.frame(VECTORS));
            estimator.setHandleInvalid("skip");
            assertArrayEquals(codewords(expected), codewords(fit(estimator, data)), 1e-4f);
        }
    }
}
