package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.TrainingListener;
import java.lang.reflect.Modifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
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
import org.junit.jupiter.params.provider.ValueSource;

/** The params of stages with several codebooks, and that nothing is lost when these are copied or saved. */
class CodeParamsTest {
    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    /** A value other than the default for every param of every stage. */
    private static final Map<String, Object> OTHER_VALUES = Map.ofEntries(
            Map.entry("featuresCol", "vec"),
            Map.entry("weightCol", "w"),
            Map.entry("codeCol", "packed"),
            Map.entry("codesCol", "digits"),
            Map.entry("errorsCol", "left"),
            Map.entry("distanceCol", "far"),
            Map.entry("reconstructionCol", "near"),
            Map.entry("numCodebooks", 3),
            Map.entry("codebookBits", 5),
            Map.entry("maxIter", 7),
            Map.entry("tol", 0.25),
            Map.entry("seed", 1L << 40),
            Map.entry("initMode", "k-means++"),
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
            Map.entry("repair", "on"),
            Map.entry("dimensionWeights", List.of(1.0, 2.0, 1.0, 0.5, 1.0, 4.0)),
            Map.entry("device", "cpu"),
            Map.entry("handleInvalid", "skip"),
            Map.entry("checkpointDir", "/tmp/checkpoints"),
            Map.entry("rotation", "opq"),
            Map.entry("rotationIter", 9),
            Map.entry("beam", 2),
            Map.entry("jointIter", 1),
            Map.entry("polishIter", 3),
            Map.entry("levelBits", List.of(4, 8, 12)),
            Map.entry("balanced", true),
            Map.entry("balanceIter", 6),
            Map.entry("errorThreshold", 0.5));

    private static Object value(Object value) {
        if (value instanceof double[] doubles) {
            return Arrays.stream(doubles).boxed().toList();
        }
        return value instanceof int[] ints ? Arrays.stream(ints).boxed().toList() : value;
    }

    private static Map<String, Object> values(Params stage) {
        Map<String, Object> values = new TreeMap<>();
        for (Param<?> param : stage.params()) {
            if (stage.isDefined(param)) {
                values.put(param.name(), value(stage.getOrDefault(param)));
            }
        }
        return values;
    }

    private static Object array(List<?> list) {
        return list.get(0) instanceof Double
                ? list.stream().mapToDouble(each -> (Double) each).toArray()
                : list.stream().mapToInt(each -> (Integer) each).toArray();
    }

    /** Sets every param to another value; returns the values. */
    private static Map<String, Object> setAll(Params stage) {
        Map<String, Object> before = values(stage);
        Map<String, Object> expected = new TreeMap<>();
        for (Param<?> param : stage.params()) {
            Object value = OTHER_VALUES.get(param.name());
            assertTrue(value != null, param.name());
            // the models to start from have a rotation or levels of their own
            assertTrue(!value.equals(before.get(param.name())) || stage instanceof CodeModel<?>, param.name());
            expected.put(param.name(), value);
            stage.set(stage.getParam(param.name()), value instanceof List<?> list ? array(list) : value);
        }
        assertEquals(expected, values(stage));
        return expected;
    }

    private String save(MLWritable stage, String name) throws Exception {
        String path = directory.resolve(name).toString();
        stage.write().save(path);
        return path;
    }

    private static List<CodeEstimator<?, ?>> estimators() {
        return List.of(new ProductVQ("estimator"), new ResidualVQ("estimator"), new AdditiveVQ("estimator"));
    }

    private static CodeEstimator<?, ?> load(CodeEstimator<?, ?> like, String path) {
        if (like instanceof ProductVQ) {
            return ProductVQ.load(path);
        }
        return like instanceof ResidualVQ ? ResidualVQ.load(path) : AdditiveVQ.load(path);
    }

    private static CodeModel<?> load(CodeModel<?> like, String path) {
        if (like instanceof ProductVQModel) {
            return ProductVQModel.load(path);
        }
        return like instanceof ResidualVQModel ? ResidualVQModel.load(path) : AdditiveVQModel.load(path);
    }

    @Test
    void everyParamOfAnEstimatorSurvives() throws Exception {
        for (CodeEstimator<?, ?> estimator : estimators()) {
            Map<String, Object> expected = setAll(estimator);
            CodeEstimator<?, ?> loaded =
                    load(estimator, save(estimator, estimator.getClass().getSimpleName()));
            assertEquals("estimator", loaded.uid());
            assertEquals(expected, values(loaded));
            assertEquals(expected, values(estimator.copy(ParamMap.empty())));
        }
        ResidualVQ untouched = ResidualVQ.load(save(new ResidualVQ().setBeam(9), "untouched"));
        assertTrue(untouched.isSet(untouched.beam()));
        assertFalse(untouched.isSet(untouched.levelBits()), "only what was set counts as set");
    }

