package io.github.sparknsvq.core.training.hierarchy;

import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.rows.RowBlock;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Balanced k-means on the rows of one cell. Codewords follow their rows as in Lloyd's; a price on a codeword, which
 * rises where too many rows choose it, moves the borders between neighbors (an auction, as Bertsekas, 1988); and in
 * the first passes codewords that few rows choose go to those that many choose, which prices cannot split. In the end
 * the codewords stand so that rows which choose the nearest one, without prices, share them out about evenly.
 */
final class CellCodebook {
    /** The first step of a price whose codeword is chosen e times too often, as a share of the rows' mean error. */
    private static final double STEP = 0.3;

    /** After this many passes steps are half as large as at first, about. */
    private static final double COOLING = 3;

    /** More than this many times too many rows, as a logarithm, move a price no further at once. */
    private static final double MOST = 2;

    /** Rows that a codeword is taken to have besides those that chose it, so that one without any has a logarithm. */
    private static final double PRIOR = 0.5;

    /** Codewords go to others in this share of the passes. */
    private static final double JOINING = 0.7;

    /** A codeword with less than this share of its fair part goes to one with more than {@link #HEAVY} of it. */
    private static final double LIGHT = 0.5;

    private static final double HEAVY = 1.5;

    private final RowBlock block;
    private final int d;
    private final int lists;
    private final boolean unitLength;
    private final NearestCodewordProvider provider;
    private final Random random;
    private final float[] lifted;
    private final float[] codewords;
    private final float[] prices;
    private final double[] counts;
    private final int[] nearest;
    private final float[] distances;

    private CellCodebook(
            RowBlock block, int lists, boolean unitLength, NearestCodewordProvider provider, Random random) {
        this.block = block;
        this.d = block.dimension();
        this.lists = lists;
        this.unitLength = unitLength;
        this.provider = provider;
        this.random = random;
        this.lifted = lifted(block.values(), null);
        this.codewords = new float[lists * d];
        this.prices = new float[lists];
        this.counts = new double[lists];
        this.nearest = new int[block.rows()];
        this.distances = new float[block.rows()];
    }

    /**
     * Trains the codewords of a cell.
     *
     * @param block the cell's rows, at least one; with fewer rows than codewords, rows are repeated
     * @param lists number of codewords, at least 1
     * @param passes over the rows
     * @param unitLength whether codewords have length 1
     * @param random the source of random numbers
     * @return {@code lists x D} codewords
     */
    static float[] train(
            RowBlock block,
            int lists,
            int passes,
            boolean unitLength,
            NearestCodewordProvider provider,
            Random random) {
        CellCodebook cell = new CellCodebook(block, lists, unitLength, provider, random);
        cell.start();
        for (int pass = 0; pass < passes && lists < block.rows(); pass++) {
            cell.pass(pass, pass < JOINING * passes);
        }
        return cell.codewords;
    }

    /** Starts from rows drawn without replacement, as long as there are any. */
    private void start() {
        int[] order = IntStream.range(0, block.rows()).toArray();
        for (int k = 0; k < lists; k++) {
            int row = k % order.length;
            if (k < order.length) {
                int other = k + random.nextInt(order.length - k);
                int drawn = order[other];
                order[other] = order[k];
                order[k] = drawn;
            }
            System.arraycopy(block.values(), order[row] * d, codewords, k * d, d);
        }
    }

    private void pass(int pass, boolean joining) {
        FloatMatrix codebook = new FloatMatrix(lists, d + 1, lifted(codewords, prices));
        provider.prepare(codebook).nearest(lifted, 0, block.rows(), nearest, distances);
        double usual = sumUp();
        double fair = Arrays.stream(counts).sum() / lists;
        double step = STEP / Math.sqrt(1 + pass / COOLING) * usual;
        for (int k = 0; k < lists; k++) {
            double ratio = Math.log((counts[k] + PRIOR) / (fair + PRIOR));
            prices[k] += (float) (step * Math.max(-MOST, Math.min(MOST, ratio)));
        }
        if (joining) {
            join(fair);
        }
        float least = Float.POSITIVE_INFINITY;
        for (float price : prices) {
            least = Math.min(least, price);
        }
        for (int k = 0; k < lists; k++) {
            prices[k] -= least; // a constant added to all prices changes no choice
        }
        if (unitLength) {
            UnitLength.normalize(codewords, d);
        }
    }

    /** Moves codewords to the means of their rows, and returns the rows' mean error. */
    private double sumUp() {
        double[] sums = new double[lists * d];
        Arrays.fill(counts, 0);
        double error = 0;
        double weight = 0;
        for (int i = 0; i < nearest.length; i++) {
            int k = nearest[i];
            float w = block.weight(i);
            counts[k] += w;
            weight += w;
            error += w * Math.max(0, distances[i] - prices[k]);
            for (int j = 0; j < d; j++) {
                sums[k * d + j] += (double) w * block.values()[i * d + j];
            }
        }
        for (int k = 0; k < lists; k++) {
            if (counts[k] > 0) {
                for (int j = k * d; j < (k + 1) * d; j++) {
                    codewords[j] = (float) (sums[j] / counts[k]);
                }
            }
        }
        return error / weight;
    }

    /** Has codewords that few rows chose stand halfway between those that many chose and one of their rows. */
    private void join(double fair) {
        int[] byCount = IntStream.range(0, lists)
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(k -> counts[k]).thenComparing(Comparator.naturalOrder()))
                .mapToInt(Integer::intValue)
                .toArray();
        int[] members = new int[lists];
        for (int k : nearest) {
            members[k]++;
        }
        int pairs = 0;
        int[] joins = new int[lists]; // for a heavy codeword, the light one that goes there; -1 for none
        int[] wanted = new int[lists];
        Arrays.fill(joins, -1);
        while (pairs < lists / 2
                && counts[byCount[pairs]] < LIGHT * fair
                && counts[byCount[lists - 1 - pairs]] > HEAVY * fair) {
            int heavy = byCount[lists - 1 - pairs];
            joins[heavy] = byCount[pairs++];
            wanted[heavy] = random.nextInt(members[heavy]);
        }
        for (int i = 0; i < nearest.length && pairs > 0; i++) {
            int heavy = nearest[i];
            if (joins[heavy] >= 0 && wanted[heavy]-- == 0) {
                int light = joins[heavy];
                for (int j = 0; j < d; j++) {
                    codewords[light * d + j] = (codewords[heavy * d + j] + block.values()[i * d + j]) / 2;
                }
                prices[light] = prices[heavy];
            }
        }
    }

    /** Gives each row one dimension more: the root of its price, or zero. */
    private float[] lifted(float[] rows, float[] pricesOf) {
        int n = rows.length / d;
        float[] more = new float[n * (d + 1)];
        for (int i = 0; i < n; i++) {
            System.arraycopy(rows, i * d, more, i * (d + 1), d);
            more[i * (d + 1) + d] = pricesOf == null ? 0 : (float) Math.sqrt(pricesOf[i]);
        }
        return more;
    }
}
