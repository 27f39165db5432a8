package io.github.sparknsvq.core.training;

import java.io.Serializable;
import java.util.Iterator;

/**
 * Weight, mean and spread of the data in each dimension. Deviations are summed from the running mean (Welford; merged as
 * in Chan, Golub and LeVeque, 1979): sums of squares would lose the spread of data far from the origin.
 *
 * @param weight total weight
 * @param means {@code D} means
 * @param squares weighted sums of squared deviations from the mean, {@code D} values
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Moments(double weight, double[] means, double[] squares) implements Serializable {

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
        double total = weight + other.weight;
        double share = total > 0 ? other.weight / total : 0;
        for (int j = 0; j < means.length; j++) {
            double apart = other.means[j] - means[j];
            means[j] += share * apart;
            squares[j] += other.squares[j] + weight * share * apart * apart;
        }
        return new Moments(total, means, squares);
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
        double[] variances = new double[squares.length];
        for (int j = 0; j < squares.length; j++) {
            variances[j] = squares[j] / weight;
        }
        return variances;
    }

    /** Returns the rms deviation from the mean in each dimension, floored so that all are positive. */
    float[] rms() {
        double[] variance = variances();
        double overall = Math.sqrt(variance() / Math.max(1, squares.length));
        float[] rms = new float[squares.length];
        for (int j = 0; j < squares.length; j++) {
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
            double[] means = new double[dimension];
            double[] squares = new double[dimension];
            while (blocks.hasNext()) {
                RowBlock block = blocks.next();
                for (int i = 0; i < block.rows(); i++) {
                    double w = block.weight(i);
                    weight += w;
                    double share = w / weight;
                    for (int j = 0, at = i * dimension; j < dimension; j++, at++) {
                        double apart = block.values()[at] - means[j];
                        means[j] += share * apart;
                        squares[j] += w * apart * (block.values()[at] - means[j]);
                    }
                }
            }
            return new Moments(weight, means, squares);
        }
    }
}
