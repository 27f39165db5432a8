package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodeErrorsTest {
    private static final int N = 60;
    private static final Rotation TURN = Rotation.random(6, 3);

    private static ProductQuantizer product() {
        return new ProductQuantizer(6, 3, 4, Samples.gaussian(3 << 4, 2, 9).values());
    }

    static List<Quantizer> parts() {
        return List.of(product(), new RotatedQuantizer(TURN, product()));
    }

    static List<Quantizer> sums() {
        return List.of(
                new ResidualQuantizer(Samples.shrinking(6, 1, 16, 8, 5), 3),
                new AdditiveQuantizer(Samples.even(6, 5, 16, 7, 16), 4, 2),
                new RotatedQuantizer(TURN, new ResidualQuantizer(Samples.shrinking(6, 1, 16, 8), 3)));
    }

    private static float[] measured(Quantizer quantizer, FloatMatrix rows, int[] indices) {
        int m = quantizer.codeBits().indices();
        quantizer.encode(rows.values(), 0, N, indices, 0);
        float[] errors = new float[N * m];
        new CodeErrors(quantizer).measure(rows.values(), 0, N, indices, 0, errors, 0);
        return errors;
    }

    @ParameterizedTest
    @MethodSource("parts")
    void errorsOfPartsAddUp(Quantizer quantizer) {
        assertTrue(new CodeErrors(quantizer).addUp());
        FloatMatrix rows = Samples.gaussian(N, 6, 4);
        float[] errors = measured(quantizer, rows, new int[N * 3]);
        double[] expected = Samples.errors(quantizer, rows);
        FloatMatrix turned = new FloatMatrix(N, 6, rows.values().clone());
        Quantizer inner = quantizer;
        if (quantizer instanceof RotatedQuantizer rotated) {
            TURN.apply(rows.values(), 0, N, turned.values(), 0);
            inner = rotated.inner();
        }
        FloatMatrix decoded = inner.decode(inner.encode(turned), N);
        for (int i = 0; i < N; i++) {
            float sum = errors[3 * i] + errors[3 * i + 1] + errors[3 * i + 2];
            assertEquals(expected[i], sum, 1e-5 * (1 + expected[i]));
            for (int m = 0; m < 3; m++) {
                double part = Math.pow(turned.get(i, 2 * m) - decoded.get(i, 2 * m), 2)
                        + Math.pow(turned.get(i, 2 * m + 1) - decoded.get(i, 2 * m + 1), 2);
                assertEquals(part, errors[3 * i + m], 1e-5 * (1 + part));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sums")
    void errorsOfSumsAreWhatIsLeftOver(Quantizer quantizer) {
        assertFalse(new CodeErrors(quantizer).addUp());
        FloatMatrix rows = Samples.gaussian(N, 6, 5);
        int levels = quantizer.codeBits().indices();
        int[] indices = new int[N * levels];
        float[] errors = measured(quantizer, rows, indices);
        double[] expected = Samples.errors(quantizer, rows);
        FloatMatrix turned = new FloatMatrix(N, 6, rows.values().clone());
        Quantizer inner = quantizer;
        if (quantizer instanceof RotatedQuantizer rotated) {
            TURN.apply(rows.values(), 0, N, turned.values(), 0);
            inner = rotated.inner();
        }
        for (int i = 0; i < N; i++) {
            assertEquals(expected[i], errors[i * levels + levels - 1], 1e-5 * (1 + expected[i]));
            double[] left = new double[6];
            for (int j = 0; j < 6; j++) {
                left[j] = turned.get(i, j);
            }
            for (int m = 0; m < levels; m++) {
                double error = 0;
                for (int j = 0; j < 6; j++) {
                    left[j] -= codebook(inner, m).get(indices[i * levels + m], j);
                    error += left[j] * left[j];
                }
                assertEquals(error, errors[i * levels + m], 1e-5 * (1 + error), "row " + i + ", level " + m);
            }
        }
    }

    private static FloatMatrix codebook(Quantizer quantizer, int m) {
        return quantizer instanceof ResidualQuantizer residual
                ? residual.codebook(m)
                : ((AdditiveQuantizer) quantizer).codebook(m);
    }

    @Test
    void oneCodebookHasOneError() {
        Quantizer one = new VectorQuantizer(Samples.gaussian(9, 6, 1));
        FloatMatrix rows = Samples.gaussian(N, 6, 6);
        float[] errors = measured(one, rows, new int[N]);
        double[] expected = Samples.errors(one, rows);
        for (int i = 0; i < N; i++) {
            assertEquals(expected[i], errors[i], 1e-5 * (1 + expected[i]));
        }
    }

    @Test
    void keepsToItsRows() {
        Quantizer quantizer = product();
        FloatMatrix rows = Samples.gaussian(N, 6, 4);
        int[] indices = new int[N * 3];
        float[] all = measured(quantizer, rows, indices);
        for (Quantizer each : List.of(quantizer, new RotatedQuantizer(Rotation.identity(6), product()))) {
            float[] some = new float[8];
            Arrays.fill(some, -7);
            new CodeErrors(each).measure(rows.values(), 30, 2, indices, 15, some, 1);
            assertEquals(-7, some[0]);
            assertEquals(-7, some[7]);
            assertArrayEquals(Arrays.copyOfRange(all, 15, 21), Arrays.copyOfRange(some, 1, 7));
        }
    }

    @Test
    void refusesArraysThatAreTooShort() {
        CodeErrors errors = new CodeErrors(product());
        Class<IndexOutOfBoundsException> tooShort = IndexOutOfBoundsException.class;
        assertThrows(tooShort, () -> errors.measure(new float[6], 1, 1, new int[3], 0, new float[3], 0));
        assertThrows(tooShort, () -> errors.measure(new float[6], 0, 1, new int[3], 1, new float[3], 0));
        assertThrows(tooShort, () -> errors.measure(new float[6], 0, 1, new int[3], 0, new float[3], 1));
    }
}
