package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Params;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models, Pipelines and stages that revision 74fca4f saved: {@link EarlierRevisionCorpus} says how. */
class EarlierRevisionTest {
    @TempDir
    private static Path corpus;

    @BeforeAll
    static void unpack() throws Exception {
        SparkTestSession.get();
        EarlierRevisionFiles.unpack(corpus);
    }

    static List<String> models() {
        return EarlierRevisionFiles.names(corpus.resolve("models"), ".json");
    }

    static List<String> estimators() {
        return EarlierRevisionFiles.names(corpus.resolve("estimators"), ".json");
    }

    private static JsonNode expected(String name) {
        return EarlierRevisionJson.read(corpus.resolve(name + ".json"));
    }

    @Test
    void nothingIsLost() {
        assertEquals(
                List.of(
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
                List.of("aq", "index", "pipeline", "pq", "recall-evaluator", "rq", "vq", "vq-evaluator", "vq-warm"),
                estimators());
        assertFalse(EarlierRevisionFiles.names(corpus.resolve("models/vq-euclidean"), ".crc")
                .isEmpty());
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
