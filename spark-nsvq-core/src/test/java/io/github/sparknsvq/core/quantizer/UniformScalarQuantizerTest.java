package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UniformScalarQuantizerTest extends QuantizerContract {
    private static UniformScalarQuantizer quantizer(int levels, int d, float lowest, float highest) {
        float[] from = new float[d];
        float[] to = new float[d];
        Arrays.fill(from, lowest);
        Arrays.fill(to, highest);
        return new UniformScalarQuantizer(levels, from, to);
    }

    @Override
    List<Quantizer> quantizers() {
        List<Quantizer> all = new ArrayList<>();
        for (int levels : new int[] {1, 2, 3, 9, 16, 1000}) {
            for (int d : new int[] {1, 3, 16}) {
                all.add(quantizer(levels, d, -2, 3));
            }
        }
        return all;
    }

    /** Nine levels of a ninth each: the thesis's 3.17 bits, in four. */
    @Test
    void nineLevels() {
        UniformScalarQuantizer nine = quantizer(9, 1, 0, 9);
        assertEquals(3.17, nine.fixedBits(), 0.001);
        assertEquals(4, nine.bits());
        int[] indices = new int[8];
        float[] rows = {-5, 0, 0.99f, 1, 8.5f, 9, 99, Float.NaN};
        nine.encode(rows, 0, 8, indices, 0);
        assertArrayEquals(new int[] {0, 0, 0, 1, 8, 8, 8, 0}, indices);
        float[] decoded = new float[8];
        nine.decode(indices, 0, 8, decoded, 0);
        assertArrayEquals(new float[] {0.5f, 0.5f, 0.5f, 1.5f, 8.5f, 8.5f, 8.5f, 0.5f}, decoded, 1e-6f);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 9, 64})
    void theErrorIsATwelfthOfTheSquaredStep(int levels) {
        int n = 100_000;
        Random random = new Random(4);
        float[] rows = new float[n];
        for (int i = 0; i < n; i++) {
            rows[i] = random.nextFloat();
        }
        UniformScalarQuantizer quantizer = quantizer(levels, 1, 0, 1);
        int[] indices = new int[n];
        float[] decoded = new float[n];
        quantizer.encode(rows, 0, n, indices, 0);
        quantizer.decode(indices, 0, n, decoded, 0);
        double squared = 0;
        for (int i = 0; i < n; i++) {
            squared += (rows[i] - decoded[i]) * (rows[i] - decoded[i]);
        }
        assertEquals(1, squared / n * levels * levels * 12, 0.02);
    }

    @Test
    void aRangeWithoutWidthStandsForItsValue() {
        UniformScalarQuantizer flat = quantizer(4, 1, 7, 7);
        int[] indices = new int[1];
        flat.encode(new float[] {3}, 0, 1, indices, 0);
        float[] decoded = new float[1];
        flat.decode(indices, 0, 1, decoded, 0);
        assertEquals(7, decoded[0]);
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 1", "16777217, 0, 1", "4, 1, 0", "4, NaN, 1", "4, 0, Infinity"})
    void refusesWhatIsNoRange(int levels, float lowest, float highest) {
        assertThrows(NsvqException.class, () -> quantizer(levels, 2, lowest, highest));
    }

    @Test
    void refusesRangesThatDoNotFit() {
        assertThrows(NsvqException.class, () -> new UniformScalarQuantizer(2, new float[1], new float[2]));
        assertThrows(NsvqException.class, () -> new UniformScalarQuantizer(2, new float[0], new float[0]));
        assertThrows(NsvqException.class, () -> quantizer(9, 1, 0, 9).decode(new int[] {9}, 0, 1, new float[1], 0));
    }
}
