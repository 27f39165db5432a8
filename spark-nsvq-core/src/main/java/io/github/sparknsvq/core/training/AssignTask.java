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
    @Override
    public CodebookStatistics run(Iterator<RowBlock> blocks) {
        FloatMatrix codebook = new FloatMatrix(codewords.length / dimension, dimension, codewords);
        CodebookStatistics statistics = new CodebookStatistics(codebook.rows(), dimension);
        NearestCodeword search = NearestCodewordProviders.forDevice(device).prepare(codebook);
        new RowAssigner(dimension).assign(blocks, selection, search, statistics);
        return statistics;
    }

    @Override
    public long bytes() {
        return 4L * codewords.length;
    }
}
