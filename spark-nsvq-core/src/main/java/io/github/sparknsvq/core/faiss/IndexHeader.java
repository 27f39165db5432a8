package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.Metric;
import java.io.IOException;

/**
 * What every index starts with.
 *
 * @param dimension of its vectors
 * @param count number of its vectors
 * @param metric number of its metric, 0 or 1
 */
record IndexHeader(int dimension, long count, int metric) {
    /** Of a header of either metric; others have an argument more. */
    static final int BYTES = 33;

    private static final int UNKNOWN = -1;

    /** What is known of the header of an index that is in no other. */
    static final IndexHeader ANY = new IndexHeader(UNKNOWN, UNKNOWN, UNKNOWN);

    /** Parses the header of an index that should be as this one says. */
    IndexHeader parseInner(FaissInput in) throws IOException {
        long at = in.position();
        int d = in.int32("the dimension");
        in.check(
                d >= 1 && d <= FaissIndex.MOST_DIMENSIONS && (dimension == UNKNOWN || d == dimension),
                at,
                "the dimension is " + d + ", it should be "
                        + (dimension == UNKNOWN ? "from 1 to " + FaissIndex.MOST_DIMENSIONS : "" + dimension));
        at = in.position();
        long n = in.int64("the number of vectors");
        in.check(
                n >= 0 && (count == UNKNOWN || n == count),
                at,
                "there are " + n + " vectors, there should be " + (count == UNKNOWN ? "0 or more" : "" + count));
        in.int64("the header of an index"); // two numbers that mean nothing
        in.int64("the header of an index");
        boolean trained = in.bool("whether the index is trained");
        at = in.position();
        int number = in.int32("the metric");
        boolean known = number <= 1 || number >= 64;
        in.checkSupported(known, "an index of metric " + named(number), "0 (inner product) and 1 (L2)");
        in.check(
                number >= 0 && number <= 1 && (metric == UNKNOWN || number == metric),
                at,
                "the metric is " + number + ", it should be " + (metric == UNKNOWN ? "0 or 1" : "" + metric));
        checkTrained(in, trained);
        return new IndexHeader(d, n, number);
    }

    /** Parses the header of an index of any metric, and returns that metric's name. */
    static String metricName(FaissInput in) throws IOException {
        in.int32("the dimension");
        in.int64("the number of vectors");
        in.int64("the header of an index");
        in.int64("the header of an index");
        in.bool("whether the index is trained");
        return named(in.int32("the metric"));
    }

    /** A metric's number with faiss's name for it. */
    private static String named(int metric) {
        String name = switch (metric) {
            case 0 -> "inner product";
            case 1 -> "L2";
            case 2 -> "L1";
            case 3 -> "Linf";
            case 4 -> "Lp";
            case 20 -> "Canberra";
            case 21 -> "BrayCurtis";
            case 22 -> "JensenShannon";
            case 23 -> "Jaccard";
            case 24 -> "NaNEuclidean";
            case 25 -> "Gower";
            default -> "";
        };
        return name.isEmpty() ? "" + metric : metric + " (" + name + ")";
    }

    static void checkTrained(FaissInput in, boolean trained) {
        in.checkSupported(trained, "an index that is not trained", "one that is");
    }

    /** The header of the same index after transforms. */
    IndexHeader withDimension(int d) {
        return new IndexHeader(d, count, metric);
    }

    /** The header of an index of centroids of any metric. */
    IndexHeader ofCentroids(long lists) {
        return new IndexHeader(dimension, lists, UNKNOWN);
    }

    /** The header of the same index in a type that says its metric. */
    IndexHeader withMetric(Metric other) {
        return new IndexHeader(dimension, count, other.number());
    }

    Metric metricOf() {
        return metric == Metric.L2.number() ? Metric.L2 : Metric.INNER_PRODUCT;
    }
}
