package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PackedCodebookTest {
    @Test
    void laysCodewordsOutInPanels() {
        FloatMatrix codebook = FloatMatrix.of(new float[] {1, 10}, new float[] {2, 20}, new float[] {3, 30});
        PackedCodebook packed = PackedCodebook.pack(codebook, 2);
        assertEquals(3, packed.codewords());
        assertEquals(2, packed.dimension());
        assertEquals(2, packed.width());
        assertEquals(2, packed.panels());
        // 10 is the largest difference from the second codeword, which is the mean: scale 1/64
        assertArrayEquals(new float[] {2, 20}, packed.shift());
        float worst = Float.NEGATIVE_INFINITY;
        float[] values = {-101 / 128f, 0, -1 / 64f, 0, -10 / 64f, 0, -101 / 128f, worst, 1 / 64f, 0, 10 / 64f, 0};
        assertArrayEquals(values, Arrays.copyOf(packed.values(), 12));
        assertArrayEquals(
                new float[PackedCodebook.PADDING], Arrays.copyOfRange(packed.values(), 12, packed.values().length));
        assertEquals(6, packed.panelStart(1));
        assertArrayEquals(codebook.values(), packed.original());
        assertNotSame(codebook.values(), packed.original());
    }

    @Test
    void scoresOneCodewordZeroWhateverTheRow() {
        FloatMatrix codebook = Reference.gaussian(50, 9, 40, 128, 3);
        PackedCodebook packed = PackedCodebook.pack(codebook, 16);
        int center = -1;
        for (int c = 0; c < 50; c++) {
            if (start(packed, c) == 0) {
                center = c;
            }
        }
        assertArrayEquals(codebook.row(center), packed.shift());
        for (int j = 0; j < 9; j++) {
            assertEquals(0, packed.values()[packed.panelStart(center / 16) + (j + 1) * 16 + center % 16]);
        }
    }

    @Test
    void keepsProductsNearOne() {
        for (double scale : new double[] {1e-30, 1e-3, 1, 1e15, 1e30}) {
            PackedCodebook packed = PackedCodebook.pack(Reference.gaussian(64, 5, scale, 1000 * scale, 3), 16);
            for (int c = 0; c < 64; c++) {
                assertTrue(start(packed, c) <= 0 && start(packed, c) > -5 * 4 / 2);
            }
            double least = 0;
            for (int c = 0; c < 64; c++) {
                least = Math.min(least, start(packed, c));
            }
            assertTrue(least < -0.5, "bias of the farthest codeword at scale " + scale);
        }
    }

    @Test
    void givesCodewordsThatAreNotFiniteTheLowestScore() {
        FloatMatrix codebook = FloatMatrix.of(
                new float[] {Float.NaN, 1}, new float[] {1, 2}, new float[] {Float.POSITIVE_INFINITY, 0});
        PackedCodebook packed = PackedCodebook.pack(codebook, 4);
        float worst = Float.NEGATIVE_INFINITY;
        assertArrayEquals(new float[] {worst, 0, worst, worst}, Arrays.copyOf(packed.values(), 4));
        assertArrayEquals(new float[] {1, 2}, packed.shift());
        assertArrayEquals(new float[8], Arrays.copyOfRange(packed.values(), 4, 12));
        PackedCodebook none = PackedCodebook.pack(FloatMatrix.of(new float[] {Float.NaN}), 2);
        assertArrayEquals(new float[] {worst, worst}, Arrays.copyOf(none.values(), 2));
        assertArrayEquals(new float[] {0}, none.shift());
    }

    @Test
    void rejectsWhatItCannotHold() {
        FloatMatrix none = new FloatMatrix(0, 1, new float[0]);
        assertThrows(IllegalArgumentException.class, () -> PackedCodebook.pack(none, 4));
        FloatMatrix one = FloatMatrix.of(new float[] {1, 2, 3});
        assertEquals(
                "a codebook of 1 x 3 does not fit one array",
                assertThrows(IllegalArgumentException.class, () -> PackedCodebook.pack(one, 1 << 30))
                        .getMessage());
    }

    private static float start(PackedCodebook packed, int codeword) {
        return packed.values()[packed.panelStart(codeword / packed.width()) + codeword % packed.width()];
    }
}
