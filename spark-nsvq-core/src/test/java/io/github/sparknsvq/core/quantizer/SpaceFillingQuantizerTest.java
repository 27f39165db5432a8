package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpaceFillingQuantizerTest extends QuantizerContract {
    @Override
    List<Quantizer> quantizers() {
        return List.of(
                new SpaceFillingQuantizer(curve(2, 1), 2),
                new SpaceFillingQuantizer(curve(2, 5), 300),
                new SpaceFillingQuantizer(curve(65, 3), 64),
                new SpaceFillingQuantizer(curve(16, 17), 65_536),
                new SpaceFillingQuantizer(curve(300, 2), 1 << CodeBits.MOST_BITS));
    }

    private static SpaceFillingCurve curve(int k, int d) {
        return new SpaceFillingCurve(Samples.gaussian(k, d, k));
    }

    @Test
    void aCodeIsTheNumberOfAPoint() {
        SpaceFillingCurve line = new SpaceFillingCurve(FloatMatrix.of(new float[] {0}, new float[] {8}));
        SpaceFillingQuantizer quantizer = new SpaceFillingQuantizer(line, 5);
        FloatMatrix rows = FloatMatrix.of(
                new float[] {-3}, new float[] {0.9f}, new float[] {1.1f}, new float[] {6.9f}, new float[] {100});
        byte[] codes = quantizer.encode(rows);
        assertArrayEquals(new byte[] {0, 0, 1, 3, 4}, codes);
        assertArrayEquals(
                new float[] {0, 0, 2, 6, 8}, quantizer.decode(codes, 5).values());
        assertEquals(3, quantizer.bits());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 64, 1000, 65_536})
    void pointsAreThoseOfTheCurve(int points) {
        SpaceFillingQuantizer quantizer = new SpaceFillingQuantizer(curve(20, 4), points);
        int[] all = new int[points];
        for (int i = 0; i < points; i++) {
            all[i] = i;
        }
        float[] decoded = new float[points * 4];
        quantizer.decode(all, 0, points, decoded, 0);
        assertArrayEquals(quantizer.curve().equallySpaced(points).values(), decoded, 1e-5f);
    }

    /** A row on the line is at most half a step from its point, along the line and so in space. */
    @Test
    void morePointsLeaveLessError() {
        SpaceFillingCurve curve = curve(30, 3);
        FloatMatrix rows = curve.equallySpaced(997);
        for (int points : new int[] {10, 100, 1000, 100_000}) {
            double half = curve.length() / (points - 1) / 2;
            for (double error : Samples.errors(new SpaceFillingQuantizer(curve, points), rows)) {
                assertEquals(0, Math.sqrt(error), 1.001 * half + 1e-5);
            }
        }
    }

    @Test
    void aCurveWithoutLengthHasOnePoint() {
        SpaceFillingCurve point = new SpaceFillingCurve(FloatMatrix.of(new float[] {2, 3}, new float[] {2, 3}));
        SpaceFillingQuantizer quantizer = new SpaceFillingQuantizer(point, 4);
        byte[] codes = quantizer.encode(FloatMatrix.of(new float[] {9, 9}));
        assertArrayEquals(new float[] {2, 3}, quantizer.decode(codes, 1).values());
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1, (1 << CodeBits.MOST_BITS) + 1})
    void refusesNumbersOfPointsThatNoCodeHas(int points) {
        NsvqException e = assertThrows(NsvqException.class, () -> new SpaceFillingQuantizer(curve(2, 1), points));
        assertEquals("a curve is quantized to 2 to 16777216 points, not " + points, e.getMessage());
    }
}
