package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.VQModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands do when all is well. */
class CommandsTest extends CommandTest {
    private static double squared(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    private static int nearest(FloatMatrix codebook, float[] row) {
        int nearest = 0;
        for (int k = 1; k < codebook.rows(); k++) {
            if (squared(codebook.row(k), row) < squared(codebook.row(nearest), row)) {
                nearest = k;
            }
        }
        return nearest;
    }

    @Test
    void trainReportsAndSaves() throws IOException {
        Path input = vectors("learn.fvecs", 200, 1);
        Path model = directory.resolve("deep/model");
        JsonNode json = nsvq("train", "--input", input, "--bits", 3, "--seed", 5, "--output", model)
                .json();
        assertKeys(
                "rows dimension codewords codeBytes bits perplexity dead collisionRate mse "
                        + "msePerDimension passes trainSeconds quantizer updater seed output version",
                json);
        assertEquals(200, json.get("rows").asInt());
        assertEquals(8, json.get("codewords").asInt());
        assertEquals(1, json.get("codeBytes").asInt());
        assertEquals(5, json.get("seed").asInt());
        assertEquals(model.toString(), json.get("output").asText());
        assertTrue(Files.exists(model.resolve("_SUCCESS")));
        FloatMatrix codebook = VQModel.load(model.toString()).codebook();
        FloatMatrix rows = rows(200, 1);
        double error = 0;
        for (int i = 0; i < 200; i++) {
            error += squared(codebook.row(nearest(codebook, rows.row(i))), rows.row(i));
        }
        assertEquals(error / 200, json.get("mse").asDouble(), 1e-4);
        assertEquals(json.get("mse").asDouble() / 4, json.get("msePerDimension").asDouble(), 1e-6);
    }

    @Test
    void trainWarnsOfMoreCodewordsThanRows() {
        Path input = vectors("few.fvecs", 20, 1);
        Ran ran = nsvq("train --k 64 --max-iter 1", "--input", input, "--output", directory.resolve("many"));
        assertEquals(64, ran.json().get("codewords").asInt());
        assertTrue(ran.json().get("dead").asInt() >= 44, ran.out());
        String warning = "there are 64 codewords for 20 rows: most will never be used";
        assertEquals(2, ran.err().split(warning, -1).length, ran.err());
    }

    @Test
    void trainIsRepeatableAndReplacesOnRequest() {
        Path input = vectors("learn.fvecs", 200, 1);
        Object[] train = {
            "train",
            "--input",
            input,
            "--k",
            8,
            "--max-iter",
            3,
            "--output",
            directory.resolve("m"),
            "--mode",
            "overwrite"
        };
        JsonNode first = nsvq(train).json();
        float[] codebook = VQModel.load(directory + "/m").codebook().values();
        assertEquals(first.get("mse"), nsvq(train).json().get("mse"));
        assertTrue(Arrays.equals(
                codebook, VQModel.load(directory + "/m").codebook().values()));
    }

    @Test
    void theCheckpointGoesOnceTheModelIsThere() {
        Path checkpoint = directory.resolve("checkpoint");
        nsvq(
                        "train --k 8",
                        "--input",
                        vectors("learn.fvecs", 200, 1),
                        "--checkpoint",
                        checkpoint,
                        "--output",
                        directory.resolve("m"))
                .json();
        assertFalse(Files.exists(checkpoint));
    }

    @Test
    void trainStartsFromAModel() {
        Path model = model();
        JsonNode json = nsvq(
                        "train --max-iter 0",
                        "--input",
                        directory.resolve("learn.fvecs"),
                        "--init",
                        model,
                        "--output",
                        directory.resolve("same"))
                .json();
        assertEquals(8, json.get("codewords").asInt());
        float[] start = VQModel.load(model.toString()).codebook().values();
        assertTrue(Arrays.equals(
                start, VQModel.load(directory + "/same").codebook().values()));
    }

    @Test
    void trainTakesWeights() {
        Path input = table("t", "select array(float(id % 5), float(id)) as v, id % 2 / 2 as w from range(100)");
        JsonNode json = nsvq(
                        "train --features-col v --weight-col w --k 4",
                        "--input",
                        input,
                        "--output",
                        directory.resolve("m"))
                .json();
        assertFalse(json.has("collisionRate"));
        assertTrue(json.get("mse").asDouble() > 0);
        JsonNode theirs = nsvq(
                        "train --features-col v --weight-col w --k 4 --baseline mllib",
                        "--input",
                        input,
                        "--output",
                        directory.resolve("mllib"))
                .json();
        assertEquals(50, json.get("rows").asInt());
        assertEquals(50, theirs.get("rows").asInt());
        assertFalse(theirs.has("collisionRate"));
        assertEquals(
                json.get("mse").asDouble(),
                theirs.get("mse").asDouble(),
                0.5 * json.get("mse").asDouble());
    }

    @Test
    void namesMayHoldWhatPatternsAreMadeOf() {
        Path input = vectors("a[1] {x}.fvecs", 20, 1);
        assertEquals(
                20,
                nsvq("train", "--input", input, "--k", 2, "--output", directory.resolve("m"))
                        .json()
                        .get("rows")
                        .asInt());
    }

    private static Set<Object> held() {
        return new HashSet<>(
                JavaSparkContext.fromSparkContext(SparkTestSession.get().sparkContext())
                        .getPersistentRDDs()
                        .keySet());
    }

    @ParameterizedTest
    @ValueSource(strings = {"euclidean", "cosine"})
    void theBaselineStandsBesideTheTraining(String measure) {
        Path input = vectors("learn.fvecs", 300, 1);
        Object[] train = {
            "train",
            "--input",
            input,
            "--k",
            8,
            "--distance-measure",
            measure,
            "--output",
            directory.resolve("nsvq"),
            "--seed",
            2 // so few codewords end where their start leads them: .092 to .110 under cosine
        };
        JsonNode ofNsvq = nsvq(train).json();
        Object[] baseline = Arrays.copyOf(train, train.length + 2);
        baseline[8] = directory.resolve("mllib");
        baseline[train.length] = "--baseline";
        baseline[train.length + 1] = "mllib";
        Set<Object> held = held();
        JsonNode ofMllib = nsvq(baseline).json();
        assertEquals(held, held(), "rows that were held for MLlib");
        Set<String> common = names(ofNsvq);
        common.removeAll(Set.of("quantizer", "updater"));
        common.add("baseline");
        assertEquals(common, names(ofMllib));
        assertTrue(ofNsvq.get("mse").asDouble() <= ofMllib.get("mse").asDouble() * 1.05, ofNsvq + " " + ofMllib);
        for (String model : List.of("nsvq", "mllib")) {
            JsonNode measured = nsvq("evaluate", "--model", directory.resolve(model), "--input", input)
                    .json();
            double trained =
                    (model.equals("nsvq") ? ofNsvq : ofMllib).get("mse").asDouble();
            assertEquals(trained, measured.get("mse").asDouble(), trained * 1e-5);
        }
    }

    @Test
    void encodeKeepsTheIdAndDecodeGivesTheCodewords() {
        Path model = model();
        FloatMatrix codebook = VQModel.load(model.toString()).codebook();
        FloatMatrix rows = rows(50, 7);
        Path input = vectors("base.fvecs", rows);
        Path codes = directory.resolve("codes");
        JsonNode json = nsvq("encode", "--model", model, "--input", input, "--output", codes)
                .json();
        assertEquals(50, json.get("rows").asInt());
        assertTrue(json.get("encodeSeconds").asDouble() > 0 && json.get("bits").asDouble() <= 3, json.toString());
        Dataset<Row> encoded = spark.read().parquet(codes.toString());
        assertEquals("struct<id:bigint,prediction:int>", encoded.schema().catalogString());
        double error = 0;
        for (Row row : encoded.collectAsList()) {
            float[] vector = rows.row((int) row.getLong(0));
            assertEquals(nearest(codebook, vector), row.getInt(1));
            error += squared(vector, codebook.row(row.getInt(1)));
        }
        assertEquals(error / 50, json.get("mse").asDouble(), 1e-4);

        Path decoded = directory.resolve("decoded");
        assertEquals(
                50,
                nsvq("decode", "--model", model, "--input", codes, "--output", decoded)
                        .json()
                        .get("rows")
                        .asInt());
        Dataset<Row> vectors = spark.read().parquet(decoded.toString());
        assertEquals("struct<id:bigint,features:array<float>>", vectors.schema().catalogString());
        for (Row row : vectors.collectAsList()) {
            float[] codeword = codebook.row(nearest(codebook, rows.row((int) row.getLong(0))));
            for (int i = 0; i < codeword.length; i++) {
                assertEquals(codeword[i], (float) row.getList(1).get(i));
            }
        }
    }

    @Test
    void encodeKeepsAllColumnsWithoutAnId() {
        Path model = model();
        Path input = table("t", "select 'x' as name, array(1d, 2d, 3d, 4d) as features, int(id) as n from range(5)");
        nsvq("encode", "--model", model, "--input", input, "--output", directory.resolve("codes"))
                .json();
        assertEquals(
                "struct<name:string,n:int,prediction:int>",
                spark.read().parquet(directory + "/codes").schema().catalogString());
        nsvq("encode", "--model", model, "--input", input, "--id-col", "n", "--output", directory.resolve("codes2"))
                .json();
        assertEquals(
                "struct<n:int,prediction:int>",
                spark.read().parquet(directory + "/codes2").schema().catalogString());
    }

    @Test
    void evaluateCountsCodesAndNeighbors() {
        Path model = model();
        FloatMatrix codebook = VQModel.load(model.toString()).codebook();
        FloatMatrix rows = rows(60, 7);
        FloatMatrix queries = rows(5, 9);
        int[] codes = new int[60];
        for (int i = 0; i < 60; i++) {
            codes[i] = nearest(codebook, rows.row(i));
        }
        int[][] truth = new int[5][1];
        int firstOf5 = 0;
        for (int q = 0; q < 5; q++) {
            float[] query = queries.row(q);
            for (int i = 1; i < 60; i++) {
                if (squared(query, rows.row(i)) < squared(query, rows.row(truth[q][0]))) {
                    truth[q][0] = i;
                }
            }
            int rank = 0;
            double bound = squared(query, codebook.row(codes[truth[q][0]]));
            for (int i = 0; i < 60; i++) {
                double distance = squared(query, codebook.row(codes[i]));
                rank += distance < bound || (distance == bound && i < truth[q][0]) ? 1 : 0;
            }
            firstOf5 += rank < 5 ? 1 : 0;
        }
        Path truthFile = directory.resolve("truth.ivecs");
        VectorFiles.writeInts(truthFile, truth);
        JsonNode json = nsvq(
                        "evaluate --k 5,60",
                        "--model",
                        model,
                        "--input",
                        vectors("base.npy", rows),
                        "--queries",
                        vectors("query.fvecs", queries),
                        "--truth",
                        truthFile)
                .json();
        assertEquals(firstOf5 / 5.0, json.get("recall@5").asDouble());
        assertEquals(1.0, json.get("recall@60").asDouble());
        assertEquals(60, json.get("rows").asInt());
        assertEquals(
                8 - Arrays.stream(codes).distinct().count(), json.get("dead").asInt());
        long shared = Arrays.stream(codes)
                .filter(code ->
                        Arrays.stream(codes).filter(other -> other == code).count() > 1)
                .count();
        assertEquals(shared / 60.0, json.get("collisionRate").asDouble(), 1e-8);
    }

    /** Weights in the distance are those of rows that are scaled, among neighbors as well. */
    @Test
    void evaluateFindsNeighborsByWeights() {
        List<String> found = new ArrayList<>();
        float[] weights = {0.125f, 8, 1, 0.5f};
        for (boolean scaled : new boolean[] {false, true}) {
            FloatMatrix rows = rows(60, 7);
            FloatMatrix queries = rows(5, 9);
            for (FloatMatrix each : List.of(rows, queries)) {
                for (int i = 0; scaled && i < each.values().length; i++) {
                    each.values()[i] *= weights[i % weights.length];
                }
            }
            Path base = vectors(scaled + ".npy", rows);
            Path model = directory.resolve(scaled + "-model");
            String train = "train --k 16 --max-iter 2" + (scaled ? "" : " --dimension-weights .125,8,1,.5");
            nsvq(train, "--input", base, "--output", model).json();
            Path truth = directory.resolve(scaled + ".ivecs");
            VectorFiles.writeInts(truth, new int[][] {{1}, {22}, {33}, {44}, {55}});
            Path query = vectors(scaled + ".fvecs", queries);
            JsonNode json = nsvq(
                            "evaluate --k 3,10,30",
                            "--model",
                            model,
                            "--input",
                            base,
                            "--queries",
                            query,
                            "--truth",
                            truth)
                    .json();
            found.add(json.get("mse") + " " + json.get("recall@3") + json.get("recall@10") + json.get("recall@30"));
        }
        assertEquals(found.get(1), found.get(0));
    }

    @Test
    void infoTellsOfModelsFilesAndTheMachine() {
        Path model = model();
        JsonNode json = nsvq("info", "--model", model).json();
        assertEquals(8, json.get("codewords").asInt());
        assertEquals(4, json.get("dimension").asInt());
        assertEquals("vq", json.get("quantizer").asText());
        assertEquals(json, nsvq("info", model).json());
        JsonNode file = nsvq("info", directory.resolve("learn.fvecs")).json();
        assertEquals(200, file.get("rows").asInt());
        assertEquals("float32", file.get("type").asText());
        JsonNode machine = nsvq("info").json();
        assertEquals("cpu", machine.get("device").asText());
        assertFalse(machine.get("kernelReason").asText().isEmpty());
        assertTrue(machine.get("otherDevices").has("opencl"));
        assertEquals(
                "there is no such file or directory: none.fvecs (PATH)",
                nsvq("info", "none.fvecs").line(1));
    }

    @Test
    void quickstartRunsOnTheUsersVectors() {
        vectors("base.fvecs", 400, 1);
        vectors("query.fvecs", 3, 2);
        VectorFiles.writeInts(directory.resolve("groundtruth.ivecs"), new int[][] {{0}, {1}, {2}});
        Path output = directory.resolve("out");
        Ran ran = nsvq("quickstart", "--data", directory, "--output", output, "--baseline", "mllib");
        JsonNode json = ran.json();
        assertEquals(directory.toString(), json.get("data").asText());
        assertEquals(256, json.get("codewords").asInt());
        for (String key : List.of(
                "recall@1",
                "recall@10",
                "recall@100",
                "baselineRecall@100",
                "baselineMse",
                "baselineTrainSeconds",
                "encodeSeconds")) {
            assertTrue(json.has(key), key);
        }
        JsonNode index = json.get("index");
        for (String key : List.of("recall@1", "recall@10", "recall@100", "queriesPerSecond", "buildSeconds", "mse")) {
            assertTrue(index.has(key), key);
        }
        assertEquals(10, index.get("lists").asInt());
        assertEquals(16, index.get("probes").asInt());
        assertEquals(1.0, index.get("fileSameNeighbors").asDouble());
        JsonNode byProbes = index.get("byProbes"); // 1, 4 and all 10 lists
        assertEquals(3, byProbes.size());
        assertEquals(10, byProbes.get(2).get("probes").asInt());
        assertEquals(
                index.get("recall@10").asDouble(),
                byProbes.get(2).get("recall@10").asDouble());
        assertTrue(ran.err().contains("the index: 400 vectors in 10 lists, "), ran.err());
        assertEquals(output + "/index.faiss", json.get("exported").asText());
        assertEquals(
                "IwPQ", nsvq("info", output + "/index.faiss").json().get("type").asText());
        assertEquals(3, spark.read().parquet(output + "/neighbors").count());
        assertTrue(ran.err().contains("MLlib KMeans"), ran.err());
        assertTrue(Files.exists(output.resolve("_SUCCESS")));
        assertEquals(256, VQModel.load(output + "/model").codebook().rows());
        assertEquals(400, spark.read().parquet(output + "/codes").count());
        assertEquals(
                "the output " + output + " exists already: choose another --output or delete it",
                nsvq("quickstart", "--data", directory, "--output", output).line(1));
    }
}
