package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code nsvq tune} says, and whether its commands run. */
class TuneCommandTest extends CommandTest {
    private static final String KEYS = "input rows dimension sampleRows queries heldOutQueries sampleLists"
            + " neighborsCompared measure targetRecall reached promise quantizer"
            + " codeBytes metric lists probes rerank k seed intersection@10 intersection@10Interval recall@10"
            + " recall@10Interval selected selectedInterval rowsScanned costBytes tried commands version";

    @Test
    void itsCommandsReachWhatItPromises() {
        Path base = vectors("my base.fvecs", 2000, 2);
        Path ask = vectors("asked.fvecs", 200, 3);
        JsonNode tuned = nsvq(
                        "tune --target-recall .9 --bytes 2 --quantizers pq --seed 5 --input", base, "--queries", ask)
                .json();
        assertKeys(KEYS + " codebooks bits", tuned);
        assertTrue(tuned.get("reached").asBoolean(), tuned.toString());
        assertEquals(2, tuned.get("codeBytes").asInt());
        assertEquals(2000, tuned.get("rows").asInt());
        assertEquals(66, tuned.get("heldOutQueries").asInt());
        assertEquals(10, tuned.get("neighborsCompared").asInt());
        assertEquals(tuned.get("lists"), tuned.get("sampleLists"));
        assertTrue(tuned.get("promise").asDouble() > 0.8);

        List<Object> index = words(tuned.get("commands").get(0).asText());
        assertEquals(base.toString(), index.get(index.indexOf("--input") + 1));
        index.set(index.indexOf("INDEX"), directory.resolve("index"));
        nsvq(index.toArray()).json();
        List<Object> search = words(tuned.get("commands").get(1).asText());
        search.set(search.indexOf("INDEX"), directory.resolve("index"));
        search.set(search.indexOf("FOUND"), directory.resolve("found"));
        nsvq(search.toArray()).json();
        JsonNode health = nsvq(
                        "health --index",
                        directory.resolve("index"),
                        "--vectors",
                        base,
                        "--sample",
                        vectors("others.fvecs", 300, 4),
                        "--rerank",
                        tuned.get("rerank").asText())
                .json();
        assertTrue(health.get("intersection@10").asDouble() >= 0.9, health.toString());
    }

    /** What is timed is an exported file's searches, so its command is there, and the file is like the setting. */
    @Test
    void aLimitOfTimeComesWithTheCommandThatExports() {
        Path base = orc("my base", vectors("base.fvecs", 2000, 2), "id");
        Path file = directory.resolve("index.faiss");
        JsonNode tuned = nsvq(
                        "tune --target-recall .9 --bytes 1 --quantizers pq --latency 10000 --format orc --input",
                        base,
                        "--queries",
                        vectors("asked.fvecs", 200, 3))
                .json();
        assertKeys(KEYS + " codebooks bits latencyMs", tuned);
        assertTrue(tuned.get("reached").asBoolean(), tuned.toString());
        assertTrue(
                tuned.get("latencyMs").asDouble() > 0 && tuned.get("latencyMs").asDouble() < 10_000);
        assertEquals(3, tuned.get("commands").size());
        assertTrue(tuned.get("rerank").asInt() > 0, "codes of one byte need it: " + tuned);
        for (int command : new int[] {0, 2}) {
            List<Object> words = words(tuned.get("commands").get(command).asText());
            words.replaceAll(word -> word.equals("INDEX") ? directory.resolve("index") : word);
            words.replaceAll(word -> word.equals("FILE") ? file : word);
            JsonNode done = nsvq(words.toArray()).json();
            assertEquals(tuned.get("lists"), done.get("lists"));
            assertEquals(command == 2 ? "flat" : "", done.path("refine").asText());
        }
        try (IvfIndex served = FaissFiles.open(file)) {
            assertEquals(tuned.get("probes").asInt(), served.probes());
            float factor = (float) tuned.get("rerank").asInt() / tuned.get("k").asInt();
            assertEquals(factor, served.refinement().factor(), 1e-6);
        }
        JsonNode never = nsvq(
                        "tune --target-recall .5 --bytes 2 --quantizers pq --no-rerank --latency 1e-5 --input",
                        directory.resolve("base.fvecs"))
                .json();
        assertFalse(never.get("reached").asBoolean());
        assertEquals(
                "nsvq export --index INDEX --probes " + never.get("probes") + " --output FILE",
                never.get("commands").get(2).asText());
    }

