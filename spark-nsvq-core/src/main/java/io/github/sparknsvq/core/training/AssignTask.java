package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Iterator;

/**
 * Assigns the selected rows of a partition to their nearest codewords and counts what the update rules need.
 *
 * @param codewords {@code K x D} codewords, row-major
 * @param dimension {@code D}
 * @param selection which rows
 * @param device where to search: auto, cpu or opencl
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
public record AssignTask(float[] codewords, int dimension, RowSelection selection, String device)
        implements PartitionTask<CodebookStatistics> {
    /** Rows searched at once: enough to fill the kernel's tiles, few enough to stay in the cache for summing. */
    private static final int CHUNK = 960;

    @Override
    public CodebookStatistics run(Iterator<RowBlock> blocks) {
        FloatMatrix codebook = new FloatMatrix(codewords.length / dimension, dimension, codewords);
        CodebookStatistics statistics = new CodebookStatistics(codebook.rows(), dimension);
        NearestCodeword search = NearestCodewordProviders.forDevice(device).prepare(codebook);
        while (blocks.hasNext()) {
            assign(blocks.next(), search, selection, statistics);
        }
        return statistics;
    }

    @Override
    public long bytes() {
        return 4L * codewords.length;
    }

    /** Adds a block's selected rows to statistics. */
    static void assign(RowBlock block, NearestCodeword search, RowSelection selection, CodebookStatistics statistics) {
        int d = block.dimension();
        int[] index = new int[CHUNK];
        float[] distance = new float[CHUNK];
        if (selection.steps() == 1) {
            for (int from = 0; from < block.rows(); from += CHUNK) {
                int n = Math.min(CHUNK, block.rows() - from);
                search.nearest(block.values(), from * d, n, index, distance);
                for (int i = 0; i < n; i++) {
                    statistics.add(index[i], block.values(), (from + i) * d, block.weight(from + i), distance[i]);
                }
            }
            return;
        }
        RowBlock.Range range = block.select(selection);
        float[] gathered = new float[Math.min(CHUNK, range.to() - range.from()) * d];
        for (int from = range.from(); from < range.to(); from += CHUNK) {
            int n = Math.min(CHUNK, range.to() - from);
            for (int i = 0; i < n; i++) {
                System.arraycopy(block.values(), range.order()[from + i] * d, gathered, i * d, d);
            }
            search.nearest(gathered, 0, n, index, distance);
            for (int i = 0; i < n; i++) {
                statistics.add(index[i], gathered, i * d, block.weight(range.order()[from + i]), distance[i]);
            }
        }
    }
}
