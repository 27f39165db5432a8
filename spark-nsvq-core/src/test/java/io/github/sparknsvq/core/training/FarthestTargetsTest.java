package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.assign.SingleAssignment;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FarthestTargetsTest {
    private static final int ROWS = 300;

    /** Small whole numbers: targets are often equal, and often exactly as far as others. */
    private static FloatMatrix whole(int rows, int dimension, int bound, long seed) {
        Random random = new Random(seed);
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(bound);
        }
        return new FloatMatrix(rows, dimension, values);
    }

    /** All distinct targets with their squared distances, sorted. */
    private static List<float[]> brute(FloatMatrix targets, FloatMatrix codebook, int most) {
        TreeMap<float[], Double> distances = new TreeMap<>(Arrays::compare);
        for (int i = 0; i < targets.rows(); i++) {
            double distance =
                    SlowKMeans.squaredDistance(targets, i, codebook, SlowKMeans.nearest(targets, i, codebook));
            if (distance > 0) {
                distances.put(targets.row(i), distance);
            }
        }
        return distances.keySet().stream()
                .sorted(Comparator.comparingDouble((float[] target) -> -distances.get(target)))
                .limit(most)
                .toList();
    }

    private static List<List<float[]>> find(
            FloatMatrix rows, int partitions, Assignment assignment, FloatMatrix codewords, int... most) {
        try (var source = new LocalStatisticsSource(rows, null, partitions)) {
            TrainingSettings settings =
                    TrainingSettings.builder(1).device(Device.CPU).build();
            return FarthestTargets.of(new Codewords(source, assignment, settings, codewords.values()), most);
        }
    }

    private static void assertFound(List<List<float[]>> expected, List<List<float[]>> found) {
        assertEquals(expected.size(), found.size());
        for (int m = 0; m < expected.size(); m++) {
            assertEquals(expected.get(m).size(), found.get(m).size(), "codebook " + m);
            for (int i = 0; i < expected.get(m).size(); i++) {
                assertArrayEquals(expected.get(m).get(i), found.get(m).get(i), "codebook " + m + ", place " + i);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 300})
    void findsWhatASortOfAllFinds(int partitions) {
        FloatMatrix rows = whole(ROWS, 4, 9, 1);
        FloatMatrix codewords = whole(6, 2, 9, 2);
        List<List<float[]>> expected = new ArrayList<>();
        int[] most = {5, 1000};
        ProductAssignment parts = new ProductAssignment(4, 2, 3);
        for (int m = 0; m < 2; m++) {
            FloatMatrix codebook = parts.layout().codebook(codewords.values(), m);
            expected.add(brute(SlowLevels.part(rows, m, 2), codebook, most[m]));
        }
        assertFound(expected, find(rows, partitions, parts, codewords, most));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7})
    void levelsWantWhatIsLeftOver(int partitions) {
        FloatMatrix rows = whole(ROWS, 2, 20, 3);
        ResidualAssignment levels = new ResidualAssignment(new CodebookLayout(2, 3, 2));
        FloatMatrix codewords = whole(5, 2, 20, 4);
        FloatMatrix first = levels.layout().codebook(codewords.values(), 0);
        FloatMatrix left = SlowLevels.residuals(rows, first);
        int[] most = {0, 9};
        assertFound(
                List.of(List.of(), brute(left, levels.layout().codebook(codewords.values(), 1), most[1])),
                find(rows, partitions, levels, codewords, most));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void leavesOutWhatIsACodeword(int partitions) {
        FloatMatrix rows = whole(50, 1, 3, 5);
        FloatMatrix codewords = FloatMatrix.of(new float[] {0}, new float[] {1}, new float[] {2});
        assertFound(List.of(List.of()), find(rows, partitions, new SingleAssignment(3, 1), codewords, 4));
        FloatMatrix fewer = FloatMatrix.of(new float[] {0}, new float[] {0}, new float[] {1});
        assertFound(List.of(List.of(new float[] {2})), find(rows, partitions, new SingleAssignment(3, 1), fewer, 4));
    }
}
