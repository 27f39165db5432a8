package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.SingleAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.LloydRule;
import io.github.sparknsvq.core.training.update.PerCodebookReseeding;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The one training loop: assign, count, update, reseed, stop. It runs mini-batch passes with the chosen rule and ends
 * with Lloyd passes; every update rule, local or on Spark, goes through here.
 */
public final class CodebookTrainer {
    private static final String LLOYD = Updater.LLOYD.label();
    private static final String MEASURING = "measuring";
    private static final long RESEEDING_STREAM = -4;

    /** How many times its error before the last exact pass may leave, or it is taken back. */
    private static final double WORSE = 1.01;

    private final Codewords codewords;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final TrainingCheckpoint checkpoint;
    private final GradientPhase gradient;
    private final List<PassRecord> history = new ArrayList<>();
    private boolean gradientEnded;

    /** Statistics of all rows and the codewords as they are; null where they are not known. */
    private CodebookStatistics measured;

    private CodebookTrainer(Codewords codewords, TrainingListener listener, TrainingCheckpoint checkpoint) {
        this.codewords = codewords;
        this.settings = codewords.settings;
        this.listener = listener;
        this.checkpoint = checkpoint;
        this.gradient = new GradientPhase(codewords, listener);
    }

    /**
     * Trains a codebook.
     *
     * @param source the rows, at least one
     * @param settings what is asked for
     * @param start {@code K x D} codewords to start from; copied
     * @param listener is told of the progress
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again
     * @return the codebook with the statistics of all rows, and the passes' history
     * @throws NsvqException if there are no rows, or the start does not fit the rows or settings
     */
    public static TrainingResult train(
            StatisticsSource source,
            TrainingSettings settings,
            FloatMatrix start,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        NsvqException.unless(
                source.rows() == 0 || start.columns() == source.dimension(),
                "the codebook to start from has dimension " + start.columns() + ", the rows have "
                        + source.dimension());
        return train(
                source,
                new SingleAssignment(settings.codewords(), start.columns()),
                settings,
                start,
                listener,
                checkpoint);
    }

    /**
     * Trains several codebooks at once, all in the same passes over the rows.
     *
     * @param source the rows, at least one
     * @param assignment how rows choose codewords of the codebooks
     * @param settings what is asked for; the number of codewords is the assignment's
     * @param start {@code total x dimension} codewords to start from, codebook after codebook; copied
     * @param listener is told of the progress
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again
     * @return the codebooks with the statistics of all rows, and the passes' history
     * @throws NsvqException if there are no rows, or the start does not fit the rows or the assignment
     */
    public static TrainingResult train(
            StatisticsSource source,
            Assignment assignment,
            TrainingSettings settings,
            FloatMatrix start,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        NsvqException.unless(source.rows() > 0, "there are no rows to train on");
        NsvqException.unless(
                assignment.rowDimension() == source.dimension(),
                "the codebooks are for rows of dimension " + assignment.rowDimension() + ", the rows have "
                        + source.dimension());
        CodebookLayout layout = assignment.layout();
        NsvqException.unless(
                start.rows() == layout.total() && start.columns() == layout.dimension(),
                "the codebook to start from has " + start.rows() + " codewords of dimension "
                        + start.columns() + ", but " + layout.total() + " of dimension " + layout.dimension()
                        + " are asked for");
        Codewords codewords =
                new Codewords(source, assignment, settings, start.values().clone());
        return new CodebookTrainer(codewords, listener, checkpoint).run();
    }

    private TrainingResult run() {
        int done = checkpoint.load().map(this::restore).orElse(0);
        if (!gradientEnded) {
            gradientPasses(done);
        }
        if (!(settled() && last().phase().equals(LLOYD))) {
            lloydPasses(Math.max(done, gradient.passes()));
        }
        return finish();
    }

    /** Takes up the state of a training that was ended. Returns how many passes it did. */
    private int restore(TrainingCheckpoint.State state) {
        System.arraycopy(state.codewords(), 0, codewords.values, 0, codewords.values.length);
        gradient.restore(state.rule(), state.passes());
        history.addAll(state.history());
        gradientEnded = state.gradientEnded();
        return state.passes();
    }

