package io.github.sparknsvq.core.index;

/**
 * What an index compares centroids by when it chooses lists, for vectors that are added and for queries. It does not
 * follow from the index's metric: files of FAISS name it by the type of their coarse quantizer.
 */
public enum ListChoice {
    /** Vectors and queries go to the nearest centroids in Euclidean distance, as with FAISS's {@code IndexFlatL2}. */
    NEAREST(Metric.L2, Metric.L2),
    /** Vectors and queries go to the centroids of largest inner product, as with FAISS's {@code IndexFlatIP}. */
    LARGEST(Metric.INNER_PRODUCT, Metric.INNER_PRODUCT),
    /**
     * Vectors go to the nearest centroid, which stands for them best, and queries to those of largest inner product:
     * what spark-nsvq trains for inner products.
     */
    NEAREST_THEN_LARGEST(Metric.L2, Metric.INNER_PRODUCT);

    private final Metric vectors;
    private final Metric queries;

    ListChoice(Metric vectors, Metric queries) {
        this.vectors = vectors;
        this.queries = queries;
    }

    /** Returns the choice of indexes that spark-nsvq trains for a metric. */
    public static ListChoice usual(Metric metric) {
        return metric == Metric.L2 ? NEAREST : NEAREST_THEN_LARGEST;
    }

    /** Returns the choice of a coarse quantizer of FAISS that has a metric. */
    public static ListChoice of(Metric coarse) {
        return coarse == Metric.L2 ? NEAREST : LARGEST;
    }

    /** Returns what centroids are compared with vectors by that are added. */
    public Metric vectors() {
        return vectors;
    }

    /** Returns what centroids are compared with queries by. */
    public Metric queries() {
        return queries;
    }
}
