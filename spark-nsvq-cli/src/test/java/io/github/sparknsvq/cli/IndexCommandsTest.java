package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndexModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands do with indexes when all is well. */
class IndexCommandsTest extends CommandTest {
    private static final int ROWS = 200;
    private static final int QUERIES = 20;
    private static final FloatMatrix BASE = rows(ROWS, 2);
    private static final FloatMatrix ASKED = rows(QUERIES, 9);

    private Path once(String name, FloatMatrix rows) {
        Path file = directory.resolve(name);
        return Files.exists(file) ? file : vectors(name, rows);
    }

    /** Builds an index of {@link #BASE} with five lists. */
    private JsonNode build(Path index, Object... more) {
        List<Object> args = new ArrayList<>(
                List.of("index", "--input", once("base.fvecs", BASE), "--lists", 5, "--max-iter", 3, "--output"));
        args.add(index);
        args.addAll(Arrays.asList(more));
        return nsvq(args.toArray()).json();
    }

    private Path flat() {
        Path index = directory.resolve("index");
        build(index, "--quantizer", "flat");
        return index;
    }

    private static double squared(float[] a, float[] b) {
        return IntStream.range(0, a.length)
                .mapToDouble(j -> Math.pow((double) a[j] - b[j], 2))
                .sum();
    }

