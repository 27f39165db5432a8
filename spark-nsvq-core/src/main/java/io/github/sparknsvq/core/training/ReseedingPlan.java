package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.update.PerCodebookReseeding;
import io.github.sparknsvq.core.training.update.Replacement;
import io.github.sparknsvq.core.training.update.ReseedingPolicy;
import io.github.sparknsvq.core.training.update.ReseedingPolicy.BatchPresence;
import io.github.sparknsvq.core.training.update.ReseedingPolicy.ErrorProportional;
import io.github.sparknsvq.core.training.update.UpdateRule;

/** When a training's gradient phase replaces codewords, and by which policy. */
final class ReseedingPlan implements Replacement {
    private static final long serialVersionUID = 1L;

    private static final long STREAM = -3;

    /** The policy {@code error} acts in this share of the gradient phase; afterwards codewords are left to settle. */
    private static final double ENDS = 0.7;

    /** Rows per codeword that a window needs before its counts say anything. */
    private static final int WINDOW = 16;

    /** Share of the mean error under which the policy {@code error} takes a codeword as idle. */
    private static final double IDLE = 0.2;

    private final Reseeding reseeding;
    private final CodebookLayout layout;
    private final double threshold;
    private final double noise;
    private final ReseedingPolicy policy;
    private final boolean paper;
    private final long totalSteps;
    private final int stepsPerPass;
    private final long seed;
    private final double window;
    private double windowWeight;
    private long lastStep;
    private int times;

    private ReseedingPlan(
            Reseeding reseeding,
            CodebookLayout layout,
            double threshold,
            double noise,
            long totalSteps,
            int stepsPerPass,
            long seed,
            double window) {
        this.reseeding = reseeding;
        this.layout = layout;
        this.threshold = threshold;
        this.noise = noise;
        int d = layout.dimension();
        this.policy = switch (reseeding) {
            case ERROR -> new PerCodebookReseeding(layout, k -> new ErrorProportional(k, d, IDLE));
            case PRESENCE -> new PerCodebookReseeding(layout, k -> new BatchPresence(k, d, threshold, noise));
            case AUTO, NONE -> ReseedingPolicy.NONE;
        };
        this.paper = reseeding == Reseeding.PRESENCE;
        this.totalSteps = totalSteps;
        this.stepsPerPass = stepsPerPass;
        this.seed = seed;
        this.window = window;
    }

    /**
     * Makes the plan of one training.
     *
     * @param settings of the training
     * @param layout the codebooks
     * @param passes passes of the gradient phase
     * @param noise standard deviation of the noise that parts a copy from its donor under {@code presence}
     * @param rowWeight mean weight of a row
     */
    static ReseedingPlan of(
            TrainingSettings settings,
            CodebookLayout layout,
            int stepsPerPass,
            int passes,
            double noise,
            double rowWeight) {
        long total = (long) stepsPerPass * passes;
        // a row counts once in each codebook
        double window = rowWeight * WINDOW * layout.largest() * layout.codebooks();
        return new ReseedingPlan(
                settings.replacement(),
                layout,
                settings.presenceThreshold(),
                noise,
                total,
                stepsPerPass,
                settings.seed(),
                window);
    }

    @Override
    public int after(CodebookStatistics seen, long step, float[] vectors, UpdateRule rule) {
        policy.observe(seen);
        windowWeight += seen.weight();
        if (!(paper ? paperDue(step) : due(step))) {
            return 0;
        }
        windowWeight = 0;
        lastStep = step;
        times++;
        return policy.reseed(vectors, rule::forget, SeededHash.random(seed, STREAM, step));
    }

    @Override
    public ReseedingPlan fresh() {
        return new ReseedingPlan(reseeding, layout, threshold, noise, totalSteps, stepsPerPass, seed, window);
    }

    /** Returns what the policy carries from one pass to the next, not copied. */
    float[][] state() {
        return policy.state();
    }

    /** Takes up the schedule after some passes that a training before this one did. */
    void skip(int passes, int localSteps) {
        for (int pass = 0; pass < passes; pass++) {
            for (int step = 0; step < stepsPerPass; ) {
                step = Math.min(step + localSteps, stepsPerPass);
                long done = (long) pass * stepsPerPass + step;
                if (paper && paperDue(done)) {
                    lastStep = done;
                    times++;
                }
            }
        }
    }

    /** The policy {@code error}: as soon as there are rows enough to count, and at the end of each pass. */
    private boolean due(long step) {
        return step <= ENDS * totalSteps && (windowWeight >= window || step % stepsPerPass == 0);
    }

    /** The NSVQ paper: ten times every 0.5 % of all updates, then every 3 %, none in the last 3 %. */
    private boolean paperDue(long step) {
        double interval = (times < 10 ? 0.005 : 0.03) * totalSteps;
        return step - lastStep >= interval && step <= 0.97 * totalSteps;
    }
}
