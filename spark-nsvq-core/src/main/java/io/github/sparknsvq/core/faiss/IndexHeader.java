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
    /** For what is not known beforehand. */
    private static final int ANY = -1;

    /** The header of an index that is in no other. */
    static IndexHeader parse(FaissInput in) throws IOException {
        return new IndexHeader(ANY, ANY, ANY).parseInner(in);
    }

    /** The header of an index that has this one's vectors, too: all numbers should be the same. */
    IndexHeader parseInner(FaissInput in) throws IOException {
        long at = in.position();
        int d = in.int32("the dimension");
        if (d < 1 || d > FaissIndex.MOST_DIMENSIONS || (dimension != ANY && d != dimension)) {
            throw in.corrupt(
                    at,
                    "the dimension is " + d + ", it should be "
                            + (dimension == ANY ? "from 1 to " + FaissIndex.MOST_DIMENSIONS : "" + dimension));
        }
        at = in.position();
        long n = in.int64("the number of vectors");
        if (n < 0 || (count != ANY && n != count)) {
            throw in.corrupt(
                    at, "there are " + n + " vectors, there should be " + (count == ANY ? "0 or more" : "" + count));
        }
        in.int64("the header of an index"); // two numbers that mean nothing
        in.int64("the header of an index");
        boolean trained = in.bool("whether the index is trained");
        at = in.position();
        int number = in.int32("the metric");
        if (number > 1 && number < 64) {
            throw in.unsupported("an index of metric " + number, "0 (inner product) and 1 (L2)");
        }
        if (number < 0 || number > 1 || (metric != ANY && number != metric)) {
            throw in.corrupt(
                    at, "the metric is " + number + ", it should be " + (metric == ANY ? "0 or 1" : "" + metric));
        }
        checkTrained(in, trained);
        return new IndexHeader(d, n, number);
    }

    static void checkTrained(FaissInput in, boolean trained) {
        if (!trained) {
            throw in.unsupported("an index that is not trained", "one that is");
        }
    }

    /** What an index of as many vectors is to have after transforms. */
    IndexHeader withDimension(int d) {
        return new IndexHeader(d, count, metric);
    }

    /** What the index of centroids is to have: a metric by its type. */
    IndexHeader ofCentroids(long lists, Metric flat) {
        return new IndexHeader(dimension, lists, flat.number());
    }

    Metric metricOf() {
        return metric == Metric.L2.number() ? Metric.L2 : Metric.INNER_PRODUCT;
    }
}
