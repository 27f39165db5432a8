package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.RowBlock;
import java.io.Serializable;

/**
 * What a partition of packed rows is made of: blocks of rows, and at its end the report of its packing. It is kept in
 * Spark's storage as it is, so what it derives lives as long as the block itself.
 */
final class PackedBlock implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The rows, at their position among the partition's rows of this dimension; null in the report's block. */
    private final RowBlock rows;

    private final PackingReport report;

    /** The rows at their position in the data set: kept, because a RowBlock remembers its order of a pass. */
    private transient volatile RowBlock placed;

    private PackedBlock(RowBlock rows, PackingReport report) {
        this.rows = rows;
        this.report = report;
    }

    static PackedBlock of(RowBlock rows) {
        return new PackedBlock(rows, null);
    }

    static PackedBlock of(PackingReport report) {
        return new PackedBlock(null, report);
    }

    /** Returns the report, or null if this block has rows. */
    PackingReport report() {
        return report;
    }

    /** Whether this block has rows of a dimension. */
    boolean has(int dimension) {
        return rows != null && rows.dimension() == dimension;
    }

    /** Returns the rows, at their position among the partition's; null in the report's block. */
    RowBlock rows() {
        return rows;
    }

    /** Returns the residuals of the rows: their differences from the nearest codewords. */
    PackedBlock residuals(SharedLists lists) {
        int n = rows.rows();
        int d = rows.dimension();
        int[] nearest = new int[n];
        lists.search().nearest(rows.values(), 0, n, nearest, new float[n]);
        float[] codewords = lists.centroids();
        float[] residuals = new float[n * d];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < d; j++) {
                residuals[i * d + j] = rows.values()[i * d + j] - codewords[nearest[i] * d + j];
            }
        }
        return of(new RowBlock(rows.start(), new FloatMatrix(n, d, residuals), rows.weights()));
    }

    /** Returns the rows at their position in the data set. */
    RowBlock placed(long partitionStart) {
        long start = partitionStart + rows.start();
        if (start == rows.start()) {
            return rows;
        }
        RowBlock current = placed;
        if (current == null || current.start() != start) {
            current = rows.at(start);
            placed = current;
        }
        return current;
    }
}
