package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.CodewordResult;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts rows that are sorted by their position on a curve into parts of equal weight, whose means make a codebook that
 * is used evenly (Vali and Bäckström, PORCUPINE, Interspeech 2024).
 *
 * <p>Rows are known by the weight of all rows before them, so that each partition of sorted rows can be cut where it
 * is. A row that lies on a cut goes to the side on which its middle is.
 *
 * @param weight weight of all rows, positive
 * @param ends for each of the {@code K} parts, what share of the weight comes before its end: ascending, the last
 *     one 1; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CurveResampling(double weight, double[] ends) implements Serializable {

    /** What rounding may part rows by, in parts. */
    private static final double SLACK = 1e-6;

    /**
     * Checks the numbers.
     *
     * @throws NsvqException if there is no weight or no part
     */
    public CurveResampling {
        NsvqException.unless(
                weight > 0 && Double.isFinite(weight) && ends.length >= 1,
                "rows of weight " + weight + " cannot be cut into " + ends.length
                        + " parts: both must be positive and finite");
    }

    /**
     * Cuts into parts of equal weight.
     *
     * @param weight weight of all rows, positive
     * @param parts number of parts {@code K}, at least 1
     * @throws NsvqException if there is no weight or no part
     */
    public CurveResampling(double weight, int parts) {
        this(weight, evenEnds(parts));
    }

    private static double[] evenEnds(int parts) {
        double[] ends = new double[Math.max(0, parts)];
        Arrays.setAll(ends, k -> (k + 1.0) / parts);
        return ends;
    }

    /** Returns the number of parts. */
    public int parts() {
        return ends.length;
    }

    /**
     * Returns the part that a row goes to.
     *
     * @param before weight of all rows before it
     * @param rowWeight its own weight
     */
    public int part(double before, double rowWeight) {
        int found = Arrays.binarySearch(ends, (before + rowWeight / 2) / weight);
        return Math.min(ends.length - 1, found < 0 ? -1 - found : found + 1);
    }

    /** Returns the first part whose middle is not before a place, {@code K} for none. */
    private int firstMiddle(double before, double slack) {
        double place = before / weight - slack / ends.length;
        int part = part(place * weight, 0);
        double start = part == 0 ? 0 : ends[part - 1];
        return (start + ends[part]) / 2 >= place ? part : part + 1;
    }

    /**
     * Sums up the vectors of each part, in double. What several partitions of the rows found is merged as other
     * results of training are.
     */
    public static final class Means implements CodewordResult<Means> {
        private static final long serialVersionUID = 1L;

        private final CurveResampling cut;
        private final CodebookStatistics sums;
        private final float[] middles;

        /**
         * Makes empty sums.
         *
         * @param cut how rows are cut
         * @param dimension dimension {@code D} of the vectors
         */
        public Means(CurveResampling cut, int dimension) {
            this(cut, new CodebookStatistics(cut.parts(), dimension), emptyMiddles(cut.parts(), dimension));
        }

        private Means(CurveResampling cut, CodebookStatistics sums, float[] middles) {
            this.cut = cut;
            this.sums = sums;
            this.middles = middles;
        }

        private static float[] emptyMiddles(int parts, int dimension) {
            float[] middles = new float[Math.multiplyExact(parts, dimension)];
            Arrays.fill(middles, Float.NaN);
            return middles;
        }

        /**
         * Adds a row.
         *
         * @param before weight of all rows before it
         * @param vectors block that holds what is to be averaged: the row, or its nearest point on the curve
         * @param offset where it starts
         * @param rowWeight its weight, positive
         */
        public void add(double before, float[] vectors, int offset, double rowWeight) {
            sums.add(cut.part(before, rowWeight), vectors, offset, (float) rowWeight, 0.0);
            int d = sums.dimension();
            int behind = cut.firstMiddle(before + rowWeight, 0);
            // with some slack, so that no middle falls between rows whose weights were summed up elsewhere
            for (int part = cut.firstMiddle(before, SLACK); part < behind; part++) {
                System.arraycopy(vectors, offset, middles, part * d, d);
            }
        }

        @Override
        public Means range(int from, int to) {
            int d = sums.dimension();
            return new Means(cut, sums.range(from, to), Arrays.copyOfRange(middles, from * d, to * d));
        }

        @Override
        public void mergeAll(List<Means> later) {
            later.forEach(other -> mergeRange(0, other));
        }

        /** Adds what was found of the parts that start at {@code from}: the inverse of {@link #range}. */
        public void mergeRange(int from, Means part) {
            sums.mergeRange(from, part.sums);
            for (int i = 0, at = from * sums.dimension(); i < part.middles.length; i++, at++) {
                middles[at] = Float.isNaN(part.middles[i]) ? middles[at] : part.middles[i];
            }
        }

        /** Returns the weight of each part, not copied. */
        public double[] weights() {
            return sums.counts();
        }

        /**
         * Returns the means of the parts. A part that got no row, since rows are few or heavy, has the row in which
         * its middle lies: it equals another then, or nearly.
         */
        public FloatMatrix codewords() {
            int d = sums.dimension();
            float[] codewords = new float[middles.length];
            for (int i = 0; i < codewords.length; i++) {
                double n = sums.counts()[i / d];
                codewords[i] = n > 0 ? (float) (sums.sums()[i] / n) : middles[i];
            }
            return new FloatMatrix(sums.codewords(), d, codewords);
        }
    }
}
