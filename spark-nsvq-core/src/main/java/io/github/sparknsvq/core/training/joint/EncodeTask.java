package io.github.sparknsvq.core.training.joint;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.util.Iterator;
import java.util.List;

/**
 * Encodes the selected rows of a partition with codebooks that are added up, and counts what their joint
 * least-squares problem needs.
 *
 * @param codewords what to encode with: all codewords, codebook after codebook, row-major
 * @param means the codewords that the error is measured by, alike; may be the same array
 * @param sizes number of codewords of each codebook
 * @param dimension {@code D}
 * @param ordered whether the codebooks are used one after the other, as those of a residual quantizer
 * @param beam how many sums the search keeps
 * @param polishRounds most rounds of iterated conditional modes; of no concern if ordered
 * @param selection which rows
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record EncodeTask(
        float[] codewords,
        float[] means,
        int[] sizes,
        int dimension,
        boolean ordered,
        int beam,
        int polishRounds,
        RowSelection selection)
        implements PartitionTask<CooccurrenceStatistics> {
    /** Rows encoded at a time. */
    private static final int CHUNK = NearestCodeword.BATCH_ROWS;

    @Override
    public CooccurrenceStatistics run(Iterator<RowBlock> blocks) {
        CooccurrenceStatistics statistics = new CooccurrenceStatistics(sizes, dimension);
        // a partition without rows should not pay for the tables of an encoder
        Chunk chunk = blocks.hasNext() ? new Chunk(statistics) : null;
        while (blocks.hasNext()) {
            RowBlock block = blocks.next();
            if (selection.steps() == 1) {
                chunk.addAll(block);
            } else {
                chunk.addSelected(block);
            }
        }
        if (chunk != null) {
            chunk.flush();
        }
        return statistics;
    }

    @Override
    public long bytes() {
        return 4L * (codewords.length + (means == codewords ? 0 : means.length));
    }

    private Quantizer encoder() {
        List<FloatMatrix> codebooks = new CodebookLayout(dimension, sizes).codebooks(codewords);
        if (ordered) {
            return new ResidualQuantizer(codebooks, beam);
        }
        return new AdditiveQuantizer(codebooks, beam, polishRounds);
    }

    /** Rows that are encoded together, and what came of it: the scratch of one partition. */
    private final class Chunk {
        private final CooccurrenceStatistics statistics;
        private final Quantizer encoder = encoder();
        private final int[] chosen = new int[CHUNK * sizes.length];
        private final float[] residual = new float[dimension];
        private final float[] rows = new float[CHUNK * dimension];
        private final float[] weights = new float[CHUNK];
        private int held;

        Chunk(CooccurrenceStatistics statistics) {
            this.statistics = statistics;
        }

        void addAll(RowBlock block) {
            for (int from = 0; from < block.rows(); from += CHUNK) {
                int n = Math.min(CHUNK, block.rows() - from);
                for (int i = 0; i < n; i++) {
                    weights[i] = block.weight(from + i);
                }
                count(block.values(), from * dimension, n);
            }
        }

        void addSelected(RowBlock block) {
            for (int row : block.select(selection)) {
                System.arraycopy(block.values(), row * dimension, rows, held * dimension, dimension);
                weights[held++] = block.weight(row);
                if (held == CHUNK) {
                    flush();
                }
            }
        }

        void flush() {
            count(rows, 0, held);
            held = 0;
        }

        private void count(float[] from, int offset, int n) {
            int books = sizes.length;
            encoder.encode(from, offset, n, chosen, 0);
            for (int i = 0; i < n; i++) {
                int start = 0;
                for (int m = 0; m < books; m++) {
                    chosen[i * books + m] += start;
                    start += sizes[m];
                }
                int at = offset + i * dimension;
                double error = squaredError(from, at, i * books);
                statistics.add(chosen, i * books, books, from, at, weights[i], error);
            }
        }

        private double squaredError(float[] from, int at, int first) {
            System.arraycopy(from, at, residual, 0, dimension);
            for (int m = first; m < first + sizes.length; m++) {
                int c = chosen[m] * dimension;
                for (int j = 0; j < dimension; j++) {
                    residual[j] -= means[c + j];
                }
            }
            double error = 0;
            for (float value : residual) {
                error += (double) value * value;
            }
            return error;
        }
    }
}
