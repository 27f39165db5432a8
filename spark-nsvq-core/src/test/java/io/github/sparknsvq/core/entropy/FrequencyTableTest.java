package io.github.sparknsvq.core.entropy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrequencyTableTest {
    private static CodeHistogram counts(double... counts) {
        return new CodeHistogram(counts);
    }

    /** The thesis's example, (2.12): 1.648 bits, where Huffman's code of 1, 2, 3 and 3 bits takes 1.70. */
    @Test
    void theThesissExample() {
        CodeHistogram p = counts(50, 15, 30, 5);
        assertEquals(1.648, p.entropyBits(), 5e-4);
        assertEquals(1.70, .5 * 1 + .3 * 2 + .15 * 3 + .05 * 3, 1e-12);
        assertEquals(p.entropyBits(), FrequencyTable.of(p).bits(p), 1e-6);
    }

    @Test
    void oneSymbolTakesNothing() {
        CodeHistogram one = counts(0, 7, 0);
        assertArrayEquals(new int[] {0, 1 << 14, 0}, FrequencyTable.of(one).frequencies());
        assertEquals(0, FrequencyTable.of(one).bits(one), 0);
        assertArrayEquals(new int[] {1 << 14}, FrequencyTable.of(counts(3)).frequencies());
    }

    /** A level that no code reaches has a table all the same. */
    @Test
    void nothingCounted() {
        assertArrayEquals(
                new int[] {1 << 14, 0}, FrequencyTable.of(counts(0, 0)).frequencies());
    }

    /** Many symbols that came once beside one that came often: all get a part, which the frequent one gives up. */
    @ParameterizedTest
    @CsvSource({"256, 1e9", "65536, 1e12", "65536, 1", "3, 1e300", "1000, 0.001"})
    void everySymbolGetsAPart(int symbols, double often) {
        double[] counts = new double[symbols];
        Arrays.fill(counts, 1);
        counts[symbols / 2] = often;
        FrequencyTable table = FrequencyTable.of(counts(counts));
        assertTrue(Arrays.stream(table.frequencies()).allMatch(part -> part >= 1));
        assertEquals(1 << table.precision(), Arrays.stream(table.frequencies()).sum());
    }

    /** What the rounding of parts costs is nothing beside a bit. */
    @ParameterizedTest
    @CsvSource({"2", "16", "256", "4096", "65536"})
    void tablesAreNearTheEntropy(int symbols) {
        Random random = new Random(5);
        double[] counts = IntStream.range(0, symbols)
                .mapToDouble(s -> Math.floor(1000 * Math.exp(2 * random.nextGaussian())))
                .toArray();
        double lost = FrequencyTable.of(counts(counts)).bits(counts(counts))
                - counts(counts).entropyBits();
        assertTrue(lost >= -1e-9 && lost < 0.003, "loses " + lost + " bits");
    }

    /** No move of a part from one symbol to another makes the table better. */
    @Test
    void noMoveOfAPartHelps() {
        CodeHistogram counts = counts(1, 2, 3, 400, 100_000, 17, 5);
        FrequencyTable table = FrequencyTable.of(counts);
        for (int from = 0; from < 7; from++) {
            for (int to = 0; to < 7; to++) {
                int[] moved = table.frequencies();
                if (moved[from] > 1 && from != to) {
                    moved[from]--;
                    moved[to]++;
                    double bits = new FrequencyTable(table.precision(), moved).bits(counts);
                    assertTrue(bits >= table.bits(counts) - 1e-12, from + " to " + to);
                }
            }
        }
    }

    @Test
    void anUncountedSymbolCannotBeCoded() {
        assertEquals(Double.POSITIVE_INFINITY, FrequencyTable.of(counts(1, 0)).bits(counts(1, 1)));
    }

    @ParameterizedTest
    @CsvSource({"2, 1, 2", "2, -1, 5", "-1, 1, 0", "31, 1, 0", "32, 2147483647, 1"})
    void refusesPartsThatDoNotAddUp(int precision, int first, int second) {
        assertThrows(NsvqException.class, () -> new FrequencyTable(precision, new int[] {first, second}));
    }

    @Test
    void refusesNoSymbols() {
        assertThrows(NsvqException.class, () -> FrequencyTable.of(counts()));
    }
}
