package io.github.sparknsvq.core.io.faiss;

/** What an index compares vectors by. */
public enum FaissMetric {
    /** Inner product, the largest first. On vectors of unit length this is the cosine. */
    INNER_PRODUCT(0),
    /** Squared Euclidean distance, the smallest first. */
    L2(1);

    private final int number;

    FaissMetric(int number) {
        this.number = number;
    }

    /** The metric's number in a file. */
    int number() {
        return number;
    }
}
