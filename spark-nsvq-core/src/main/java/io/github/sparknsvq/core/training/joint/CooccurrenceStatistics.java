package io.github.sparknsvq.core.training.joint;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.training.rows.CodewordResult;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What the joint least-squares problem of several codebooks, whose codewords are added up, needs from the rows: how
 * much weight chose each pair of codewords together, how much chose each codeword, and the weighted sum of the rows
 * that chose it (Babenko and Lempitsky, Additive quantization for extreme vector compression, CVPR 2014, section
 * 3.3).
 *
 * <p>Codewords are numbered through, codebook after codebook. Of the pairs those with codewords of earlier codebooks
 * are kept: the others mirror them, or are zero.
 *
 * <p>Sums are kept in double, so that the order of merging does not show in float32 codebooks.
 */
public final class CooccurrenceStatistics implements CodewordResult<CooccurrenceStatistics> {
    private static final long serialVersionUID = 1L;

    private final int dimension;
    private final double[] counts;
    private final double[] errors;
    private final double[] sums;
    private final double[][] pairs;

    /**
     * Makes empty statistics.
     *
     * @param sizes the number of codewords of each codebook, at least one
     * @param dimension dimension {@code D}
     * @throws NsvqException if the sums do not fit one array
     */
    public CooccurrenceStatistics(int[] sizes, int dimension) {
        int total = Arrays.stream(sizes).sum();
        NsvqException.unless(
                (long) total * dimension <= Integer.MAX_VALUE - 8,
                total + " codewords of dimension " + dimension + " do not fit one array");
        this.dimension = dimension;
        this.counts = new double[total];
        this.errors = new double[total];
        this.sums = new double[total * dimension];
        this.pairs = new double[total][];
        int start = 0;
        for (int size : sizes) {
            for (int c = start; c < start + size; c++) {
                pairs[c] = new double[start];
            }
            start += size;
        }
    }

    private CooccurrenceStatistics(int dimension, double[] counts, double[] errors, double[] sums, double[][] pairs) {
        this.dimension = dimension;
        this.counts = counts;
        this.errors = errors;
        this.sums = sums;
        this.pairs = pairs;
    }

    /** Returns the size in bytes of the numbers of one instance, for choosing how to merge. */
    public static long bytes(int[] sizes, int dimension) {
        long values = 0;
        long start = 0;
        for (int size : sizes) {
            values += size * (start + dimension + 2);
            start += size;
        }
        return 8 * values;
    }

    /** Returns the number of codewords of all codebooks. */
    public int codewords() {
        return counts.length;
    }

    /** Returns the dimension {@code D}. */
    public int dimension() {
        return dimension;
    }

    /** Returns the weight that chose each codeword, not copied. */
    public double[] counts() {
        return counts;
    }

    /** Returns the weighted squared errors of the rows that chose each codeword, not copied. */
    public double[] errors() {
        return errors;
    }

    /** Returns the weighted sums of the rows that chose each codeword, {@code D} values each, not copied. */
    public double[] sums() {
        return sums;
    }

    /**
     * Returns the weight that chose a codeword together with each codeword of the codebooks before its own, not
     * copied.
     */
    public double[] pairs(int codeword) {
        return pairs[codeword];
    }

    /**
     * Adds one row.
     *
     * @param chosen holds the codewords that it chose, of the first codebook and the others in turn
     * @param at where the first stands
     * @param books number of codebooks
     * @param rows block that holds the row
     * @param offset where it starts
     * @param weight its weight
     * @param squaredError its squared distance from the sum of these codewords
     */
    public void add(int[] chosen, int at, int books, float[] rows, int offset, float weight, double squaredError) {
        for (int m = 0; m < books; m++) {
            int c = chosen[at + m];
            counts[c] += weight;
            errors[c] += weight * squaredError;
            double[] with = pairs[c];
            for (int l = 0; l < m; l++) {
                with[chosen[at + l]] += weight;
            }
            int to = c * dimension;
            if (weight == 1f) {
                for (int j = 0; j < dimension; j++) {
                    sums[to + j] += rows[offset + j];
                }
            } else {
                for (int j = 0; j < dimension; j++) {
                    sums[to + j] += (double) weight * rows[offset + j];
                }
            }
        }
    }

    @Override
    public CooccurrenceStatistics range(int from, int to) {
        Objects.checkFromToIndex(from, to, codewords());
        double[][] some = new double[to - from][];
        for (int c = from; c < to; c++) {
            some[c - from] = pairs[c].clone();
        }
        return new CooccurrenceStatistics(
                dimension,
                Arrays.copyOfRange(counts, from, to),
                Arrays.copyOfRange(errors, from, to),
                Arrays.copyOfRange(sums, from * dimension, to * dimension),
                some);
    }

    @Override
    public void mergeAll(List<CooccurrenceStatistics> later) {
        later.forEach(other -> {
            if (other.codewords() != codewords()) {
                throw new IllegalArgumentException("statistics of " + other.codewords()
                        + " codewords cannot be merged into those of " + codewords());
            }
            mergeRange(0, other);
        });
    }

    /**
     * Adds the statistics of codewords that start at {@code from}: the inverse of {@link #range}.
     *
     * @throws IllegalArgumentException if they are of another shape
     * @throws IndexOutOfBoundsException if they reach past the last codeword
     */
    public void mergeRange(int from, CooccurrenceStatistics part) {
        Objects.checkFromIndexSize(from, part.codewords(), codewords());
        if (part.dimension != dimension) {
            throw new IllegalArgumentException(
                    "statistics of dimension " + part.dimension + " cannot be merged into dimension " + dimension);
        }
        addAll(counts, from, part.counts);
        addAll(errors, from, part.errors);
        addAll(sums, from * dimension, part.sums);
        for (int c = 0; c < part.codewords(); c++) {
            if (part.pairs[c].length != pairs[from + c].length) {
                throw new IllegalArgumentException("statistics of other codebooks cannot be merged");
            }
            addAll(pairs[from + c], 0, part.pairs[c]);
        }
    }

    private static void addAll(double[] to, int at, double[] from) {
        for (int i = 0; i < from.length; i++) {
            to[at + i] += from[i];
        }
    }

    /** Returns the total weight: what the codewords of the first codebook were chosen by. */
    public double weight() {
        return firstBook(counts);
    }

    /** Returns the total squared error. */
    public double error() {
        return firstBook(errors);
    }

    /** Every row chose one codeword of the first codebook, which are those that no codebook comes before. */
    private double firstBook(double[] values) {
        double sum = 0;
        for (int c = 0; c < values.length && pairs[c].length == 0; c++) {
            sum += values[c];
        }
        return sum;
    }

    /** Returns the mean squared error per row (summed over dimensions), 0 for no rows. */
    public double meanError() {
        double weight = weight();
        return weight > 0 ? error() / weight : 0;
    }

    /**
     * Returns how the choice among some codewords, such as those of a codebook, is distributed.
     *
     * @param from the first of them
     * @param to behind the last
     */
    public CodeHistogram histogram(int from, int to) {
        return new CodeHistogram(Arrays.copyOfRange(counts, from, to));
    }
}
