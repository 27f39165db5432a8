package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.NsvqRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Trains a space-filling curve: from four corners by doubling, with {@code maxIter} passes for each number of corners
 * in which rows go to one point of each segment, drawn anew for every step (Vali and Bäckström, Interspeech 2023).
 * The last passes of all project the rows on the whole line instead.
 *
 * <p>The points favor corners that lie close together, for a row may be as far from a point as its segment is long:
 * so the line stays ordered. Exact projection lowers the error by making the line longer. One pass of it gains a
 * tenth or so of the error in two dimensions for some hundredths of the distance between corners.
 *
 * <p>The learning rate is in units of the error's rms at the end of the passes with half as many corners (at first:
 * the data's), and falls geometrically within the passes for each number. Adam starts anew each time.
 *
 * <p>Of rows of length 1 (cosine distance) the nearest point of the line in Euclidean distance is looked for, as of
 * any others. Corners are then not brought to length 1: the line between them would not be either, and corners a
 * little inside the sphere leave less error.
 *
 * <p>A segment that is nearest to no row is no waste and is left as it is: it joins parts of the line between which
 * there are no rows. Clusters that lie far apart so take two corners each; where there are fewer, clusters are left
 * to segments that pass by, and more exact passes mend that in part.
 *
 * <p>The same seed, rows and settings give the same curve, however the rows are partitioned, up to the rounding of
 * sums.
 */
public final class CurveTraining {
    /** Default of {@code maxIter}, the passes for each number of corners. */
    public static final int PASSES = 10;

    /** Default of {@code learningRate}. */
    public static final double LEARNING_RATE = 0.15;

    /** Default of {@code finalRate}. */
    public static final double FINAL_RATE = 0.02;

    private static final String DITHERED = "curve";
    private static final String EXACT = "projection";
    private static final long DITHER_STREAM = -10;

    /** What exact passes start with, in units of the learning rate. */
    private static final double EXACT_START = 0.5;

    /** How far apart the twins of a corner are, as a share of a segment. */
    private static final double TWINS_APART = 0.01;

    /** Steps in a pass, unless the size of batches is asked for. */
    private static final int STEPS = 12;

    private static final int MOST_STEPS = 1_000_000;

    /** Rows that a step should see at least, or as many as there are corners. */
    private static final int FEW_ROWS = 32;

