package io.github.sparknsvq.core.index;

/**
 * What an index compares vectors by. Searches give distances that are smaller for nearer vectors: squared Euclidean
 * distances, or inner products with the sign turned.
 */
public enum Metric {
    /** Inner product, the largest first. On vectors of unit length this is the cosine. */
    INNER_PRODUCT(0),
    /** Squared Euclidean distance, the smallest first. */
    L2(1);

    private final int number;

    Metric(int number) {
        this.number = number;
    }

    /** Returns the metric's number in files of FAISS. */
    public int number() {
        return number;
    }
}
