package io.github.sparknsvq.core.evaluation;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How codes use the codewords of their codebooks, and the errors that are left: counts per codeword, errors per
 * codebook, and after how many codebooks codes end. The usages of parts of the rows can be added.
 */
public final class CodeUsage implements Serializable {
    private static final long serialVersionUID = 1L;

    private final double[][] counts;
    private final double[] errors;
    private final double[] lengths;

    /**
     * Makes an empty usage.
     *
     * @param sizes codewords of each codebook
     */
    public CodeUsage(int... sizes) {
        this.counts = Arrays.stream(sizes).mapToObj(double[]::new).toArray(double[][]::new);
        this.errors = new double[sizes.length];
        this.lengths = new double[sizes.length];
    }

    /**
     * Returns the usage of one codebook.
     *
     * @param counts rows of each codeword, or their weight
     * @param squaredError the sum over all rows
     */
    public static CodeUsage of(double[] counts, double squaredError) {
        CodeUsage usage = new CodeUsage(counts.length);
        for (int k = 0; k < counts.length; k++) {
            usage.counts[0][k] = counts[k];
            usage.lengths[0] += counts[k];
        }
        usage.errors[0] = squaredError;
        return usage;
    }

    /**
     * Adds rows that have the same code.
     *
     * @param indices its indices, for the codebooks up to where it ends
     * @param squaredErrors as many squared errors, each the sum over the rows
     * @param rows number of the rows, or their weight
     */
    public void add(int[] indices, double[] squaredErrors, double rows) {
        int length = indices.length;
        for (int m = 0; m < length; m++) {
            counts[m][indices[m]] += rows;
            errors[m] += squaredErrors[m];
        }
        // where no more codebooks come, the last error stays
        for (int m = length; m < errors.length; m++) {
            errors[m] += squaredErrors[length - 1];
        }
        lengths[length - 1] += rows;
    }

    /** Adds what other codes of the same codebooks use. */
    public void add(CodeUsage other) {
        for (int m = 0; m < counts.length; m++) {
            for (int k = 0; k < counts[m].length; k++) {
                counts[m][k] += other.counts[m][k];
            }
            errors[m] += other.errors[m];
            lengths[m] += other.lengths[m];
        }
    }

    /** Returns the number of codes. */
    public double rows() {
        return new CodeHistogram(lengths).total();
    }

    /** Returns how often each codeword of a codebook was chosen. */
    public CodeHistogram histogram(int codebook) {
        return new CodeHistogram(counts[codebook]);
    }

    /** Returns how many codes have one index, how many have two, and so on. */
    public CodeHistogram lengths() {
        return new CodeHistogram(lengths);
    }

    /** Returns the mean squared error of each codebook; NaN without rows. */
    public double[] meanErrors() {
        double rows = rows();
        return Arrays.stream(errors).map(error -> error / rows).toArray();
    }

    /** Returns the mean number of indices in a code; NaN without rows. */
    public double meanLength() {
        double sum = 0;
        for (int m = 0; m < lengths.length; m++) {
            sum += (m + 1) * lengths[m];
        }
        return sum / rows();
    }

    /**
     * Returns the bits that a code takes on average if each index is entropy-coded by itself (Vali, thesis 2025,
     * section 2.8): the sum over codebooks of the entropy of their indices, {@code H = -sum p log2 p}, times the
     * share of the codes that get so far, and the entropy of where codes end.
     */
    public double bits() {
        double bits = new CodeHistogram(lengths).entropyBits();
        for (double[] of : counts) {
            CodeHistogram histogram = new CodeHistogram(of);
            bits += histogram.total() / rows() * histogram.entropyBits();
        }
        return bits;
    }

    /** Returns how many codewords of all codebooks no code uses. */
    public int dead() {
        return Arrays.stream(counts)
                .map(CodeHistogram::new)
                .mapToInt(CodeHistogram::dead)
                .sum();
    }
}
