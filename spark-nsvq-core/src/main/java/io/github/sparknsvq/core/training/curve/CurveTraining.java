package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.NsvqRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Trains a space-filling curve: from four corners by doubling, each time with the passes that are asked for (Vali and
 * Bäckström, Interspeech 2023).
 */
public final class CurveTraining {
    private static final String PHASE = "curve";
    private static final long DITHER_STREAM = -10;

    /** How far apart the twins of a corner are, as a share of a segment. */
    private static final double TWINS_APART = 0.01;

    private static final int MAX_STEPS = 1_000_000;

    private final StatisticsSource source;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final TrainingCheckpoint checkpoint;
    private final int dimension;
    private final int levels;
    private final int stepsPerPass;
    private final Moments moments;
    private final List<PassRecord> history = new ArrayList<>();

    private float[] corners;
    private NsvqRule adam;

    private CurveTraining(
            StatisticsSource source,
            TrainingSettings settings,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        this.source = source;
        this.settings = settings;
        this.listener = listener;
        this.checkpoint = checkpoint;
        this.dimension = source.dimension();
        this.levels = Integer.numberOfTrailingZeros(settings.codewords() / CurveStart.CORNERS) + 1;
        this.stepsPerPass = stepsPerPass(source.rows(), settings);
        this.moments = Moments.of(source);
    }

    /** Checks that a curve can have so many corners. */
    public static void checkCorners(int corners) {
        NsvqException.unless(
                corners >= CurveStart.CORNERS && Integer.bitCount(corners) == 1,
                "a space-filling curve is trained by doubling from " + CurveStart.CORNERS + " corners: k = " + corners
                        + " must be a power of two, at least " + CurveStart.CORNERS);
    }

    /**
     * Trains a curve.
     *
     * @param source the rows, at least one
     * @param settings {@code codewords} is the number of corners, a power of two from 4 on; {@code maxIter} the
     *     passes for each number of corners; {@code seed}, {@code batchSize}, {@code learningRate}, {@code finalRate}
     *     and {@code device} as for a codebook
     * @param listener is told of the progress
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again
     * @return the curve with the statistics of all rows, and the passes' history
     * @throws NsvqException if there are no rows, or there can be no curve of so many corners
     */
    public static CurveResult train(
            StatisticsSource source,
            TrainingSettings settings,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        checkCorners(settings.codewords());
        NsvqException.unless(source.rows() > 0, "there are no rows to train on");
        return new CurveTraining(source, settings, listener, checkpoint).run();
    }

    private static int stepsPerPass(long rows, TrainingSettings settings) {
        long steps = settings.batchSize() > 0
                ? (rows + settings.batchSize() - 1) / settings.batchSize()
                : Math.min(12, rows / Math.max(settings.codewords(), 32));
        return (int) Math.max(1, Math.min(MAX_STEPS, steps));
    }

    private CurveResult run() {
        int passes = settings.maxIter();
        Optional<TrainingCheckpoint.State> saved = checkpoint.load();
        if (saved.isPresent()) {
            restore(saved.get());
        } else {
            begin(CurveStart.corners(source, settings.seed()));
        }
        for (int done = history.size(); done < levels * passes; done++) {
            if (done > 0 && done % passes == 0) {
                begin(doubled(corners, dimension));
            }
            long began = System.nanoTime();
            PassRecord pass = pass(done);
            double seconds = (System.nanoTime() - began) / 1e9;
            history.add(new PassRecord(done + 1, PHASE, pass.mse(), pass.learningRate(), 0, seconds));
            checkpoint.save(new TrainingCheckpoint.State(done + 1, false, corners, adam.state(), history));
        }
        while (corners.length < settings.codewords() * dimension) {
            corners = doubled(corners, dimension);
        }
        CodebookStatistics all = new ProjectTask(corners, dimension).on(source);
        FloatMatrix trained = new FloatMatrix(settings.codewords(), dimension, corners);
        return new CurveResult(trained, all, List.copyOf(history));
    }

    private void begin(float[] with) {
        corners = with;
        adam = new NsvqRule(corners.length / dimension, moments.rms());
    }

    private void restore(TrainingCheckpoint.State state) {
        begin(state.codewords().clone());
        float[][] into = adam.state();
        for (int i = 0; i < into.length; i++) {
            System.arraycopy(state.rule()[i], 0, into[i], 0, into[i].length);
        }
        history.addAll(state.history());
    }

    private PassRecord pass(int pass) {
        int segments = corners.length / dimension - 1;
        double error = 0;
        double weight = 0;
        double rate = 0;
        int passes = levels * settings.maxIter();
        for (int step = 0; step < stepsPerPass; step++) {
            rate = rate(pass, step);
            long stream = SeededHash.mix(DITHER_STREAM, pass, step);
            DitheredPoints points = DitheredPoints.draw(corners, dimension, settings.seed(), stream);
            RowSelection rows = new RowSelection(settings.seed(), pass, step, stepsPerPass);
            AssignTask task = new AssignTask(points.points(), dimension, rows, settings.device());
            CodebookStatistics batch = source.statistics(task, segments, dimension);
            if (batch.weight() > 0) {
                adam.update(corners, points.ofCorners(batch), rate);
            }
            error += batch.error();
            weight += batch.weight();
            double done = (pass + (step + 1.0) / stepsPerPass) / passes;
            listener.progressed(new TrainingListener.Progress(pass + 1, passes, done, batch.meanError(), rate));
        }
        return new PassRecord(pass + 1, PHASE, weight > 0 ? error / weight : 0, rate, 0, 0);
    }

    /** Falls from the start rate to the final rate for each number of corners, in units of the error before. */
    private double rate(int pass, int step) {
        int first = pass / settings.maxIter() * settings.maxIter();
        double variance = moments.variance();
        double share =
                first > 0 && variance > 0 ? Math.min(1, history.get(first - 1).mse() / variance) : 1;
        double done = (pass - first + (double) step / stepsPerPass) / settings.maxIter();
        double start = settings.learningRate();
        double end = settings.finalRate() > 0 ? Math.min(start, settings.finalRate()) : start;
        return Math.sqrt(share) * start * Math.pow(end / start, done);
    }

    /** Twins of all corners, so near to each other on the line that it keeps its shape, ends included. */
    static float[] doubled(float[] corners, int dimension) {
        int k = corners.length / dimension;
        SpaceFillingCurve curve = new SpaceFillingCurve(new FloatMatrix(k, dimension, corners));
        float[] twice = new float[2 * corners.length];
        for (int i = 0; i < k; i++) {
            boolean lower = i < k / 2;
            int segment = lower ? i : i - 1;
            double first = lower ? 0 : 1 - TWINS_APART;
            curve.point(curve.position(segment, first), twice, 2 * i * dimension);
            curve.point(curve.position(segment, first + TWINS_APART), twice, (2 * i + 1) * dimension);
        }
        return twice;
    }
}
