package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Stages of params alone, which name an index or a model by its path. */
class PathStagesTest {
    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    static Stream<Arguments> stages() {
        Map<String, Object> search = new TreeMap<>(Map.ofEntries(
                Map.entry("indexDir", "/tmp/index"),
                Map.entry("featuresCol", "vec"),
                Map.entry("idCol", "item"),
                Map.entry("k", 12),
                Map.entry("probes", 9),
                Map.entry("slack", 0.25),
                Map.entry("rerank", 40),
                Map.entry("vectorsTable", "vectors"),
                Map.entry("allowedTable", "ids"),
                Map.entry("filter", "size > 3"),
                Map.entry("excludeSelf", true),
                Map.entry("neighborsCol", "near"),
                Map.entry("device", "cpu"),
                Map.entry("handleInvalid", "skip")));
        return Stream.of(
                arguments(new IvfSearch("s"), search, Map.of()),
                arguments(
                        new CodeDecoder("s"),
                        Map.of("modelPath", "/tmp/model", "codeCol", "c", "reconstructionCol", "r"),
                        Map.of("reconstructionCol", "reconstruction")),
                arguments(
                        new DistinctCodes("s"),
                        Map.of("codesCol", "c", "idCol", "i"),
                        Map.of("codesCol", "codes", "idCol", "id")));
    }

    private static Map<String, Object> values(PipelineStage stage) {
        Map<String, Object> values = new TreeMap<>();
        for (Param<?> param : stage.params()) {
            if (stage.isDefined(param)) {
                values.put(param.name(), stage.getOrDefault(param));
            }
        }
        return values;
    }

    private static Method method(PipelineStage stage, String prefix, String name) {
        String full =
                prefix.isEmpty() ? name : prefix + name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        return Arrays.stream(stage.getClass().getMethods())
                .filter(m -> m.getName().equals(full) && !m.isBridge())
                .findFirst()
                .orElseThrow(() -> new AssertionError(full));
    }

    @ParameterizedTest
    @MethodSource("stages")
    void everyParamIsSetSavedAndLoaded(PipelineStage stage, Map<String, Object> others, Map<String, Object> defaults)
            throws Exception {
        assertEquals(new TreeMap<>(defaults), values(stage));
        for (Param<?> param : stage.params()) {
            Object value = others.get(param.name());
            assertSame(param, method(stage, "", param.name()).invoke(stage), param.name());
            assertSame(stage, method(stage, "set", param.name()).invoke(stage, value), param.name());
            assertEquals(value, method(stage, "get", param.name()).invoke(stage), param.name());
        }
        assertEquals(new TreeMap<>(others), values(stage));
        ((MLWritable) stage).write().save(path("stage"));
        Class<?> type = stage.getClass();
        PipelineStage loaded =
                (PipelineStage) type.getMethod("load", String.class).invoke(null, path("stage"));
        assertEquals("s", loaded.uid());
        assertEquals(new TreeMap<>(others), values(loaded));
        assertEquals(new TreeMap<>(others), values(loaded.copy(ParamMap.empty())));
        PipelineStage fresh = (PipelineStage) type.getConstructor().newInstance();
        assertEquals(new TreeMap<>(defaults), values(fresh));
        assertFalse(fresh.uid().equals(((PipelineStage) type.getConstructor().newInstance()).uid()));
        assertTrue(ServiceLoader.load(Transformer.class).stream().anyMatch(each -> each.type() == type));
    }

    private static Dataset<Row> queries() {
        return TestVectors.frame(QUERIES);
    }

    private IvfIndexModel index() {
        return IndexTestData.estimator(directory.resolve("index")).fit(TestVectors.frame(VECTORS));
    }

    /** Asserts that a stage gives rows of the schema that it promises, those of another data set. */
    private static void assertGives(Dataset<Row> expected, Transformer stage, Dataset<Row> input) {
        Dataset<Row> given = stage.transform(input);
        assertEquals(given.schema(), stage.transformSchema(input.schema()));
        assertEquals(expected.schema(), given.schema());
        assertEquals(expected.orderBy("id").collectAsList(), given.orderBy("id").collectAsList());
    }

    @Test
    void aSearchIsThatOfTheIndexWithTheParamsThatAreSet() throws Exception {
        IvfIndexModel model = index();
        IvfSearch search = new IvfSearch().setIndexDir(path("index"));
        assertGives(model.transform(queries()), search, queries());
        TestVectors.frame(VECTORS).filter("id < 50").createOrReplaceTempView("first_ids");
        TestVectors.frame(VECTORS).createOrReplaceTempView("all_vectors");
        search.setK(2).setNeighborsCol("near").setAllowedTable("first_ids").setDevice("cpu");
        search.setRerank(20).setVectorsTable("all_vectors").setExcludeSelf(true);
        IvfIndexModel other = IvfIndexModel.load(path("index"))
                .setK(2)
                .setNeighborsCol("near")
                .setAllowed(TestVectors.frame(VECTORS).filter("id < 50").select("id"))
                .setRerank(20)
                .setVectors(TestVectors.frame(VECTORS))
                .setExcludeSelf(true);
        assertGives(other.transform(queries()), search, queries());
        PipelineModel pipeline =
                new Pipeline().setStages(new PipelineStage[] {search}).fit(queries());
        pipeline.write().save(path("pipeline"));
        PipelineModel loaded = PipelineModel.load(path("pipeline"));
        assertGives(other.transform(queries()), loaded, queries());
    }

