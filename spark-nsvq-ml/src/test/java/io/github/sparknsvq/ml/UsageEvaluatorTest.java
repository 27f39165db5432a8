package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.UsageMeasures;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.StreamSupport;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How evenly codewords are used, and choosing params by it. */
class UsageEvaluatorTest {
    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    private Path directory;

    /** Twelve rows, of which codewords 0 to 3 have 6, 3, 3 and 0. */
    private Dataset<Row> predictions(String type) {
        return spark.range(12).selectExpr("cast(if(id < 6, 0, id % 2 + 1) as " + type + ") as prediction");
    }

    @ParameterizedTest
    @CsvSource({
        "worstDisclosure, 2, false",
        "averageDisclosure, 1.5, true",
        "sparseness, 0.6123724356957945, false",
        "deviation, 2.1213203435596424, false",
        "dead, 1, false"
    })
    void measuresTheUseOfCodewords(String metric, double expected, boolean largerIsBetter) {
        UsageEvaluator evaluator = new UsageEvaluator().setK(4).setMetricName(metric);
        assertEquals(expected, evaluator.evaluate(predictions("int")), 1e-12);
        assertEquals(expected, evaluator.evaluate(predictions("bigint")), 1e-12);
        assertEquals(largerIsBetter, evaluator.isLargerBetter());
    }

    @Test
    void theDefaultIsTheDivergenceFromFairUse() {
        UsageEvaluator evaluator = new UsageEvaluator().setK(4);
        UsageMeasures expected = UsageMeasures.of(new CodeHistogram(new double[] {6, 3, 3, 0}));
        assertEquals(expected.kl(), evaluator.evaluate(predictions("int")));
        assertEquals(expected, evaluator.measures(predictions("int")));
        assertEquals("kl", evaluator.getMetricName());
        assertTrue(!evaluator.isLargerBetter());
    }

    /** A codeword that no row chose counts, since the model says how many there are. */
    @Test
    void takesTheNumberOfCodewordsFromTheModel() {
        Dataset<Row> data = TestVectors.frame(new float[][] {{0}, {1}, {1.1f}});
        VQModel model = new VQModel("vq", TestVectors.matrix(new float[][] {{0}, {1}, {50}}));
        Dataset<Row> codes = model.setPredictionCol("code").transform(data);
        UsageEvaluator evaluator = new UsageEvaluator().setPredictionCol("code").setMetricName("dead");
        assertEquals(1, evaluator.evaluate(codes));
        assertEquals(3, evaluator.setK(5).evaluate(codes));
    }

    @Test
    void errorsNameColumns() {
        UsageEvaluator evaluator = new UsageEvaluator();
        Dataset<Row> data = predictions("int");
        assertRefused(
                () -> evaluator.evaluate(data),
                "column 'prediction' does not say of how many codewords it has indices: set k of the evaluator");
        assertRefused(() -> evaluator.evaluate(data.drop("prediction")), "there is no column 'prediction'");
        assertRefused(
                () -> evaluator.evaluate(predictions("double")),
                "column 'prediction' should hold indices of codewords (whole numbers), but is double");
        assertRefused(() -> evaluator.setK(-1), "k = -1: 0 to 16777216 are valid");
        evaluator.setK(2);
        assertRefused(() -> evaluator.evaluate(data), "column 'prediction' holds 2, which is no index of 2");
        assertRefused(
                () -> evaluator.evaluate(data.selectExpr("prediction - 1 as prediction")),
                "column 'prediction' holds -1, which is no index of 2 codewords");
        assertRefused(
                () -> evaluator.evaluate(data.selectExpr("if(prediction < 2, null, 1) as prediction")),
                "column 'prediction' is null in 9 rows");
        assertRefused(
                () -> evaluator.evaluate(data.limit(0)), "column 'prediction' has no indices to evaluate: no rows");
        assertRefused(
                () -> evaluator.setMetricName("entropy"),
                "metricName = 'entropy': must be one of kl, worstDisclosure, averageDisclosure, sparseness,"
                        + " deviation, dead");
        Dataset<Row> stream = spark.readStream().format("rate").load().selectExpr("value as prediction");
        assertRefused(() -> evaluator.evaluate(stream), "a stream cannot be evaluated");
    }

    @Test
    void savesCopiesAndIsFoundBySparkConnect() throws Exception {
        UsageEvaluator evaluator =
                new UsageEvaluator().setPredictionCol("code").setK(3).setMetricName("averageDisclosure");
        String path = directory.resolve("evaluator").toString();
        evaluator.write().save(path);
        for (UsageEvaluator same : List.of(UsageEvaluator.load(path), evaluator.copy(ParamMap.empty()))) {
            assertEquals(evaluator.uid(), same.uid());
            assertEquals("code", same.getPredictionCol());
            assertEquals(3, same.getK());
            assertEquals("averageDisclosure", same.getMetricName());
            assertTrue(same.isLargerBetter());
        }
        assertTrue(StreamSupport.stream(ServiceLoader.load(Evaluator.class).spliterator(), false)
                .anyMatch(found -> found.getClass() == UsageEvaluator.class));
    }

    @Test
    void choosesTheNumberOfCodewords() {
        float[][] vectors = TestVectors.clustered(400, 3, 4, 1);
        VQ vq = new VQ().setSeed(1).setMaxIter(3);
        ParamMap[] grid =
                new ParamGridBuilder().addGrid(vq.k(), new int[] {2, 8}).build();
        TrainValidationSplitModel split = new TrainValidationSplit()
                .setEstimator(vq)
                .setEstimatorParamMaps(grid)
                .setEvaluator(new UsageEvaluator().setMetricName("averageDisclosure"))
                .setSeed(1)
                .fit(TestVectors.frame(vectors));
        double[] bits = split.validationMetrics();
        assertTrue(bits[0] <= 1 && bits[1] > 1.5 && bits[1] <= 3, bits[0] + ", " + bits[1]);
        assertEquals(8, ((VQModel) split.bestModel()).getK());
    }
}
