package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds prices under which the codewords of each level are chosen about equally often, as semantic IDs want it: a price is
 * added to a codeword's squared distance, rises where too many rows choose the codeword and falls where too few do, as in
 * an auction (Bertsekas, 1988), in steps that become smaller. Codewords follow their rows, as in k-means. A pass is one job,
 * and sends one number more per codeword.
 */
public final class BalancedTraining {
    private static final String PHASE = "balance";

    /** The first step of a price whose codeword is chosen e times too often, as a share of the level's mean error. */
    private static final double STEP = 0.1;

    /** Rows that a codeword is taken to have besides those that chose it, so that one without any has a logarithm. */
    private static final double PRIOR = 0.5;

    private BalancedTraining() {}

    /**
     * What came out.
     *
     * @param codewords all codewords, numbered through
     * @param prices a price for each, none negative
     * @param statistics what all rows say of them
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
     * @param settings device and the number of passes, as {@code maxIter}
     * @param start codewords to start from; copied
     * @param listener hears how it goes on
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
        List<PassRecord> history = new ArrayList<>();
        Optional<TrainingCheckpoint.State> saved = checkpoint.load();
        if (saved.isPresent()) {
            codewords = saved.get().codewords();
            prices = saved.get().rule()[0];
            history.addAll(saved.get().history());
        }
        int passes = settings.maxIter();
        for (int pass = history.size(); pass < passes; pass++) {
            long began = System.nanoTime();
            CodebookStatistics seen = assign(source, levels, prices, codewords, settings);
            new LloydRule().update(codewords, seen, 0);
            for (int m = 0; m < layout.codebooks(); m++) {
                move(prices, layout.start(m), layout.part(seen, m), STEP / Math.sqrt(1 + pass));
            }
            double mse = levels.meanError(seen);
            history.add(new PassRecord(pass + 1, PHASE, mse, 0, 0, (System.nanoTime() - began) / 1e9));
            checkpoint.save(new TrainingCheckpoint.State(pass + 1, false, codewords, new float[][] {prices}, history));
            listener.progressed(new TrainingListener.Progress(pass + 1, passes, (pass + 1.0) / passes, mse, 0));
        }
        CodebookStatistics all = assign(source, levels, prices, codewords, settings);
        return new Result(new FloatMatrix(layout.total(), layout.dimension(), codewords), prices, all, history);
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

    /** Moves the prices of one level, and keeps the least at 0: what all codewords cost changes nothing. */
    private static void move(float[] prices, int start, CodebookStatistics level, double step) {
        int k = level.codewords();
        double fair = level.weight() / k;
        double unit = step * level.meanError();
        double least = Double.POSITIVE_INFINITY;
        for (int c = 0; c < k; c++) {
            double ratio = Math.log((level.counts()[c] + PRIOR) / (fair + PRIOR));
            prices[start + c] += (float) (unit * ratio);
            least = Math.min(least, prices[start + c]);
        }
        for (int c = start; c < start + k; c++) {
            prices[c] -= (float) least;
        }
    }
}
