package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code nsvq tune} says, and whether its commands run. */
class TuneCommandTest extends CommandTest {
    private static final String KEYS = "input rows dimension sampleRows queries heldOutQueries measure targetRecall"
            + " reached promise quantizer codeBytes metric lists probes rerank k seed intersection@10"
            + " intersection@10Interval recall@10 recall@10Interval selected selectedInterval rowsScanned costBytes"
            + " tried commands version";

    @Test
    void itsCommandsReachWhatItPromises() {
        Path base = vectors("my base.fvecs", 2000, 2);
        Path asked = vectors("asked.fvecs", 200, 3);
        JsonNode tuned = nsvq(
                        "tune --target-recall .9 --bytes 2 --quantizers pq --seed 5 --input",
                        base,
                        "--queries",
                        asked)
                .json();
        assertKeys(KEYS + " codebooks bits", tuned);
        assertTrue(tuned.get("reached").asBoolean(), tuned.toString());
        assertEquals(2, tuned.get("codeBytes").asInt());
        assertEquals(2000, tuned.get("rows").asInt());
        assertEquals(66, tuned.get("heldOutQueries").asInt());
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
                        "--probes",
                        tuned.get("probes").asText(),
                        "--rerank",
                        tuned.get("rerank").asText())
                .json();
        assertTrue(health.get("intersection@10").asDouble() >= 0.9, health.toString());
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
