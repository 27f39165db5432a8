package io.github.sparknsvq.core.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RotationTest {
    private static float[] gaussian(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** {@code R x} or {@code R^T x}, one sum after the other. */
    private static double slow(FloatMatrix matrix, boolean transposed, float[] x, int at, int i) {
        double sum = 0;
        for (int j = 0; j < matrix.columns(); j++) {
            sum += (double) x[at + j] * (transposed ? matrix.get(j, i) : matrix.get(i, j));
        }
        return sum;
    }

    @ParameterizedTest
    @CsvSource({"1, 3", "2, 1", "3, 16", "5, 17", "8, 0", "31, 33", "100, 5"})
    void turnsRowsThereAndBack(int d, int count) {
        Rotation rotation = Rotation.random(d, 7);
        float[] rows = gaussian(count * d + 2, 3);
        float[] turned = new float[count * d + 3];
        rotation.apply(rows, 2, count, turned, 1);
        float[] back = new float[count * d + 2];
        rotation.reverse(rows, 2, count, back, 2);
        for (int i = 0; i < count * d; i++) {
            int row = 2 + i / d * d;
            assertEquals(slow(rotation.matrix(), false, rows, row, i % d), turned[1 + i], 1e-5);
            assertEquals(slow(rotation.matrix(), true, rows, row, i % d), back[2 + i], 1e-5);
        }
        assertEquals(0, turned[0]);
        assertEquals(0, turned[turned.length - 1]);
        rotation.reverse(turned, 1, count, turned, 1); // in place
        for (int i = 0; i < count * d; i++) {
            assertEquals(rows[2 + i], turned[1 + i], 1e-5);
        }
    }

    @Test
    void turnsARowAlikeWhateverComesWithIt() {
        int d = 19;
        Rotation rotation = Rotation.random(d, 1);
        float[] rows = gaussian(40 * d, 2);
        float[] all = new float[rows.length];
        rotation.apply(rows, 0, 40, all, 0);
        for (int i = 0; i < 40; i++) {
            float[] one = new float[d];
            rotation.apply(rows, i * d, 1, one, 0);
            assertArrayEquals(Arrays.copyOfRange(all, i * d, (i + 1) * d), one);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 16, 17, 64})
    void drawsByItsSeed(int d) {
        float[] values = Rotation.random(d, 5).matrix().values();
        assertArrayEquals(values, Rotation.random(d, 5).matrix().values(), 1e-6f);
        if (d > 1) {
            assertNotEquals(values[0], Rotation.random(d, 6).matrix().values()[0]);
        }
    }

    /** All orthonormal matrices are as likely. */
    @Test
    void drawsBothSigns() {
        int positive = 0;
        for (int seed = 0; seed < 100; seed++) {
            positive += Rotation.random(3, seed).matrix().get(2, 1) > 0 ? 1 : 0;
        }
        assertEquals(50, positive, 25);
    }

    @Test
    void theIdentityChangesNothing() {
        float[] rows = gaussian(12, 1);
        float[] out = new float[12];
        Rotation.identity(4).apply(rows, 0, 3, out, 0);
        assertArrayEquals(rows, out);
        assertEquals(4, Rotation.identity(4).dimension());
    }

    @Test
    void keepsItsOwnValues() {
        float[] values = {0, 1, 1, 0};
        Rotation rotation = new Rotation(2, values);
        values[0] = 5;
        rotation.matrix().values()[0] = 6;
        assertArrayEquals(new float[] {0, 1, 1, 0}, rotation.matrix().values());
    }

    private static String message(int d, float... values) {
        return assertThrows(NsvqException.class, () -> new Rotation(d, values)).getMessage();
    }

    @Test
    void refusesWhatIsNoRotation() {
        assertEquals("a rotation of dimension 2 has 2 x 2 values, not 3", message(2, 1, 0, 0));
        assertEquals("a rotation of dimension 0 has 0 x 0 values, not 0", message(0));
        assertEquals("a rotation of dimension 65536 has 65536 x 65536 values, not 0", message(1 << 16));
        String notFinite = "a rotation must be finite: row 1, column 0 of the matrix is NaN";
        assertEquals(notFinite, message(2, 1, 0, Float.NaN, 1));
        assertEquals(
                "a rotation must be orthonormal: the inner product of rows 0 and 0 of the matrix is 4.0 instead of 1",
                message(2, 2, 0, 0, 2));
        assertEquals(
                "a rotation must be orthonormal: the inner product of rows 0 and 1 of the matrix is 0.1 instead of 0",
                message(2, 1, 0, 0.1f, 1));
        assertEquals(
                "there is no rotation of dimension 0: it should be from 1 to 46340",
                assertThrows(NsvqException.class, () -> Rotation.identity(0)).getMessage());
        assertThrows(NsvqException.class, () -> Rotation.random(1 << 20, 1));
    }

    @Test
    void refusesArraysThatAreTooShort() {
        Rotation rotation = Rotation.identity(3);
        Class<IndexOutOfBoundsException> expected = IndexOutOfBoundsException.class;
        assertThrows(expected, () -> rotation.apply(new float[5], 0, 2, new float[6], 0));
        assertThrows(expected, () -> rotation.apply(new float[6], 0, 2, new float[6], 1));
        assertThrows(expected, () -> rotation.reverse(new float[6], -1, 1, new float[6], 0));
        assertThrows(expected, () -> rotation.reverse(new float[6], 0, -1, new float[6], 0));
    }
}