    @Test
    void anIndexOfNamesIsNotExported() {
        Path base = orc("named", vectors("base.fvecs", 500, 2), "concat('item', id)");
        Ran ran = nsvq(
                "tune --target-recall .5 --bytes 2 --quantizers pq --latency 1000 --id-col key --format orc --input",
                base);
        assertEquals(2, ran.json().get("commands").size());
        String said =
                "no command exports the index: the ids of " + base + " are strings, and FAISS has none but numbers";
        assertTrue(ran.err().contains(said), ran.err());
    }

    /** Writes the vectors of a file as a table: with their numbers in column id, or others in column key. */
    private Path orc(String name, Path file, String id) {
        Path path = directory.resolve(name);
        spark.read()
                .format("fvecs")
                .load(file.toString())
                .selectExpr(id + " as " + (id.equals("id") ? "id" : "key"), "features")
                .write()
                .orc(path.toString());
        return path;
    }

    /** Of one of 20 rows, where half a neighbor would be left of ten. */
    @Test
    void aSampleTooSmallToPromiseIsSaid() {
        Ran ran = nsvq(
                "tune --target-recall .5 --bytes 2 --quantizers pq --sample 100 --input",
                vectors("base.fvecs", 2000, 2),
                "--queries",
                vectors("asked.fvecs", 200, 3));
        JsonNode tuned = ran.json();
        assertKeys(KEYS + " codebooks bits warnings", tuned);
        assertEquals(1, tuned.get("warnings").size());
        String warning = tuned.get("warnings").get(0).asText();
        assertTrue(ran.err().contains("nsvq: warning: " + warning), ran.err());
        assertTrue(warning.startsWith("the sample has one of 20 rows, so that of the 10 nearest "), warning);
        assertTrue(tuned.get("lists").asInt() > 5, "lists for all rows, not for the sample");
        assertEquals(5, tuned.get("sampleLists").asInt());
        assertTrue(tuned.get("neighborsCompared").asInt() >= 2);
        assertEquals(2, tuned.get("commands").size());
    }

    /** Returns the words of a command that a shell would take, without nsvq. */
    private static List<Object> words(String line) {
        List<Object> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean quoted = false;
        for (char c : (line + " ").toCharArray()) {
            if (c == '\'') {
                quoted = !quoted;
            } else if (c == ' ' && !quoted) {
                words.add(word.toString());
                word.setLength(0);
            } else {
                word.append(c);
            }
        }
        assertEquals("nsvq", words.remove(0));
        return words;
    }

    @Test
    void whatCannotBeReachedIsSaid() {
        Ran ran = nsvq(
                "tune --target-recall .999 --bytes 1 --quantizers pq --no-rerank --input",
                vectors("base.fvecs", 1000, 2));
        JsonNode tuned = ran.json();
        assertFalse(tuned.get("reached").asBoolean());
        assertTrue(tuned.get("promise").asDouble() < 0.999);
        assertTrue(
                ran.err().contains("no setting reaches a recall of 0.999 with codes of 1 bytes: the best, pq in "),
                ran.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "--target-recall 2 ~ --target-recall 2.0: above 0, and 1 at most",
                "--target-recall .9 --bytes 0 ~ --bytes 0: at least 1 is needed",
                "--target-recall .9 --k 0 ~ --k 0: from 1 to 1000 are valid",
                "--target-recall .9 --metric l1 ~ --metric 'l1' is unknown: valid are l2, ip, cosine",
                "--target-recall .9 --measure x ~ --measure 'x' is unknown: valid are intersection, recall",
                "--target-recall .9 --quantizers pq,aq ~ --quantizers 'aq' is unknown: valid are pq, opq, rq",
                "--target-recall .9 --latency 0 ~ --latency 0.0: more than 0 milliseconds",
                "--target-recall .9 --sample 3 ~ settings are tried on at least 20 rows, with at least 60 queries,"
                        + " not on 3 with 1000",
            })
    void wrongUsageIsRefused(String options, String line) {
        List<String> words = new ArrayList<>(List.of("tune", "--input", "A"));
        words.addAll(List.of(options.trim().split(" ", -1)));
        assertEquals(line + " (see nsvq tune --help)", nsvq(words.toArray()).line(2));
    }
}