    /** Returns the ids of a query's nearest vectors among those from some id on. */
    private static List<Long> nearest(int query, int k, int from) {
        return IntStream.range(from, ROWS)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> squared(ASKED.row(query), BASE.row(i))))
                .limit(k)
                .map(Integer::longValue)
                .toList();
    }

    private Path truth() {
        Path file = directory.resolve("truth.ivecs");
        int[][] truth = new int[QUERIES][1];
        Arrays.setAll(truth, q -> new int[] {nearest(q, 1, 0).get(0).intValue()});
        VectorFiles.writeInts(file, truth);
        return file;
    }

    private Path queries() {
        return once("query.fvecs", ASKED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"flat", "pq", "opq", "rq", "aq"})
    void indexReportsAndSaves(String quantizer) throws IOException {
        Path index = directory.resolve("deep/index");
        Object[] codes = quantizer.equals("flat")
                ? new Object[] {"--quantizer", "flat"}
                : new Object[] {"--quantizer", quantizer, "--codebooks", 2, "--bits", 4};
        JsonNode json = build(index, codes);
        assertKeys(
                "rows dimension lists codeBytes metric quantizer trainRows coarseMse mse emptyLists "
                        + "imbalance trainSeconds buildSeconds seed output version",
                json);
        assertEquals(ROWS, json.get("rows").asInt());
        assertEquals(5, json.get("lists").asInt());
        assertEquals(quantizer, json.get("quantizer").asText());
        assertEquals(quantizer.equals("flat") ? 16 : 1, json.get("codeBytes").asInt());
        assertTrue(json.get("coarseMse").asDouble() >= json.get("mse").asDouble());
        assertTrue(Files.exists(index.resolve("_SUCCESS")));
        assertEquals(List.of("base.fvecs", "deep"), left());
        try (Stream<Path> made = Files.list(index.getParent())) {
            assertEquals(List.of(index), made.toList());
        }
        JsonNode info = nsvq("info", index).json();
        assertKeys(
                "index dimension lists codeBytes metric quantizer vectors segments deleted emptyLists "
                        + "largestList imbalance bytes ids formatVersion sparkVersion params version",
                info);
        assertFalse(info.get("params").has("indexDir"), "where it was before it was whole");
        assertEquals(quantizer, info.get("quantizer").asText());
        assertEquals(ROWS, info.get("vectors").asInt());
        assertEquals(1, info.get("segments").asInt());
        assertEquals(0, info.get("deleted").asInt());
        assertTrue(info.get("largestList").asInt() >= ROWS / 5);
        assertTrue(info.get("imbalance").asDouble() >= 1);
        assertEquals("bigint", info.get("ids").asText());
        assertEquals(info, nsvq("info", "--index", index).json());
    }

    @Test
    void anIndexIsTrainedOnOtherRowsAndReplacedOnRequest() {
        Path index = directory.resolve("index");
        Path checkpoint = directory.resolve("checkpoint");
        Path learn = vectors("learn.fvecs", 100, 1);
        JsonNode first = build(index, "--quantizer", "flat", "--train", learn, "--checkpoint", checkpoint);
        assertEquals(100, first.get("trainRows").asInt());
        assertEquals(ROWS, first.get("rows").asInt());
        assertFalse(Files.exists(checkpoint));
        JsonNode again = build(index, "--quantizer", "flat", "--train", learn, "--mode", "overwrite");
        assertEquals(first.get("coarseMse"), again.get("coarseMse"));
        assertEquals(ROWS, nsvq("info", index).json().get("vectors").asInt());
    }

    @Test
    void searchWritesTheNeighborsOfEachQuery() {
        Path index = flat();
        Path found = directory.resolve("found");
        JsonNode json = nsvq(
                        "search", "--index", index, "--queries", queries(), "--k=3", "--probes=99", "--output", found)
                .json();
        assertKeys("rows k probes queriesPerSecond seconds output version", json);
        assertEquals(QUERIES, json.get("rows").asInt());
        Dataset<Row> table = spark.read().parquet(found.toString());
        assertEquals(
                "struct<id:bigint,neighbors:array<struct<id:bigint,distance:float>>>",
                table.schema().catalogString());
        for (Row row : table.collectAsList()) {
            int query = (int) row.getLong(0);
            List<Row> neighbors = row.getList(1);
            assertEquals(
                    nearest(query, 3, 0),
                    neighbors.stream().map(each -> each.getLong(0)).toList());
            for (Row each : neighbors) {
                double distance = squared(ASKED.row(query), BASE.row((int) each.getLong(0)));
                assertEquals(distance, each.getFloat(1), 1e-3 * (1 + distance));
            }
        }
        Path joined = directory.resolve("joined");
        json = nsvq("search", "--index", index, "--queries", queries(), "--k", 3, "--join", "--output", joined)
                .json();
        assertEquals(QUERIES, json.get("rows").asInt());
        Dataset<Row> rows = spark.read().parquet(joined.toString());
        assertEquals(
                "struct<query:bigint,id:bigint,distance:float>", rows.schema().catalogString());
        assertEquals(3 * QUERIES, rows.count());
        assertEquals(
                nearest(4, 3, 0),
                rows.filter("query = 4").orderBy("distance").collectAsList().stream()
                        .map(row -> row.getLong(1))
                        .toList());
    }

    @Test
    void searchKeepsAllColumnsWithoutAnIdAndSkipsOnRequest() {
        Path index = flat();
        Path asked = table(
                "t", "select 'x' as name, array(1d, 2d, 3d, if(id = 2, null, 4d)) as v, int(id) as n from range(5)");
        Object[] search = {
            "search --features-col v --handle-invalid skip",
            "--index",
            index,
            "--queries",
            asked,
            "--output",
            directory.resolve("found")
        };
        assertEquals(4, nsvq(search).json().get("rows").asInt());
        Dataset<Row> found = spark.read().parquet(directory + "/found");
        assertEquals(
                "struct<name:string,n:int,neighbors:array<struct<id:bigint,distance:float>>>",
                found.schema().catalogString());
        assertEquals(4, found.count());
    }

    @Test
    void neighborsMeetAFilterAndAreRankedByTheVectors() {
        Path index = directory.resolve("index");
        Path input = table(
                "t",
                "select concat('v', id) as key, array(float(id), float(id % 7), 0f, 1f) as v, int(id) as price"
                        + " from range(100)");
        String build = "index --id-col key --features-col v --attributes price"
                + " --lists 4 --codebooks 2 --bits 4 --max-iter 3";
        JsonNode built = nsvq(build, "--input", input, "--output", index).json();
        assertEquals(100, built.get("rows").asInt());
        JsonNode info = nsvq("info", index).json();
        assertEquals("string", info.get("ids").asText());
        assertEquals("price INT", info.get("attributes").asText());
        Path found = directory.resolve("found");
        Object[] search = {
            "search --id-col key --features-col v --k 2 --probes 4 --slack 9 --exclude-self --rerank 100 --join",
            "--index",
            index,
            "--queries",
            input,
            "--filter",
            "price < 50",
            "--vectors",
            input,
            "--output",
            found
        };
        JsonNode json = nsvq(search).json();
        assertEquals(100, json.get("rows").asInt());
        assertEquals(100, json.get("rerank").asInt());
        assertEquals(9, json.get("slack").asDouble());
        List<Row> rows = spark.read()
                .parquet(found.toString())
                .filter("query = 'v42'")
                .orderBy("distance", "id")
                .collectAsList();
        assertEquals(
                List.of("v43", "v44"),
                rows.stream().map(row -> row.getString(1)).sorted().toList());
        assertEquals(2f, rows.get(0).getFloat(2));
    }

    @Test
    void vectorsAreAppendedDeletedAndCompacted() throws IOException {
        Path index = flat();
        Path more = table("more", "select 1000L + id as n, array(float(id), 50f, 50f, 50f) as v from range(10)");
        JsonNode json = nsvq("index", "--append", index, "--input", more, "--id-col", "n", "--features-col", "v")
                .json();
        assertKeys(
                "rows dimension lists codeBytes metric quantizer segments deleted emptyLists imbalance "
                        + "buildSeconds output version",
                json);
        assertEquals(ROWS + 10, json.get("rows").asInt());
        assertEquals(2, json.get("segments").asInt());
        Path gone = table("gone", "select id from range(100)");
        json = nsvq("index", "--append", index, "--delete", gone).json();
        assertEquals(ROWS + 10 - 100, json.get("rows").asInt());
        assertEquals(100, json.get("deleted").asInt());
        Ran again = nsvq("index", "--append", index, "--delete", gone);
        assertEquals(100, again.json().get("deleted").asInt());
        assertTrue(
                again.err().contains("nothing was deleted: " + index + " holds no vector with an id of " + gone),
                again.err());
        json = nsvq("index", "--append", index, "--compact").json();
        assertEquals(ROWS + 10 - 100, json.get("rows").asInt());
        assertEquals(0, json.get("deleted").asInt());
        assertEquals(1, json.get("segments").asInt());
        nsvq("search", "--index", index, "--queries", queries(), "--k", 3, "--output", directory.resolve("found"))
                .json();
        for (Row row : spark.read().parquet(directory + "/found").collectAsList()) {
            assertEquals(
                    nearest((int) row.getLong(0), 3, 100),
                    row.<Row>getList(1).stream().map(each -> each.getLong(0)).toList());
        }
        assertEquals(List.of("base.fvecs", "found", "gone", "index", "more", "query.fvecs"), left());
    }

    @Test
    void moreListsOrNeighborsThanThereAreVectorsAreSpokenOf() {
        Path base = vectors("nine.fvecs", 9, 2);
        Path index = directory.resolve("index");
        for (int lists : new int[] {10, 9}) {
            Ran ran = nsvq(
                    "index --quantizer flat --max-iter 1 --mode overwrite --lists",
                    lists,
                    "--input",
                    base,
                    "--output",
                    index);
            assertEquals(9, ran.json().get("rows").asInt());
            String line = "nsvq: there are 10 lists for 9 vectors: most will stay empty, a smaller --lists would do";
            assertEquals(lists == 10, ran.err().lines().anyMatch(line::equals), ran.err());
        }
        for (int k : new int[] {10, 9}) {
            Path found = directory.resolve("found" + k);
            Ran ran = nsvq("search --probes 1 --join --k", k, "--index", index, "--queries", base, "--output", found);
            assertEquals(9, ran.json().get("rows").asInt());
            String line =
                    "nsvq: there are 9 vectors in " + index + ": no query finds 10 neighbors, a smaller --k would do";
            assertEquals(k == 10, ran.err().lines().anyMatch(line::equals), ran.err());
        }
    }

    @Test
    void evaluateTellsRecallAndSpeed() {
        Path index = directory.resolve("index");
        build(index, "--codebooks", 2, "--bits", 4);
        Path truth = truth();
        Object[] evaluate = {"evaluate", "--index", index, "--queries", queries(), "--truth", truth, "--probes", "5"};
        JsonNode one = nsvq(evaluate).json();
        assertKeys("rows probes recall@1 recall@10 recall@100 queriesPerSecond seconds version", one);
        assertEquals(QUERIES, one.get("rows").asInt());
        IvfIndexModel model = IvfIndexModel.load(index.toString());
        List<Row> found = model.setK(10)
                .setProbes(5)
                .transform(spark.read().format("fvecs").load(queries().toString()))
                .selectExpr("id", "neighbors.id")
                .collectAsList();
        long firstOf10 = found.stream()
                .filter(row -> row.getList(1)
                        .contains(nearest((int) row.getLong(0), 1, 0).get(0)))
                .count();
        assertEquals(firstOf10 / (double) QUERIES, one.get("recall@10").asDouble());
        evaluate[8] = "1,5";
        Object[] ranked = Arrays.copyOf(evaluate, evaluate.length + 6);
        System.arraycopy(
                new Object[] {"--rerank", ROWS, "--vectors", directory.resolve("base.fvecs"), "--k", "1,2"},
                0,
                ranked,
                evaluate.length,
                6);
        JsonNode several = nsvq(ranked).json();
        assertKeys("searches version", several);
        assertEquals(2, several.get("searches").size());
        assertEquals(1, several.get("searches").get(0).get("probes").asInt());
        assertEquals(1.0, several.get("searches").get(1).get("recall@1").asDouble());
        assertTrue(several.get("searches").get(1).has("recall@2"));
    }

    @Test
    void queriesMeetTheirTruthByTheOrderOfTheirIdsWhateverThoseAre() {
        Path index = flat();
        spark.read().format("fvecs").load(queries().toString()).createOrReplaceTempView("asked");
        Path asked = table("t", "select int(7 * id - 20) as n, features as v from asked order by id desc");
        Object[] evaluate = {
            "evaluate --id-col n --features-col v --probes 5 --k 1",
            "--index",
            index,
            "--queries",
            asked,
            "--truth",
            truth()
        };
        JsonNode json = nsvq(evaluate).json();
        assertEquals(QUERIES, json.get("rows").asInt());
        assertEquals(1.0, json.get("recall@1").asDouble());
    }

    @Test
    void whatIsSavedIsVerified() throws IOException {
        Path index = directory.resolve("index");
        build(index, "--codebooks", 2, "--bits", 4);
        JsonNode json = nsvq("verify", index).json();
        assertKeys("path kind files bytes vectors segments checksums manifest verified version", json);
        assertEquals("index", json.get("kind").asText());
        assertEquals(ROWS, json.get("vectors").asInt());
        assertEquals(1, json.get("segments").asInt());
        assertTrue(json.get("manifest").asBoolean() && json.get("verified").asBoolean());
        Path file = directory.resolve("index.faiss");
        nsvq("export", "--index", index, "--output", file).json();
        json = nsvq("verify", file).json();
        assertKeys("path kind files bytes vectors checksums manifest verified version", json);
        assertEquals(1, json.get("checksums").asInt());
        Files.delete(directory.resolve("index.faiss.crc32c"));
        json = nsvq("verify", file).json();
        assertFalse(json.get("manifest").asBoolean());
        assertEquals(0, json.get("checksums").asInt());
        try (Stream<Path> lists = Files.walk(index.resolve("lists"))) {
            Path list = lists.filter(each -> each.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            Files.delete(list);
            Ran ran = nsvq("verify", index);
            assertEquals(1, ran.code());
            assertEquals("", ran.out());
            assertTrue(ran.err().contains(list.getFileName() + " is missing: its manifest has it"), ran.err());
        }
    }

    @Test
    void indexesAreExportedAndImported() {
        Path index = directory.resolve("index");
        build(index, "--codebooks", 2, "--bits", 4, "--metric", "cosine");
        Path file = directory.resolve("index.faiss");
        JsonNode json = nsvq("export", "--index", index, "--output", file).json();
        assertKeys("rows dimension lists codeBytes metric quantizer format output version", json);
        assertEquals(ROWS, json.get("rows").asInt());
        JsonNode info = nsvq("info", file).json();
        assertEquals("IwPQ", info.get("type").asText());
        assertEquals("pq", info.get("quantizer").asText());
        assertEquals("cosine", info.get("metric").asText());
        assertEquals(5, info.get("lists").asInt());
        assertEquals(5, info.get("probes").asInt(), "no more than there are");
        assertEquals(ROWS, info.get("rows").asInt());
        try (IvfIndex opened = FaissFiles.open(file)) {
            assertEquals(ROWS, opened.size());
        }
        nsvq("export", "--index", index, "--fast-scan", "--mode", "overwrite", "--output", file)
                .json();
        assertEquals("IwPf", nsvq("info", file).json().get("type").asText());
        Path ranked = directory.resolve("ranked.faiss");
        json = nsvq(
                        "export",
                        "--index",
                        index,
                        "--vectors",
                        once("base.fvecs", BASE),
                        "--refine",
                        "sq8",
                        "--spill",
                        "--output",
                        ranked)
                .json();
        assertKeys("rows dimension lists codeBytes metric quantizer refine format output version", json);
        assertEquals("sq8", json.get("refine").asText());
        try (IvfIndex opened = FaissFiles.open(ranked)) {
            assertEquals(ROWS, opened.size());
            assertTrue(opened.refinement().vectors().quantizer().isBytes());
            int codes = 0;
            for (int list = 0; list < opened.lists().lists(); list++) {
                codes += opened.lists().size(list);
            }
            assertEquals(2 * ROWS, codes);
        }
        Path back = directory.resolve("back");
        JsonNode imported = nsvq("import", "--input", file, "--output", back).json();
        assertEquals(ROWS, imported.get("rows").asInt());
        assertEquals(5, imported.get("lists").asInt());
        assertEquals("cosine", imported.get("metric").asText());
        assertTrue(Files.exists(back.resolve("_SUCCESS")));
        for (Path from : List.of(index, back)) {
            nsvq("search", "--index", from, "--queries", queries(), "--join", "--output", from + "-found")
                    .json();
        }
        assertEquals(
                0,
                spark.read()
                        .parquet(index + "-found")
                        .select("query", "id")
                        .exceptAll(spark.read().parquet(back + "-found").select("query", "id"))
                        .count());
    }
}
