package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.classification.TrainingSummary;
import org.apache.spark.ml.clustering.KMeansSummary;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.HasTrainingSummary;
import org.apache.spark.ml.util.Summary;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;

/** Summaries of trainings as Spark's own: by what Spark Connect lets its clients ask for. */
class TrainingSummaryTest {
    private static final float[][] VECTORS = TestVectors.clustered(90, 4, 5, 3);

    @TempDir
    Path directory;

    private static VQ vq() {
        return new VQ().setK(5).setMaxIter(3).setSeed(1);
    }

    private static Dataset<Row> data() {
        return TestVectors.frame(VECTORS, TestVectors.FLOATS, 3);
    }

    private static long[] counted(Dataset<Row> predictions, int k) {
        long[] sizes = new long[k];
        predictions.select("prediction").collectAsList().forEach(row -> sizes[row.getInt(0)]++);
        return sizes;
    }

    @Test
    void vqHasASummaryAsKMeansHasIt() {
        VQModel model = vq().setDistanceCol("far").fit(data());
        KMeansSummary summary = model.summary();
        assertEquals(5, summary.k());
        assertEquals(3, summary.numIter());
        assertEquals("prediction", summary.predictionCol());
        assertEquals("features", summary.featuresCol());
        List<Row> expected = model.transform(data()).orderBy("id").collectAsList();
        model.setDistanceCol("").setPredictionCol("other"); // the summary is of the training
        assertEquals(expected, summary.predictions().orderBy("id").collectAsList());
        assertSame(summary.predictions(), summary.predictions());
        assertEquals(90, summary.cluster().count());
        assertArrayEquals(new String[] {"prediction"}, summary.cluster().columns());
        assertArrayEquals(counted(summary.predictions(), 5), summary.clusterSizes());
        assertSame(summary, model.copy(ParamMap.empty()).summary());
    }

    @Test
    void sizesAreNumbersOfRowsWhateverTheirWeight() {
        VQModel model = vq().setWeightCol("w").fit(data().selectExpr("*", "2.5 as w"));
        long[] sizes = counted(model.transform(data()), 5);
        assertArrayEquals(sizes, model.summary().clusterSizes());
        double[] weights = Arrays.stream(sizes).mapToDouble(size -> 2.5 * size).toArray();
        assertArrayEquals(weights, model.summary().clusterWeights());
    }

    @Test
    void withoutRowsThereAreNoPredictions() {
        VQSummary unnamed = vq().setPredictionCol("").fit(data()).summary();
        NsvqException e = assertThrows(NsvqException.class, unnamed::predictions);
        String said = "this summary has no predictions: predictionCol was empty when the model was trained";
        assertEquals(said, e.getMessage());
        VQSummary sent = SparkInternals.deserialize(
                SparkInternals.serialize(vq().fit(data()).summary()));
        assertEquals(90, Arrays.stream(sent.clusterSizes()).sum());
        e = assertThrows(NsvqException.class, sent::cluster);
        assertEquals(
                "this summary has no predictions: the rows trained on are not known here; transform gives them",
                e.getMessage());
    }

    @Test
    void aResampledCodebookPredictsTheRowsThatItWasMadeOf() {
        SpaceFillingVQModel line = new SpaceFillingVQ().setK(8).setMaxIter(1).fit(data());
        VQModel model = line.resampled(data(), 4);
        assertArrayEquals(
                counted(model.transform(data()), 4), counted(model.summary().predictions(), 4));
    }

    @Test
    void everyModelHasASummaryThatSparkKnows() {
        List<Estimator<?>> all = List.of(
                vq(),
                new ProductVQ().setNumCodebooks(2).setCodebookBits(4).setMaxIter(1),
                new ResidualVQ()
                        .setNumCodebooks(2)
                        .setCodebookBits(4)
                        .setMaxIter(1)
                        .setJointIter(0),
                new SpaceFillingVQ().setK(8).setMaxIter(1),
                new IvfIndex()
                        .setNumLists(2)
                        .setQuantizer("flat")
                        .setMaxIter(1)
                        .setIndexDir(directory.resolve("index").toString()));
        for (Estimator<?> estimator : all) {
            HasTrainingSummary<?> model = (HasTrainingSummary<?>) estimator.fit(data());
            assertTrue(model.hasSummary());
            assertSame(model.summary(), model.trainingSummary().get());
            assertInstanceOf(Summary.class, model.summary());
            String shown = model.summary().toString();
            assertTrue(shown.contains("trainSeconds=") && !shown.contains("@"), shown);
            if (model.summary() instanceof QuantizerSummary summary) {
                TrainingSummary known = summary;
                assertEquals(summary.numIter(), known.totalIterations());
                double[] errors =
                        summary.history().stream().mapToDouble(PassRecord::mse).toArray();
                assertArrayEquals(errors, known.objectiveHistory());
                assertEquals(known.totalIterations(), errors.length);
            }
            model.trainingSummary_$eq(Option.empty());
            assertFalse(model.hasSummary());
            NsvqException e = assertThrows(NsvqException.class, model::summary);
            assertTrue(e.getMessage().contains("has no summary: it was loaded"), e.getMessage());
        }
    }

    @Test
    void sparkConnectParksASummaryWithItsModel() {
        VQModel model = vq().fit(data());
        String path = directory.resolve("parked/summary").toString();
        model.saveSummary(path);
        VQModel loaded = new VQModel("vq", model.codebook());
        loaded.loadSummary(path, model.transform(data()).filter("id < 50"));
        assertEquals(model.summary().toString(), loaded.summary().toString());
        assertArrayEquals(model.summary().clusterSizes(), loaded.summary().clusterSizes());
        assertEquals(50, loaded.summary().predictions().count());
    }
}
