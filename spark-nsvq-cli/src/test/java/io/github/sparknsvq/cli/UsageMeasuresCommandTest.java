package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.UsageMeasures;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How evenly codewords are used, as {@code evaluate} measures it on rows that were not trained on. */
class UsageMeasuresCommandTest extends CommandTest {

    /** A dense middle with a wide rim, which k-means uses unevenly. */
    private Path halo(String name, int rows, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * DIMENSION];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) ((i / DIMENSION % 4 == 0 ? 3 : 0.7) * random.nextGaussian());
        }
        return vectors(name, new FloatMatrix(rows, DIMENSION, values));
    }

    private static void assertMeasured(double[] counts, JsonNode json) {
        UsageMeasures expected = UsageMeasures.of(new CodeHistogram(counts));
        assertEquals(expected.kl(), json.get("kl").asDouble(), 1e-6);
        assertEquals(expected.worstDisclosure(), json.get("worstDisclosure").asDouble(), 1e-6);
        assertEquals(expected.averageDisclosure(), json.get("averageDisclosure").asDouble(), 1e-6);
        assertEquals(expected.sparseness(), json.get("sparseness").asDouble(), 1e-6);
        assertEquals(expected.deviation(), json.get("deviation").asDouble(), 1e-5);
        assertEquals(expected.dead(), json.get("dead").asInt());
    }

    private double[] counts(Path codes, String index, int codewords) {
        double[] counts = new double[codewords];
        for (Row row : spark.read().parquet(codes.toString()).selectExpr(index).collectAsList()) {
            counts[row.getInt(0)]++;
        }
        return counts;
    }

    @Test
    void countsTheRowsOfEachCodeword() {
        Path model = model();
        Path few = vectors("few.fvecs", 7, 3); // so that codewords are dead
        Path codes = directory.resolve("codes");
        nsvq("encode", "--model", model, "--input", few, "--output", codes).json();
        JsonNode json = nsvq("evaluate", "--model", model, "--input", few).json();
        assertMeasured(counts(codes, "prediction", 8), json);
        assertTrue(json.get("dead").asInt() > 0, json.toString());
    }

    /** The baseline of the space-filling curves: prices, with one codebook. */
    @Test
    void pricesOfOneCodebookEvenItsUse() {
        Path learn = halo("learn.fvecs", 2000, 1);
        Path heldOut = halo("base.fvecs", 2000, 2);
        String train = "train --max-iter 4 --bits 4 --batch-size 500 --local-steps 1 --final-rate .05 --quantizer ";
        Path plain = directory.resolve("plain");
        nsvq(train + "vq --learning-rate .5", "--input", learn, "--output", plain)
                .json();
        Path balanced = directory.resolve("balanced");
        nsvq(train + "rq --codebooks 1 --balanced", "--input", learn, "--output", balanced)
                .json();

        JsonNode before = nsvq("evaluate", "--model", plain, "--input", heldOut).json();
        JsonNode after =
                nsvq("evaluate", "--model", balanced, "--input", heldOut).json();
        String both = before + "\n" + after;
        for (String smaller : List.of("kl", "worstDisclosure", "sparseness", "deviation")) {
            assertTrue(after.get(smaller).asDouble() < before.get(smaller).asDouble(), smaller + "\n" + both);
        }
        assertTrue(after.get("kl").asDouble() < before.get("kl").asDouble() / 4, both);
        assertTrue(after.get("averageDisclosure").asDouble() > 3.9, both);
        assertTrue(after.get("mse").asDouble() > before.get("mse").asDouble(), both);

        Path codes = directory.resolve("codes");
        nsvq("encode --codes", "--model", balanced, "--input", heldOut, "--output", codes)
                .json();
        assertMeasured(counts(codes, "codes[0]", 16), after);
    }

    /** Segments of a line, and codebooks that are cut from it: the more evenly, the more rounds. */
    @Test
    void linesAndWhatIsCutFromThem() {
        Path learn = halo("learn.fvecs", 1000, 1);
        Path heldOut = halo("base.fvecs", 1000, 2);
        String train = "train --max-iter 2 --bits 4 --batch-size 250 --quantizer sfvq";
        Path line = directory.resolve("line");
        nsvq(train, "--input", learn, "--output", line).json();
        Path codes = directory.resolve("codes");
        nsvq("encode", "--model", line, "--input", heldOut, "--output", codes).json();
        assertMeasured(
                counts(codes, "prediction", 15),
                nsvq("evaluate", "--model", line, "--input", heldOut).json());

        double[] kl = new double[2];
        for (int i = 0; i < 2; i++) {
            Path cut = directory.resolve("cut" + i);
            nsvq(
                            train + " --resample 16 --resample-of samples",
                            "--resample-even",
                            10 * i,
                            "--input",
                            learn,
                            "--output",
                            cut)
                    .json();
            kl[i] = nsvq("evaluate", "--model", cut, "--input", heldOut)
                    .json()
                    .get("kl")
                    .asDouble();
        }
        assertTrue(kl[1] < 0.8 * kl[0], kl[0] + " bits, then " + kl[1]);
    }

    @ParameterizedTest
    @CsvSource({
        "--resample-even 3, --resample-even goes with --resample",
        "--resample 4 --resample-even -1, --resample-even -1: at least 0 is needed"
    })
    void refusesRoundsThatCannotBe(String options, String line) {
        String train = "train --input a --output b --quantizer sfvq --bits 4 ";
        assertEquals(line + " (see nsvq train --help)", nsvq(train + options).line(2));
    }

    @Test
    void saysNothingOfSeveralCodebooks() {
        Path learn = vectors("learn.fvecs", 200, 1);
        Path model = directory.resolve("pq");
        nsvq("train --quantizer pq --codebooks 2 --bits 4 --max-iter 1", "--input", learn, "--output", model)
                .json();
        JsonNode json = nsvq("evaluate", "--model", model, "--input", learn).json();
        assertFalse(json.has("kl"), json.toString());
        assertTrue(json.has("dead"));
    }
}
