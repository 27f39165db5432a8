package io.github.sparknsvq.core.training;

import java.io.Serializable;
import java.util.Iterator;

/**
 * Weight, mean and spread of the data in each dimension.
 *
 * @param weight total weight
 * @param sums weighted sums, {@code D} values
 * @param squares weighted sums of squares, {@code D} values
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Moments(double weight, double[] sums, double[] squares) implements Serializable {

    /** Spread in a dimension is taken as at least this share of the overall spread, so that no dimension stands still. */
    private static final double FLOOR = 1e-3;

    static Moments of(StatisticsSource source) {
        Moments total = new Moments(0, new double[source.dimension()], new double[source.dimension()]);
        for (Moments part : source.perPartition(new Task(source.dimension()))) {
            total = total.plus(part);
        }
        return total;
    }

    private Moments plus(Moments other) {
        for (int j = 0; j < sums.length; j++) {
            sums[j] += other.sums[j];
            squares[j] += other.squares[j];
        }
        return new Moments(weight + other.weight, sums, squares);
    }

    /** Returns the variance of the data, summed over dimensions: the error of a single codeword at the mean. */
    double variance() {
        double total = 0;
        for (double variance : variances()) {
            total += variance;
        }
        return total;
    }

    private double[] variances() {
        double[] variances = new double[sums.length];
        for (int j = 0; j < sums.length; j++) {
            double mean = sums[j] / weight;
            variances[j] = Math.max(0, squares[j] / weight - mean * mean);
        }
        return variances;
    }

    /** Returns the rms deviation from the mean in each dimension, floored so that all are positive. */
    float[] rms() {
        double[] variance = variances();
        double overall = Math.sqrt(variance() / Math.max(1, sums.length));
        float[] rms = new float[sums.length];
        for (int j = 0; j < sums.length; j++) {
            double floored = Math.max(Math.sqrt(variance[j]), FLOOR * overall);
            rms[j] = floored > 0 ? (float) Math.max(floored, Float.MIN_NORMAL) : 1f;
        }
        return rms;
    }

    /** Sums up one partition. */
    private record Task(int dimension) implements PartitionTask<Moments> {
        @Override
        public Moments run(Iterator<RowBlock> blocks) {
            double weight = 0;
            double[] sums = new double[dimension];
            double[] squares = new double[dimension];
            while (blocks.hasNext()) {
                RowBlock block = blocks.next();
                for (int i = 0; i < block.rows(); i++) {
                    double w = block.weight(i);
                    weight += w;
                    for (int j = 0, at = i * dimension; j < dimension; j++, at++) {
                        double x = block.values()[at];
                        sums[j] += w * x;
                        squares[j] += w * x * x;
                    }
                }
            }
            return new Moments(weight, sums, squares);
        }
    }
}
