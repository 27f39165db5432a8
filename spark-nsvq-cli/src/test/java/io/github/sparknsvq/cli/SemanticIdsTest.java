package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Semantic IDs on the command line, and codes of small levels that end early. */
class SemanticIdsTest extends CommandTest {
    private static final int ROWS = 2000;

    /** Most rows close together, the others far apart: what levels of residuals use unevenly. */
    private Path vectors() {
        Random random = new Random(5);
        float[] values = new float[ROWS * 4];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((i / 4 % 4 == 0 ? 3 : 0.7) * random.nextGaussian());
        }
        return vectors("items.fvecs", new FloatMatrix(ROWS, 4, values));
    }

    private JsonNode trained(Path items, Path model, Object... more) {
        List<Object> args = new ArrayList<>(List.of(
                "train --quantizer rq --level-bits 4,4 --max-iter 6 --batch-size 500 --beam 1",
                "--input",
                items,
                "--output",
                model));
        args.addAll(List.of(more));
        nsvq(args.toArray()).json();
        return nsvq("evaluate", "--model", model, "--input", items).json();
    }

    @Test
    void balancedLevelsUseTheirCodewordsMoreEvenly() {
        Path items = vectors();
        JsonNode plain = trained(items, directory.resolve("plain"), "--joint-iter", 0);
        JsonNode balanced = trained(items, directory.resolve("balanced"), "--balanced");
        double before = plain.get("perplexityPerCodebook").get(0).asDouble();
        double after = balanced.get("perplexityPerCodebook").get(0).asDouble();
        assertTrue(before < 13 && after > 14, before + " codewords in use, then " + after);
        assertTrue(balanced.get("bits").asDouble() > plain.get("bits").asDouble());
    }

    @Test
    void codesOfSmallLevelsEndEarlyAsIndices() {
        Path items = vectors();
        Path model = directory.resolve("model");
        JsonNode measured = trained(items, model, "--joint-iter", 0, "--error-threshold", 2);
        double levels = measured.get("meanLevels").asDouble();
        assertTrue(levels > 1 && levels < 2, "mean levels " + levels);
        Path codes = directory.resolve("codes");
        nsvq("encode", "--model", model, "--input", items, "--output", codes).json();
        Dataset<Row> encoded = spark.read().parquet(codes.toString());
        assertEquals("id, codes", String.join(", ", encoded.columns()));
        assertEquals(levels, encoded.selectExpr("avg(size(codes))").head().getDouble(0), 1e-6);
        Path vectors = directory.resolve("decoded");
        JsonNode decoded = nsvq("decode", "--model", model, "--input", codes, "--output", vectors)
                .json();
        assertEquals(ROWS, decoded.get("rows").asInt());
    }

    @Test
    void aWiderBeamFindsNearerSums() {
        Path items = vectors();
        Path model = directory.resolve("rq");
        double greedy = trained(items, model, "--joint-iter", 3).get("mse").asDouble();
        double wide = nsvq("evaluate", "--model", model, "--input", items, "--beam", 8)
                .json()
                .get("mse")
                .asDouble();
        assertTrue(wide < 0.99 * greedy, greedy + ", then " + wide);
        assertEquals(
                "beam = 0: 1 to 1024 are valid",
                nsvq("evaluate", "--model", model, "--input", items, "--beam", 0)
                        .line(1));
        assertEquals(
                "--beam is for models of rq and aq, whose codes are searched by sums of codewords",
                nsvq("encode", "--model", model(), "--input", items, "--beam", 2, "--output", directory.resolve("c"))
                        .line(1));
    }
}
