package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.Assignment;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.CodewordChooser;
import io.github.sparknsvq.core.training.assign.SingleAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.List;
import java.util.Random;

/**
 * Where a training starts. All draws follow from the seed and the rows' positions, not from the partitions.
 *
 * <p>With fewer rows than codewords, rows are repeated: the surplus codewords then stay dead.
 */
public final class Initialization {
    /** Rows per codeword that k-means++ chooses among. */
    public static final int SAMPLE_PER_CODEWORD = 8;

    /** Rows per codeword that differential evolution measures codebooks on. */
    public static final int EVOLUTION_SAMPLE = 32;

    private static final long ROWS_STREAM = -1;
    private static final long NOISE_STREAM = -2;
    private static final long PARALLEL_STREAM = -100;

    private Initialization() {}

    /**
     * Makes the codebook to start from.
     *
     * @param source the rows, at least one
     * @param settings K, seed and device
     * @param mode where to start
     * @param rounds rounds of k-means||, at least 1
     * @return {@code K x D} codewords
     */
    public static FloatMatrix initialize(
            StatisticsSource source, TrainingSettings settings, InitMode mode, int rounds) {
        FloatMatrix start = mode == InitMode.PARALLEL
                ? parallel(source, settings, rounds)
                : initialize(source, new SingleAssignment(settings.codewords(), source.dimension()), settings, mode);
        if (settings.unitLength()) {
            UnitLength.normalize(start.values(), start.columns());
        }
        return start;
    }

    /**
     * Makes the codebooks to start from.
     *
     * @param source the rows, at least one
     * @param assignment the codebooks, and what they quantize
     * @param settings seed and device
     * @param mode where to start; not k-means||, whose candidates are rows for one codebook
     * @return {@code total x dimension} codewords, codebook after codebook
     * @throws NsvqException if the mode is k-means||
     */
    public static FloatMatrix initialize(
            StatisticsSource source, Assignment assignment, TrainingSettings settings, InitMode mode) {
        checkForSeveral(mode);
        CodebookLayout layout = assignment.layout();
        checkSize(mode, layout.largest());
        long wanted = switch (mode) {
            case PLUS_PLUS -> (long) SAMPLE_PER_CODEWORD * layout.largest();
            case EVOLUTION -> (long) EVOLUTION_SAMPLE * layout.largest();
            default -> assignment.rowsToStartFrom();
        };
        int size = (int) Math.min(wanted, Integer.MAX_VALUE / source.dimension());
        RowDraw.Sample sample = RowDraw.sample(source, size, settings.seed(), ROWS_STREAM);
        Random random = random(settings, ROWS_STREAM);
        CodewordChooser chooser = switch (mode) {
            case PLUS_PLUS -> (targets, k, from) -> KMeansPlusPlus.choose(targets, sample.weights(), k, random);
            case EVOLUTION -> (rows, k, from) -> DifferentialEvolution.choose(rows, sample.weights(), k, random);
            default -> Initialization::repeated;
        };
        FloatMatrix start = new FloatMatrix(
                layout.total(), layout.dimension(), assignment.start(sample.rows(), chooser, settings.device()));
        if (mode == InitMode.NOISY) {
            addNoise(start.values(), random(settings, NOISE_STREAM));
        }
        return start;
    }

    /**
     * Checks that several codebooks can start so.
     *
     * @throws NsvqException if the mode is k-means||
     */
    public static void checkForSeveral(InitMode mode) {
        NsvqException.unless(
                mode != InitMode.PARALLEL,
                "initMode '" + mode.label() + "' starts one codebook: use " + InitMode.RANDOM.label() + " or "
                        + InitMode.PLUS_PLUS.label() + " for several");
    }

    /**
     * Checks that a codebook of this size can start so.
     *
     * @param codewords of the largest codebook
     * @throws NsvqException if the mode is differential evolution and there are more than 256
     */
    public static void checkSize(InitMode mode, int codewords) {
        if (mode == InitMode.EVOLUTION) {
            DifferentialEvolution.checkSize(codewords);
        }
    }

    private static FloatMatrix repeated(FloatMatrix rows, int k, int from) {
        int d = rows.columns();
        float[] values = new float[k * d];
        for (int c = 0; c < k; c++) {
            System.arraycopy(rows.values(), (from + c) % rows.rows() * d, values, c * d, d);
        }
        return new FloatMatrix(k, d, values);
    }

    private static void addNoise(float[] values, Random random) {
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) random.nextGaussian();
        }
    }

    /** Oversamples 2 K rows a round in proportion to their squared distance, then reduces them by k-means++. */
    private static FloatMatrix parallel(StatisticsSource source, TrainingSettings settings, int rounds) {
        int k = settings.codewords();
        FloatMatrix candidates = RowDraw.random(source, 1, settings.seed(), ROWS_STREAM);
        for (int round = 0; round < rounds; round++) {
            double cost = count(source, settings, candidates).error();
            if (cost == 0) {
                break;
            }
            double rate = 2.0 * k / cost;
            long stream = PARALLEL_STREAM - round;
            FloatMatrix drawn =
                    RowDraw.byDistance(source, rate, candidates.values(), settings.device(), settings.seed(), stream);
            candidates = stacked(candidates, drawn);
        }
        if (candidates.rows() < k) {
            candidates = stacked(candidates, RowDraw.random(source, k, settings.seed(), ROWS_STREAM));
        }
        double[] weights = count(source, settings, candidates).counts();
        return KMeansPlusPlus.choose(candidates, weights, k, random(settings, PARALLEL_STREAM));
    }

    private static CodebookStatistics count(StatisticsSource rows, TrainingSettings settings, FloatMatrix codebook) {
        return new AssignTask(codebook.values(), codebook.columns(), RowSelection.ALL, settings.device()).on(rows);
    }

    private static FloatMatrix stacked(FloatMatrix a, FloatMatrix b) {
        float[] values = CodebookLayout.concatenated(List.of(a, b));
        return new FloatMatrix(a.rows() + b.rows(), a.columns(), values);
    }

    private static Random random(TrainingSettings settings, long stream) {
        return SeededHash.random(settings.seed(), stream, 0);
    }
}
