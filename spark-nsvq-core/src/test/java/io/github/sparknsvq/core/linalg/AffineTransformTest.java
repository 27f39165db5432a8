package io.github.sparknsvq.core.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AffineTransformTest {
    private static float[] random(int length, long seed) {
        Random random = new Random(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @Test
    void multipliesAndAdds() {
        int in = 7;
        int out = 3;
        float[] matrix = random(in * out, 1);
        float[] bias = random(out, 2);
        AffineTransform transform = new AffineTransform(out, in, matrix, bias);
        float[] rows = random(2 + 5 * in, 3);
        float[] target = new float[1 + 5 * out];
        transform.apply(rows, 2, 5, target, 1);
        float[] back = new float[4 + 5 * in];
        transform.reverse(target, 1, 5, back, 4);
        for (int r = 0; r < 5; r++) {
            for (int i = 0; i < out; i++) {
                double sum = bias[i];
                for (int j = 0; j < in; j++) {
                    sum += (double) matrix[i * in + j] * rows[2 + r * in + j];
                }
                assertEquals(sum, target[1 + r * out + i], 1e-5);
            }
            for (int j = 0; j < in; j++) {
                double sum = 0;
                for (int i = 0; i < out; i++) {
                    sum += (double) matrix[i * in + j] * (target[1 + r * out + i] - bias[i]);
                }
                assertEquals(sum, back[4 + r * in + j], 1e-5);
            }
        }
        assertArrayEquals(matrix, transform.matrix().values());
        assertArrayEquals(bias, transform.bias());
        assertFalse(transform.isTranslation());
        assertEquals(in, transform.inputDimension());
        assertEquals(out, transform.outputDimension());
    }

    @Test
    void rowsMayBecomeOthersInPlace() {
        AffineTransform swap = new AffineTransform(2, 2, new float[] {0, 1, 1, 0}, null);
        float[] rows = {9, 1, 2, 3, 4};
        swap.apply(rows, 1, 2, rows, 1);
        assertArrayEquals(new float[] {9, 2, 1, 4, 3}, rows);
        swap.reverse(rows, 1, 2, rows, 1);
        assertArrayEquals(new float[] {9, 1, 2, 3, 4}, rows);
    }

    @Test
    void translationsHaveNoMatrix() {
        AffineTransform transform = AffineTransform.translation(new float[] {1, -2});
        assertTrue(transform.isTranslation());
        float[] rows = {5, 5, 0, 0};
        transform.apply(rows, 0, 2, rows, 0);
        assertArrayEquals(new float[] {6, 3, 1, -2}, rows);
        transform.reverse(rows, 0, 2, rows, 0);
        assertArrayEquals(new float[] {5, 5, 0, 0}, rows);
        assertThrows(IllegalStateException.class, transform::matrix);
    }

    @Test
    void refusesOtherShapes() {
        assertThrows(NsvqException.class, () -> new AffineTransform(2, 2, new float[3], null));
        assertThrows(NsvqException.class, () -> new AffineTransform(0, 2, new float[0], null));
        assertThrows(NsvqException.class, () -> new AffineTransform(2, 1, new float[2], new float[1]));
        assertThrows(NsvqException.class, () -> new AffineTransform(1, 1, new float[] {Float.NaN}, null));
        assertThrows(NsvqException.class, () -> AffineTransform.translation(new float[] {Float.POSITIVE_INFINITY}));
        AffineTransform wide = new AffineTransform(1, 3, new float[3], null);
        assertThrows(IndexOutOfBoundsException.class, () -> wide.apply(new float[5], 0, 2, new float[2], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> wide.reverse(new float[2], 0, 2, new float[5], 0));
    }
}