    private final StatisticsSource source;
    private final TrainingSettings settings;
    private final TrainingListener listener;
    private final TrainingCheckpoint checkpoint;
    private final int dimension;
    private final int allValues;
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
        // refuses more corners than fit one array
        this.allValues = new CodebookLayout(dimension, settings.codewords()).total() * dimension;
        this.moments = Moments.of(source);
    }

    /** Returns a builder of settings that starts from the defaults for a curve. */
    public static TrainingSettings.Builder settings(int corners) {
        return TrainingSettings.builder(corners)
                .passes(PASSES, TrainingSettings.AUTO)
                .batches(0, 1)
                .learningRate(LEARNING_RATE, FINAL_RATE);
    }

    /**
     * Checks that a curve can have so many corners.
     *
     * @throws NsvqException if it cannot
     */
    public static void checkCorners(int corners) {
        NsvqException.unless(
                corners >= CurveStart.CORNERS && Integer.bitCount(corners) == 1,
                "a space-filling curve is trained by doubling from " + CurveStart.CORNERS + " corners: k = " + corners
                        + " must be a power of two, at least " + CurveStart.CORNERS);
    }

    /** Returns the passes of a whole training. */
    public static int passes(TrainingSettings settings) {
        return levels(settings) * settings.maxIter() + exactPasses(settings);
    }

    private static int levels(TrainingSettings settings) {
        return Integer.numberOfTrailingZeros(settings.codewords() / CurveStart.CORNERS) + 1;
    }

    private static int exactPasses(TrainingSettings settings) {
        int automatic = Math.min(1, settings.maxIter());
        return settings.lloydIter() == TrainingSettings.AUTO ? automatic : settings.lloydIter();
    }

    /**
     * Trains a curve.
     *
     * @param source the rows, at least one
     * @param settings {@code codewords} is the number of corners, a power of two from 4 on; {@code maxIter} the
     *     passes for each number of corners; {@code lloydIter} the passes after these that project exactly, by
     *     default one; {@code seed}, {@code batchSize}, {@code learningRate}, {@code finalRate} and {@code device} as
     *     for a codebook; the others are not looked at
     * @param listener is told of the progress
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again: its
     *     codewords are {@code K x D} values, the corners that there are at that time and then zeros
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

    private CurveResult run() {
        Optional<TrainingCheckpoint.State> saved = checkpoint.load();
        if (saved.isPresent()) {
            restore(saved.get());
        } else {
            begin(CurveStart.corners(source, settings.seed()));
        }
        for (int pass = history.size(); pass < passes(settings); pass++) {
            grow(cornersIn(pass));
            history.add(run(pass));
            float[] padded = Arrays.copyOf(corners, allValues);
            checkpoint.save(new TrainingCheckpoint.State(pass + 1, false, padded, adam.state(), history));
        }
        grow(settings.codewords()); // if no passes were asked for
        CodebookStatistics all =
                new ProjectTask(corners, dimension, RowSelection.ALL, ProjectTask.By.SEGMENT).on(source);
        FloatMatrix trained = new FloatMatrix(settings.codewords(), dimension, corners);
        return new CurveResult(trained, all, List.copyOf(history));
    }

    private void grow(int to) {
        while (corners.length < to * dimension) {
            begin(doubled(corners, dimension));
        }
    }

    private void begin(float[] with) {
        corners = with;
        adam = new NsvqRule(corners.length / dimension, moments.rms());
    }

    private void restore(TrainingCheckpoint.State state) {
        begin(Arrays.copyOf(state.codewords(), cornersIn(state.passes() - 1) * dimension));
        float[][] into = adam.state();
        for (int i = 0; i < into.length; i++) {
            System.arraycopy(state.rule()[i], 0, into[i], 0, into[i].length);
        }
        history.addAll(state.history());
    }

    private boolean isDithered(int pass) {
        return pass < levels(settings) * settings.maxIter();
    }

    /** Returns how many corners there are in a pass. */
    private int cornersIn(int pass) {
        return isDithered(pass) ? CurveStart.CORNERS << (pass / settings.maxIter()) : settings.codewords();
    }

    /** Returns the first pass of those that a pass belongs to. */
    private int first(int pass) {
        return isDithered(pass) ? pass - pass % settings.maxIter() : levels(settings) * settings.maxIter();
    }

    /** The share of the variance that was left as error before the passes that a pass belongs to. */
    private double errorShare(int pass) {
        int before = first(pass) - 1;
        double variance = moments.variance();
        if (variance == 0) { // all rows are equal: the corners are there already, and rounding shall not move them
            return 0;
        }
        return before >= 0 ? Math.min(1, history.get(before).mse() / variance) : 1;
    }

    /** Returns the rate of a step, so and so far in its pass. */
    private double rate(int pass, double done) {
        boolean dithered = isDithered(pass);
        double start = settings.learningRate() * (dithered ? 1 : EXACT_START);
        double end = settings.finalRate() > 0 ? Math.min(start, settings.finalRate()) : start;
        int passes = dithered ? settings.maxIter() : exactPasses(settings);
        double error = Math.sqrt(errorShare(pass));
        return error * start * Math.pow(end / start, (pass - first(pass) + done) / passes);
    }

    /** Returns how many steps a pass has. */
    private int steps(int pass) {
        int k = corners.length / dimension;
        long automatic = Math.min(STEPS, source.rows() / Math.max(k, FEW_ROWS));
        // the more exact steps there are, the longer the line becomes: not more because batches are small
        long steps = settings.batchSize() > 0 && isDithered(pass)
                ? (source.rows() + settings.batchSize() - 1) / settings.batchSize()
                : automatic;
        return (int) Math.max(1, Math.min(MOST_STEPS, steps));
    }

    private PassRecord run(int pass) {
        long began = System.nanoTime();
        boolean dithered = isDithered(pass);
        int steps = steps(pass);
        int passes = passes(settings);
        double rate = 0;
        double error = 0;
        double weight = 0;
        for (int step = 0; step < steps; step++) {
            rate = rate(pass, (double) step / steps);
            RowSelection rows = new RowSelection(settings.seed(), pass, step, steps);
            CodebookStatistics batch = dithered
                    ? dithered(rows)
                    : new ProjectTask(corners, dimension, rows, ProjectTask.By.CORNER).on(source);
            if (batch.weight() > 0) {
                adam.update(corners, batch, rate);
            }
            error += batch.error();
            weight += batch.weight();
            double done = (pass + (step + 1.0) / steps) / passes;
            listener.progressed(new TrainingListener.Progress(pass + 1, passes, done, batch.meanError(), rate)
                    .withRows(source.rows() / steps));
        }
        double mse = weight > 0 ? error / weight : 0;
        return new PassRecord(pass + 1, dithered ? DITHERED : EXACT, mse, rate, 0, (System.nanoTime() - began) / 1e9);
    }

    /** What rows say of the corners by the points of the segments that are nearest to them. */
    private CodebookStatistics dithered(RowSelection rows) {
        long batch = SeededHash.mix(DITHER_STREAM, rows.pass(), rows.step());
        DitheredPoints points = DitheredPoints.draw(corners, dimension, settings.seed(), batch);
        AssignTask task = new AssignTask(points.points(), dimension, rows, settings.device());
        return points.ofCorners(task.on(source));
    }

    /**
     * Doubles the corners: twins so near to each other on the line that it keeps its shape. The ends stay, since each
     * corner of the first half has its twin behind it and each of the second half before it.
     */
    static float[] doubled(float[] corners, int dimension) {
        int k = corners.length / dimension;
        SpaceFillingCurve curve = new SpaceFillingCurve(new FloatMatrix(k, dimension, corners));
        float[] twice = new float[Math.multiplyExact(2, corners.length)];
        for (int i = 0; i < k; i++) {
            int segment = i < k / 2 ? i : i - 1;
            double first = i < k / 2 ? 0 : 1 - TWINS_APART;
            curve.point(curve.position(segment, first), twice, 2 * i * dimension);
            curve.point(curve.position(segment, first + TWINS_APART), twice, (2 * i + 1) * dimension);
        }
        return twice;
    }
}