    @Test
    void aSearchSeesWhatBecomesOfTheIndex() throws Throwable {
        IvfIndexModel model = index();
        IvfSearch search = new IvfSearch().setIndexDir(path("index"));
        assertGives(model.transform(queries()), search, queries());
        int jobs = JobCounter.jobs(() -> search.transformSchema(queries().schema()));
        assertEquals(0, jobs, "an index that is open is not read again");
        model.delete(TestVectors.frame(VECTORS).filter("id % 2 = 0"));
        assertTrue(found(search.transform(queries())).stream()
                .flatMap(List::stream)
                .allMatch(one -> Integer.parseInt(one.id()) % 2 == 1));
        IvfIndexModel other = IndexTestData.estimator(directory.resolve("other"))
                .setNumLists(3)
                .setK(1)
                .fit(TestVectors.frame(VECTORS).filter("id < 30"));
        other.write().overwrite().save(path("index"));
        assertGives(other.transform(queries()), search, queries());
    }

    private static List<QuantizerModel<?, ?>> models() {
        List<QuantizerModel<?, ?>> all = new ArrayList<>(CodeModels.all());
        all.add(new VQModel("vq", TestVectors.matrix(TestVectors.clustered(40, 6, 20, 1))));
        all.add(new SpaceFillingVQModel("sfvq", TestVectors.matrix(TestVectors.clustered(16, 6, 8, 1))));
        return all;
    }

    @ParameterizedTest
    @MethodSource("models")
    void aDecoderGivesWhatTheSavedModelDecodes(QuantizerModel<?, ?> model) throws Exception {
        model.write().save(path("model"));
        Dataset<Row> encoded = model.transform(TestVectors.frame(TestVectors.clustered(50, 6, 20, 18)));
        CodeDecoder decoder = new CodeDecoder().setModelPath(path("model"));
        Dataset<Row> expected = model.decode(encoded.drop("features"));
        expected = expected.withColumnRenamed("features", "reconstruction");
        assertGives(expected, decoder, encoded.drop("features"));
        if (model instanceof CodeModel<?> several) {
            Dataset<Row> unpacked = several.setCodesCol("codes")
                    .transform(TestVectors.frame(TestVectors.clustered(50, 6, 20, 18)))
                    .drop("features", "code")
                    .withColumnRenamed("codes", "digits");
            List<Row> given = decoder.setCodeCol("digits")
                    .setReconstructionCol("near")
                    .transform(unpacked)
                    .orderBy("id")
                    .select("near")
                    .collectAsList();
            assertEquals(expected.orderBy("id").select("reconstruction").collectAsList(), given);
        }
    }

    @Test
    void anotherModelAtThePathIsReadAgain() throws Exception {
        Dataset<Row> codes = spark.range(1).selectExpr("id", "0 as prediction");
        CodeDecoder decoder = new CodeDecoder().setModelPath(path("model"));
        for (float value : new float[] {1, 2}) {
            VQModel model = new VQModel("vq", TestVectors.matrix(new float[][] {{value, value}}));
            model.write().overwrite().save(path("model"));
            Row row = decoder.transform(codes).first();
            assertArrayEquals(new float[] {value, value}, CodeModels.floats(row, "reconstruction"));
        }
    }

    @Test
    void distinctCodesAreThoseOfTheModel() {
        ResidualVQModel model = CodeModels.residual(6, 2, 1).setCodesCol("codes");
        Dataset<Row> codes = model.transform(TestVectors.frame(TestVectors.clustered(50, 6, 20, 18)));
        assertGives(model.withDistinctCodes(codes, "id"), new DistinctCodes(), codes);
        assertGives(
                model.withDistinctCodes(codes, "id").withColumnRenamed("codes", "c"),
                new DistinctCodes().setCodesCol("c").setIdCol("id"),
                codes.withColumnRenamed("codes", "c"));
    }

    @Test
    void whatCannotBeIsRefusedBeforeAnyWork() throws Exception {
        new VQ().write().save(path("estimator"));
        VQModel saved = new VQModel("vq", TestVectors.matrix(new float[][] {{1, 2}}));
        saved.setPredictionCol("").write().save(path("vq"));
        StructType vectors = queries().schema();
        StructType codes =
                new StructType().add("id", "bigint").add("code", "binary").add("codes", "array<int>");
        IvfSearch search = new IvfSearch();
        CodeDecoder decoder = new CodeDecoder();
        String needed =
                ": a VQModel, ProductVQModel, ResidualVQModel, AdditiveVQModel or SpaceFillingVQModel is needed";
        Object[][] cases = {
            {search, vectors, "indexDir is not set: it must name the directory of an index"},
            {new IvfSearch().setIndexDir(path("none")), vectors, "none is not a saved IvfIndexModel: there is no"},
            {new IvfSearch().setIndexDir(path("vq")), vectors, "vq holds a VQModel, not an IvfIndexModel"},
            {decoder, codes, "modelPath is not set: it must name the directory of a saved model"},
            {
                new CodeDecoder().setModelPath(path("none")),
                codes,
                "none is not a saved model: there is no such directory"
            },
            {new CodeDecoder().setModelPath(path("estimator")), codes, "estimator holds a VQ" + needed},
            {new CodeDecoder().setModelPath(path("vq")), codes, "model vq names no column of codes to decode"},
            {
                new CodeDecoder().setModelPath(path("vq")).setCodeCol("code"),
                codes,
                "column 'code' should hold codes (int), but is binary"
            },
            {
                new CodeDecoder().setModelPath(path("vq")).setCodeCol("id").setReconstructionCol(""),
                codes,
                "reconstructionCol is empty: it must name the column to add"
            },
            {
                new DistinctCodes().setCodesCol("code"),
                codes,
                "column 'code' should hold codes (array<int>), but is binary"
            },
            {new DistinctCodes().setIdCol("key"), codes, "there is no column 'key'"}
        };
        for (Object[] each : cases) {
            PipelineStage stage = (PipelineStage) each[0];
            assertRefused(() -> stage.transformSchema((StructType) each[1]), (String) each[2]);
        }
    }
}
