package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.training.PassRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What stages and data sets hold, as JSON: {@link EarlierRevisionCorpus} records it, the tests compare it. */
final class EarlierRevisionJson {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    /** Another CPU adds up in another order, and rounds otherwise. */
    private static final double TOLERANCE = 1e-5;

    /** Squared lengths are some hundreds, and small distances are what remains of them. */
    private static final double OF_LENGTHS = 30;

    private EarlierRevisionJson() {}

    static ObjectNode object() {
        return MAPPER.createObjectNode();
    }

    static JsonNode read(Path file) {
        try {
            return MAPPER.readTree(file.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void write(Path file, JsonNode json) {
        try {
            Files.createDirectories(file.getParent());
            MAPPER.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns the uid and the values of all params, set or by default, as Spark writes them. */
    static ObjectNode stage(Params stage) {
        ObjectNode json = object().put("uid", stage.uid());
        ObjectNode params = json.putObject("params");
        ArrayNode set = json.putArray("set");
        for (Param<?> param : stage.params()) {
            if (stage.isDefined(param)) {
                params.put(param.name(), encoded(stage, param));
            }
            if (stage.isSet(param)) {
                set.add(param.name());
            }
        }
        return json;
    }

    private static <T> String encoded(Params stage, Param<T> param) {
        return param.jsonEncode(stage.getOrDefault(param));
    }

    /** Returns what an index says it was trained on; nothing of one that was imported. */
    static JsonNode training(IvfIndexModel index) {
        ObjectNode json = object();
        index.training()
                .ifPresent(training -> json.put("rows", training.rows())
                        .put("coarseMse", training.coarseMse())
                        .put("mse", training.mse()));
        return json;
    }

    /** Returns how far an index's sources were read. */
    static JsonNode positions(IvfIndexModel index, SparkSession spark) {
        ObjectNode json = object();
        index.positions(spark)
                .forEach((source, position) -> json.put(source, position.kind() + " " + position.value()));
        return json;
    }

    static ArrayNode strings(List<String> values) {
        ArrayNode array = MAPPER.createArrayNode();
        values.forEach(array::add);
        return array;
    }

    static List<String> strings(JsonNode array) {
        List<String> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asText()));
        return values;
    }

    static ArrayNode floats(float[] values) {
        ArrayNode array = MAPPER.createArrayNode();
        for (float value : values) {
            array.add(value);
        }
        return array;
    }

    static ArrayNode longs(long[] values) {
        ArrayNode array = MAPPER.createArrayNode();
        for (long value : values) {
            array.add(value);
        }
        return array;
    }

    static ArrayNode rows(Dataset<Row> rows) {
        ArrayNode array = MAPPER.createArrayNode();
        try {
            for (String row : rows.toJSON().collectAsList()) {
                array.add(MAPPER.readTree(row));
            }
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
        return array;
    }

    /** Returns all codebooks of a model, exact. */
    static ArrayNode codebooks(Params model) {
        ArrayNode codebooks = MAPPER.createArrayNode();
        if (model instanceof VQModel vq) {
            codebooks.add(floats(vq.codebook().values()));
        } else if (model instanceof SpaceFillingVQModel curve) {
            codebooks.add(floats(curve.corners().values()));
        } else {
            CodeModel<?> codes = (CodeModel<?>) model;
            for (int m = 0; m < codes.codebooks(); m++) {
                codebooks.add(floats(codes.codebook(m).values()));
            }
        }
        return codebooks;
    }

    /** Returns what a training ended with; of an index what its files of codewords hold. */
    static ObjectNode trained(Params model, SparkSession spark) {
        ObjectNode json = object();
        if (model instanceof IvfIndexModel index) {
            json.put("coarseMse", index.summary().coarseMse());
            json.put("mse", index.summary().mse());
            json.set(
                    "centroids",
                    rows(spark.read().parquet(index.path() + "/coarse").orderBy("list")));
            String codebooks = index.path() + "/quantizer/codebooks";
            if (Files.exists(Path.of(codebooks))) {
                json.set("codewords", rows(spark.read().parquet(codebooks).orderBy("index")));
            }
        } else {
            QuantizerSummary summary = ((QuantizerModel<?, ?>) model).summary();
            json.put("mse", summary.mse());
            json.set("history", history(summary.history()));
            json.set("codebooks", codebooks(model));
        }
        return json;
    }

    private static ArrayNode history(List<PassRecord> passes) {
        ArrayNode history = MAPPER.createArrayNode();
        for (PassRecord pass : passes) {
            history.addObject()
                    .put("pass", pass.iteration())
                    .put("phase", pass.phase())
                    .put("mse", pass.mse())
                    .put("learningRate", pass.learningRate())
                    .put("replaced", pass.replaced());
        }
        return history;
    }

    /** Compares uid and params, of which a later revision may have more. */
    static void assertStage(JsonNode expected, Params stage, String where) {
        ObjectNode actual = stage(stage);
        ((ObjectNode) actual.get("params")).retain(names(expected.get("params")));
        for (String name : names(actual)) {
            assertExact(expected.get(name), actual.get(name), where + " " + name);
        }
    }

    static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    static void assertExact(JsonNode expected, JsonNode actual, String where) {
        assertAlike(expected, actual, 0, 0, where);
    }

    static void assertAlike(JsonNode expected, JsonNode actual, String where) {
        assertAlike(expected, actual, TOLERANCE, TOLERANCE, where);
    }

    /** Compares what searches found. */
    static void assertAnswers(JsonNode expected, JsonNode actual, String where) {
        assertAlike(expected, actual, TOLERANCE, TOLERANCE * OF_LENGTHS, where);
    }

    private static void assertAlike(JsonNode expected, JsonNode actual, double share, double least, String where) {
        if (expected.isObject()) {
            assertEquals(names(expected), names(actual), where);
            for (String name : names(expected)) {
                assertAlike(expected.get(name), actual.get(name), share, least, where + "." + name);
            }
        } else if (expected.isArray()) {
            assertEquals(expected.size(), actual.size(), where + " has so many");
            for (int i = 0; i < expected.size(); i++) {
                assertAlike(expected.get(i), actual.get(i), share, least, where + "[" + i + "]");
            }
        } else if (expected.isFloatingPointNumber()) {
            float number = expected.floatValue();
            double apart = Math.max(least, share * Math.abs(number));
            assertEquals(number, actual.floatValue(), apart, where);
        } else {
            assertEquals(expected.asText(), actual.asText(), where);
        }
    }
}