    private void gradientPasses(int from) {
        for (int pass = from; pass < gradient.passes() && !gradientEnded; pass++) {
            long began = System.nanoTime();
            history.add(gradient.run(pass, history).since(began));
            // a noisy pass may well be a little worse than the one before it: no end without a tolerance
            gradientEnded = settled() && !gradient.annealed() && settings.tol() > 0;
            save(pass);
        }
    }

    private void lloydPasses(int from) {
        boolean ended = false;
        for (int pass = from; pass < settings.maxIter() && !ended; pass++) {
            long began = System.nanoTime();
            float[] before = gradient.passes() > 0 ? codewords.values.clone() : null;
            history.add(lloydPass(pass).since(began));
            ended = settled();
            if (before != null && (ended || pass + 1 == settings.maxIter())) {
                keepBetter(before);
            }
            save(pass);
        }
    }

    /**
     * Measures what the last exact pass after gradient passes left, and takes it back where it lost: with many levels
     * of residuals, each moves to the means of what the others left before they moved.
     *
     * @param before the codewords that the pass measured
     */
    private void keepBetter(float[] before) {
        listener.begins(MEASURING);
        measured = codewords.evaluate();
        if (codewords.assignment.meanError(measured) > WORSE * last().mse()) {
            System.arraycopy(before, 0, codewords.values, 0, before.length);
            measured = codewords.evaluate();
        }
    }

    private void save(int pass) {
        checkpoint.save(
                new TrainingCheckpoint.State(pass + 1, gradientEnded, codewords.values, gradient.state(), history));
    }

    /** One exact k-means pass. Codewords that nothing chose are replaced, but not in the last pass. */
    private PassRecord lloydPass(int pass) {
        CodebookStatistics all = codewords.evaluate();
        double mse = codewords.assignment.meanError(all);
        float[] values = codewords.values;
        new LloydRule().update(values, all, 0);
        int replaced = 0;
        if (pass + 1 < settings.maxIter() && settings.replacement() != Reseeding.NONE) {
            Random random = SeededHash.random(settings.seed(), RESEEDING_STREAM, -1 - pass);
            replaced = PerCodebookReseeding.replaceDead(codewords.layout, all, values, gradient::forget, random);
        }
        codewords.normalize();
        report(pass, (pass + 1.0) / settings.maxIter(), mse, all);
        return new PassRecord(pass + 1, LLOYD, mse, 0, replaced, 0);
    }

    /**
     * Whether the last pass gained less than the tolerance over the one before it. An exact pass that loses is no
     * end: where all levels of residuals move at once, the last ones may be thrown back while the first still gain.
     */
    private boolean settled() {
        if (history.size() < 2) {
            return false;
        }
        PassRecord before = history.get(history.size() - 2);
        double gain = before.mse() - last().mse();
        return before.phase().equals(last().phase())
                && last().replaced() == 0
                && (last().phase().equals(LLOYD) ? Math.abs(gain) : gain) <= settings.tol() * before.mse();
    }

    private void report(int pass, double done, double mse, CodebookStatistics all) {
        listener.progressed(new TrainingListener.Progress(pass + 1, settings.maxIter(), done, mse, 0)
                .withRows(codewords.source.rows())
                .withUse(codewords.layout, all));
    }

    private PassRecord last() {
        return history.get(history.size() - 1);
    }

    /** Measures the codebook on all rows, and repairs it, if that is asked for and something in it is dead. */
    private TrainingResult finish() {
        if (measured == null) {
            listener.begins(MEASURING);
            measured = codewords.evaluate();
        }
        CodebookStatistics all = measured;
        if (settings.repairs()) {
            all = new CodebookRepair(codewords).repair(all);
        }
        report(settings.maxIter() - 1, 1, codewords.assignment.meanError(all), all);
        CodebookLayout layout = codewords.layout;
        FloatMatrix trained = new FloatMatrix(layout.total(), layout.dimension(), codewords.values);
        return new TrainingResult(trained, all, List.copyOf(history));
    }
}