    @Test
    void everyParamAndAllCodebooksOfAModelSurvive() throws Exception {
        float[][] vectors = TestVectors.clustered(200, 6, 9, 3);
        for (CodeModel<?> model : CodeModels.all()) {
            byte[] codes = model.quantizer().encode(TestVectors.matrix(vectors));
            CodeModel<?> same = load(
                    model, save(model, "same-" + model.uid() + model.codebook(0).rows()));
            assertArrayEquals(codes, same.quantizer().encode(TestVectors.matrix(vectors)), model.toString());
            assertEquals(values(model), values(same));

            Map<String, Object> expected = setAll(model);
            codes = model.quantizer().encode(TestVectors.matrix(vectors));
            CodeModel<?> loaded =
                    load(model, save(model, model.uid() + model.codebook(0).rows()));
            assertEquals(model.uid(), loaded.uid());
            assertEquals(expected, values(loaded));
            assertArrayEquals(
                    model.shared().layout().sizes(), loaded.shared().layout().sizes());
            assertArrayEquals(
                    model.shared().codewords().values(),
                    loaded.shared().codewords().values());
            assertEquals(model.shared().rotation() == null, loaded.shared().rotation() == null);
            assertArrayEquals(codes, loaded.quantizer().encode(TestVectors.matrix(vectors)), model.toString());
            CodeModel<?> copy = (CodeModel<?>) model.copy(ParamMap.empty());
            assertEquals(expected, values(copy));
            assertArrayEquals(codes, copy.quantizer().encode(TestVectors.matrix(vectors)));
        }
    }

    @Test
    void aRotationSurvivesBitForBit() throws Exception {
        ProductVQModel model = CodeModels.rotated(6, 2, 4);
        ProductVQModel loaded = ProductVQModel.load(save(model, "opq"));
        assertArrayEquals(
                model.shared().rotation().matrix().values(),
                loaded.shared().rotation().matrix().values());
    }

    @Test
    void defaultsOfModelsAreThoseOfTheirEstimators() {
        assertEquals(values(new ProductVQ()), values(new ProductVQModel()));
        assertEquals(values(new ResidualVQ()), values(new ResidualVQModel()));
        assertEquals(values(new AdditiveVQ()), values(new AdditiveVQModel()));
    }

