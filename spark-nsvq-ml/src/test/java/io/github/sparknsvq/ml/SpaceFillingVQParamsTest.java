package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.curve.CurveTraining;
import io.github.sparknsvq.ml.param.SpaceFillingVQParams;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpaceFillingVQParamsTest {
    /** A value other than the default for every param. */
    private static final Map<String, Object> OTHER_VALUES = new TreeMap<>(Map.ofEntries(
            Map.entry("featuresCol", "vec"),
            Map.entry("weightCol", "w"),
            Map.entry("predictionCol", "segment"),
            Map.entry("positionCol", "place"),
            Map.entry("distanceCol", "far"),
            Map.entry("reconstructionCol", "near"),
            Map.entry("k", 8),
            Map.entry("maxIter", 7),
            Map.entry("exactIter", 2),
            Map.entry("seed", 1L << 40),
            Map.entry("distanceMeasure", "cosine"),
            Map.entry("batchSize", 77),
            Map.entry("learningRate", 0.7),
            Map.entry("finalRate", 0.9),
            Map.entry("search", "corners"),
            Map.entry("device", "cpu"),
            Map.entry("handleInvalid", "skip"),
            Map.entry("checkpointDir", "/tmp/checkpoints")));

    private static final SpaceFillingVQModel MODEL =
            new SpaceFillingVQModel("model", TestVectors.matrix(new float[][] {{1, 2}, {3, 4}, {5, 6}}));

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    private static Map<String, Object> values(Params stage) {
        Map<String, Object> values = new TreeMap<>();
        for (Param<?> param : stage.params()) {
            if (stage.isDefined(param)) {
                values.put(param.name(), stage.getOrDefault(param));
            }
        }
        return values;
    }

    private static <P extends Params> P setAll(P stage) {
        Map<String, Object> before = values(stage);
        OTHER_VALUES.forEach((name, value) -> {
            assertFalse(value.equals(before.get(name)), name);
            stage.set(stage.getParam(name), value);
        });
        assertEquals(OTHER_VALUES, values(stage));
        return stage;
    }

    private String save(MLWritable stage, String name) throws Exception {
        String path = directory.resolve(name).toString();
        stage.write().save(path);
        return path;
    }

    @Test
    void everyParamSurvivesSavingLoadingAndCopying() throws Exception {
        SpaceFillingVQ estimator = setAll(new SpaceFillingVQ("estimator"));
        SpaceFillingVQ loaded = SpaceFillingVQ.load(save(estimator, "estimator"));
        assertEquals("estimator", loaded.uid());
        assertEquals(OTHER_VALUES, values(loaded));
        assertEquals(OTHER_VALUES, values(loaded.copy(ParamMap.empty())));

        SpaceFillingVQModel model = setAll(MODEL.copy(ParamMap.empty()));
        SpaceFillingVQModel loadedModel = SpaceFillingVQModel.load(save(model, "model"));
        assertEquals("model", loadedModel.uid());
        assertEquals(OTHER_VALUES, values(loadedModel));
        assertArrayEquals(model.corners().values(), loadedModel.corners().values());
        SpaceFillingVQModel copy = model.copy(new ParamMap().put(model.search(), "exact"));
        assertEquals("exact", copy.getSearch());
        assertEquals("corners", model.getSearch());
        assertArrayEquals(model.corners().values(), copy.corners().values());
    }

    @Test
    void defaultsAreThoseOfCoresTraining() {
        SpaceFillingVQ estimator = new SpaceFillingVQ();
        TrainingSettings expected =
                CurveTraining.settings(256).passes(CurveTraining.PASSES, 1).build();
        assertEquals(expected, estimator.trainingSettings());
        assertEquals(values(estimator), values(new SpaceFillingVQModel()));
        assertEquals(
                Arrays.stream(estimator.params()).map(Param::doc).toList(),
                Arrays.stream(new SpaceFillingVQModel().params())
                        .map(Param::doc)
                        .toList());
        assertEquals(
                SpaceFillingVQParams.SEARCHES,
                Arrays.stream(SpaceFillingCurve.Search.values())
                        .map(search -> search.name().toLowerCase(Locale.ROOT))
                        .toList());
    }

    @Test
    void typedSettersSetWhatTheyName() {
        SpaceFillingVQ estimator = new SpaceFillingVQ()
                .setFeaturesCol("vec")
                .setWeightCol("w")
                .setPredictionCol("segment")
                .setPositionCol("place")
                .setDistanceCol("far")
                .setReconstructionCol("near")
                .setK(8)
                .setMaxIter(7)
                .setExactIter(2)
                .setSeed(1L << 40)
                .setDistanceMeasure("cosine")
                .setBatchSize(77)
                .setLearningRate(0.7)
                .setFinalRate(0.9)
                .setSearch("corners")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setCheckpointDir("/tmp/checkpoints");
        assertEquals(OTHER_VALUES, values(estimator));
        assertEquals(
                TrainingSettings.builder(8)
                        .passes(7, 2)
                        .seed(1L << 40)
                        .batches(77, 1)
                        .learningRate(0.7, 0.9)
                        .device(Device.CPU)
                        .build(),
                estimator.trainingSettings());
    }

    @Test
    void hasNoParamsThatItWouldIgnore() {
        for (String name : List.of(
                "updater",
                "tol",
                "localSteps",
                "lloydIter",
                "reseeding",
                "initMode",
                "initSteps",
                "rotation",
                "beam")) {
            assertFalse(new SpaceFillingVQ().hasParam(name), name);
            assertFalse(new SpaceFillingVQModel().hasParam(name), name);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-4, 0, 2, 3, 12, 255, 1 << 17, Integer.MIN_VALUE})
    void cornersAreAPowerOfTwo(int k) {
        for (Params stage : new Params[] {new SpaceFillingVQ(), new SpaceFillingVQModel()}) {
            Exception e = assertThrows(NsvqException.class, () -> stage.set(stage.getParam("k"), k));
            assertEquals("k = " + k + ": a power of two from 4 to 65536 is needed", e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "search; all; search = 'all': must be one of exact, corners",
                "distanceMeasure; l1; distanceMeasure = 'l1': must be one of euclidean, cosine",
                "device; gpu; device = 'gpu': must be one of auto, cpu, opencl",
                "handleInvalid; keep; handleInvalid = 'keep': must be one of error, skip"
            })
    void refusesUnknownNames(String name, String value, String message) {
        SpaceFillingVQ stage = new SpaceFillingVQ();
        assertEquals(
                message,
                assertThrows(NsvqException.class, () -> stage.set(stage.getParam(name), value))
                        .getMessage());
    }

    @Test
    void refusesNumbersOutOfRange() {
        SpaceFillingVQ stage = new SpaceFillingVQ();
        assertThrows(NsvqException.class, () -> stage.setMaxIter(-1));
        assertThrows(NsvqException.class, () -> stage.setExactIter(-1));
        assertThrows(NsvqException.class, () -> stage.setBatchSize(-1));
        assertThrows(NsvqException.class, () -> stage.setLearningRate(0));
        assertThrows(NsvqException.class, () -> stage.setFinalRate(Double.NaN));
    }

    @Test
    void sparkConnectFindsTheStages() {
        assertTrue(serves(Estimator.class, SpaceFillingVQ.class));
        assertTrue(serves(Transformer.class, SpaceFillingVQModel.class));
    }

    private static boolean serves(Class<?> service, Class<?> stage) {
        return StreamSupport.stream(ServiceLoader.load(service).spliterator(), false)
                .anyMatch(found -> found.getClass() == stage);
    }

    @Test
    void sparkConnectParksAModelOnTheDriversDisk() throws Exception {
        String path = directory.resolve("parked").toString();
        MODEL.write().session(spark).saveToLocal(path);
        SpaceFillingVQModel loaded = SpaceFillingVQModel.read().session(spark).loadFromLocal(path);
        assertArrayEquals(MODEL.corners().values(), loaded.corners().values());
        assertEquals(24, MODEL.estimatedSize());
    }

    @Test
    void aLineNeedsTwoCornersThatAreFinite() {
        assertEquals(
                "a curve needs at least 2 corners of dimension 1 or more, not 1 x 2",
                assertThrows(
                                NsvqException.class,
                                () -> new SpaceFillingVQModel("m", TestVectors.matrix(new float[][] {{1, 2}})))
                        .getMessage());
        assertThrows(
                NsvqException.class,
                () -> new SpaceFillingVQModel("m", TestVectors.matrix(new float[][] {{1, 2}, {1, Float.NaN}})));
    }

    @Test
    void aSavedLineOfOneCornerIsDamaged() throws Exception {
        Path path = directory.resolve("model");
        VQModel one = new VQModel("m", TestVectors.matrix(new float[][] {{1, 2}}));
        one.write().save(path.toString());
        EarlierRevisionFiles.withoutManifests(path);
        try (var files = Files.list(path.resolve("metadata"))) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("part-")) {
                    String text = Files.readString(file);
                    String other = text.replace(VQModel.class.getName(), SpaceFillingVQModel.class.getName());
                    Files.writeString(file, other);
                } else if (file.toString().endsWith(".crc")) {
                    Files.delete(file);
                }
            }
        }
        Exception e = assertThrows(NsvqException.class, () -> SpaceFillingVQModel.load(path.toString()));
        assertTrue(e.getMessage().contains("is damaged: it has 1 corner, not two"), e.getMessage());
    }
}
