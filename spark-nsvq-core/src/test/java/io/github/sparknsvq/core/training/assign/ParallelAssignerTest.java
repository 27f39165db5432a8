package io.github.sparknsvq.core.training.assign;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelAssignerTest {
    private static final int ROWS = 501;

    private static List<RowBlock> blocks(FloatMatrix rows, int each) {
        RowBlock all = new RowBlock(0, rows, null);
        List<RowBlock> blocks = new ArrayList<>();
        for (int from = 0; from < rows.rows(); from += each) {
            blocks.add(all.within(from, from + each));
        }
        return blocks;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 1000})
    void countsWhatOneThreadCounts(int threads) {
        FloatMatrix rows = TestRows.gaussian(ROWS, 6, 3);
        FloatMatrix codewords = TestRows.slice(rows, 0, 14);
        Assignment[] assignments = {
            new SingleAssignment(14, 6),
            new ProductAssignment(6, 2, 14),
            new ResidualAssignment(CodebookLayout.uniform(2, 7, 6))
        };
        for (Assignment assignment : assignments) {
            float[] values = codewords.values();
            List<RowBlock> blocks = blocks(rows, 20);
            CodebookLayout layout = assignment.layout();
            try (var parallel = new ParallelAssigner(assignment, blocks, threads, Device.CPU)) {
                for (int step = 0; step < 3; step++) {
                    RowSelection selection = new RowSelection(5, 0, step, 3);
                    var expected = new CodebookStatistics(layout.total(), layout.dimension());
                    RowAssigner.assign(blocks.iterator(), selection, assignment, values, Device.CPU, expected);
                    var moved = new double[layout.total() * layout.dimension()];
                    CodebookStatistics counted = parallel.assign(selection, values, (seen, from, to) -> {
                        assertArrayEquals(expected.counts(), seen.counts());
                        for (int i = from * layout.dimension(); i < to * layout.dimension(); i++) {
                            moved[i] += seen.sums()[i];
                        }
                    });
                    assertArrayEquals(counted.sums(), moved);
                    assertArrayEquals(expected.counts(), counted.counts());
                    assertArrayEquals(expected.sums(), counted.sums(), 1e-9);
                    assertArrayEquals(expected.errors(), counted.errors(), 1e-9);
                }
            }
        }
    }

    @Test
    void cutsBlocksWhereRangesEnd() {
        float[] weights = {1, 2, 3, 4};
        RowBlock block = new RowBlock(10, TestRows.gaussian(4, 3, 1), weights);
        assertSame(block, block.within(0, 14));
        assertNull(block.within(0, 10));
        assertNull(block.within(14, 20));
        RowBlock cut = block.within(11, 13);
        assertEquals(11, cut.start());
        assertEquals(2, cut.rows());
        assertEquals(3, cut.weight(1));
        assertEquals(block.values()[3], cut.values()[0]);
        assertNull(new RowBlock(Long.MAX_VALUE - 9, TestRows.gaussian(4, 3, 1), null).within(0, 14));
    }
}
