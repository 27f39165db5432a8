package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IndexParamsTest {
    @TempDir
    private Path directory;

    /** A value other than the default for every param. */
    private static final Map<String, Object> OTHER_VALUES = new TreeMap<>(Map.ofEntries(
            Map.entry("featuresCol", "vec"),
            Map.entry("idCol", "item"),
            Map.entry("numLists", 7),
            Map.entry("listTraining", "flat"),
            Map.entry("metric", "cosine"),
            Map.entry("quantizer", "rq"),
            Map.entry("numCodebooks", 3),
            Map.entry("codebookBits", 5),
            Map.entry("maxIter", 4),
            Map.entry("localSteps", 2),
            Map.entry("rotationIter", 1),
            Map.entry("jointIter", 0),
            Map.entry("beam", 6),
            Map.entry("seed", 1L << 40),
            Map.entry("updater", "ema"),
            Map.entry("device", "cpu"),
            Map.entry("handleInvalid", "skip"),
            Map.entry("checkpointDir", "/tmp/checkpoints"),
            Map.entry("indexDir", "/tmp/index"),
            Map.entry("attributeCols", List.of("color", "size")),
            Map.entry("k", 12),
            Map.entry("probes", 9),
            Map.entry("slack", 0.25),
            Map.entry("rerank", 40),
            Map.entry("vectorsTable", "vectors"),
            Map.entry("allowedTable", "ids"),
            Map.entry("filter", "size > 3"),
            Map.entry("excludeSelf", true),
            Map.entry("neighborsCol", "near")));

    private static Map<String, Object> values(Params stage) {
        Map<String, Object> values = new TreeMap<>();
        for (Param<?> param : stage.params()) {
            if (stage.isDefined(param)) {
                Object value = stage.getOrDefault(param);
                values.put(param.name(), value instanceof String[] strings ? List.of(strings) : value);
            }
        }
        return values;
    }

    private static void setAll(Params stage) {
        Map<String, Object> before = values(stage);
        assertEquals(OTHER_VALUES.keySet(), before.keySet());
        OTHER_VALUES.forEach((name, value) -> {
            assertFalse(value.equals(before.get(name)), name);
            stage.set(stage.getParam(name), value instanceof List<?> list ? list.toArray(String[]::new) : value);
        });
        assertEquals(OTHER_VALUES, values(stage));
    }

    @Test
    void everyParamSurvivesSavingAndLoading() throws Exception {
        SparkTestSession.get();
        IvfIndex index = new IvfIndex("estimator");
        setAll(index);
        index.write().save(directory.resolve("estimator").toString());
        IvfIndex loaded = IvfIndex.load(directory.resolve("estimator").toString());
        assertEquals("estimator", loaded.uid());
        assertEquals(OTHER_VALUES, values(loaded));

        IvfIndexModel model = IndexTestData.flat(
                directory.resolve("index"), TestVectors.frame(VECTORS).limit(30));
        setAll(model);
        model.write().save(directory.resolve("model").toString());
        IvfIndexModel loadedModel =
                IvfIndexModel.load(directory.resolve("model").toString());
        assertEquals("index", loadedModel.uid());
        assertEquals(OTHER_VALUES, values(loadedModel));
        assertEquals(IndexTestData.LISTS, loadedModel.lists());
        assertEquals(IndexTestData.DIMENSION, loadedModel.dimension());
        assertFalse(loadedModel.hasSummary());
        assertEquals(
                "model index has no summary: it was loaded, and summaries are not saved",
                assertThrows(NsvqException.class, loadedModel::summary).getMessage());
    }

    @Test
    void estimatorAndModelHaveTheSameParamsAndDefaults() {
        assertEquals(values(new IvfIndex()), values(new IvfIndexModel()));
        assertEquals(
                Arrays.stream(new IvfIndex().params()).map(Param::doc).toList(),
                Arrays.stream(new IvfIndexModel().params()).map(Param::doc).toList());
    }

    @Test
    void typedSettersSetWhatTheyName() {
        IvfIndex index = new IvfIndex()
                .setFeaturesCol("vec")
                .setIdCol("item")
                .setNumLists(7)
                .setListTraining("flat")
                .setMetric("cosine")
                .setQuantizer("rq")
                .setNumCodebooks(3)
                .setCodebookBits(5)
                .setMaxIter(4)
                .setLocalSteps(2)
                .setRotationIter(1)
                .setJointIter(0)
                .setBeam(6)
                .setSeed(1L << 40)
                .setUpdater("ema")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setCheckpointDir("/tmp/checkpoints")
                .setIndexDir("/tmp/index")
                .setAttributeCols("color", "size")
                .setK(12)
                .setProbes(9)
                .setSlack(0.25)
                .setRerank(40)
                .setVectorsTable("vectors")
                .setAllowedTable("ids")
                .setFilter("size > 3")
                .setExcludeSelf(true)
                .setNeighborsCol("near");
        assertEquals(OTHER_VALUES, values(index));
        assertEquals(OTHER_VALUES, values(index.copy(ParamMap.empty())));
        IvfIndexModel model = new IvfIndexModel()
                .setFeaturesCol("vec")
                .setIdCol("item")
                .setDevice("cpu")
                .setHandleInvalid("skip")
                .setK(12)
                .setProbes(9)
                .setSlack(0.25)
                .setRerank(40)
                .setVectorsTable("vectors")
                .setAllowedTable("ids")
                .setFilter("size > 3")
                .setExcludeSelf(true)
                .setNeighborsCol("near");
        for (String name : List.of(
                "featuresCol",
                "idCol",
                "device",
                "handleInvalid",
                "k",
                "probes",
                "slack",
                "rerank",
                "vectorsTable",
                "allowedTable",
                "filter",
                "excludeSelf",
                "neighborsCol")) {
            assertEquals(OTHER_VALUES.get(name), values(model).get(name), name);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "numLists | -1 | numLists = -1: 0 to 1048576 are valid",
                "numCodebooks | 0 | numCodebooks = 0: 1 to 1048576 are valid",
                "codebookBits | 3 | codebookBits = 3: 4 to 16 are valid",
                "codebookBits | 17 | codebookBits = 17: 4 to 16 are valid",
                "maxIter | -2 | maxIter = -2: at least -1 is needed",
                "localSteps | -1 | localSteps = -1: at least 0 is needed",
                "rotationIter | -2 | rotationIter = -2: at least -1 is needed",
                "jointIter | -2 | jointIter = -2: at least -1 is needed",
                "beam | -2 | beam = -2: at least -1 is needed",
                "k | 0 | k = 0: at least 1 is needed",
                "probes | 0 | probes = 0: at least 1 is needed",
                "rerank | -1 | rerank = -1: at least 0 is needed",
            })
    void refusesNumbersOutOfRange(String name, int value, String message) {
        for (Params stage : new Params[] {new IvfIndex(), new IvfIndexModel()}) {
            Exception e = assertThrows(NsvqException.class, () -> stage.set(stage.getParam(name), value));
            assertEquals(message, e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "metric; l2, ip, cosine",
                "quantizer; flat, pq, opq, rq, aq",
                "updater; nsvq, sgd, ema, minibatch, lloyd, ste",
                "device; auto, cpu, opencl",
                "handleInvalid; error, skip",
            })
    void refusesUnknownNames(String name, String valid) {
        for (Params stage : new Params[] {new IvfIndex(), new IvfIndexModel()}) {
            Exception e = assertThrows(NsvqException.class, () -> stage.set(stage.getParam(name), "other"));
            assertEquals(name + " = 'other': must be one of " + valid, e.getMessage());
        }
    }

    /**
     * What cannot be is refused when the schema is looked at or, where that needs the dimension, before any training.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pq | 3 | 4 | 8",
                "aq | 8 | 16 | 16",
                "rq | 2 | 4 | beam = 0",
            })
    void refusesQuantizersThatCannotBe(String quantizer, int codebooks, int bits, String said) {
        IvfIndex index = IndexTestData.estimator(directory.resolve("index"))
                .setQuantizer(quantizer)
                .setNumCodebooks(codebooks)
                .setCodebookBits(bits)
                .setBeam(quantizer.equals("rq") ? 0 : -1);
        IndexTestData.assertRefused(() -> index.fit(TestVectors.frame(VECTORS)), said);
        assertFalse(directory.resolve("index").toFile().exists());
    }

    @Test
    void sparkConnectFindsTheStages() {
        assertTrue(serves(Estimator.class, IvfIndex.class));
        assertTrue(serves(Transformer.class, IvfIndexModel.class));
    }

    private static boolean serves(Class<?> service, Class<?> stage) {
        return StreamSupport.stream(ServiceLoader.load(service).spliterator(), false)
                .anyMatch(found -> found.getClass() == stage);
    }
}
