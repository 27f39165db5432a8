package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.EmaRule;
import io.github.sparknsvq.core.training.update.LloydRule;
import io.github.sparknsvq.core.training.update.LocalStepsResult;
import io.github.sparknsvq.core.training.update.LocalStepsTask;
import io.github.sparknsvq.core.training.update.MiniBatchRule;
import io.github.sparknsvq.core.training.update.NsvqRule;
import io.github.sparknsvq.core.training.update.SgdRule;
import io.github.sparknsvq.core.training.update.StraightThroughRule;
import io.github.sparknsvq.core.training.update.UpdateRule;
import java.util.ArrayList;
import java.util.List;

/** The first phase of a training: passes of mini-batch steps with the update rule that was asked for. */
final class GradientPhase {
    /** Most steps in a pass: a bound on batches of a few rows of a very large data set. */
    private static final int MAX_STEPS = 1_000_000;

    /** Steps in a pass where each is a job, or where so many as are asked for go with one. */
    private static final int EXACT_STEPS = 12;

    /** Steps in a pass where one job takes as many as it likes: smaller steps, and more, end lower. */
    private static final int STEPS = 25;

    /** Steps in a pass where each still has so many rows for a codeword, or so many rows. */
    private static final int MANY_STEPS = 100;

    private static final long ROWS_FOR_CODEWORD = 8;

    private static final long ROWS_OF_STEP = 10_000;

    /** Rows of a range, if there is not more work with fewer. */
    private static final int RANGE_ROWS = 1 << 19;

    /** Additions and multiplications of a pass over a range. */
    private static final double RANGE_OPERATIONS = 0x1p40;

    /** Rows that a range should have at least for each codeword. */
    private static final int ROWS_PER_CODEWORD = 32;

    /** Values that a range should have at most, whatever else: a gigabyte, which a task holds at once. */
    private static final long RANGE_VALUES = 1L << 28;

    /** Merges in a pass where there are several ranges, so that codewords are replaced so often. */
    private static final int MERGES = 5;

    /** Most ranges: each sends a codebook and what the rule knows of it. */
    private static final int MOST_RANGES = 256;

    /** Noise on the copies that the paper's replacement makes, in units of the data's rms: shows in float32. */
    private static final double COPY_NOISE = 1e-3;

    private final Codewords codewords;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final int passes;
    private final int stepsPerPass;
    private final int localSteps;
    private final List<Moments> moments;
    private final UpdateRule rule;
    private final ReseedingPlan plan;

    /** Number of ranges of rows that take local steps each. */
    private final int count;

    private int replacedInTask;

    /** The rows in ranges, each of which takes local steps; made when the first are taken. */
    private StatisticsSource ranges;

    GradientPhase(Codewords codewords, TrainingListener listener) {
        this.codewords = codewords;
        this.settings = codewords.settings;
        this.listener = listener;
        boolean lloyd = settings.updater() == Updater.LLOYD;
        this.passes = lloyd ? 0 : Math.max(0, settings.maxIter() - settings.lloydPasses());
        long rows = codewords.source.rows();
        int largest = codewords.layout.largest();
        long steps = settings.batchSize() > 0
                ? (rows + settings.batchSize() - 1) / settings.batchSize()
                : automaticSteps(rows, largest, steps(settings, rows, largest));
        this.stepsPerPass = (int) Math.max(1, Math.min(MAX_STEPS, steps));
        this.count = ranges(rows, codewords.source.dimension(), largest);
        this.localSteps = localSteps(settings, count, stepsPerPass);
        this.moments = codewords.assignment.moments(codewords.source, codewords.values, settings.device());
        float[] rms = rms(moments, codewords.layout.dimension());
        this.rule = rule(settings.updater(), codewords.layout, rms);
        this.plan = plan(rms);
    }

    /** How many steps go with one job. */
    private static int localSteps(TrainingSettings settings, int ranges, int stepsPerPass) {
        if (settings.localSteps() > 0) {
            return settings.localSteps();
        }
        if (isOfPapers(settings)) {
            return 1;
        }
        return ranges == 1 ? stepsPerPass : (stepsPerPass + MERGES - 1) / MERGES;
    }

