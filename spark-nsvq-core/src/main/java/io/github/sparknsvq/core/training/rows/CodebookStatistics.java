package io.github.sparknsvq.core.training.rows;

import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.kernel.CodewordSums;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The three numbers per codeword that every update rule needs from a batch: how much weight chose it, the weighted
 * sum of the targets that it should have been, and their weighted squared error.
 *
 * <p>Sums are kept in double: float32 rows of similar magnitude then add exactly or nearly so, and the order of
 * merging does not show in the float32 codebook.
 */
public final class CodebookStatistics implements CodewordResult<CodebookStatistics>, CodewordSums, TargetSink {
    private static final long serialVersionUID = 1L;

    private final int codewords;
    private final int dimension;
    private final double[] counts;
    private final double[] sums;
    private final double[] errors;

    /**
     * Makes empty statistics.
     *
     * @param codewords number of codewords {@code K}
     * @param dimension dimension {@code D}
     */
    public CodebookStatistics(int codewords, int dimension) {
        this.codewords = codewords;
        this.dimension = dimension;
        this.counts = new double[codewords];
        this.sums = new double[Math.multiplyExact(codewords, dimension)];
        this.errors = new double[codewords];
    }

    /** Returns the number of codewords {@code K}. */
    public int codewords() {
        return codewords;
    }

    /** Returns the dimension {@code D}. */
    public int dimension() {
        return dimension;
    }

    /** Returns the weight that chose each codeword, {@code K} values, not copied. */
    public double[] counts() {
        return counts;
    }

    /** Returns the weighted sums of targets, {@code K x D} row-major, not copied. */
    public double[] sums() {
        return sums;
    }

    /** Returns the weighted squared error of each codeword, {@code K} values, not copied. */
    public double[] errors() {
        return errors;
    }

    /** Returns the size in bytes of the numbers of one instance, for choosing how to merge. */
    public static long bytes(int codewords, int dimension) {
        return 8L * codewords * (dimension + 2L);
    }

    /** Forgets everything. */
    public void clear() {
        Arrays.fill(counts, 0);
        Arrays.fill(sums, 0);
        Arrays.fill(errors, 0);
    }

    /**
     * Adds one row to the codeword that it chose.
     *
     * @param k the codeword
     * @param rows block that holds the target
     * @param offset where the target starts
     * @param weight its weight
     * @param squaredDistance its squared distance from the codeword
     */
    @Override
    public void add(int k, float[] rows, int offset, float weight, float squaredDistance) {
        add(k, rows, offset, weight, (double) squaredDistance);
    }

    /** Adds one row whose squared error is known in double. */
    public void add(int k, float[] rows, int offset, float weight, double squaredError) {
        counts[k] += weight;
        errors[k] += weight * squaredError;
        int at = k * dimension;
        if (weight == 1f) {
            for (int j = 0; j < dimension; j++) {
                sums[at + j] += rows[offset + j];
            }
        } else {
            for (int j = 0; j < dimension; j++) {
                sums[at + j] += (double) weight * rows[offset + j];
            }
        }
    }

    @Override
    public void add(int first, FloatMatrix codebook, float[] weights, float[] differences, float[] squaredErrors) {
        Objects.checkFromIndexSize(first, codebook.rows(), codewords);
        for (int k = 0; k < codebook.rows(); k++) {
            // an unused codeword may be NaN
            if (weights[k] != 0) {
                counts[first + k] += weights[k];
                errors[first + k] += squaredErrors[k];
                for (int i = k * dimension, at = (first + k) * dimension; i < (k + 1) * dimension; i++, at++) {
                    sums[at] += (double) weights[k] * codebook.values()[i] + differences[i];
                }
            }
        }
    }

    /**
     * Adds other statistics to these.
     *
     * @throws IllegalArgumentException if they are of another shape
     */
    public void merge(CodebookStatistics other) {
        if (other.codewords != codewords || other.dimension != dimension) {
            throw new IllegalArgumentException("statistics of " + other.codewords + " x " + other.dimension
                    + " cannot be merged into " + codewords + " x " + dimension);
        }
        mergeRange(0, other);
    }

    /**
     * Adds the counts and errors of other statistics to these, and leaves the sums.
     *
     * @param other of as many codewords, whatever their dimension
     */
    public void count(CodebookStatistics other) {
        addAll(counts, 0, other.counts);
        addAll(errors, 0, other.errors);
    }

    /**
     * Adds the sums that other statistics of the same shape have of some codewords, and leaves counts and errors.
     * Several threads may call it at once with codewords of their own.
     *
     * @throws IndexOutOfBoundsException if there are no such codewords
     */
    public void mergeSums(CodebookStatistics other, int from, int to) {
        Objects.checkFromToIndex(from, to, Math.min(codewords, other.codewords));
        for (int i = from * dimension; i < to * dimension; i++) {
            sums[i] += other.sums[i];
        }
    }

    private static void addAll(double[] to, int at, double[] from) {
        for (int i = 0; i < from.length; i++) {
            to[at + i] += from[i];
        }
    }

    @Override
    public void mergeAll(List<CodebookStatistics> later) {
        later.forEach(this::merge);
    }

    @Override
    public CodebookStatistics range(int from, int to) {
        Objects.checkFromToIndex(from, to, codewords);
        CodebookStatistics part = new CodebookStatistics(to - from, dimension);
        System.arraycopy(counts, from, part.counts, 0, to - from);
        System.arraycopy(errors, from, part.errors, 0, to - from);
        System.arraycopy(sums, from * dimension, part.sums, 0, (to - from) * dimension);
        return part;
    }

    /**
     * Adds the statistics of codewords that start at {@code from}: the inverse of {@link #range}.
     *
     * @throws IllegalArgumentException if they are of another dimension
     * @throws IndexOutOfBoundsException if they reach past the last codeword
     */
    public void mergeRange(int from, CodebookStatistics part) {
        if (part.dimension != dimension) {
            throw new IllegalArgumentException(
                    "statistics of dimension " + part.dimension + " cannot be merged into dimension " + dimension);
        }
        Objects.checkFromIndexSize(from, part.codewords, codewords);
        addAll(counts, from, part.counts);
        addAll(errors, from, part.errors);
        addAll(sums, from * dimension, part.sums);
    }

    /** Returns the total weight. */
    public double weight() {
        return histogram().total();
    }

    /** Returns the total squared error. */
    public double error() {
        double error = 0;
        for (double each : errors) {
            error += each;
        }
        return error;
    }

    /** Returns the mean squared error per row (summed over dimensions), 0 for no rows. */
    public double meanError() {
        double weight = weight();
        return weight > 0 ? error() / weight : 0;
    }

    /** Returns the number of unused codewords. */
    public int dead() {
        return histogram().dead();
    }

    /** Returns how the choice of codewords is distributed; the counts are not copied. */
    public CodeHistogram histogram() {
        return new CodeHistogram(counts);
    }
}
