package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.quantizer.Quantizer;

/**
 * An index but for its codes and ids.
 *
 * @param quantizer maps rows to codes and back
 * @param metric what the index compares vectors by
 * @param count number of codes, 0 or more
 * @param hasIds whether every code has an id of its own; else ids are the positions of the codes, from 0
 */
public record FaissIndex(Quantizer quantizer, Metric metric, long count, boolean hasIds) {
    /** The largest dimension that faiss reads. */
    static final int MOST_DIMENSIONS = 1 << 20;

    /**
     * Checks the numbers.
     *
     * @throws NsvqException if the number of codes is negative
     */
    public FaissIndex {
        NsvqException.unless(count >= 0, "an index cannot have " + count + " codes");
    }
}
