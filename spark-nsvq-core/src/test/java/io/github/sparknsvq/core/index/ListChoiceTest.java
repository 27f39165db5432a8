package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists are those whose centroids are best by the choice, also where one centroid is far longer than all others. */
class ListChoiceTest {
    private static final int LISTS = 600;
    private static final int D = 32;
    private static final int ROWS = 40;

    @ParameterizedTest
    @CsvSource({
        "NEAREST, 1, 5", "NEAREST, 10000, 5", "NEAREST, 10000, 600",
        "LARGEST, 1, 5", "LARGEST, 10000, 5", "LARGEST, 1e16, 600",
        "NEAREST_THEN_LARGEST, 1, 5", "NEAREST_THEN_LARGEST, 10000, 5"
    })
    void choosesTheBest(ListChoice choice, float longest, int probes) {
        float[] values = Indexes.gaussian(LISTS * D, 1, 0, 3);
        for (int j = 0; j < D; j++) {
            values[77 * D + j] *= longest;
        }
        FloatMatrix centroids = new FloatMatrix(LISTS, D, values);
        IvfQuantizer quantizer = new IvfQuantizer(Metric.L2, choice, List.of(), centroids, null, false);
        float[] rows = Indexes.gaussian(ROWS * D, 1, 0, 4);
        int[] lists = new int[ROWS * probes];
        float[] distances = new float[lists.length];
        quantizer.probes(rows, 0, ROWS, probes, lists, distances);
        checkWithoutDistances(quantizer, rows, probes, lists);
        int[] assigned = new int[ROWS];
        quantizer.assign(rows, 0, ROWS, assigned);
        for (int row = 0; row < ROWS; row++) {
            int of = row;
            int[] best = IntStream.range(0, LISTS)
                    .boxed()
                    .sorted(Comparator.comparingDouble(list -> distance(choice.queries(), rows, of, values, list)))
                    .mapToInt(Integer::intValue)
                    .toArray();
            for (int p = 0; p < probes; p++) {
                int list = lists[row * probes + p];
                double expected = distance(choice.queries(), rows, row, values, best[p]);
                double actual = distance(choice.queries(), rows, row, values, list);
                assertEquals(expected, actual, 1e-5 * (1 + Math.abs(expected)), "list " + list);
                double l2 = distance(Metric.L2, rows, row, values, list);
                assertEquals(l2, distances[row * probes + p], 1e-5 * l2);
            }
            double least = IntStream.range(0, LISTS)
                    .mapToDouble(list -> distance(choice.vectors(), rows, of, values, list))
                    .min()
                    .orElseThrow();
            assertEquals(least, distance(choice.vectors(), rows, row, values, assigned[row]), 1e-5 * Math.abs(least));
        }
    }

    /** The lists are the same, though those about as far may come in another order. */
    private static void checkWithoutDistances(IvfQuantizer quantizer, float[] rows, int probes, int[] expected) {
        int[] lists = new int[ROWS * probes];
        quantizer.probes(rows, 0, ROWS, probes, lists, null);
        int[] sorted = expected.clone();
        for (int from = 0; from < lists.length; from += probes) {
            Arrays.sort(sorted, from, from + probes);
            Arrays.sort(lists, from, from + probes);
        }
        assertArrayEquals(sorted, lists);
    }

    private static double distance(Metric metric, float[] rows, int row, float[] centroids, int list) {
        double sum = 0;
        for (int j = 0; j < D; j++) {
            double x = rows[row * D + j];
            double y = centroids[list * D + j];
            sum += metric == Metric.L2 ? (x - y) * (x - y) : -x * y;
        }
        return sum;
    }
}
