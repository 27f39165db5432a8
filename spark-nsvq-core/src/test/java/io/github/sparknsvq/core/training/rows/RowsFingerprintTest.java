package io.github.sparknsvq.core.training.rows;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TestRows;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RowsFingerprintTest {
    private static final int N = 50;
    private static final int D = 4;
    private final FloatMatrix rows = TestRows.gaussian(N, D, 3);

    private static long of(FloatMatrix rows, float[] weights, int partitions) {
        try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
            return RowsFingerprint.of(source);
        }
    }

    @Test
    void theSameRowsAreKnownAgainInOtherPartitionsAndOrder() {
        long fingerprint = of(rows, null, 1);
        float[] weights = new float[N];
        Arrays.fill(weights, 1);
        assertEquals(fingerprint, of(rows, null, 7));
        assertEquals(fingerprint, of(rows, weights, 2), "no weights are weights of 1");
        float[][] backwards = new float[N][];
        for (int i = 0; i < N; i++) {
            backwards[i] = rows.row(N - 1 - i);
        }
        assertEquals(fingerprint, of(FloatMatrix.of(backwards), null, 3));
    }

    @Test
    void everyBitOfEveryValueAndWeightCounts() {
        Set<Long> seen = new HashSet<>();
        assertTrue(seen.add(of(rows, null, 2)));
        for (int at = 0; at < N * D; at++) {
            float[] values = rows.values().clone();
            values[at] = Math.nextUp(values[at]);
            assertTrue(seen.add(of(new FloatMatrix(N, D, values), null, 2)), "value " + at + " does not count");
        }
        for (int i = 0; i < N; i++) {
            float[] weights = new float[N];
            Arrays.fill(weights, 1);
            weights[i] = 2;
            assertTrue(seen.add(of(rows, weights, 2)), "weight " + i + " does not count");
        }
    }

    @Test
    void valuesBelongToTheirPlaceInTheirRow() {
        FloatMatrix one = FloatMatrix.of(new float[] {1, 2}, new float[] {3, 4});
        FloatMatrix swapped = FloatMatrix.of(new float[] {2, 1}, new float[] {3, 4});
        FloatMatrix exchanged = FloatMatrix.of(new float[] {3, 2}, new float[] {1, 4});
        assertNotEquals(of(one, null, 1), of(swapped, null, 1));
        assertNotEquals(of(one, null, 1), of(exchanged, null, 1));
        FloatMatrix twice = FloatMatrix.of(new float[] {1, 2}, new float[] {1, 2});
        FloatMatrix other = FloatMatrix.of(new float[] {3, 4}, new float[] {3, 4});
        assertNotEquals(of(twice, null, 1), of(other, null, 1), "equal rows do not cancel out");
    }
}
