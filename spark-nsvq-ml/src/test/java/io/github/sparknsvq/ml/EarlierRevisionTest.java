package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.ml.entropy.EntropyCodes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models, Pipelines and stages that earlier revisions saved: {@link EarlierRevisionCorpus} says how. */
@ParameterizedClass
@MethodSource("io.github.sparknsvq.ml.EarlierRevisionFiles#revisions")
class EarlierRevisionTest {
    @TempDir
    private static Path directories;

    private static String revision;
    private static Path corpus;

    @Parameter
    private String named;

    @BeforeParameterizedClassInvocation
    static void unpack(String of) throws Exception {
        SparkTestSession.get();
        revision = of;
        corpus = directories.resolve(of);
        EarlierRevisionFiles.unpack(of, corpus);
    }

    static List<String> models() {
        return EarlierRevisionFiles.described(corpus.resolve("models"));
    }

    static List<String> estimators() {
        return EarlierRevisionFiles.described(corpus.resolve("estimators"));
    }

    private static JsonNode expected(String name) {
        return EarlierRevisionJson.read(corpus.resolve(name + ".json"));
    }

    @Test
    void nothingIsLost() {
        assertEquals(named, revision);
        assertEquals(
                since(
                        List.of("sfvq", "vq-weighted"),
                        "aq",
                        "opq",
                        "opq-cosine",
                        "pq",
                        "rq",
                        "rq-balanced",
                        "rq-threshold",
                        "rq-threshold-codes",
                        "vq-cosine",
                        "vq-defaults",
                        "vq-euclidean"),
                models());
        assertEquals(
                since(
                        List.of("code-decoder", "distinct-codes", "ivf-search", "sfvq", "usage-evaluator"),
                        "aq",
                        "index",
                        "pipeline",
                        "pq",
                        "recall-evaluator",
                        "rq",
                        "vq",
                        "vq-evaluator",
                        "vq-warm"),
                estimators());
        assertFalse(EarlierRevisionFiles.names(corpus.resolve("models/vq-euclidean"), ".crc")
                .isEmpty());
    }

    /** Returns names in order, those that the first revision did not save for later ones alone. */
    private static List<String> since(List<String> later, String... always) {
        List<String> names = new ArrayList<>(List.of(always));
        if (!revision.equals(EarlierRevisionFiles.FIRST)) {
            names.addAll(later);
        }
        return names.stream().sorted().toList();
    }

    @ParameterizedTest
    @MethodSource("models")
    void modelsAreWhatTheyWere(String name) throws Exception {
        JsonNode expected = expected("models/" + name);
        Params model = EarlierRevisionStages.load(corpus, "models/" + name);
        EarlierRevisionJson.assertStage(expected, model, name);
        EarlierRevisionJson.assertExact(
                expected.get("codebooks"), EarlierRevisionJson.codebooks(model), name + " codebooks");
        var transformed = EarlierRevisionStages.transformed((Transformer) model, corpus);
        EarlierRevisionJson.assertAlike(expected.get("rows"), EarlierRevisionJson.rows(transformed), name + " rows");
        if (model instanceof CodeModel<?> codes) {
            assertEquals(expected.get("codeSize").asInt(), codes.codeSize());
            var decoded = EarlierRevisionStages.decoded(codes, corpus);
            EarlierRevisionJson.assertAlike(
                    expected.get("decoded"), EarlierRevisionJson.rows(decoded), name + " decoded");
        }
    }

    @ParameterizedTest
    @MethodSource("estimators")
    void estimatorsAreAskedForTheSame(String name) {
        Params stage = EarlierRevisionStages.load(corpus, "estimators/" + name);
        Params asked = stage instanceof Pipeline pipeline ? pipeline.getStages()[0] : stage;
        EarlierRevisionJson.assertStage(expected("estimators/" + name), asked, name);
    }

    @Test
    void anEstimatorKeepsTheModelToStartFrom() {
        VQ warm = assertInstanceOf(VQ.class, EarlierRevisionStages.load(corpus, "estimators/vq-warm"));
        EarlierRevisionJson.assertExact(
                expected("models/vq-euclidean").get("codebooks"),
                EarlierRevisionJson.codebooks(warm.getInitialModel()),
                "start");
    }

    @Test
    void aPipelineKeepsAVectorQuantizer() throws Exception {
        assertInstanceOf(VQModel.class, assertPipeline("vq"));
    }

    @Test
    void aPipelineKeepsAProductQuantizer() throws Exception {
        assertInstanceOf(ProductVQModel.class, assertPipeline("pq"));
    }

    @Test
    void codedCodesAreWhatTheyWere() {
        List<String> names = EarlierRevisionFiles.described(corpus.resolve("entropy"));
        assertEquals(since(List.of("pq", "rq-threshold-codes")), names);
        for (String name : names) {
            String path = corpus.resolve("entropy/" + name).toString();
            EntropyCodes codes = EntropyCodes.open(path, SparkTestSession.get());
            codes.verify();
            JsonNode expected = expected("entropy/" + name).get("rows");
            EarlierRevisionJson.assertExact(
                    expected, EarlierRevisionJson.rows(codes.codes().orderBy("id")), name);
        }
    }

    private static Transformer assertPipeline(String name) throws Exception {
        JsonNode expected = expected("pipelines/" + name);
        PipelineModel model =
                PipelineModel.load(corpus.resolve("pipelines/" + name).toString());
        assertEquals(expected.get("uid").asText(), model.uid());
        assertTrue(model.stages().length == 1, model + "");
        Transformer stage = model.stages()[0];
        EarlierRevisionJson.assertStage(expected.get("stage"), stage, name);
        var transformed = EarlierRevisionStages.transformed(model, stage, corpus);
        EarlierRevisionJson.assertAlike(expected.get("rows"), EarlierRevisionJson.rows(transformed), name + " rows");
        return stage;
    }
}
