package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.assign.SingleAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.EmaRule;
import io.github.sparknsvq.core.training.update.LloydRule;
import io.github.sparknsvq.core.training.update.LocalStepsResult;
import io.github.sparknsvq.core.training.update.LocalStepsTask;
import io.github.sparknsvq.core.training.update.MiniBatchRule;
import io.github.sparknsvq.core.training.update.NsvqRule;
import io.github.sparknsvq.core.training.update.PerCodebookReseeding;
import io.github.sparknsvq.core.training.update.ReseedingPolicy;
import io.github.sparknsvq.core.training.update.SgdRule;
import io.github.sparknsvq.core.training.update.UpdateRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The one training loop: assign, count, update, reseed, stop. It runs mini-batch passes with the chosen rule and ends
 * with Lloyd passes; every update rule, local or on Spark, goes through here.
 */
public final class CodebookTrainer {
    private static final String LLOYD = Updater.LLOYD.label();
    private static final long RESEEDING_STREAM = -4;

    /** Most steps in a pass: a bound on batches of a few rows of a very large data set. */
    private static final int MAX_STEPS = 1_000_000;

    /** Noise on the copies that the paper's replacement makes, in units of the data's rms: shows in float32. */
    private static final double COPY_NOISE = 1e-3;

    private final StatisticsSource source;
    private final Assignment assignment;
    private final CodebookLayout layout;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final TrainingCheckpoint checkpoint;

    private final int gradientPasses;
    private final int stepsPerPass;
    private float[] codewords;
    private UpdateRule rule;
    private ReseedingPlan plan;
    private List<Moments> moments;
    private final List<PassRecord> history = new ArrayList<>();

    private CodebookTrainer(
            StatisticsSource source,
            Assignment assignment,
            TrainingSettings settings,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        this.source = source;
        this.assignment = assignment;
        this.layout = assignment.layout();
        this.settings = settings;
        this.listener = listener;
        this.checkpoint = checkpoint;
        boolean lloyd = settings.updater() == Updater.LLOYD;
        this.gradientPasses = lloyd ? 0 : Math.max(0, settings.maxIter() - settings.lloydPasses());
        long steps = settings.batchSize() > 0
                ? (source.rows() + settings.batchSize() - 1) / settings.batchSize()
                : automaticSteps(source.rows(), layout.largest());
        this.stepsPerPass = (int) Math.max(1, Math.min(MAX_STEPS, steps));
    }

