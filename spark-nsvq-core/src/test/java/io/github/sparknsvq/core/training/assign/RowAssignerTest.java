package io.github.sparknsvq.core.training.assign;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowAssignerTest {
    private static final int CODEWORDS = 13;

    private final Random random = new Random(3);

    private float[] values(int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextInt(100);
        }
        return values;
    }

    private static List<RowBlock> blocks(float[] values, float[] weights, int rows, int d, int each) {
        List<RowBlock> blocks = new ArrayList<>();
        for (int from = 0; from < rows; from += each) {
            int n = Math.min(each, rows - from);
            float[] part = new float[n * d];
            float[] weight = new float[n];
            System.arraycopy(values, from * d, part, 0, n * d);
            System.arraycopy(weights, from, weight, 0, n);
            blocks.add(new RowBlock(from, new FloatMatrix(n, d, part), weight));
        }
        return blocks;
    }

    /** One row after the other, all codewords for each; whole numbers, so that no order of summing shows. */
    private static CodebookStatistics slow(
            float[] values, float[] weights, int d, RowSelection selection, FloatMatrix codebook) {
        CodebookStatistics statistics = new CodebookStatistics(CODEWORDS, d);
        for (int i = 0; i < weights.length; i++) {
            if (selection.stepOf(i) != selection.step()) {
                continue;
            }
            int nearest = 0;
            float least = Float.POSITIVE_INFINITY;
            for (int k = 0; k < CODEWORDS; k++) {
                float distance = 0;
                for (int j = 0; j < d; j++) {
                    float difference = values[i * d + j] - codebook.values()[k * d + j];
                    distance += difference * difference;
                }
                if (distance < least) {
                    least = distance;
                    nearest = k;
                }
            }
            statistics.add(nearest, values, i * d, weights[i], least);
        }
        return statistics;
    }

    @ParameterizedTest(name = "{0} rows of dimension {1}, {2} in a block, step {3} of {4}")
    @CsvSource({
        "1, 1, 1, 0, 1",
        "2500, 7, 2500, 0, 1",
        "2500, 7, 961, 0, 1",
        "2500, 7, 2500, 1, 2",
        "2500, 7, 31, 1, 2",
        "2500, 7, 1, 4, 5",
        "700, 300, 40, 2, 3",
        "50, 3000, 7, 0, 1",
        "50, 3000, 7, 1, 2"
    })
    void countsWhatOneRowAfterTheOtherWould(int rows, int d, int each, int step, int steps) {
        float[] values = values(rows * d);
        float[] weights = values(rows);
        FloatMatrix codebook = new FloatMatrix(CODEWORDS, d, values(CODEWORDS * d));
        RowSelection selection = new RowSelection(1, 0, step, steps);
        Assignment assignment = new SingleAssignment(CODEWORDS, d);
        RowAssigner assigner = new RowAssigner(assignment, Device.CPU);
        Assigner search = assignment.prepare(codebook.values(), Device.CPU, assigner.chunk());
        // twice: what the first call leaves behind must not show in the second
        for (int call = 0; call < 2; call++) {
            CodebookStatistics fast = new CodebookStatistics(CODEWORDS, d);
            assigner.assign(blocks(values, weights, rows, d, each).iterator(), selection, search, fast);
            CodebookStatistics slow = slow(values, weights, d, selection, codebook);
            assertArrayEquals(slow.counts(), fast.counts());
            assertArrayEquals(slow.sums(), fast.sums());
            assertEquals(slow.error(), fast.error(), 1e-6 * slow.error());
        }
    }
}
