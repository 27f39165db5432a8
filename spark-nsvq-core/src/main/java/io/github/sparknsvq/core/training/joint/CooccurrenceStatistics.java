package io.github.sparknsvq.core.training.joint;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.CodewordResult;
import java.util.Arrays;
import java.util.List;

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

    private final CodebookStatistics each;
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
        this.each = new CodebookStatistics(total, dimension);
        this.pairs = new double[total][];
        int start = 0;
        for (int size : sizes) {
            for (int c = start; c < start + size; c++) {
                pairs[c] = new double[start];
            }
            start += size;
        }
    }

    private CooccurrenceStatistics(CodebookStatistics each, double[][] pairs) {
        this.each = each;
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

    /** Returns the weight, sums and errors of the rows that chose each codeword of all codebooks, not copied. */
    public CodebookStatistics each() {
        return each;
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
            each.add(c, rows, offset, weight, squaredError);
            double[] with = pairs[c];
            for (int l = 0; l < m; l++) {
                with[chosen[at + l]] += weight;
            }
        }
    }

    @Override
    public CooccurrenceStatistics range(int from, int to) {
        CodebookStatistics part = each.range(from, to);
        double[][] some = new double[to - from][];
        Arrays.setAll(some, c -> pairs[from + c].clone());
        return new CooccurrenceStatistics(part, some);
    }

    @Override
    public void mergeAll(List<CooccurrenceStatistics> later) {
        for (CooccurrenceStatistics other : later) {
            each.merge(other.each);
            mergePairs(0, other);
        }
    }

    /**
     * Adds the statistics of codewords that start at {@code from}: the inverse of {@link #range}.
     *
     * @throws IllegalArgumentException if they are of another shape
     * @throws IndexOutOfBoundsException if they reach past the last codeword
     */
    public void mergeRange(int from, CooccurrenceStatistics part) {
        each.mergeRange(from, part.each);
        mergePairs(from, part);
    }

    private void mergePairs(int from, CooccurrenceStatistics part) {
        for (int c = 0; c < part.pairs.length; c++) {
            double[] to = pairs[from + c];
            double[] added = part.pairs[c];
            if (added.length != to.length) {
                throw new IllegalArgumentException("statistics of other codebooks cannot be merged");
            }
            for (int i = 0; i < to.length; i++) {
                to[i] += added[i];
            }
        }
    }

    /** Returns the total weight: what the codewords of the first codebook were chosen by. */
    public double weight() {
        return firstBook().weight();
    }

    /** Returns the total squared error. */
    public double error() {
        return firstBook().error();
    }

    /** Returns the mean squared error per row (summed over dimensions), 0 for no rows. */
    public double meanError() {
        return firstBook().meanError();
    }

    /** Returns the sums over the first codebook: every row chose one of its codewords. */
    private CodebookStatistics firstBook() {
        int size = 0;
        while (size < pairs.length && pairs[size].length == 0) {
            size++;
        }
        return each.range(0, size);
    }
}
