package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.Repair;
import io.github.sparknsvq.core.training.Reseeding;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VQParamsTest {
    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    /** A value other than the default for every param. */
    private static final Map<String, Object> OTHER_VALUES = new TreeMap<>(Map.ofEntries(
            Map.entry("featuresCol", "vec"),
            Map.entry("weightCol", "w"),
            Map.entry("predictionCol", "code"),
            Map.entry("distanceCol", "far"),
            Map.entry("reconstructionCol", "near"),
            Map.entry("k", 3),
            Map.entry("maxIter", 7),
            Map.entry("tol", 0.25),
            Map.entry("seed", 1L << 40),
            Map.entry("initMode", "k-means||"),
            Map.entry("initSteps", 4),
            Map.entry("initialModelPath", "/tmp/start"),
            Map.entry("distanceMeasure", "cosine"),
            Map.entry("updater", "ema"),
            Map.entry("batchSize", 77),
            Map.entry("localSteps", 3),
            Map.entry("learningRate", 0.7),
            Map.entry("finalRate", 0.9),
            Map.entry("lloydIter", 2),
            Map.entry("reseeding", "presence"),
            Map.entry("presenceThreshold", 0.01),
            Map.entry("dimensionWeights", List.of(1.0, 2.0)),
            Map.entry("repair", "on"),
            Map.entry("device", "cpu"),
            Map.entry("handleInvalid", "skip"),
            Map.entry("checkpointDir", "/tmp/checkpoints")));

    private static Map<String, Object> values(Params stage) {
        Map<String, Object> values = new TreeMap<>();
        for (Param<?> param : stage.params()) {
            if (stage.isDefined(param)) {
                Object value = stage.getOrDefault(param);
                values.put(
                        param.name(),
                        value instanceof double[] all
                                ? Arrays.stream(all).boxed().toList()
                                : value);
            }
        }
        return values;
    }

    private static void setAll(Params stage) {
        Map<String, Object> before = values(stage);
        OTHER_VALUES.forEach((name, value) -> {
            assertFalse(value.equals(before.get(name)), name);
            Object set = value instanceof List<?> ? new double[] {1, 2} : value;
            stage.set(stage.getParam(name), set);
        });
        assertEquals(OTHER_VALUES, values(stage));
    }

    private String save(MLWritable stage, String name) throws Exception {
        String path = directory.resolve(name).toString();
        stage.write().save(path);
        return path;
    }

    @Test
    void everyParamSurvivesSavingAndLoading() throws Exception {
        VQ vq = new VQ("estimator");
        setAll(vq);
        VQ loaded = VQ.load(save(vq, "vq"));
        assertEquals("estimator", loaded.uid());
        assertEquals(OTHER_VALUES, values(loaded));

        VQModel model = new VQModel("model", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}, {5, 6}}));
        setAll(model);
        VQModel loadedModel = VQModel.load(save(model, "model"));
        assertEquals("model", loadedModel.uid());
        assertEquals(OTHER_VALUES, values(loadedModel));
        assertArrayEquals(model.codebook().values(), loadedModel.codebook().values());
    }

    @Test
    void onlyWhatWasSetCountsAsSetAfterLoading() throws Exception {
        VQ loaded = VQ.load(save(new VQ().setK(9), "vq"));
        assertTrue(loaded.isSet(loaded.k()));
        assertFalse(loaded.isSet(loaded.maxIter()));
        assertFalse(loaded.isDefined(loaded.weightCol()));
    }

    @Test
    void defaultsAreThoseOfCoresTraining() {
        VQ vq = new VQ();
        assertEquals(TrainingSettings.of(256), vq.trainingSettings(vq.getK(), 128, 100_000));
        assertEquals(values(vq), values(new VQModel()));
    }

    @Test
    void typedSettersSetWhatTheyName() {
        VQ vq = new VQ()
                .setFeaturesCol("vec")
                .setWeightCol("w")
                .setPredictionCol("code")
                .setDistanceCol("far")
                .setReconstructionCol("near")
                .setK(3)
                .setMaxIter(7)
                .setTol(0.25)
                .setSeed(1L << 40)
                .setInitMode("k-means||")
                .setInitSteps(4)
                .setInitialModelPath("/tmp/start")
                .setDistanceMeasure("cosine")
                .setUpdater("ema")
                .setBatchSize(77)
                .setLocalSteps(3)
                .setLearningRate(0.7)
                .setFinalRate(0.9)
                .setLloydIter(2)
                .setReseeding("presence")
                .setPresenceThreshold(0.01)
                .setRepair("on")
                .setDimensionWeights(1, 2)
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setCheckpointDir("/tmp/checkpoints");
        assertEquals(OTHER_VALUES, values(vq));
        assertEquals(
                new TrainingSettings(
                        3,
                        7,
                        0.25,
                        1L << 40,
                        Updater.EMA,
                        77,
                        3,
                        0.7,
                        0.9,
                        2,
                        Reseeding.PRESENCE,
                        0.01,
                        Repair.ON,
                        true,
                        Device.CPU),
                vq.trainingSettings(3, 2, 100_000));
    }

    /** What a stage of an earlier revision brings along as its default is no wish. */
    @Test
    void anUnsetPolicyFollowsTheUpdater() {
        VQ vq = new VQ().setUpdater("ste");
        vq.setDefault(vq.reseeding(), "error");
        assertEquals(Reseeding.AUTO, vq.trainingSettings(8, 2, 100_000).reseeding());
        assertEquals(
                Reseeding.ERROR,
                vq.setReseeding("error").trainingSettings(8, 2, 100_000).reseeding());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "k | 0 | k = 0: at least 1 is needed",
                "maxIter | -2 | maxIter = -2: at least -1 is needed",
                "initSteps | 0 | initSteps = 0: at least 1 is needed",
                "batchSize | -1 | batchSize = -1: at least 0 is needed",
                "localSteps | -1 | localSteps = -1: at least 0 is needed",
                "lloydIter | -2 | lloydIter = -2: at least -1 is needed",
            })
    void refusesNumbersOutOfRange(String name, int value, String message) {
        for (Params stage : new Params[] {new VQ(), new VQModel()}) {
            Exception e = assertThrows(NsvqException.class, () -> stage.set(stage.getParam(name), value));
            assertEquals(message, e.getMessage());
        }
    }

    @Test
    void refusesSharesAndRatesOutOfRange() {
        VQ vq = new VQ();
        assertThrows(NsvqException.class, () -> vq.setTol(Double.NaN));
        assertThrows(NsvqException.class, () -> vq.setLearningRate(0));
        assertThrows(NsvqException.class, () -> vq.setLearningRate(Double.POSITIVE_INFINITY));
        assertThrows(NsvqException.class, () -> vq.setPresenceThreshold(Double.NaN));
        Exception share = assertThrows(NsvqException.class, () -> vq.setPresenceThreshold(1.5));
        assertEquals("presenceThreshold = 1.5: must be from 0 to 1", share.getMessage());
        Exception e = assertThrows(NsvqException.class, () -> vq.setFinalRate(-1.5));
        assertEquals("finalRate = -1.5: must be 0 or more", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "initMode; random, k-means++, k-means||, noisy, evolution",
                "distanceMeasure; euclidean, cosine",
                "updater; nsvq, sgd, ema, minibatch, lloyd, ste",
                "reseeding; auto, error, presence, none",
                "repair; auto, on, off",
                "device; auto, cpu, opencl",
                "handleInvalid; error, skip",
            })
    void refusesUnknownNames(String name, String valid) {
        VQ vq = new VQ();
        Exception e = assertThrows(NsvqException.class, () -> vq.set(vq.getParam(name), "other"));
        assertEquals(name + " = 'other': must be one of " + valid, e.getMessage());
    }

    @Test
    void copyKeepsParamsModelAndListener() {
        VQModel start = new VQModel("start", TestVectors.matrix(new float[][] {{1}}));
        TrainingListener listener = progress -> {};
        VQ vq = new VQ().setK(1).setInitialModel(start).setListener(listener);
        VQ copy = vq.copy(new ParamMap().put(vq.maxIter(), 3));
        assertEquals(vq.uid(), copy.uid());
        assertEquals(1, copy.getK());
        assertEquals(3, copy.getMaxIter());
        assertEquals(start, copy.getInitialModel());
    }

    @Test
    void theModelToStartFromIsSavedWithTheEstimator() throws Exception {
        VQModel start = new VQModel("start", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}}));
        VQ loaded = VQ.load(save(new VQ().setK(2).setInitialModel(start), "vq"));
        assertEquals("start", loaded.getInitialModel().uid());
        assertArrayEquals(
                start.codebook().values(), loaded.getInitialModel().codebook().values());
    }

    @Test
    void thePathOfTheModelToStartFromIsAParam() throws Exception {
        VQModel start = new VQModel("start", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}}));
        String path = save(start, "start");
        VQ loaded = VQ.load(save(new VQ().setK(2).setInitialModelPath(path), "vq"));
        assertEquals(path, loaded.getInitialModelPath());
        Dataset<Row> data = TestVectors.frame(new float[][] {{1, 2}, {3, 4}, {5, 6}});
        VQModel fitted = loaded.setMaxIter(0).setReseeding("none").fit(data);
        assertArrayEquals(start.codebook().values(), fitted.codebook().values());
        assertEquals(path, fitted.getInitialModelPath());
        VQ none = loaded.copy(ParamMap.empty()).setInitialModelPath("");
        assertFalse(Arrays.equals(
                start.codebook().values(), none.fit(data).codebook().values()));
        for (Object[] wrong : new Object[][] {
            {loaded.copy(ParamMap.empty()).setInitialModel(start), "but setInitialModel gave a model, too"},
            {loaded.copy(ParamMap.empty()).setK(3), "k = 3, but the model to start from has 2 codewords"},
            {loaded.copy(ParamMap.empty()).setInitialModelPath(path + "x"), "x is not a saved VQModel"}
        }) {
            VQ vq = (VQ) wrong[0];
            Exception e = assertThrows(NsvqException.class, () -> vq.transformSchema(data.schema()));
            assertTrue(e.getMessage().contains((String) wrong[1]), e.getMessage());
        }
    }

    @Test
    void evaluatorSavesAndLoads() throws Exception {
        VQEvaluator loaded = VQEvaluator.load(
                save(new VQEvaluator().setDistanceCol("far").setDistanceMeasure("cosine"), "evaluator"));
        assertEquals("far", loaded.getDistanceCol());
        assertEquals("cosine", loaded.getDistanceMeasure());
        Exception e = assertThrows(NsvqException.class, () -> loaded.setDistanceMeasure("manhattan"));
        assertEquals("distanceMeasure = 'manhattan': must be one of euclidean, cosine", e.getMessage());
        assertFalse(loaded.isLargerBetter());
    }

    @Test
    void sparkConnectFindsTheStages() {
        assertTrue(serves(Estimator.class, VQ.class));
        assertTrue(serves(Transformer.class, VQModel.class));
        assertTrue(serves(Evaluator.class, VQEvaluator.class));
    }

    private static boolean serves(Class<?> service, Class<?> stage) {
        return StreamSupport.stream(ServiceLoader.load(service).spliterator(), false)
                .anyMatch(found -> found.getClass() == stage);
    }

    @Test
    void sparkConnectParksAModelOnTheDriversDisk() throws Exception {
        VQModel model =
                new VQModel("model", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}, {5, 6}})).setDevice("cpu");
        String path = directory.resolve("parked").toString();
        model.write().session(spark).saveToLocal(path);
        VQModel loaded = VQModel.read().session(spark).loadFromLocal(path);
        assertArrayEquals(model.codebook().values(), loaded.codebook().values());
        assertEquals("cpu", loaded.getDevice());
        assertEquals(24, model.estimatedSize());
    }
}
