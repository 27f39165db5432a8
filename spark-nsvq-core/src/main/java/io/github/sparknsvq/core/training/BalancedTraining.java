package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.PricedAssignment;
import io.github.sparknsvq.core.training.assign.ResidualAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.LloydRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Finds codewords and prices with which the codewords of each level are chosen about equally often, which semantic
 * IDs need. A price is added to a codeword's squared distance, rises where too many rows choose the codeword and
 * falls where too few do, as in an auction (Bertsekas, 1988), in steps that become smaller. Codewords follow their
 * rows, as in k-means.
 *
 * <p>Prices move borders between neighbors. They cannot split one dense cell: in the first passes codewords that few
 * rows choose are moved next to those that many choose.
 *
 * <p>Of all passes the one is kept in which codewords were chosen most evenly. A pass is one job, and sends one
 * number more per codeword.
 */
public final class BalancedTraining {
    private static final String PHASE = "balance";

    /** The first step of a price whose codeword is chosen e times too often, as a share of the rows' usual error. */
    private static final double STEP = 0.2;

    /** More than this many times too many rows, as a logarithm, move a price no further at once. */
    private static final double MOST = 2;

    /** Rows that a codeword is taken to have besides those that chose it, so that one without any has a logarithm. */
    private static final double PRIOR = 0.5;

    /** Codewords are moved next to others in this share of the passes. */
    private static final double JOINING = 0.7;

    /** A codeword with this many times too few rows moves to one with this many times too many. */
    private static final double FAR_FROM_FAIR = 1.5;

    /** How far two codewords part, in units of the rms error per dimension. */
    private static final double SPLIT = 0.1;

    private static final long JOINING_STREAM = -7;

    private BalancedTraining() {}

    /**
     * The result.
     *
     * @param codewords all codewords, numbered through
     * @param prices a price for each, none negative
     * @param statistics the statistics of all rows
     * @param history the passes
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Result(
            FloatMatrix codewords, float[] prices, CodebookStatistics statistics, List<PassRecord> history) {}

    /**
     * Finds prices.
     *
     * @param source the rows, at least one
     * @param levels the levels
     * @param settings seed, device and the number of passes, as {@code maxIter}
     * @param start codewords to start from; copied
     * @param listener is told of the progress
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again
     */
    public static Result train(
            StatisticsSource source,
            ResidualAssignment levels,
            TrainingSettings settings,
            FloatMatrix start,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        CodebookLayout layout = levels.layout();
        float[] codewords = start.values().clone();
        float[] prices = new float[layout.total()];
        Best best = new Best();
        List<PassRecord> history = new ArrayList<>();
        Optional<TrainingCheckpoint.State> saved = checkpoint.load();
        if (saved.isPresent()) {
            codewords = saved.get().codewords();
            prices = saved.get().rule()[0];
            best.restore(saved.get().rule());
            history.addAll(saved.get().history());
        }
        int passes = settings.maxIter();
        for (int pass = history.size(); pass < passes; pass++) {
            long began = System.nanoTime();
            CodebookStatistics seen = assign(source, levels, prices, codewords, settings);
            best.consider(bits(layout, seen), codewords, prices, seen);
            new LloydRule().update(codewords, seen, 0);
            int joined = 0;
            for (int m = 0; m < layout.codebooks(); m++) {
                CodebookStatistics level = layout.part(seen, m);
                move(prices, layout.start(m), level, STEP / Math.sqrt(1 + pass));
                if (pass < JOINING * passes) {
                    Random random = SeededHash.random(settings.seed(), JOINING_STREAM - m, pass);
                    joined += join(codewords, prices, layout.start(m), level, random);
                }
                lowerToZero(prices, layout.start(m), layout.start(m + 1));
            }
            double mse = levels.meanError(seen);
            history.add(new PassRecord(pass + 1, PHASE, mse, 0, joined, (System.nanoTime() - began) / 1e9));
            checkpoint.save(new TrainingCheckpoint.State(pass + 1, false, codewords, best.with(prices), history));
            listener.progressed(new TrainingListener.Progress(pass + 1, passes, (pass + 1.0) / passes, mse, 0)
                    .withRows(source.rows())
                    .withUse(layout, seen));
        }
        CodebookStatistics last = assign(source, levels, prices, codewords, settings);
        best.consider(bits(layout, last), codewords, prices, last);
        CodebookStatistics all = best.statistics == null // of before a restart
                ? assign(source, levels, best.prices, best.codewords, settings)
                : best.statistics;
        FloatMatrix trained = new FloatMatrix(layout.total(), layout.dimension(), best.codewords);
        return new Result(trained, best.prices, all, history);
    }