    /** How many steps a pass should have: those of ste and of the paper's replacement are a job each. */
    private static int steps(TrainingSettings settings, long rows, int codewords) {
        if (settings.localSteps() > 0 || isOfPapers(settings)) {
            return EXACT_STEPS;
        }
        long batch = Math.min(ROWS_OF_STEP, ROWS_FOR_CODEWORD * codewords);
        return (int) Math.max(STEPS, Math.min(MANY_STEPS, rows / batch));
    }

    /** Whether the baseline, or the replacement, is as its paper has it. */
    private static boolean isOfPapers(TrainingSettings settings) {
        return settings.updater() == Updater.STE || settings.replacement() == Reseeding.PRESENCE;
    }

    /** So many steps in a pass, fewer if a step would see fewer rows than there are codewords, or than 32. */
    static int automaticSteps(long rows, int codewords, int most) {
        return (int) Math.max(1, Math.min(most, rows / Math.max(codewords, 32)));
    }

    /**
     * Returns into how many ranges rows are cut for local steps: one while an executor's threads can do the work of a
     * pass in seconds, since averages of what few rows say are poor.
     *
     * @param rows of the data set
     * @param dimension of the rows
     * @param codewords of the largest codebook
     * @return a power of two
     */
    static int ranges(long rows, int dimension, int codewords) {
        double work = Math.max((double) rows / RANGE_ROWS, 2.0 * rows * dimension * codewords / RANGE_OPERATIONS);
        double most = Math.min(MOST_RANGES, (double) rows / ROWS_PER_CODEWORD / codewords);
        double least = (double) rows * dimension / RANGE_VALUES;
        long count = Long.highestOneBit((long) Math.max(1, Math.max(least, Math.min(most, work))));
        return (int) (count < least ? 2 * count : count);
    }

    private static UpdateRule rule(Updater updater, CodebookLayout layout, float[] rms) {
        return switch (updater) {
            case NSVQ -> new NsvqRule(layout, rms);
            case STE -> new StraightThroughRule(layout, rms);
            case SGD -> new SgdRule();
            case EMA -> new EmaRule(layout.total(), EmaRule.DECAY);
            case MINIBATCH -> new MiniBatchRule(layout.total());
            case LLOYD -> new LloydRule();
        };
    }

    private ReseedingPlan plan(float[] rms) {
        double sum = 0;
        for (float value : rms) {
            sum += value;
        }
        double noise = COPY_NOISE * (sum / rms.length);
        double rowWeight = moments.get(0).weight() / codewords.source.rows();
        return ReseedingPlan.of(settings, codewords.layout, stepsPerPass, passes, noise, rowWeight);
    }

    private static float[] rms(List<Moments> moments, int d) {
        float[] rms = new float[moments.size() * d];
        for (int m = 0; m < moments.size(); m++) {
            System.arraycopy(moments.get(m).rms(), 0, rms, m * d, d);
        }
        return rms;
    }

    /** Returns how many passes the phase has, if it does not end early. */
    int passes() {
        return passes;
    }

    /** Tells the rule that a codeword was replaced. */
    void forget(int codeword) {
        rule.forget(codeword);
    }

    /** Returns what the rule and the replacement policy carry from one pass to the next, not copied. */
    float[][] state() {
        List<float[]> all = new ArrayList<>(List.of(rule.state()));
        all.addAll(List.of(plan.state()));
        return all.toArray(new float[0][]);
    }

    /** Takes up the state of a training that ended after some passes. */
    void restore(float[][] saved, int passesDone) {
        float[][] into = state();
        for (int i = 0; i < into.length; i++) {
            System.arraycopy(saved[i], 0, into[i], 0, into[i].length);
        }
        plan.skip(Math.min(passesDone, passes), localSteps);
    }