    /**
     * Trains a codebook.
     *
     * @param source the rows, at least one
     * @param settings what is asked for
     * @param start {@code K x D} codewords to start from; copied
     * @param listener hears how it goes on
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again
     * @return the codebook with what all rows say of it, and the passes' history
     * @throws NsvqException if there are no rows, or the start does not fit the rows or settings
     */
    public static TrainingResult train(
            StatisticsSource source,
            TrainingSettings settings,
            FloatMatrix start,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        if (source.rows() > 0 && start.columns() != source.dimension()) {
            throw new NsvqException("the codebook to start from has dimension " + start.columns() + ", the rows have "
                    + source.dimension());
        }
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
     * @param listener hears how it goes on
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again
     * @return the codebooks with what all rows say of them, and the passes' history
     * @throws NsvqException if there are no rows, or the start does not fit the rows or the assignment
     */
    public static TrainingResult train(
            StatisticsSource source,
            Assignment assignment,
            TrainingSettings settings,
            FloatMatrix start,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        if (source.rows() == 0) {
            throw new NsvqException("there are no rows to train on");
        }
        if (assignment.rowDimension() != source.dimension()) {
            throw new NsvqException("the codebooks are for rows of dimension " + assignment.rowDimension()
                    + ", the rows have " + source.dimension());
        }
        CodebookLayout layout = assignment.layout();
        if (start.rows() != layout.total() || start.columns() != layout.dimension()) {
            throw new NsvqException("the codebook to start from has " + start.rows() + " codewords of dimension "
                    + start.columns() + ", but " + layout.total() + " of dimension " + layout.dimension()
                    + " are asked for");
        }
        return new CodebookTrainer(source, assignment, settings, listener, checkpoint).run(start);
    }

    /** Twelve steps in a pass, fewer if a step would see fewer rows than there are codewords, or than 32. */
    static int automaticSteps(long rows, int codewords) {
        return (int) Math.max(1, Math.min(12, rows / Math.max(codewords, 32)));
    }

    private TrainingResult run(FloatMatrix start) {
        codewords = start.values().clone();
        prepare();
        boolean gradientEnded = false;
        int pass = 0;
        boolean ended = false;
        Optional<TrainingCheckpoint.State> saved = checkpoint.load();
        if (saved.isPresent()) {
            restore(saved.get());
            pass = saved.get().passes();
            gradientEnded = saved.get().gradientEnded();
            ended = settled() && lastPhase().equals(LLOYD);
        }
        for (; pass < settings.maxIter() && !ended; pass++) {
            boolean gradient = pass < gradientPasses && !gradientEnded;
            if (pass < gradientPasses && gradientEnded) {
                continue;
            }
            long began = System.nanoTime();
            PassRecord record = gradient ? gradientPass(pass) : lloydPass(pass);
            history.add(record.taking((System.nanoTime() - began) / 1e9));
            boolean settled = settled();
            // a noisy pass may well be a little worse than the one before it: no end without a tolerance
            gradientEnded |= settled && gradient && !annealed() && settings.tol() > 0;
            ended = settled && !gradient;
            checkpoint.save(new TrainingCheckpoint.State(pass + 1, gradientEnded, codewords, state(), history));
        }
        return finish();
    }

    private void restore(TrainingCheckpoint.State state) {
        System.arraycopy(state.codewords(), 0, codewords, 0, codewords.length);
        float[][] into = state();
        for (int i = 0; i < into.length; i++) {
            System.arraycopy(state.rule()[i], 0, into[i], 0, into[i].length);
        }
        history.addAll(state.history());
        plan.skip(Math.min(state.passes(), gradientPasses), settings.localSteps());
    }

    /** What the rule and the replacement policy carry from one pass to the next. */
    private float[][] state() {
        List<float[]> all = new ArrayList<>(List.of(rule.state()));
        all.addAll(List.of(plan.state()));
        return all.toArray(new float[0][]);
    }

    private void prepare() {
        moments = assignment.moments(source, codewords, settings.device());
        float[] rms = rms(moments);
        int k = layout.total();
        rule = switch (settings.updater()) {
            case NSVQ, STE -> new NsvqRule(layout, rms);
            case SGD -> new SgdRule();
            case EMA -> new EmaRule(k, EmaRule.DECAY);
            case MINIBATCH -> new MiniBatchRule(k);
            case LLOYD -> new LloydRule();
        };
        // STE goes without replacement: that is what NSVQ gains over it in the paper's Table 2
        Reseeding policy = settings.updater() == Updater.STE ? Reseeding.NONE : settings.reseeding();
        double noise = COPY_NOISE * meanOf(rms);
        double rowWeight = moments.get(0).weight() / source.rows();
        plan = ReseedingPlan.of(policy, settings.seed(), layout, stepsPerPass, gradientPasses, noise, rowWeight);
    }

    private float[] rms(List<Moments> moments) {
        int d = layout.dimension();
        float[] rms = new float[moments.size() * d];
        for (int m = 0; m < moments.size(); m++) {
            System.arraycopy(moments.get(m).rms(), 0, rms, m * d, d);
        }
        return rms;
    }

    private static double meanOf(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** One pass of mini-batch steps with the chosen rule. */
    private PassRecord gradientPass(int pass) {
        CodebookStatistics seen = new CodebookStatistics(layout.total(), layout.dimension());
        int replaced = 0;
        double rate = 0;
        for (int step = 0; step < stepsPerPass; ) {
            int steps = Math.min(settings.localSteps(), stepsPerPass - step);
            double[] rates = new double[steps];
            for (int i = 0; i < steps; i++) {
                rates[i] = rate(pass, step + i);
            }
            rate = rates[steps - 1];
            CodebookStatistics batch = steps(new RowSelection(settings.seed(), pass, step, stepsPerPass), rates);
            seen.merge(batch);
            step += steps;
            replaced += plan.after(batch, (long) pass * stepsPerPass + step, codewords, rule);
            report(pass, (pass + (double) step / stepsPerPass) / settings.maxIter(), batch, rate);
        }
        return new PassRecord(pass + 1, settings.updater().label(), assignment.meanError(seen), rate, replaced, 0);
    }

    /** Takes one exact step, or several local ones. */
    private CodebookStatistics steps(RowSelection first, double[] rates) {
        if (rates.length == 1) {
            CodebookStatistics batch = assign(first);
            if (batch.weight() > 0) {
                rule.update(codewords, batch, rates[0]);
                normalize();
            }
            return batch;
        }
        var task =
                new LocalStepsTask(assignment, codewords, rule, first, rates, settings.unitLength(), settings.device());
        CodebookStatistics seen = new CodebookStatistics(layout.total(), layout.dimension());
        long bytes = LocalStepsResult.bytes(codewords, rule, layout.dimension());
        source.merge(task, layout.total(), bytes, (from, merged) -> {
            merged.apply(from, codewords, rule);
            seen.mergeRange(from, merged.seen());
        });
        normalize();
        return seen;
    }

    /** One exact k-means pass. Codewords that nothing chose are replaced, but not in the last pass. */
    private PassRecord lloydPass(int pass) {
        CodebookStatistics all = evaluate();
        new LloydRule().update(codewords, all, 0);
        int replaced = 0;
        if (pass + 1 < settings.maxIter() && settings.reseeding() != Reseeding.NONE) {
            ReseedingPolicy dead = new PerCodebookReseeding(
                    layout, k -> new ReseedingPolicy.ErrorProportional(k, layout.dimension(), 0));
            dead.observe(all);
            replaced = dead.reseed(codewords, rule::forget, random(-1 - pass));
        }
        normalize();
        report(pass, (pass + 1.0) / settings.maxIter(), all, 0);
        return new PassRecord(pass + 1, LLOYD, assignment.meanError(all), 0, replaced, 0);
    }

    private CodebookStatistics evaluate() {
        return assign(RowSelection.ALL);
    }

    private CodebookStatistics assign(RowSelection selection) {
        return new AssignTask(assignment, codewords, selection, settings.device()).on(source);
    }

    private void normalize() {
        if (settings.unitLength()) {
            UnitLength.normalize(codewords, layout.dimension());
        }
    }

    private boolean hasRate() {
        return settings.updater() != Updater.EMA && settings.updater() != Updater.MINIBATCH;
    }

    /** Whether the rate falls: then a pass that gains little says nothing, the gain comes with the small steps. */
    private boolean annealed() {
        return hasRate() && settings.finalRate() > 0;
    }

    /**
     * The rate falls geometrically from the start rate, in units of the rms of what a codebook quantizes, to the final rate,
     * in units of its rms error: large steps first, which shake codewords out of poor places as annealing does, and in the end
     * steps that are small beside the cells, however many and small the cells are. 0 for rules that have no rate.
     */
    private double rate(int pass, int step) {
        if (!hasRate()) {
            return 0;
        }
        double start = settings.learningRate();
        if (settings.finalRate() == 0) {
            return start;
        }
        double share = history.isEmpty()
                ? 1
                : Math.min(
                        1,
                        assignment.remainingShare(
                                history.get(history.size() - 1).mse(), moments));
        double end = Math.min(start, settings.finalRate() * Math.sqrt(share));
        double done = (pass + (double) step / stepsPerPass) / Math.max(1, gradientPasses);
        return end > 0 ? start * Math.pow(end / start, done) : start;
    }

    /**
     * Whether the last pass gained less than the tolerance over the one before it. An exact pass that loses is no end: where
     * all levels of remainders move at once, the last ones may be thrown back while the first still gain.
     */
    private boolean settled() {
        int passes = history.size();
        if (passes < 2) {
            return false;
        }
        PassRecord before = history.get(passes - 2);
        PassRecord record = history.get(passes - 1);
        double gain = before.mse() - record.mse();
        return before.phase().equals(record.phase())
                && record.replaced() == 0
                && (record.phase().equals(LLOYD) ? Math.abs(gain) : gain) <= settings.tol() * before.mse();
    }

    private String lastPhase() {
        return history.get(history.size() - 1).phase();
    }

    private Random random(long stream) {
        return new Random(SeededHash.mix(settings.seed(), RESEEDING_STREAM, stream));
    }

    private void report(int pass, double done, CodebookStatistics batch, double rate) {
        listener.progressed(
                new TrainingListener.Progress(pass + 1, settings.maxIter(), done, assignment.meanError(batch), rate));
    }

    /** Measures the codebook on all rows, and repairs it if something in it is dead. */
    private TrainingResult finish() {
        CodebookStatistics all = evaluate();
        if (settings.maxIter() > 0 && settings.reseeding() != Reseeding.NONE) {
            CodebookRepair repair = new CodebookRepair(source, assignment, settings, codewords);
            all = repair.repair(all);
            codewords = repair.codewords();
        }
        report(settings.maxIter() - 1, 1, all, 0);
        FloatMatrix trained = new FloatMatrix(layout.total(), layout.dimension(), codewords);
        return new TrainingResult(trained, all, List.copyOf(history));
    }
}