    /** The codewords and prices under which codewords were chosen most evenly so far. */
    private static final class Best {
        private float[] codewords = new float[0];
        private float[] prices = new float[0];
        private float[] bits = {Float.NEGATIVE_INFINITY};
        private CodebookStatistics statistics;

        void consider(double of, float[] vectors, float[] costs, CodebookStatistics seen) {
            if (of > bits[0]) {
                bits[0] = (float) of;
                codewords = vectors.clone();
                prices = costs.clone();
                statistics = seen;
            }
        }

        /** The state of a checkpoint. */
        float[][] with(float[] current) {
            return new float[][] {current, prices, codewords, bits};
        }

        void restore(float[][] state) {
            prices = state[1];
            codewords = state[2];
            bits = state[3];
        }
    }

    /** The sum of the levels' entropies. */
    private static double bits(CodebookLayout layout, CodebookStatistics seen) {
        double bits = 0;
        for (int m = 0; m < layout.codebooks(); m++) {
            bits += layout.part(seen, m).histogram().entropyBits();
        }
        return bits;
    }

    private static CodebookStatistics assign(
            StatisticsSource source,
            ResidualAssignment levels,
            float[] prices,
            float[] codewords,
            TrainingSettings settings) {
        Assignment priced = new PricedAssignment(levels, prices);
        return new AssignTask(priced, codewords, RowSelection.ALL, settings.device()).on(source);
    }

    /** Moves the prices of one level. */
    private static void move(float[] prices, int start, CodebookStatistics level, double step) {
        int k = level.codewords();
        double fair = level.weight() / k;
        double unit = step * usualError(level);
        for (int c = 0; c < k; c++) {
            double ratio = Math.log((level.counts()[c] + PRIOR) / (fair + PRIOR));
            prices[start + c] += (float) (unit * Math.max(-MOST, Math.min(MOST, ratio)));
        }
    }

    /** Keeps the least price of a level at 0: a constant added to all prices changes no choice. */
    private static void lowerToZero(float[] prices, int from, int to) {
        float least = Float.POSITIVE_INFINITY;
        for (int c = from; c < to; c++) {
            least = Math.min(least, prices[c]);
        }
        for (int c = from; c < to; c++) {
            prices[c] -= least;
        }
    }

    /**
     * The geometric mean over rows of their codeword's mean error: the few rows that lie far apart count for little.
     */
    private static double usualError(CodebookStatistics level) {
        double logarithms = 0;
        double weight = 0;
        for (int c = 0; c < level.codewords(); c++) {
            if (level.errors()[c] > 0) {
                logarithms += level.counts()[c] * Math.log(level.errors()[c] / level.counts()[c]);
                weight += level.counts()[c];
            }
        }
        return weight > 0 ? Math.exp(logarithms / weight) : 0;
    }

    /** Has codewords that few rows choose join those that many choose. Returns how many did. */
    private static int join(float[] codewords, float[] prices, int start, CodebookStatistics level, Random random) {
        int d = level.dimension();
        double[] counts = level.counts();
        double fair = level.weight() / counts.length;
        int joined = 0;
        while (joined < counts.length) {
            int light = 0;
            int heavy = 0;
            for (int c = 0; c < counts.length; c++) {
                light = counts[c] < counts[light] ? c : light;
                heavy = counts[c] > counts[heavy] ? c : heavy;
            }
            double distance = Math.sqrt(level.errors()[heavy] / counts[heavy] / d);
            if (counts[heavy] < FAR_FROM_FAIR * fair || counts[light] > fair / FAR_FROM_FAIR || !(distance > 0)) {
                break;
            }
            for (int j = 0; j < d; j++) {
                double part = SPLIT * distance * random.nextGaussian();
                float center = codewords[(start + heavy) * d + j];
                codewords[(start + light) * d + j] = (float) (center + part);
                codewords[(start + heavy) * d + j] = (float) (center - part);
            }
            prices[start + light] = prices[start + heavy];
            counts[heavy] /= 2;
            counts[light] = counts[heavy];
            level.errors()[heavy] /= 2;
            level.errors()[light] = level.errors()[heavy];
            joined++;
        }
        return joined;
    }
}