    @Test
    void typedSettersSetWhatTheyName() {
        for (CodeEstimator<?, ?> estimator : estimators()) {
            estimator.setFeaturesCol("vec");
            estimator.setWeightCol("w");
            estimator.setCodeCol("packed");
            estimator.setCodesCol("digits");
            estimator.setErrorsCol("left");
            estimator.setDistanceCol("far");
            estimator.setReconstructionCol("near");
            estimator.setNumCodebooks(3);
            estimator.setCodebookBits(5);
            if (estimator instanceof ProductVQ product) {
                product.setRotation("opq").setRotationIter(9);
            } else if (estimator instanceof ResidualVQ residual) {
                residual.setBeam(2)
                        .setJointIter(1)
                        .setLevelBits(4, 8, 12)
                        .setBalanced(true)
                        .setErrorThreshold(0.5);
            } else {
                ((AdditiveVQ) estimator).setBeam(2).setJointIter(1).setPolishIter(3);
            }
            Map<String, Object> set = values(estimator);
            for (String name : List.of(
                    "numCodebooks",
                    "codebookBits",
                    "errorsCol",
                    "rotation",
                    "rotationIter",
                    "beam",
                    "jointIter",
                    "levelBits",
                    "balanced",
                    "errorThreshold",
                    "polishIter",
                    "codesCol",
                    "codeCol",
                    "weightCol",
                    "featuresCol",
                    "distanceCol",
                    "reconstructionCol")) {
                if (set.containsKey(name)) {
                    assertEquals(OTHER_VALUES.get(name), set.get(name), name);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "numCodebooks | 0 | numCodebooks = 0: 1 to 1048576 are valid",
                "codebookBits | 3 | codebookBits = 3: 4 to 16 are valid",
                "codebookBits | 17 | codebookBits = 17: 4 to 16 are valid",
                "rotationIter | 0 | rotationIter = 0: at least 1 is needed",
                "beam | 0 | beam = 0: 1 to 1024 are valid",
                "beam | 1025 | beam = 1025: 1 to 1024 are valid",
                "jointIter | -1 | jointIter = -1: at least 0 is needed",
                "polishIter | -1 | polishIter = -1: at least 0 is needed"
            })
    void refusesNumbersOutOfRange(String name, int value, String message) {
        int refused = 0;
        for (Params stage : List.of(
                new ProductVQ(),
                new ResidualVQ(),
                new AdditiveVQ(),
                new ProductVQModel(),
                new ResidualVQModel(),
                new AdditiveVQModel())) {
            if (stage.hasParam(name)) {
                Exception e = assertThrows(NsvqException.class, () -> stage.set(stage.getParam(name), value));
                assertEquals(message, e.getMessage());
                refused++;
            }
        }
        assertTrue(refused >= 2, name);
    }

    @Test
    void refusesWhatIsNoRotationAndNoLevel() {
        Exception e = assertThrows(NsvqException.class, () -> new ProductVQ().setRotation("pca"));
        assertEquals("rotation = 'pca': must be one of none, opq", e.getMessage());
        e = assertThrows(NsvqException.class, () -> new ResidualVQ().setLevelBits(8, 17));
        assertEquals("levelBits = 17: 1 to 16 are valid", e.getMessage());
        assertThrows(NsvqException.class, () -> new ResidualVQ().setLevelBits(0));
    }

    @Test
    void copyKeepsListenerSummaryAndParent() {
        Dataset<Row> data = TestVectors.frame(TestVectors.clustered(50, 4, 3, 1));
        TrainingListener listener = progress -> {};
        ProductVQ estimator = new ProductVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(1)
                .setListener(listener);
        ProductVQ copy = estimator.copy(new ParamMap().put(estimator.maxIter(), 3));
        assertEquals(3, copy.getMaxIter());
        assertEquals(2, copy.getNumCodebooks());
        assertSame(listener, copy.listener());
        ProductVQModel model = estimator.fit(data);
        ProductVQModel other = model.copy(new ParamMap().put(model.codeCol(), "packed"));
        assertEquals("packed", other.getCodeCol());
        assertSame(model.summary(), other.summary());
        assertSame(estimator, other.parent());
    }

    @Test
    void sparkConnectFindsTheStages() {
        assertTrue(served(Estimator.class).containsAll(List.of(ProductVQ.class, ResidualVQ.class, AdditiveVQ.class)));
        assertTrue(served(Transformer.class)
                .containsAll(List.of(ProductVQModel.class, ResidualVQModel.class, AdditiveVQModel.class)));
    }

    private static List<Class<?>> served(Class<?> service) {
        return ServiceLoader.load(service).stream()
                .<Class<?>>map(ServiceLoader.Provider::type)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                ProductVQ.class,
                ResidualVQ.class,
                AdditiveVQ.class,
                ProductVQModel.class,
                ResidualVQModel.class,
                AdditiveVQModel.class
            })
    void stagesAreMadeAsSparkMakesThem(Class<?> stage) throws Exception {
        assertTrue(Modifier.isPublic(stage.getModifiers()));
        Params made = (Params) stage.getConstructor().newInstance();
        assertTrue(made.uid().matches("[pra]q_\\w+"), made.uid());
        if (Estimator.class.isAssignableFrom(stage)) {
            assertEquals("u", ((Params) stage.getConstructor(String.class).newInstance("u")).uid());
        }
        assertTrue(Modifier.isStatic(stage.getMethod("read").getModifiers()));
        assertTrue(Modifier.isStatic(stage.getMethod("load", String.class).getModifiers()));
    }

    @Test
    void sparkConnectParksModelsOnTheDriversDisk() throws Exception {
        for (CodeModel<?> model : CodeModels.all()) {
            String path =
                    directory.resolve(model.uid() + model.codebook(0).rows()).toString();
            model.write().session(spark).saveToLocal(path);
            CodeModel<?> loaded;
            if (model instanceof ProductVQModel) {
                loaded = ProductVQModel.read().session(spark).loadFromLocal(path);
            } else if (model instanceof ResidualVQModel) {
                loaded = ResidualVQModel.read().session(spark).loadFromLocal(path);
            } else {
                loaded = AdditiveVQModel.read().session(spark).loadFromLocal(path);
            }
            assertArrayEquals(
                    model.shared().codewords().values(),
                    loaded.shared().codewords().values());
            assertEquals(values(model), values(loaded));
        }
    }

    @Test
    void workInAPipelineBeforeAndAfterSaving() throws Exception {
        Dataset<Row> data = TestVectors.frame(TestVectors.clustered(200, 6, 8, 2));
        ProductVQ first = new ProductVQ()
                .setNumCodebooks(3)
                .setCodebookBits(4)
                .setMaxIter(2)
                .setRotation("opq")
                .setRotationIter(2)
                .setReconstructionCol("near");
        ResidualVQ second = new ResidualVQ()
                .setFeaturesCol("near")
                .setCodeCol("coarse")
                .setLevelBits(4, 4)
                .setMaxIter(2)
                .setJointIter(0);
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {first, second});
        pipeline.write().save(directory.resolve("pipeline").toString());
        PipelineModel model =
                Pipeline.load(directory.resolve("pipeline").toString()).fit(data);
        model.write().save(directory.resolve("model").toString());
        PipelineModel loaded = PipelineModel.load(directory.resolve("model").toString());
        String hex = "hex(code) as code";
        List<Row> codes = model.transform(data)
                .selectExpr("id", hex, "hex(coarse)", "near")
                .collectAsList();
        assertEquals(200, codes.size());
        assertEquals(
                codes,
                loaded.transform(data)
                        .selectExpr("id", hex, "hex(coarse)", "near")
                        .collectAsList());
    }
}
