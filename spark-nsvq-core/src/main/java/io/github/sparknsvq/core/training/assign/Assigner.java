package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.training.rows.TargetSink;

/** Finds the codewords that rows choose, and the targets for these. For one thread, since it has buffers. */
public interface Assigner {

    /**
     * Hands each row's choice in each codebook to a sink.
     *
     * @param rows block that holds the rows
     * @param offset where the first starts
     * @param count number of rows, at most what the assigner was made for
     * @param weights the rows' weights, or null if all weigh 1
     * @param firstWeight where those of these rows start
     * @param sink receives the choices
     */
    void assign(float[] rows, int offset, int count, float[] weights, int firstWeight, TargetSink sink);
}
