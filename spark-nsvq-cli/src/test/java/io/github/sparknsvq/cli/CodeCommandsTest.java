package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.faiss.FaissContent;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.CodeModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands do with models that have several codebooks. */
class CodeCommandsTest extends CommandTest {
    private static final int ROWS = 150;
    private static final FloatMatrix BASE = rows(ROWS, 7);

    private static final Set<String> MEASURED = Set.of(
            "rows",
            "dimension",
            "codebooks",
            "codewords",
            "codeBytes",
            "bits",
            "perplexity",
            "perplexityPerCodebook",
            "dead",
            "collisionRate",
            "mse",
            "msePerDimension");

    private static Set<String> plus(Set<String> names, String... more) {
        Set<String> all = new HashSet<>(names);
        all.addAll(List.of(more));
        return all;
    }

    private static double squared(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    private JsonNode train(String quantizer, Path output, Object... more) {
        List<Object> args = new ArrayList<>(List.of(
                "train --max-iter 2 --batch-size 150 --seed 5",
                "--input",
                vectors("learn.fvecs", 300, 1),
                "--quantizer",
                quantizer,
                "--output",
                output));
        args.addAll(List.of(more));
        return nsvq(args.toArray()).json();
    }

    /** Trains two codebooks of 16 codewords. */
    private Path trained(String quantizer, Object... more) {
        Path model = directory.resolve(quantizer);
        List<Object> args = new ArrayList<>(List.of("--codebooks", 2, "--bits", 4));
        if (quantizer.equals("opq")) {
            args.addAll(List.of("--rotation-iter", 2));
        } else if (!quantizer.equals("pq")) {
            args.addAll(List.of("--joint-iter", 0, "--beam", 2));
        }
        args.addAll(List.of(more));
        train(quantizer, model, args.toArray());
        return model;
    }

    private CodeModel<?> load(Path model) {
        return (CodeModel<?>) SavedModels.load(spark, model.toString(), "--model");
    }

    private static double mse(CodeModel<?> model, FloatMatrix rows) {
        FloatMatrix decoded = model.quantizer().decode(model.quantizer().encode(rows), rows.rows());
        return IntStream.range(0, rows.rows())
                .mapToDouble(i -> squared(rows.row(i), decoded.row(i)))
                .average()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pq", "opq", "rq", "aq"})
    void trainReportsAndSaves(String quantizer) {
        Path path = directory.resolve("m");
        JsonNode json = train(quantizer, path, "--codebooks", 2, "--bits", 4);
        assertKeys(
                "rows dimension codebooks codewords codeBytes mse msePerDimension passes trainSeconds "
                        + "quantizer updater seed output version",
                json);
        assertEquals(300, json.get("rows").asInt());
        assertEquals(4, json.get("dimension").asInt());
        assertEquals(2, json.get("codebooks").asInt());
        assertEquals(16, json.get("codewords").asInt());
        assertEquals(1, json.get("codeBytes").asInt());
        assertEquals(quantizer, json.get("quantizer").asText());
        assertEquals(json.get("mse").asDouble() / 4, json.get("msePerDimension").asDouble(), 1e-6);
        assertTrue(Files.exists(path.resolve("_SUCCESS")));
        CodeModel<?> model = load(path);
        assertEquals(2, model.codebooks());
        if (quantizer.endsWith("pq")) {
            assertEquals(mse(model, rows(300, 1)), json.get("mse").asDouble(), 1e-4);
        }
        JsonNode info = nsvq("info", path).json();
        assertEquals(quantizer, info.get("quantizer").asText());
        assertEquals(2, info.get("codebooks").asInt());
        assertEquals(16, info.get("codewords").asInt());
        assertEquals(4, info.get("dimension").asInt());
        assertEquals(1, info.get("codeBytes").asInt());
        assertEquals("euclidean", info.get("distanceMeasure").asText());
        assertEquals(info, nsvq("info", "--model", path).json());
    }

    @Test
    void levelsMayDiffer() {
        Path path = directory.resolve("m");
        JsonNode json = train("rq", path, "--level-bits", "5,2,3", "--joint-iter", 0);
        assertEquals("[32,4,8]", json.get("codewords").toString());
        assertEquals(2, json.get("codeBytes").asInt());
        assertEquals(3, json.get("codebooks").asInt());
    }

    @Test
    void theCheckpointGoesOnceTheModelIsThere() {
        Path checkpoint = directory.resolve("checkpoint");
        trained("opq", "--checkpoint", checkpoint);
        assertFalse(Files.exists(checkpoint));
    }

    @ParameterizedTest
    @ValueSource(strings = {"pq", "opq", "rq", "aq"})
    void encodesDecodesAndExports(String quantizer) {
        Path path = trained(quantizer);
        CodeModel<?> model = load(path);
        byte[] expected = model.quantizer().encode(BASE);
        FloatMatrix near = model.quantizer().decode(expected, ROWS);
        Path base = vectors("base.fvecs", BASE);
        Path codes = directory.resolve("codes");
        JsonNode json = nsvq("encode", "--model", path, "--input", base, "--output", codes)
                .json();
        String perCodebook = quantizer.endsWith("pq") ? "msePerPart" : "msePerLevel";
        assertEquals(plus(MEASURED, perCodebook, "encodeSeconds", "output", "version"), names(json));
        assertEquals(mse(model, BASE), json.get("mse").asDouble(), 1e-4);
        Dataset<Row> encoded = spark.read().parquet(codes.toString());
        assertEquals("struct<id:bigint,code:binary>", encoded.schema().catalogString());
        for (Row row : encoded.collectAsList()) {
            assertArrayEquals(new byte[] {expected[(int) row.getLong(0)]}, row.getAs(1));
        }
        Path indices = directory.resolve("indices");
        nsvq("encode", "--model", path, "--input", base, "--codes", "--output", indices)
                .json();
        Dataset<Row> both = spark.read().parquet(indices.toString());
        assertEquals(
                "struct<id:bigint,code:binary,codes:array<int>>", both.schema().catalogString());
        Row one = both.filter("id = 3").head();
        assertEquals(List.of(expected[3] & 15, (expected[3] & 0xFF) >> 4), one.getList(2));

        for (Path from : List.of(codes, indices)) {
            Path decoded = directory.resolve(from.getFileName() + "-decoded");
            JsonNode done = nsvq("decode", "--model", path, "--input", from, "--output", decoded)
                    .json();
            assertEquals(ROWS, done.get("rows").asInt());
            assertEquals(16, done.get("codewords").asInt());
            Dataset<Row> vectors = spark.read().parquet(decoded.toString());
            assertEquals(
                    "struct<id:bigint,features:array<float>>", vectors.schema().catalogString());
            for (Row row : vectors.collectAsList()) {
                float[] of = near.row((int) row.getLong(0));
                for (int j = 0; j < 4; j++) {
                    assertEquals(of[j], (float) row.getList(1).get(j));
                }
            }
        }

        Path index = directory.resolve("index.faiss");
        json = nsvq("export", "--model", path, "--codes", codes, "--output", index)
                .json();
        assertKeys("rows dimension codeBytes format metric output version", json);
        assertEquals(ROWS, json.get("rows").asInt());
        FaissContent content = FaissFiles.read(index);
        assertArrayEquals(expected, content.codes());
        assertArrayEquals(
                near.values(),
                content.index().quantizer().decode(expected, ROWS).values(),
                1e-5f);
        JsonNode info = nsvq("info", index).json();
        assertKeys("file format type quantizer rows dimension codebooks codeBytes metric bytes version", info);
        assertEquals("faiss", info.get("format").asText());
        // FAISS has one kind of index for sums of codewords that are not searched locally
        assertEquals(
                quantizer.equals("aq") ? "rq" : quantizer, info.get("quantizer").asText());
        assertEquals(ROWS, info.get("rows").asInt());
        assertEquals(4, info.get("dimension").asInt());
        assertEquals(1, info.get("codeBytes").asInt());
        assertEquals("l2", info.get("metric").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pq", "rq"})
    void evaluateMeasuresErrorUseAndRecall(String quantizer) {
        Path path = trained(quantizer);
        CodeModel<?> model = load(path);
        byte[] codes = model.quantizer().encode(BASE);
        FloatMatrix near = model.quantizer().decode(codes, ROWS);
        FloatMatrix queries = rows(20, 9);
        int[][] truth = new int[20][1];
        Path base = vectors("base.fvecs", BASE);
        Path queryFile = vectors("query.fvecs", queries);
        for (String metric : List.of("l2", "ip")) {
            boolean innerProduct = metric.equals("ip");
            int firstOf3 = 0;
            for (int q = 0; q < 20; q++) {
                double[] exact = distances(queries, q, BASE, innerProduct);
                truth[q][0] = IntStream.range(0, ROWS)
                        .reduce((a, b) -> exact[b] < exact[a] ? b : a)
                        .orElseThrow();
                double[] found = distances(queries, q, near, innerProduct);
                int nearest = truth[q][0];
                long before = IntStream.range(0, ROWS)
                        .filter(i -> codes[i] == codes[nearest] ? i < nearest : found[i] < found[nearest])
                        .count();
                firstOf3 += before < 3 ? 1 : 0;
            }
            Path truthFile = directory.resolve(metric + ".ivecs");
            VectorFiles.writeInts(truthFile, truth);
            JsonNode json = nsvq(
                            "evaluate --k 3,150",
                            "--model",
                            path,
                            "--input",
                            base,
                            "--queries",
                            queryFile,
                            "--truth",
                            truthFile,
                            "--metric",
                            metric)
                    .json();
            assertEquals(firstOf3 / 20.0, json.get("recall@3").asDouble(), metric);
            assertEquals(1.0, json.get("recall@150").asDouble());
            assertEquals(20, json.get("queries").asInt());
        }
        JsonNode json = nsvq("evaluate", "--model", path, "--input", base).json();
        String perCodebook = quantizer.endsWith("pq") ? "msePerPart" : "msePerLevel";
        assertEquals(plus(MEASURED, perCodebook, "version"), names(json));
        checkUse(json, codes);
        double mse = mse(model, BASE);
        assertEquals(mse, json.get("mse").asDouble(), 1e-4);
        double first = json.get(perCodebook).get(0).asDouble();
        double second = json.get(perCodebook).get(1).asDouble();
        assertEquals(mse, quantizer.equals("pq") ? first + second : second, 1e-4);
        assertTrue(quantizer.equals("pq") || second < first);
    }

    private static double[] distances(FloatMatrix queries, int q, FloatMatrix rows, boolean innerProduct) {
        double[] distances = new double[rows.rows()];
        for (int i = 0; i < distances.length; i++) {
            for (int j = 0; j < 4; j++) {
                distances[i] += innerProduct
                        ? -queries.get(q, j) * (double) rows.get(i, j)
                        : Math.pow((double) queries.get(q, j) - rows.get(i, j), 2);
            }
        }
        return distances;
    }

    private static void checkUse(JsonNode json, byte[] codes) {
        int[][] counts = new int[2][16];
        int[] whole = new int[256];
        for (byte code : codes) {
            counts[0][code & 15]++;
            counts[1][(code & 0xFF) >> 4]++;
            whole[code & 0xFF]++;
        }
        double bits = 0;
        long dead = 0;
        for (int m = 0; m < 2; m++) {
            double entropy = 0;
            for (int count : counts[m]) {
                double p = count / (double) ROWS;
                entropy -= p > 0 ? p * Math.log(p) / Math.log(2) : 0;
            }
            assertEquals(
                    Math.pow(2, entropy),
                    json.get("perplexityPerCodebook").get(m).asDouble(),
                    1e-5);
            bits += entropy;
            dead += Arrays.stream(counts[m]).filter(count -> count == 0).count();
        }
        assertEquals(bits, json.get("bits").asDouble(), 1e-6);
        assertEquals(Math.pow(2, bits / 2), json.get("perplexity").asDouble(), 1e-5);
        assertEquals(dead, json.get("dead").asLong());
        int shared = Arrays.stream(whole).filter(count -> count > 1).sum();
        assertEquals(shared / (double) ROWS, json.get("collisionRate").asDouble(), 1e-8);
        assertEquals(1, json.get("codeBytes").asInt());
    }

    /** Codes that end early take fewer bits, and come back. */
    @Test
    void codesMayEndEarly() {
        Path path = directory.resolve("m");
        train("rq", path, "--level-bits", "8,8", "--joint-iter", 0, "--error-threshold", 0.3);
        Path base = vectors("base.fvecs", BASE);
        Path codes = directory.resolve("codes");
        JsonNode json = nsvq("encode", "--model", path, "--input", base, "--output", codes)
                .json();
        double levels = json.get("meanLevels").asDouble();
        assertTrue(levels > 1 && levels < 2, "mean levels " + levels);
        Dataset<Row> encoded = spark.read().parquet(codes.toString());
        assertEquals(
                levels, encoded.selectExpr("avg(octet_length(code))").head().getDouble(0), 1e-6);
        Path decoded = directory.resolve("decoded");
        nsvq("decode", "--model", path, "--input", codes, "--output", decoded).json();
        double error = 0;
        for (Row row : spark.read().parquet(decoded.toString()).collectAsList()) {
            List<Float> near = row.getList(1);
            for (int j = 0; j < 4; j++) {
                error += Math.pow(near.get(j) - BASE.get((int) row.getLong(0), j), 2);
            }
        }
        assertEquals(error / ROWS, json.get("mse").asDouble(), 1e-3);
        assertEquals(
                "codes that may end early have no tables of distances: leave out --queries and --truth, or train "
                        + "without --error-threshold",
                nsvq("evaluate", "--model", path, "--input", base, "--queries", base, "--truth", base)
                        .line(1));
    }

    @Test
    void modelsOfOneCodebookAreExportedToo() {
        Path index = directory.resolve("index.faiss");
        Path path = model();
        JsonNode json = nsvq("export", "--model", path, "--output", index, "--metric", "ip")
                .json();
        assertEquals(0, json.get("rows").asInt());
        assertEquals("ip", json.get("metric").asText());
        assertEquals("ip", nsvq("info", index).json().get("metric").asText());
        assertEquals(3, FaissFiles.read(index).index().quantizer().codeBits().width(0));
    }

    @Test
    void cosineModelsAreSearchedByInnerProduct() {
        Path path = trained("pq", "--distance-measure", "cosine");
        Path index = directory.resolve("index.faiss");
        assertEquals(
                "ip",
                nsvq("export", "--model", path, "--output", index)
                        .json()
                        .get("metric")
                        .asText());
        assertEquals(
                "l2",
                nsvq("export", "--model", path, "--output", index, "--mode", "overwrite", "--metric", "l2")
                        .json()
                        .get("metric")
                        .asText());
    }
}
