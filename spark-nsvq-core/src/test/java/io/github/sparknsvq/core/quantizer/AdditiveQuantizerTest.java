package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdditiveQuantizerTest extends QuantizerContract {
    @Override
    List<Quantizer> quantizers() {
        List<Quantizer> quantizers = new ArrayList<>();
        for (int beam : new int[] {1, 2, 7, 40}) {
            quantizers.add(new AdditiveQuantizer(Samples.even(5, 1, 16, 16, 16), beam, 0));
            quantizers.add(new AdditiveQuantizer(Samples.even(1, 2, 3, 17, 1, 70), beam, 3));
            quantizers.add(new AdditiveQuantizer(Samples.even(18, 3, 256, 100), beam, 1));
            quantizers.add(new AdditiveQuantizer(Samples.even(4, 4, 9), beam, 2));
            quantizers.add(new AdditiveQuantizer(Samples.even(3, 5, 1), beam, 2));
        }
        return quantizers;
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 3", "4, 1", "4, 2", "9, 5", "17, 8", "33, 4"})
    void findsWhatASlowBeamFinds(int d, int beam) {
        List<FloatMatrix> codebooks = Samples.even(d, d, 12, 7, 15, 5);
        SlowSums slow = new SlowSums(codebooks, false);
        FloatMatrix rows = Samples.gaussian(25, d, 8);
        double[] errors = Samples.errors(new AdditiveQuantizer(codebooks, beam, 0), rows);
        for (int i = 0; i < 25; i++) {
            double expected = slow.error(rows, i, slow.beam(rows, i, beam));
            assertEquals(expected, errors[i], 1e-5 * (1 + expected), "row " + i);
        }
    }

    /** It would keep fewer different sums if it kept the same one twice. */
    @Test
    void aBeamThatKeepsEverySumFindsTheNearest() {
        List<FloatMatrix> codebooks = Samples.even(4, 3, 6, 5, 7);
        SlowSums slow = new SlowSums(codebooks, false);
        FloatMatrix rows = Samples.gaussian(60, 4, 8);
        double[] errors = Samples.errors(new AdditiveQuantizer(codebooks, 210, 0), rows);
        for (int i = 0; i < 60; i++) {
            assertEquals(slow.least(rows, i), errors[i], 1e-5 * (1 + errors[i]));
        }
    }

    @Test
    void aWiderBeamIsNeverWorseOnAverage() {
        List<FloatMatrix> codebooks = Samples.even(12, 3, 64, 64, 64, 64);
        FloatMatrix rows = Samples.gaussian(400, 12, 8);
        for (int rounds : new int[] {0, 4}) {
            double before = Double.POSITIVE_INFINITY;
            for (int beam : new int[] {1, 2, 4, 8, 16, 32}) {
                double mean = Samples.mean(Samples.errors(new AdditiveQuantizer(codebooks, beam, rounds), rows));
                assertTrue(mean <= before, "beam " + beam + ": " + mean + " after " + before);
                before = mean;
            }
        }
    }

    /** Sums are the same when a vector moves from one codebook to another, and so must their choice be. */
    @Test
    void howAnOffsetIsSpreadDoesNotMatter() {
        List<FloatMatrix> codebooks = Samples.even(8, 3, 32, 32, 32);
        List<FloatMatrix> moved = List.of(
                Samples.plus(codebooks.get(0), 4, -8, 2, 16),
                codebooks.get(1),
                Samples.plus(codebooks.get(2), -4, 8, -2, -16));
        FloatMatrix rows = Samples.gaussian(200, 8, 8);
        for (int beam : new int[] {1, 4}) {
            double[] errors = Samples.errors(new AdditiveQuantizer(codebooks, beam, 2), rows);
            assertArrayEquals(errors, Samples.errors(new AdditiveQuantizer(moved, beam, 2), rows), 1e-4);
        }
    }

    private static int[] randomIndices(AdditiveQuantizer quantizer, int rows, long seed) {
        Random random = new Random(seed);
        int m = quantizer.codebooks();
        int[] indices = new int[rows * m];
        Arrays.setAll(indices, i -> random.nextInt(quantizer.codebook(i % m).rows()));
        return indices;
    }

    private static List<Integer> sum(int[] indices, int row, int m) {
        return IntStream.range(row * m, row * m + m)
                .map(i -> indices[i])
                .boxed()
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 1", "5, 3", "16, 20"})
    void polishesAsTheSlowOneDoes(int d, int rounds) {
        List<FloatMatrix> codebooks = Samples.even(d, 3, 12, 7, 15, 5);
        AdditiveQuantizer quantizer = new AdditiveQuantizer(codebooks, 1, rounds);
        SlowSums slow = new SlowSums(codebooks, false);
        FloatMatrix rows = Samples.gaussian(40, d, 8);
        int[] start = randomIndices(quantizer, 40, d);
        int[] polished = start.clone();
        quantizer.polish(rows.values(), 0, 40, polished, 0);
        for (int i = 0; i < 40; i++) {
            double before = slow.error(rows, i, sum(start, i, 4));
            double after = slow.error(rows, i, sum(polished, i, 4));
            double expected = slow.error(rows, i, slow.polish(rows, i, sum(start, i, 4), rounds));
            assertEquals(expected, after, 1e-5 * (1 + expected));
            assertTrue(after <= before * (1 + 1e-6), "row " + i + ": " + after + " after " + before);
        }
    }

    @Test
    void polishingWhatTheBeamFoundNeverMakesItWorse() {
        List<FloatMatrix> codebooks = Samples.even(12, 3, 64, 40, 64, 64);
        FloatMatrix rows = Samples.gaussian(300, 12, 8);
        for (int beam : new int[] {1, 4}) {
            double[] plain = Samples.errors(new AdditiveQuantizer(codebooks, beam, 0), rows);
            double[] polished = Samples.errors(new AdditiveQuantizer(codebooks, beam, 10), rows);
            for (int i = 0; i < 300; i++) {
                assertTrue(polished[i] <= plain[i] * (1 + 1e-6) + 1e-6, "row " + i);
            }
            assertTrue(Samples.mean(polished) < Samples.mean(plain));
        }
    }

    @Test
    void polishKeepsToItsRows() {
        AdditiveQuantizer quantizer = new AdditiveQuantizer(Samples.even(5, 3, 16, 16), 1, 5);
        FloatMatrix rows = Samples.gaussian(40, 5, 8);
        int[] all = randomIndices(quantizer, 40, 1);
        int[] some = all.clone();
        quantizer.polish(rows.values(), 0, 40, all, 0);
        int[] untouched = some.clone();
        quantizer.polish(rows.values(), 50, 7, some, 20);
        assertArrayEquals(Arrays.copyOf(untouched, 20), Arrays.copyOf(some, 20));
        assertArrayEquals(Arrays.copyOfRange(all, 20, 34), Arrays.copyOfRange(some, 20, 34));
        assertArrayEquals(Arrays.copyOfRange(untouched, 34, 80), Arrays.copyOfRange(some, 34, 80));
        quantizer.polish(new float[0], 0, 0, new int[0], 0);
        assertThrows(
                NsvqException.class,
                () -> quantizer.polish(rows.values(), 0, 1, new int[] {0, 16}, 0),
                "no codeword 16");
        assertThrows(IndexOutOfBoundsException.class, () -> quantizer.polish(rows.values(), 0, 1, new int[1], 0));
    }

    /**
     * A beam may lose the sum that a row is; but on average what it finds is no farther from a sum than from other
     * rows.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 16})
    void encodingADecodedRowGivesOneNoFarther(int beam) {
        AdditiveQuantizer quantizer = new AdditiveQuantizer(Samples.even(8, 3, 64, 64, 64), beam, 5);
        FloatMatrix rows = Samples.gaussian(300, 8, 8);
        double errors = Samples.mean(Samples.errors(quantizer, rows));
        double again = Samples.mean(Samples.errors(quantizer, quantizer.decode(quantizer.encode(rows), 300)));
        assertTrue(again <= errors, again + " after " + errors);
    }

    @Test
    void encodingADecodedRowGivesItBackIfTheBeamKeepsEverySum() {
        AdditiveQuantizer quantizer = new AdditiveQuantizer(Samples.even(4, 3, 6, 5, 7), 210, 5);
        FloatMatrix decoded = quantizer.decode(quantizer.encode(Samples.gaussian(100, 4, 8)), 100);
        for (double error : Samples.errors(quantizer, decoded)) {
            assertEquals(0, error, 1e-9);
        }
    }

    @Test
    void reproducesRowsThatAreSumsOfCodewords() {
        // sums that lie far apart, so that the beam does not lose them
        FloatMatrix tens = Samples.times(Samples.gaussian(20, 6, 8), 10);
        FloatMatrix ones = Samples.gaussian(8, 6, 9);
        AdditiveQuantizer quantizer = new AdditiveQuantizer(List.of(ones, tens), 8, 2);
        float[][] rows = new float[160][6];
        for (int i = 0; i < 160; i++) {
            for (int j = 0; j < 6; j++) {
                rows[i][j] = ones.get(i % 8, j) + tens.get(i / 8, j);
            }
        }
        FloatMatrix all = FloatMatrix.of(rows);
        assertArrayEquals(
                all.values(), quantizer.decode(quantizer.encode(all), 160).values());
    }

    @Test
    void takesTheFirstOfEqualCodewords() {
        FloatMatrix codebook = FloatMatrix.of(new float[] {4}, new float[] {0}, new float[] {0}, new float[] {4});
        AdditiveQuantizer quantizer = new AdditiveQuantizer(List.of(codebook, codebook), 3, 2);
        int[] indices = new int[4];
        quantizer.encode(new float[] {0, 8}, 0, 2, indices, 0);
        assertArrayEquals(new int[] {1, 1, 0, 0}, indices);
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-25, 1e-15, 1e6, 1e15})
    void scalesWithTheData(double scale) {
        List<FloatMatrix> codebooks = Samples.even(9, 3, 32, 32, 32);
        List<FloatMatrix> scaled =
                codebooks.stream().map(c -> Samples.times(c, scale)).toList();
        FloatMatrix rows = Samples.gaussian(100, 9, 8);
        FloatMatrix scaledRows = Samples.times(rows, scale);
        double expected = Samples.mean(Samples.errors(new AdditiveQuantizer(codebooks, 6, 2), rows));
        double found = Samples.mean(Samples.errors(new AdditiveQuantizer(scaled, 6, 2), scaledRows));
        assertEquals(expected, found / scale / scale, 1e-4 * expected);
    }

    @Test
    void knowsItsShape() {
        List<FloatMatrix> codebooks = Samples.even(6, 3, 20, 256, 1);
        AdditiveQuantizer quantizer = new AdditiveQuantizer(codebooks, 4, 2);
        assertEquals(3, quantizer.codebooks());
        assertEquals(4, quantizer.beam());
        assertEquals(2, quantizer.polishRounds());
        assertEquals(5 + 8 + 1, quantizer.bits());
        assertEquals(277, quantizer.codewords());
        assertArrayEquals(codebooks.get(1).values(), quantizer.codebook(1).values());
    }

    private static String refusal(List<FloatMatrix> codebooks, int beam, int rounds) {
        return assertThrows(NsvqException.class, () -> new AdditiveQuantizer(codebooks, beam, rounds))
                .getMessage();
    }

    @Test
    void refusesWhatItCannotSearchIn() {
        FloatMatrix good = Samples.gaussian(4, 2, 1);
        assertEquals("a quantizer needs at least one codebook", refusal(List.of(), 1, 0));
        assertEquals("a beam keeps 1 to 1024 sums, not 0", refusal(List.of(good), 0, 0));
        assertEquals("an additive quantizer cannot polish -1 times", refusal(List.of(good), 1, -1));
        FloatMatrix large = new FloatMatrix(9000, 1, new float[9000]);
        assertEquals(
                "an additive quantizer compares all pairs of codewords and can have 16384 in all, not 18000",
                refusal(List.of(large, large), 1, 0));
        assertEquals(
                "codewords are too far apart for float32",
                refusal(List.of(new FloatMatrix(3, 1, new float[] {3.4e38f, -3.4e38f, -3.4e38f})), 1, 0));
    }
}
