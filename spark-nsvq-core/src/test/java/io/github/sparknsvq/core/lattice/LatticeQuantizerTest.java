package io.github.sparknsvq.core.lattice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LatticeQuantizerTest {
    private static FloatMatrix gaussian(int rows, int d) {
        Random random = new Random(7);
        float[] values = new float[rows * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new FloatMatrix(rows, d, values);
    }

    @Test
    void blocksAreQuantizedByThemselves() {
        LatticeQuantizer quantizer = new LatticeQuantizer(Lattice.d(2), 0.5, 4);
        float[] rows = {9, 0.6f, 0.4f, 0.1f, -0.9f, 9};
        int[] coordinates = new int[5];
        quantizer.encode(rows, 1, 1, coordinates, 1);
        assertArrayEquals(new int[] {0, 1, 1, 0, -2}, coordinates);
        float[] decoded = new float[5];
        quantizer.decode(coordinates, 1, 1, decoded, 1);
        assertArrayEquals(new float[] {0, 0.5f, 0.5f, 0, -1}, decoded);
        assertEquals(2, quantizer.blocks());
    }

    /** Four blocks of which three are alike: two points, .811 bit. */
    @Test
    void duplicatesShareAPoint() {
        FloatMatrix rows = FloatMatrix.of(new float[][] {{1, 1}, {1, 1}, {3, 1}, {1, 1}});
        LatticeQuantizer.Usage usage = new LatticeQuantizer(Lattice.d(2), 1, 2).usage(rows);
        assertEquals(0.8113 / 2, usage.bits(), 1e-4);
        assertEquals(0.5, usage.fixedBits(), 1e-12);
        assertEquals(2, usage.points());
        assertEquals(0, usage.mse(), 0);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2.5", "4, 0.5"})
    void theScaleGivesTheRate(int n, double bits) {
        FloatMatrix rows = gaussian(20_000, 4);
        LatticeQuantizer quantizer = LatticeQuantizer.atRate(Lattice.d(n), rows, bits);
        assertEquals(bits, quantizer.usage(rows).bits(), 0.001);
        assertTrue(quantizer.usage(rows).fixedBits() > bits);
    }

    /** At a high rate the error is that of theory at this entropy: G 2^(2 (h - R)), h that of a Gaussian. */
    @Test
    void theErrorIsThatOfTheRate() {
        FloatMatrix rows = gaussian(200_000, 1);
        LatticeQuantizer.Usage usage =
                LatticeQuantizer.atRate(Lattice.z(1), rows, 4).usage(rows);
        double h = 0.5 * Math.log(2 * Math.PI * Math.E) / Math.log(2);
        assertEquals(1, usage.mse() / (Lattice.z(1).secondMoment() * Math.pow(2, 2 * (h - 4))), 0.02);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, 1e30f})
    void refusesValuesWithoutAPoint(float value) {
        LatticeQuantizer quantizer = new LatticeQuantizer(Lattice.z(1), 0.1, 1);
        NsvqException e =
                assertThrows(NsvqException.class, () -> quantizer.encode(new float[] {1, value}, 0, 2, new int[2], 0));
        assertTrue(e.getMessage().contains("of row 1"), e.getMessage());
    }

    @Test
    void refusesWhatCannotBe() {
        assertThrows(NsvqException.class, () -> new LatticeQuantizer(Lattice.d(4), 1, 6));
        assertThrows(NsvqException.class, () -> new LatticeQuantizer(Lattice.d(4), 0, 4));
        assertThrows(NsvqException.class, () -> new LatticeQuantizer(Lattice.d(4), Double.NaN, 4));
        assertThrows(NsvqException.class, () -> LatticeQuantizer.atRate(Lattice.z(1), gaussian(4, 1), 3));
        assertThrows(NsvqException.class, () -> LatticeQuantizer.atRate(Lattice.z(1), gaussian(4, 1), 0));
        assertThrows(
                NsvqException.class,
                () -> new LatticeQuantizer(Lattice.z(1), 1, 1).usage(new FloatMatrix(0, 1, new float[0])));
    }
}
