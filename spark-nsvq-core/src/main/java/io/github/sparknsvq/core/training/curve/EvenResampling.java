package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.Arrays;

/**
 * Moves the cuts of a {@link CurveResampling} until the codewords are used evenly by the rows that are nearest to
 * them. Parts of equal weight are even along the curve; the nearest codeword of a row off the curve may be that of
 * another part. In each round the codewords that too many rows chose get smaller parts, so that others come nearer
 * to them, and those that too few chose get larger ones. Of all rounds the codebook that is used most evenly is
 * kept.
 *
 * <p>Not in the literature.
 */
public final class EvenResampling {
    /** The first change of a part whose codeword is chosen e times too often, as a power of e. */
    private static final double STEP = 0.5;

    /** In how many rounds steps become smaller by the square root of 2. */
    private static final double SLOWS_IN = 2;

    /** More than this many times too many rows, as a logarithm, change a part no further at once. */
    private static final double MOST = 2;

    /** What a codeword is taken to have besides the rows that chose it, so that one without any has a logarithm. */
    private static final double PRIOR = 0.01;

    /** Parts have at least this share of an equal one, so that none is lost. */
    private static final double LEAST = 1e-3;

    private EvenResampling() {}

    /** Cuts sorted rows into parts. */
    public interface Cutter {

        /**
         * Returns the codewords of parts.
         *
         * @param ends as {@link CurveResampling#ends}; not to be changed, nor kept
         * @return {@code K x D}, at length 1 where the rows are
         */
        FloatMatrix codewords(double[] ends);
    }

    /**
     * Cuts rows, counts which codewords they choose, and cuts them again.
     *
     * @param cutter gives the codewords of parts
     * @param source the same rows, to be counted; at least one
     * @param parts number of parts {@code K}, at least 1
     * @param rounds how often the cuts are moved; 0 leaves parts of equal weight, and nothing is counted
     * @param device where to search
     * @return {@code K x D} codewords in their order along the curve
     * @throws NsvqException if there is no part, or a negative number of rounds
     */
    public static FloatMatrix train(Cutter cutter, StatisticsSource source, int parts, int rounds, Device device) {
        NsvqException.unless(
                parts >= 1 && rounds >= 0,
                "rows cannot be cut into " + parts + " parts in " + rounds + " rounds: at least one part and 0 rounds"
                        + " are needed");
        double[] shares = new double[parts];
        Arrays.fill(shares, 1.0 / parts);
        FloatMatrix best = cutter.codewords(ends(shares));
        double most = rounds > 0 ? move(shares, best, source, 0, device) : 0;
        for (int round = 1; round <= rounds; round++) {
            FloatMatrix codewords = cutter.codewords(ends(shares));
            double bits = move(shares, codewords, source, round, device);
            if (bits > most) {
                most = bits;
                best = codewords;
            }
        }
        return best;
    }

    /** Changes the shares of parts by how many rows chose their codewords. Returns the entropy of the choices. */
    private static double move(
            double[] shares, FloatMatrix codewords, StatisticsSource source, int round, Device device) {
        AssignTask nearest = new AssignTask(codewords.values(), codewords.columns(), RowSelection.ALL, device);
        CodebookStatistics seen = nearest.on(source);
        double fair = seen.weight() / shares.length;
        double step = STEP / Math.sqrt(1 + round / SLOWS_IN);
        for (int k = 0; k < shares.length; k++) {
            double ratio = Math.log((seen.counts()[k] / fair + PRIOR) / (1 + PRIOR));
            double share = shares[k] * Math.exp(-step * Math.max(-MOST, Math.min(MOST, ratio)));
            shares[k] = Math.max(LEAST / shares.length, share);
        }
        double sum = new CodeHistogram(shares).total();
        Arrays.setAll(shares, k -> shares[k] / sum);
        return seen.histogram().entropyBits();
    }

    private static double[] ends(double[] shares) {
        double[] ends = shares.clone();
        for (int k = 1; k < ends.length; k++) { // one after the other: sums must not depend on the number of cores
            ends[k] += ends[k - 1];
        }
        ends[ends.length - 1] = 1;
        return ends;
    }
}
