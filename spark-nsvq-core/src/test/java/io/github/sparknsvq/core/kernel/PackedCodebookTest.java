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
        // means 2 and 20, spreads 1 and 10, so grids 1 and 8: 20 becomes 16 (rint to even of 2.5); largest 14, scale
        // 1/8
        assertArrayEquals(new float[] {2, 16}, packed.shift());
        assertEquals(1f / 8, packed.scale());
        assertArrayEquals(new float[] {-1 / 8f, 0, -6 / 8f, 4 / 8f, 1 / 8f, 0, 14 / 8f, 0}, packed.values());
        assertArrayEquals(new float[] {-37 / 128f, -16 / 128f, -197 / 128f, Float.NEGATIVE_INFINITY}, packed.bias());
        assertArrayEquals(codebook.values(), packed.original());
        assertNotSame(codebook.values(), packed.original());
    }

    @Test
    void keepsWholeNumbersWhole() {
        FloatMatrix codebook = Reference.gaussian(50, 9, 40, 128, 3);
        for (int i = 0; i < codebook.values().length; i++) {
            codebook.values()[i] = Math.round(codebook.values()[i]);
        }
        PackedCodebook packed = PackedCodebook.pack(codebook, 16);
        for (float v : packed.values()) {
            assertEquals(Math.rint(v / packed.scale()), v / packed.scale());
        }
    }

    @Test
    void takesACommonOffsetAwayAndScalesToOne() {
        for (double scale : new double[] {1e-30, 1e-3, 1, 1e15}) {
            PackedCodebook packed = PackedCodebook.pack(Reference.gaussian(64, 5, scale, 1000 * scale, 3), 16);
            float largest = 0;
            for (float v : packed.values()) {
                largest = Math.max(largest, Math.abs(v));
            }
            assertTrue(largest >= 1 && largest < 2, () -> "largest value at scale " + scale);
            assertEquals(Math.scalb(1f, Math.getExponent(packed.scale())), packed.scale(), "a power of two");
        }
    }

    @Test
    void leavesAConstantDimensionNothing() {
        FloatMatrix codebook = FloatMatrix.of(new float[] {3.3f, 1}, new float[] {3.3f, 2}, new float[] {3.3f, 4});
        PackedCodebook packed = PackedCodebook.pack(codebook, 4);
        assertEquals(3.3f, packed.shift()[0]);
        assertArrayEquals(new float[4], Arrays.copyOf(packed.values(), 4));
        PackedCodebook one = PackedCodebook.pack(FloatMatrix.of(new float[] {3.3f, 1e30f}), 4);
        assertEquals(1, one.scale());
        assertEquals(0, one.bias()[0]);
    }

    @Test
    void givesCodewordsThatAreNotFiniteTheLowestScore() {
        FloatMatrix codebook = FloatMatrix.of(
                new float[] {1, 2}, new float[] {Float.NaN, 1}, new float[] {Float.POSITIVE_INFINITY, 0});
        PackedCodebook packed = PackedCodebook.pack(codebook, 4);
        assertArrayEquals(
                new float[] {0, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.NEGATIVE_INFINITY},
                packed.bias());
        assertArrayEquals(new float[] {1, 2}, packed.shift());
        assertArrayEquals(new float[8], packed.values());
    }

    @Test
    void rejectsWhatItCannotHold() {
        assertThrows(IllegalArgumentException.class, () -> PackedCodebook.pack(new FloatMatrix(0, 1, new float[0]), 4));
        assertEquals(
                "a codebook of 16777217 codewords is too large: at most 16777216",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> PackedCodebook.pack(new FloatMatrix(16777217, 1, new float[16777217]), 4))
                        .getMessage());
    }
}
