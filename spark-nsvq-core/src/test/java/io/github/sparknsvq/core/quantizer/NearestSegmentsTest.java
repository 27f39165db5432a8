package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class NearestSegmentsTest {
    private static final int D = 3;

    /** The distance from a segment alone, which is a curve as well. */
    private static float distance(SpaceFillingCurve curve, int segment, float[] row) {
        float[] ends = Arrays.copyOfRange(curve.corners().values(), segment * D, (segment + 2) * D);
        float[] distance = new float[1];
        new SpaceFillingCurve(new FloatMatrix(2, D, ends))
                .projector(SpaceFillingCurve.Search.EXACT)
                .project(row, 0, 1, new int[1], new float[1], distance);
        return distance[0];
    }

    @Test
    void segmentsComeInTheOrderOfTheirDistance() {
        Random random = new Random(1);
        float[] corners = new float[20 * D];
        for (int i = 0; i < corners.length; i++) {
            corners[i] = (float) random.nextGaussian();
        }
        SpaceFillingCurve curve = new SpaceFillingCurve(new FloatMatrix(20, D, corners));
        float[] row = {0.5f, -1, 0.2f};
        int[] all = curve.nearestSegments(row, 99);
        assertEquals(19, Arrays.stream(all).distinct().count());
        for (int i = 1; i < all.length; i++) {
            float before = distance(curve, all[i - 1], row);
            float after = distance(curve, all[i], row);
            assertTrue(before < after || (before == after && all[i - 1] < all[i]));
        }
        int[] segment = new int[1];
        curve.projector(SpaceFillingCurve.Search.EXACT).project(row, 0, 1, segment, new float[1], new float[1]);
        assertArrayEquals(segment, curve.nearestSegments(row, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> curve.nearestSegments(new float[2], 1));
    }
}
