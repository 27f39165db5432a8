package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResidualQuantizerTest extends QuantizerContract {
    @Override
    List<Quantizer> quantizers() {
        List<Quantizer> quantizers = new ArrayList<>();
        for (int beam : new int[] {1, 2, 7, 40}) {
            quantizers.add(new ResidualQuantizer(Samples.shrinking(5, 1, 16, 16, 16), beam));
            quantizers.add(new ResidualQuantizer(Samples.shrinking(1, 2, 3, 17, 1, 70), beam));
            quantizers.add(new ResidualQuantizer(Samples.shrinking(18, 3, 256, 100), beam));
            quantizers.add(new ResidualQuantizer(Samples.shrinking(4, 4, 9), beam));
            quantizers.add(new ResidualQuantizer(Samples.shrinking(3, 5, 1), beam));
            quantizers.add(withoutTables(Samples.shrinking(5, 1, 16, 5, 33), beam));
        }
        return quantizers;
    }

    private static ResidualQuantizer withoutTables(List<FloatMatrix> codebooks, int beam) {
        return new ResidualQuantizer(codebooks, null, beam, NearestCodewordProviders.cpu(), 0);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 3", "4, 1", "4, 2", "9, 5", "17, 8", "33, 4"})
    void findsWhatASlowBeamFinds(int d, int beam) {
        List<FloatMatrix> codebooks = Samples.shrinking(d, d, 16, 7, 20, 5);
        SlowSums slow = new SlowSums(codebooks, true);
        FloatMatrix rows = Samples.gaussian(40, d, 8);
        for (ResidualQuantizer quantizer :
                List.of(new ResidualQuantizer(codebooks, beam), withoutTables(codebooks, beam))) {
            double[] errors = Samples.errors(quantizer, rows);
            for (int i = 0; i < 40; i++) {
                double expected = slow.error(rows, i, slow.beam(rows, i, beam));
                assertEquals(expected, errors[i], 1e-5 * (1 + expected), "row " + i);
            }
        }
    }

    @Test
    void aBeamThatKeepsEverySumFindsTheNearest() {
        List<FloatMatrix> codebooks = Samples.even(4, 3, 6, 5, 7);
        SlowSums slow = new SlowSums(codebooks, true);
        FloatMatrix rows = Samples.gaussian(60, 4, 8);
        for (ResidualQuantizer quantizer :
                List.of(new ResidualQuantizer(codebooks, 210), withoutTables(codebooks, 210))) {
            double[] errors = Samples.errors(quantizer, rows);
            for (int i = 0; i < 60; i++) {
                assertEquals(slow.least(rows, i), errors[i], 1e-5 * (1 + errors[i]));
            }
        }
    }

    @Test
    void tablesAndResidualsAgree() {
        List<FloatMatrix> codebooks = Samples.shrinking(24, 3, 256, 200, 64, 256);
        FloatMatrix rows = Samples.gaussian(500, 24, 8);
        for (int beam : new int[] {2, 5, 16}) {
            byte[] tables = new ResidualQuantizer(codebooks, beam).encode(rows);
            byte[] residuals = withoutTables(codebooks, beam).encode(rows);
            assertArrayEquals(residuals, tables, "beam " + beam);
        }
    }

    @Test
    void aWiderBeamIsNeverWorseOnAverage() {
        List<FloatMatrix> codebooks = Samples.even(12, 3, 64, 64, 64, 64);
        FloatMatrix rows = Samples.gaussian(400, 12, 8);
        double before = Double.POSITIVE_INFINITY;
        for (int beam : new int[] {1, 2, 4, 8, 16, 32}) {
            double mean = Samples.mean(Samples.errors(new ResidualQuantizer(codebooks, beam), rows));
            assertTrue(mean <= before, "beam " + beam + ": " + mean + " after " + before);
            before = mean;
        }
    }

    @Test
    void decodesAnyPrefixOfItsLevels() {
        List<FloatMatrix> codebooks = Samples.shrinking(6, 3, 20, 300, 16, 5);
        ResidualQuantizer quantizer = new ResidualQuantizer(codebooks, 4);
        byte[] codes = quantizer.encode(Samples.gaussian(30, 6, 8));
        int[] indices = new int[120];
        quantizer.codeBits().unpack(codes, 0, 30, indices, 0);
        for (int levels = 0; levels <= 4; levels++) {
            FloatMatrix decoded = quantizer.decode(codes, 30, levels);
            for (int i = 0; i < 30; i++) {
                for (int j = 0; j < 6; j++) {
                    float sum = 0;
                    for (int m = 0; m < levels; m++) {
                        sum += codebooks.get(m).get(indices[i * 4 + m], j);
                    }
                    assertEquals(sum, decoded.get(i, j));
                }
            }
        }
        assertArrayEquals(
                quantizer.decode(codes, 30).values(),
                quantizer.decode(codes, 30, 4).values());
        for (int levels : new int[] {-1, 5}) {
            assertEquals(
                    "a code of 4 levels cannot be decoded from " + levels,
                    assertThrows(NsvqException.class, () -> quantizer.decode(codes, 30, levels))
                            .getMessage());
        }
        assertThrows(NsvqException.class, () -> quantizer.decode(codes, 29, 2));
    }

    /** Greedy codes: the first levels of a long code are the code of the first levels. */
    @Test
    void aGreedyCodeGrowsLevelByLevel() {
        List<FloatMatrix> codebooks = Samples.shrinking(6, 3, 20, 30, 16);
        FloatMatrix rows = Samples.gaussian(50, 6, 8);
        ResidualQuantizer whole = new ResidualQuantizer(codebooks, 1);
        byte[] codes = whole.encode(rows);
        for (int levels = 1; levels < 3; levels++) {
            ResidualQuantizer first = new ResidualQuantizer(codebooks.subList(0, levels), 1);
            assertArrayEquals(
                    first.decode(first.encode(rows), 50).values(),
                    whole.decode(codes, 50, levels).values());
        }
    }

    /**
     * A beam may lose the sum that a row is; but on average what it finds is no farther from a sum than from other
     * rows.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 4, 16})
    void encodingADecodedRowGivesOneNoFarther(int beam) {
        ResidualQuantizer quantizer = new ResidualQuantizer(Samples.shrinking(8, 3, 64, 64, 64), beam);
        FloatMatrix rows = Samples.gaussian(300, 8, 8);
        double errors = Samples.mean(Samples.errors(quantizer, rows));
        double again = Samples.mean(Samples.errors(quantizer, quantizer.decode(quantizer.encode(rows), 300)));
        assertTrue(again <= errors, again + " after " + errors);
    }

    @Test
    void encodingADecodedRowGivesItBackIfTheBeamKeepsEverySum() {
        ResidualQuantizer quantizer = new ResidualQuantizer(Samples.shrinking(4, 3, 6, 5, 7), 210);
        FloatMatrix decoded = quantizer.decode(quantizer.encode(Samples.gaussian(100, 4, 8)), 100);
        for (double error : Samples.errors(quantizer, decoded)) {
            assertEquals(0, error, 1e-9);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void reproducesRowsThatAreCodewordsOfTheFirstLevel(int beam) {
        FloatMatrix rows = Samples.gaussian(30, 7, 8);
        FloatMatrix second = Samples.gaussian(8, 7, 9);
        Arrays.fill(second.values(), 0, 7, 0f);
        ResidualQuantizer quantizer = new ResidualQuantizer(List.of(rows, second, second), beam);
        assertArrayEquals(
                rows.values(), quantizer.decode(quantizer.encode(rows), 30).values());
    }

    @Test
    void takesTheFirstOfEqualCodewords() {
        FloatMatrix codebook = FloatMatrix.of(new float[] {5}, new float[] {0}, new float[] {0}, new float[] {5});
        FloatMatrix rows = FloatMatrix.of(new float[] {5}, new float[] {0}, new float[] {10});
        for (int beam : new int[] {1, 4}) {
            ResidualQuantizer quantizer = new ResidualQuantizer(List.of(codebook, codebook), beam);
            int[] indices = new int[6];
            quantizer.encode(rows.values(), 0, 3, indices, 0);
            assertArrayEquals(new int[] {0, 1, 1, 1, 0, 0}, indices, "beam " + beam);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-25, 1e-15, 1e6, 1e15})
    void scalesWithTheData(double scale) {
        List<FloatMatrix> codebooks = Samples.shrinking(9, 3, 32, 32, 32);
        List<FloatMatrix> scaled =
                codebooks.stream().map(c -> Samples.times(c, scale)).toList();
        FloatMatrix rows = Samples.gaussian(100, 9, 8);
        FloatMatrix scaledRows = Samples.times(rows, scale);
        double expected = Samples.mean(Samples.errors(new ResidualQuantizer(codebooks, 6), rows));
        double found = Samples.mean(Samples.errors(new ResidualQuantizer(scaled, 6), scaledRows));
        assertEquals(expected, found / scale / scale, 1e-4 * expected);
    }

    @Test
    void holdsItsPrecisionUnderALargeCommonOffset() {
        List<FloatMatrix> codebooks = new ArrayList<>(Samples.shrinking(9, 3, 32, 32, 32));
        codebooks.set(0, Samples.plus(codebooks.get(0), 1e4f));
        FloatMatrix rows = Samples.gaussian(100, 9, 1, 1e4, 8);
        SlowSums slow = new SlowSums(codebooks, true);
        double[] errors = Samples.errors(new ResidualQuantizer(codebooks, 4), rows);
        double expected = 0;
        for (int i = 0; i < 100; i++) {
            expected += slow.error(rows, i, slow.beam(rows, i, 4)) / 100;
        }
        assertEquals(expected, Samples.mean(errors), 2e-3 * expected);
    }

    @Test
    void knowsItsShape() {
        List<FloatMatrix> codebooks = Samples.shrinking(6, 3, 20, 256, 1);
        ResidualQuantizer quantizer = new ResidualQuantizer(codebooks, 4);
        assertEquals(3, quantizer.levels());
        assertEquals(4, quantizer.beam());
        assertEquals(5 + 8 + 1, quantizer.bits());
        assertEquals(277, quantizer.codewords());
        assertArrayEquals(codebooks.get(1).values(), quantizer.codebook(1).values());
    }

    private static String refusal(List<FloatMatrix> codebooks, int beam) {
        return assertThrows(NsvqException.class, () -> new ResidualQuantizer(codebooks, beam))
                .getMessage();
    }

    @Test
    void refusesCodebooksThatCannotBeAddedUp() {
        FloatMatrix good = Samples.gaussian(4, 2, 1);
        FloatMatrix infinite = FloatMatrix.of(new float[] {1, Float.POSITIVE_INFINITY});
        assertEquals("a quantizer needs at least one codebook", refusal(List.of(), 1));
        assertEquals("a beam keeps 1 to 1024 sums, not 0", refusal(List.of(good), 0));
        assertEquals("a beam keeps 1 to 1024 sums, not 1025", refusal(List.of(good), 1025));
        assertEquals(
                "codebook 1 has dimension 3, the first has 2", refusal(List.of(good, Samples.gaussian(4, 3, 1)), 1));
        assertEquals(
                "codebook 1 is 0 x 2: it needs 1 to 65536 codewords of dimension 1 or more",
                refusal(List.of(good, new FloatMatrix(0, 2, new float[0])), 1));
        assertEquals(
                "codebook 0 is 65537 x 1: it needs 1 to 65536 codewords of dimension 1 or more",
                refusal(List.of(new FloatMatrix(65537, 1, new float[65537])), 1));
        assertEquals(
                "codebook 1 holds Infinity: codewords that are added up must be finite",
                refusal(List.of(good, infinite), 1));
    }

    @Test
    void refusesPricesThatDoNotFit() {
        List<FloatMatrix> codebooks = Samples.shrinking(2, 1, 4, 4);
        assertEquals(
                "7 prices for 8 codewords",
                assertThrows(NsvqException.class, () -> ResidualQuantizer.priced(codebooks, new float[7], 1))
                        .getMessage());
        float[] infinite = new float[8];
        infinite[3] = Float.POSITIVE_INFINITY;
        assertEquals(
                "a codeword cannot have the price Infinity",
                assertThrows(NsvqException.class, () -> ResidualQuantizer.priced(codebooks, infinite, 1))
                        .getMessage());
    }

    @Test
    void noPricesChangeNothing() {
        List<FloatMatrix> codebooks = Samples.shrinking(5, 2, 16, 8, 8);
        FloatMatrix rows = Samples.gaussian(200, 5, 9);
        for (int beam : new int[] {1, 4}) {
            assertArrayEquals(
                    new ResidualQuantizer(codebooks, beam).encode(rows),
                    ResidualQuantizer.priced(codebooks, new float[32], beam).encode(rows));
        }
    }
}
