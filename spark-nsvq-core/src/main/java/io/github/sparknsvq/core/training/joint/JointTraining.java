package io.github.sparknsvq.core.training.joint;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * Trains codebooks whose codewords are added up, all at once: a round encodes rows by beam search and then moves all
 * codewords to where the rows that chose them would have them, by joint least squares (Babenko and Lempitsky,
 * Additive quantization for extreme vector compression, CVPR 2014, section 3.3). Codes are not kept between rounds.
 *
 * <p>Codewords get noise before a round encodes with them, less from round to round, so that codes leave poor local
 * optima (stochastic relaxation, Martinez et al., LSQ++, ECCV 2018, section 3.2). After the first, rounds are
 * cheap until the last fifth: half of the beam, no polishing and at first half of the rows in turn. The first round,
 * the last and a measurement at the end encode all rows with the whole beam and without noise: of the codebooks that
 * they measure the best are kept, so they never end worse than they started. The
 * whole beam of rounds is at most {@value #WIDEST_ROUNDS} or, where codebooks are used in any order, {@value
 * #WIDEST_ROUNDS_ANY_ORDER}; a wider one that is asked for encodes all rows once more at the end.
 *
 * <p>The same settings, rows and start give the same codebooks, however the rows are partitioned, up to the rounding
 * of sums.
 */
public final class JointTraining {
    private static final String PHASE = "joint";
    private static final long NOISE_STREAM = -5;
    private static final long RESEEDING_STREAM = -6;

    /** The pull towards the codewords as they are, in units of the mean weight that chose one. */
    private static final double RIDGE = 0.01;

    /**
     * The pull where there is one codebook: enough for codewords that nothing chose, and Lloyd's step for the others.
     */
    private static final double LEAST_RIDGE = 1e-9;

    /** Rows per codeword of the largest codebook from which half of the rows do for an early round. */
    private static final int MANY_ROWS = 256;

    /**
     * The widest beam of rounds where codebooks are used one after the other: wider ones take longer and hardly
     * change the codebooks, also where codes are searched with a wider one afterwards.
     */
    private static final int WIDEST_ROUNDS = 5;

    /** The same where codebooks are used in any order, which asks for more. */
    private static final int WIDEST_ROUNDS_ANY_ORDER = 8;

    /**
     * Codewords that were chosen by less than this share of their codebook's mean are moved like those that nothing
     * chose: late levels start with many that serve a few outlying rows, and stay so.
     */
    private static final double RARE = 0.1;

    /** Rows per codeword below which a codeword is rare by chance, and moves only if nothing chose it. */
    private static final int FEW_ROWS = 100;

    /** Share of the heap that the driver's numbers may take. */
    private static final double HEAP_SHARE = 0.7;

    /**
     * Bytes that the driver needs for a pair of codewords: the matrix to solve, and statistics old, new and in
     * merging.
     */
    private static final int BYTES_PER_PAIR = 8 + 3 * 4;

    private final StatisticsSource source;
    private final JointSettings settings;
    private final TrainingListener listener;
    private final int[] sizes;
    private final int dimension;
    private final float[] codewords;
    private final List<PassRecord> history = new ArrayList<>();

    private float[] best;
    private float bestError;
    private CooccurrenceStatistics bestStatistics;

    private JointTraining(
            StatisticsSource source, JointSettings settings, List<FloatMatrix> start, TrainingListener listener) {
        this.source = source;
        this.settings = settings;
        this.listener = listener;
        this.dimension = source.dimension();
        this.sizes = start.stream().mapToInt(FloatMatrix::rows).toArray();
        this.codewords = CodebookLayout.concatenated(start);
    }

    /**
     * Trains codebooks.
     *
     * @param source the rows, at least one
     * @param settings what is asked for
     * @param start codebooks to start from, {@code K_m x D}, such as those of a greedy residual training; copied
     * @param listener is told of each round
     * @param checkpoint keeps the state after every round and gives it back to a training that starts again
     * @return the best codebooks measured, what all rows say of them, and the rounds' history
     * @throws NsvqException if there are no rows or codebooks, a codebook does not fit the rows, or there are more
     *     codewords than their pairs have room for
     */
    public static JointResult train(
            StatisticsSource source,
            JointSettings settings,
            List<FloatMatrix> start,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        NsvqException.unless(source.rows() > 0, "there are no rows to train on");
        NsvqException.unless(!start.isEmpty(), "there are no codebooks to start from");
        long total = 0;
        for (FloatMatrix codebook : start) {
            NsvqException.unless(
                    codebook.rows() != 0 && codebook.columns() == source.dimension(),
                    "a codebook to start from is " + codebook.rows() + " x " + codebook.columns()
                            + ": it needs at least 1 codeword, and the dimension of the rows, " + source.dimension());
            total += codebook.rows();
        }
        checkRoom(total);
        return new JointTraining(source, settings, start, listener).run(checkpoint);
    }

    /**
     * Checks that the driver has room for the pairs of codewords.
     *
     * @param heap bytes of the heap
     * @throws NsvqException if it has not
     */
    static void checkRoom(long codewords, long heap) {
        int limit = AdditiveQuantizer.MOST_CODEWORDS;
        NsvqException.unless(
                codewords <= limit,
                "joint training compares all pairs of codewords and can have " + limit + " in all, not " + codewords
                        + ": take fewer or smaller codebooks, or no joint passes");
        long most = (long) Math.sqrt(heap * HEAP_SHARE / BYTES_PER_PAIR);
        NsvqException.unless(
                codewords <= most,
                "joint training compares all pairs of " + codewords
                        + " codewords, and a driver with a heap of " + (heap >> 20) + " MB has room for those of "
                        + most
                        + ": take fewer or smaller codebooks, a larger heap, or no joint passes");
    }

    /**
     * Checks that this JVM's heap has room for the pairs of codewords.
     *
     * @param codewords of all codebooks together
     * @throws NsvqException if it has not
     */
    public static void checkRoom(long codewords) {
        checkRoom(codewords, Runtime.getRuntime().maxMemory());
    }

    private JointResult run(TrainingCheckpoint checkpoint) {
        Optional<TrainingCheckpoint.State> saved = checkpoint.load();
        saved.ifPresent(this::restore);
        boolean noisy = settings.noise() > 0 && history.size() < settings.rounds();
        double[] spread = noisy ? spread() : new double[dimension];
        boolean gains = saved.isEmpty() || !saved.get().gradientEnded();
        for (int round = history.size(); round < settings.rounds() && gains; round++) {
            gains = round(round, spread);
            float[][] kept = {best, {bestError}};
            checkpoint.save(new TrainingCheckpoint.State(round + 1, !gains, codewords, kept, history));
        }
        if (best == null) {
            // no rounds: the start has nothing to be compared with
            best = codewords;
        } else if (bestError > 0) {
            consider(encode(codewords, codewords, true, RowSelection.ALL));
        }
        // the best are not measured, or were before a restart or with another beam
        if (bestStatistics == null || beam() < settings.beam()) {
            bestStatistics = encode(best, best, settings.beam(), settings.polishRounds(), RowSelection.ALL);
        }
        return new JointResult(
                new CodebookLayout(dimension, sizes).codebooks(best), bestStatistics, List.copyOf(history));
    }

    private void restore(TrainingCheckpoint.State state) {
        System.arraycopy(state.codewords(), 0, codewords, 0, codewords.length);
        best = state.rule()[0];
        bestError = state.rule()[1][0];
        history.addAll(state.history());
    }

    /** The standard deviation of the data in each dimension. */
    private double[] spread() {
        Moments moments = Moments.of(source);
        return Arrays.stream(moments.squares())
                .map(sum -> Math.sqrt(sum / moments.weight()))
                .toArray();
    }

    /** One round. Returns whether there is anything left to gain. */
    private boolean round(int round, double[] spread) {
        long began = System.nanoTime();
        int rounds = settings.rounds();
        boolean whole = round == 0 || round >= rounds - (rounds + 4) / 5;
        boolean all = whole || 9 * round > 5 * rounds || isFewRows();
        RowSelection rows = all ? RowSelection.ALL : new RowSelection(settings.seed(), round / 2, round % 2, 2);
        double heat = round == 0 ? 0 : settings.noise() * Math.sqrt(1 - (round + 1.0) / rounds);
        float[] with = heat > 0 ? noisy(round, spread, heat) : codewords;
        CooccurrenceStatistics seen = encode(with, codewords, whole, rows);
        if (whole && heat == 0) {
            consider(seen);
        }
        boolean done = bestError == 0;
        int replaced = 0;
        if (!done) {
            NormalEquations.update(codewords, seen, sizes.length == 1 ? LEAST_RIDGE : RIDGE);
            replaced = all && round + 1 < settings.rounds() ? reseed(seen, round) : 0;
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        history.add(new PassRecord(round + 1, PHASE, seen.meanError(), 0, replaced, seconds));
        double share = done ? 1 : (round + 1.0) / settings.rounds();
        listener.progressed(new TrainingListener.Progress(round + 1, settings.rounds(), share, seen.meanError(), 0)
                .withRows(all ? source.rows() : source.rows() / 2));
        return !done;
    }

    private boolean isFewRows() {
        return source.rows() < (long) MANY_ROWS * Arrays.stream(sizes).max().orElse(0);
    }

    /** Encodes rows with codewords, by the whole beam or cheaply, and measures their error by the means. */
    private CooccurrenceStatistics encode(float[] with, float[] means, boolean whole, RowSelection rows) {
        return encode(with, means, whole ? beam() : (beam() + 1) / 2, whole ? settings.polishRounds() : 0, rows);
    }

    /** The beam of whole rounds. */
    private int beam() {
        return Math.min(settings.beam(), settings.ordered() ? WIDEST_ROUNDS : WIDEST_ROUNDS_ANY_ORDER);
    }

    private CooccurrenceStatistics encode(float[] with, float[] means, int beam, int polishes, RowSelection rows) {
        EncodeTask task = new EncodeTask(with, means, sizes, dimension, settings.ordered(), beam, polishes, rows);
        CooccurrenceStatistics total = new CooccurrenceStatistics(sizes, dimension);
        long bytes = CooccurrenceStatistics.bytes(sizes, dimension);
        source.merge(task, total.each().codewords(), bytes, total::mergeRange);
        return total;
    }

    /** Keeps the codewords if none before them did better on all rows. */
    private void consider(CooccurrenceStatistics measured) {
        if (best == null || (float) measured.error() < bestError) {
            best = codewords.clone();
            bestError = (float) measured.error();
            bestStatistics = measured;
        }
    }

    private float[] noisy(int round, double[] spread, double heat) {
        Random random = SeededHash.random(settings.seed(), NOISE_STREAM, round);
        float[] noisy = codewords.clone();
        for (int i = 0; i < noisy.length; i++) {
            noisy[i] += (float) (random.nextGaussian() * spread[i % dimension] * heat / sizes.length);
        }
        return noisy;
    }

    /** Moves the codewords that hardly any row chose next to those of their codebook whose rows have most error. */
    private int reseed(CooccurrenceStatistics seen, int round) {
        Random random = SeededHash.random(settings.seed(), RESEEDING_STREAM, round);
        double[] errors = seen.each().errors().clone();
        int replaced = 0;
        int start = 0;
        for (int size : sizes) {
            double rare = source.rows() < (long) FEW_ROWS * size ? 0 : RARE * seen.weight() / size;
            for (int c = start; c < start + size; c++) {
                if (seen.each().counts()[c] <= rare) {
                    int worst = highest(errors, start, start + size);
                    double distance =
                            Math.sqrt(errors[worst] / Math.max(seen.each().counts()[worst], Double.MIN_NORMAL));
                    if (distance > 0) {
                        place(c, worst, distance, random);
                        // the next goes elsewhere, unless this one is far the worst
                        errors[worst] /= 2;
                        replaced++;
                    }
                }
            }
            start += size;
        }
        return replaced;
    }

    /** Puts a codeword at half an rms error from another, in a random direction. */
    private void place(int codeword, int other, double distance, Random random) {
        double step = distance / 2 / Math.sqrt(dimension);
        for (int j = 0; j < dimension; j++) {
            codewords[codeword * dimension + j] =
                    (float) (codewords[other * dimension + j] + step * random.nextGaussian());
        }
    }

    private static int highest(double[] values, int from, int to) {
        int highest = from;
        for (int i = from; i < to; i++) {
            highest = values[i] > values[highest] ? i : highest;
        }
        return highest;
    }
}