    /**
     * Runs one pass.
     *
     * @param pass number of the pass, from 0
     * @param history the passes before it
     */
    PassRecord run(int pass, List<PassRecord> history) {
        CodebookLayout layout = codewords.layout;
        CodebookStatistics seen = new CodebookStatistics(layout.total(), 0);
        double finalRate = finalRate(history);
        int replaced = 0;
        double rate = 0;
        for (int step = 0; step < stepsPerPass; ) {
            double[] rates = new double[Math.min(localSteps, stepsPerPass - step)];
            for (int i = 0; i < rates.length; i++) {
                rates[i] = rate(pass, step + i, finalRate);
            }
            rate = rates[rates.length - 1];
            CodebookStatistics batch = steps(new RowSelection(settings.seed(), pass, step, stepsPerPass), rates);
            seen.count(batch);
            step += rates.length;
            replaced += inTask()
                    ? replacedInTask
                    : plan.after(batch, (long) pass * stepsPerPass + step, codewords.values, rule);
            TrainingListener.Progress at = progress(pass, step, codewords.assignment.meanError(batch), rate);
            at = at.withRows(codewords.source.rows() * rates.length / stepsPerPass);
            listener.progressed(step < stepsPerPass ? at : at.withUse(layout, seen));
        }
        double mse = codewords.assignment.meanError(seen);
        return new PassRecord(pass + 1, settings.updater().label(), mse, rate, replaced, 0);
    }

    /** Says how far the training is after some steps of a pass. */
    private TrainingListener.Progress progress(int pass, int steps, double mse, double rate) {
        double done = (pass + (double) steps / stepsPerPass) / settings.maxIter();
        return new TrainingListener.Progress(pass + 1, settings.maxIter(), done, mse, rate);
    }

    /** Takes one exact step, or several local ones. Returns the counts and errors. */
    private CodebookStatistics steps(RowSelection first, double[] rates) {
        if (localSteps == 1) {
            CodebookStatistics batch = codewords.assign(first);
            if (batch.weight() > 0) {
                rule.update(codewords.values, batch, rates[0]);
                codewords.normalize();
            }
            return batch;
        }
        float[] values = codewords.values;
        CodebookLayout layout = codewords.layout;
        StatisticsSource source = codewords.source;
        if (ranges == null) {
            ranges = source.inRanges(count);
        }
        // a device takes large calls, and those of one task as well as those of several
        int threads = settings.device() == Device.OPENCL ? 1 : source.threads(count);
        var task = new LocalStepsTask(
                codewords.assignment,
                values,
                rule,
                first,
                rates,
                settings.unitLength(),
                settings.device(),
                inTask() ? plan : null,
                threads);
        CodebookStatistics seen = new CodebookStatistics(layout.total(), 0);
        long bytes = LocalStepsResult.bytes(values, rule, layout.dimension());
        ranges.merge(task, layout.total(), bytes, (from, merged) -> {
            if (inTask()) {
                merged.replace(values, rule);
            } else {
                merged.apply(from, values, rule);
            }
            replacedInTask = merged.replaced();
            seen.mergeRange(from, merged.seen());
        });
        codewords.normalize();
        return seen;
    }

    /**
     * Whether the task of a pass replaces codewords between its steps: one that is alone, and whose window of rows
     * need not outlive it.
     */
    private boolean inTask() {
        boolean wholePasses = localSteps > 1 && localSteps >= stepsPerPass;
        return count == 1 && wholePasses && settings.replacement() == Reseeding.ERROR;
    }

    private boolean hasRate() {
        return settings.updater() != Updater.EMA && settings.updater() != Updater.MINIBATCH;
    }

    /** Whether the rate falls: then a pass that gains little says nothing, the gain comes with the small steps. */
    boolean annealed() {
        return hasRate() && settings.finalRate() > 0;
    }

    /** The rate at the end of the phase, in units of the rms of what a codebook quantizes. */
    private double finalRate(List<PassRecord> history) {
        double share = history.isEmpty()
                ? 1
                : codewords.assignment.remainingShare(
                        history.get(history.size() - 1).mse(), moments);
        return Math.min(settings.learningRate(), settings.finalRate() * Math.sqrt(Math.min(1, share)));
    }

    /**
     * The rate falls geometrically from the start rate, in units of the rms of what a codebook quantizes, to the
     * final rate, in units of its rms error: large steps first, which move codewords out of poor places as annealing
     * does, and in the end steps that are small beside the cells, however many and small the cells are. 0 for rules
     * that have no rate.
     */
    private double rate(int pass, int step, double end) {
        if (!hasRate()) {
            return 0;
        }
        double start = settings.learningRate();
        double done = (pass + (double) step / stepsPerPass) / Math.max(1, passes);
        return end > 0 ? start * Math.pow(end / start, done) : start;
    }
}
