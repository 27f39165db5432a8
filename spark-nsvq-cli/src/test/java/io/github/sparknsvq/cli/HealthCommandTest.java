package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code nsvq health} says. */
class HealthCommandTest extends CommandTest {
    private static final String LISTS = "index dimension lists codeBytes metric quantizer vectors segments deleted"
            + " deletedShare emptyLists meanList largestList largestToMean variation imbalance bytes training"
            + " trainRows trainCoarseMse trainMse advice seed version";
    private static final String SAMPLE = " sampleRows coarseMse mse drift driftInterval expectedDrift recall@10"
            + " recall@10Interval intersection@10 intersection@10Interval probes queries truth searches";

    private Path index() {
        Path index = directory.resolve("index");
        nsvq(
                        "index --lists 8 --quantizer pq --codebooks 2 --bits 4 --max-iter 3 --input",
                        vectors("base.fvecs", 600, 2),
                        "--output",
                        index)
                .json();
        return index;
    }

    private static List<String> actions(JsonNode health) {
        List<String> actions = new ArrayList<>();
        health.get("advice").forEach(advice -> {
            actions.add(advice.get("action").asText());
            assertTrue(advice.get("reason").asText().length() > 20, advice.toString());
        });
        return actions;
    }

    @Test
    void saysHowAnIndexIs() {
        Path index = index();
        JsonNode lists = nsvq("health", index).json();
        assertKeys(LISTS, lists);
        assertEquals(List.of("nothing"), actions(lists));
        assertEquals(600, lists.get("trainRows").asInt());
        assertEquals(75, lists.get("meanList").asInt());

        Object base = directory.resolve("base.fvecs");
        JsonNode own = nsvq("health --sample 50 --seed 3 --index", index, "--vectors", base)
                .json();
        assertKeys(LISTS + SAMPLE, own);
        assertEquals(50, own.get("queries").asInt());
        assertEquals(3, own.get("seed").asInt());
        assertEquals("vectors", own.get("truth").asText());
        assertEquals(8, own.get("probes").asInt(), "no more than there are lists");
        assertTrue(own.get("drift").asDouble() < 1.3, own.toString());
        double recall = own.get("recall@10").asDouble();
        assertTrue(own.get("recall@10Interval").get(0).asDouble() < recall);
        assertTrue(recall > own.get("intersection@10").asDouble(), own.toString());

        JsonNode exact = nsvq("health --sample 50 --rerank 600 --index", index, "--vectors", base)
                .json();
        assertEquals(1, exact.get("intersection@10").asDouble());

        FloatMatrix moved = rows(200, 4);
        for (int i = 0; i < moved.values().length; i++) {
            moved.values()[i] = 3 * moved.values()[i] - 50;
        }
        JsonNode changed = nsvq("health --index", index, "--sample", vectors("new.fvecs", moved))
                .json();
        assertEquals("codes", changed.get("truth").asText());
        assertTrue(actions(changed).contains("retrain"), changed.toString());

        nsvq("index --append", index, "--delete", table("gone", "SELECT id FROM range(150)"))
                .json();
        assertEquals(List.of("compact"), actions(nsvq("health --index", index).json()));
    }

    @Test
    void aSampleMayBeInTheIndex() {
        Path index = directory.resolve("flat");
        Path base = vectors("base.fvecs", 300, 2);
        nsvq("index --lists 4 --quantizer flat --max-iter 3 --input", base, "--output", index)
                .json();
        JsonNode self = nsvq("health --index", index, "--sample", base, "--vectors", base, "--exclude-self")
                .json();
        assertEquals(1, self.get("intersection@10").asDouble(), "8 lists are all that there are");
        assertEquals(300, self.get("queries").asInt());
    }

    /** As an index that tuning chose, which is saved with its probes and candidates to rank again. */
    @Test
    void searchesAreAsTheIndexWasSaved() {
        Path base = vectors("base.fvecs", 600, 2);
        new IvfIndex()
                .setNumLists(32)
                .setQuantizer("pq")
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(3)
                .setProbes(6)
                .setSlack(0.01)
                .setRerank(600)
                .setIndexDir(directory.resolve("index").toString())
                .fit(spark.read().format("fvecs").load(base.toString()));
        Object index = directory.resolve("index");
        Path others = vectors("new.fvecs", 200, 4);
        JsonNode saved = nsvq("health --index", index, "--sample", others).json();
        assertEquals("codes", saved.get("truth").asText(), "without vectors nothing is ranked again");
        assertEquals(6, saved.get("probes").asInt());
        JsonNode said = nsvq("health --probes 6 --slack 0.01 --index", index, "--sample", others)
                .json();
        assertEquals(said, saved);
        JsonNode all = nsvq("health --probes 6 --slack 0 --index", index, "--sample", others)
                .json();
        assertTrue(
                all.get("intersection@10").asDouble()
                        > saved.get("intersection@10").asDouble(),
                saved.toString());

        JsonNode ranked = nsvq("health --probes 32 --slack 0 --index", index, "--sample", others, "--vectors", base)
                .json();
        assertEquals(1, ranked.get("intersection@10").asDouble(), "with vectors all 600 candidates are");
    }

    @Test
    void rowsAreDrawnFromAnIndexThatHoldsVectors() throws IOException {
        Path flat = directory.resolve("flat");
        nsvq("index --lists 4 --quantizer flat --max-iter 3 --input", vectors("flat.fvecs", 300, 2), "--output", flat)
                .json();
        JsonNode drawn = nsvq("health", flat, "--sample", 50, "--probes", 4).json();
        assertKeys(LISTS + SAMPLE, drawn);
        assertEquals("index", drawn.get("truth").asText());
        assertEquals(50, drawn.get("queries").asInt());
        assertEquals(1, drawn.get("intersection@10").asDouble());
        assertEquals(
                "--sample 5 draws rows of --vectors, for the index holds codes: give it, or a path of rows"
                        + " (see nsvq health --help)",
                nsvq("health", index(), "--sample", 5).line(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "health ~ give one index, as DIR or with --index",
                "health A --index A ~ give one index, as DIR or with --index",
                "health A --probes 0 ~ --probes 0: at least 1 is needed",
                "health A --slack -1 ~ --slack -1.0: 0, for all lists, or more",
                "health A --rerank 5 ~ --rerank needs --vectors, by which the neighbors are ranked again",
                "health A --vectors B --sample 5 --exclude-self ~ --exclude-self goes with a path as --sample: rows"
                        + " of the index are never found themselves",
                "health A --exclude-self ~ --exclude-self goes with --sample PATH",
                "health A --target-recall 0 ~ --target-recall 0.0: above 0, and 1 at most",
            })
    void wrongUsageIsRefused(String command, String line) {
        assertEquals(
                line + " (see nsvq health --help)",
                nsvq((Object[]) command.trim().split(" ", -1)).line(2));
    }

    @Test
    void whatIsNoIndexIsRefused() throws IOException {
        assertEquals(
                "there is no such file or directory: " + directory.resolve("none") + " (--index)",
                unchanged("health --index", directory.resolve("none")));
    }
}
