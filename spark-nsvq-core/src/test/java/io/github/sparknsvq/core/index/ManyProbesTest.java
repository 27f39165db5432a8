package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.TwoLevelProvider;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lists that are found by way of cells, and those of so many probes that all centroids are compared. */
class ManyProbesTest {
    private static final int LISTS = 4000;
    private static final int D = 6;

    @Test
    void moreProbesThanTheSearchFindsAreExact() {
        FloatMatrix centroids = new FloatMatrix(LISTS, D, Indexes.gaussian(LISTS * D, 1, 0, 1));
        IvfQuantizer cells = new IvfQuantizer(
                Metric.L2,
                ListChoice.NEAREST,
                List.of(),
                centroids,
                null,
                false,
                new TwoLevelProvider(NearestCodewordProviders.cpu()));
        float[] query = Indexes.gaussian(D, 1, 0, 2);
        double[] expected = new double[LISTS];
        Arrays.setAll(expected, list -> VectorMath.squaredDistance(query, 0, centroids.values(), list * D, D));
        Arrays.sort(expected);

        float[] many = distances(cells, query, IvfQuantizer.MOST_SEARCHED + 1);
        for (int p = 0; p < many.length; p++) {
            assertEquals(expected[p], many[p], 1e-5 * expected[p]);
        }
        float[] searched = distances(cells, query, IvfQuantizer.MOST_SEARCHED);
        int near = 0;
        for (float distance : searched) {
            near += distance <= many[many.length - 1] ? 1 : 0;
        }
        assertTrue(near >= 0.9 * searched.length, near + " of the nearest by way of cells");
    }

    private static float[] distances(IvfQuantizer quantizer, float[] query, int probes) {
        int[] lists = new int[probes];
        float[] distances = new float[probes];
        quantizer.probes(query, 0, 1, probes, lists, distances);
        assertEquals(probes, Arrays.stream(lists).distinct().count());
        return distances;
    }
}
