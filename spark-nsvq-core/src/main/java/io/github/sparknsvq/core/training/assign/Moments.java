package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Weight, mean and spread of the data in each dimension. Deviations are summed from the running mean (Welford; merged
 * as in Chan, Golub and LeVeque, 1979): sums of squares would lose the spread of data far from the origin.
 *
 * @param weight total weight
 * @param means {@code D} means
 * @param squares weighted sums of squared deviations from the mean, {@code D} values
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Moments(double weight, double[] means, double[] squares) implements Serializable {

    /**
     * Spread in a dimension is taken as at least this share of the overall spread, so that all dimensions
     * still get steps.
     */
    private static final double FLOOR = 1e-3;

    /** Measures the rows. */
    public static Moments of(StatisticsSource source) {
        Sum total = new Sum(source.dimension());
        source.perPartition(task(source.dimension())).forEach(total::add);
        return total.moments();
    }

    /**
     * Returns the task that measures a partition: {@link Sum} of its blocks, in their order. Tasks of the same
     * dimension are equal, so that a source that has measured its rows on the way to it knows this one.
     */
    public static PartitionTask<Moments> task(int dimension) {
        return new Task(dimension);
    }

    /** Measures the targets of each codebook. */
    static List<Moments> ofTargets(StatisticsSource source, Assignment assignment, float[] codewords, Device device) {
        Sum[] totals = sums(assignment.layout());
        for (List<Moments> part : source.perPartition(new TargetTask(assignment, codewords, device))) {
            for (int m = 0; m < totals.length; m++) {
                totals[m].add(part.get(m));
            }
        }
        return moments(totals);
    }

    private static Sum[] sums(CodebookLayout layout) {
        Sum[] sums = new Sum[layout.codebooks()];
        Arrays.setAll(sums, m -> new Sum(layout.dimension()));
        return sums;
    }

    private static ArrayList<Moments> moments(Sum[] sums) {
        return new ArrayList<>(Arrays.stream(sums).map(Sum::moments).toList());
    }

    /** Returns the moments of {@code M} equal parts of the rows. */
    List<Moments> parts(int number) {
        int d = means.length / number;
        return IntStream.range(0, number)
                .mapToObj(m -> new Moments(
                        weight,
                        Arrays.copyOfRange(means, m * d, (m + 1) * d),
                        Arrays.copyOfRange(squares, m * d, (m + 1) * d)))
                .toList();
    }

    /** Returns the variance of the data, summed over dimensions: the error of a single codeword at the mean. */
    public double variance() {
        double total = 0;
        for (double variance : variances()) {
            total += variance;
        }
        return total;
    }

    private double[] variances() {
        return Arrays.stream(squares).map(square -> square / weight).toArray();
    }

    /** Returns the rms deviation from the mean in each dimension, floored so that all are positive. */
    public float[] rms() {
        double[] variance = variances();
        double overall = Math.sqrt(variance() / Math.max(1, squares.length));
        float[] rms = new float[squares.length];
        for (int j = 0; j < squares.length; j++) {
            double floored = Math.max(Math.sqrt(variance[j]), FLOOR * overall);
            rms[j] = floored > 0 ? (float) Math.max(floored, Float.MIN_NORMAL) : 1f;
        }
        return rms;
    }

    /** Sums up vectors, and what others have summed up. */
    public static final class Sum implements Serializable {
        private static final long serialVersionUID = 1L;

        private final double[] means;
        private final double[] squares;
        private double weight;

        /** Makes the sum of no vectors. */
        public Sum(int dimension) {
            this.means = new double[dimension];
            this.squares = new double[dimension];
        }

        /** Adds rows, of the dimension of this sum. */
        public void add(RowBlock block) {
            for (int i = 0; i < block.rows(); i++) {
                add(block.values(), i * means.length, block.weight(i));
            }
        }

        void add(float[] values, int offset, double w) {
            weight += w;
            double share = w / weight;
            for (int j = 0, at = offset; j < means.length; j++, at++) {
                double apart = values[at] - means[j];
                means[j] += share * apart;
                squares[j] += w * apart * (values[at] - means[j]);
            }
        }

        void add(Moments other) {
            double total = weight + other.weight;
            double share = total > 0 ? other.weight / total : 0;
            for (int j = 0; j < means.length; j++) {
                double apart = other.means[j] - means[j];
                means[j] += share * apart;
                squares[j] += other.squares[j] + weight * share * apart * apart;
            }
            weight = total;
        }

        /** Returns what was summed up so far, not copied. */
        public Moments moments() {
            return new Moments(weight, means, squares);
        }
    }

    /** Sums up one partition. */
    private record Task(int dimension) implements PartitionTask<Moments> {
        @Override
        public Moments run(Iterator<RowBlock> blocks) {
            Sum sum = new Sum(dimension);
            blocks.forEachRemaining(sum::add);
            return sum.moments();
        }
    }

    /** Sums up the targets of each codebook in one partition. */
    private record TargetTask(Assignment assignment, float[] codewords, Device device)
            implements PartitionTask<ArrayList<Moments>> {
        @Override
        public ArrayList<Moments> run(Iterator<RowBlock> blocks) {
            Sum[] sums = sums(assignment.layout());
            int[] codebookOf = assignment.layout().codebookOf();
            RowAssigner.assign(
                    blocks,
                    RowSelection.ALL,
                    assignment,
                    codewords,
                    device,
                    (codeword, targets, offset, weight, squaredDistance) ->
                            sums[codebookOf[codeword]].add(targets, offset, weight));
            return moments(sums);
        }

        @Override
        public long bytes() {
            return 4L * codewords.length;
        }
    }
}
