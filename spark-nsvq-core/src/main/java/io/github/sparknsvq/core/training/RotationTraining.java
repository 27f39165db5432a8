package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.DenseSolves;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.training.assign.Assigner;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.assign.RotatedAssignment;
import io.github.sparknsvq.core.training.assign.RowAssigner;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.RowSelection;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.update.PerCodebookReseeding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Finds a rotation after which rows are better cut into parts, as optimized product quantization does: the codebooks
 * given the rotation and the rotation given the codes, in turns (Ge, He, Ke and Sun, Optimized product quantization,
 * TPAMI 2014, section 4.1, the non-parametric solution).
 *
 * <p>The sums of the rows that chose a codeword, before they are rotated, are sufficient: the codewords are
 * their rotated means, and the new rotation is the polar factor of the sum of y x^T over rows x and what they become,
 * y, which is a sum over codewords. So a pass is one job that counts three numbers per codeword, as any other.
 *
 * <p>In turns alone, rotations move slowly in directions that hardly change. So each after the first two, but the
 * last, is that of the sum extrapolated from the pass before, by as much again as it changed, unless the error has
 * just risen. It may rise for a pass, then, and the last one is plain.
 *
 * <p>The search is local. It starts from the rows as they are, whose order of dimensions often means something (the
 * cells of a SIFT descriptor); from a random rotation, as FAISS starts, it ends worse than no rotation at all on such
 * data.
 */
public final class RotationTraining {
    private static final long RESEEDING_STREAM = -5;

    /** Passes before the first extrapolation: codebooks that start from rows move far by themselves. */
    private static final int PLAIN_PASSES = 2;

    private RotationTraining() {}

    /**
     * The result.
     *
     * @param rotation the rotation
     * @param codewords codewords for rotated rows, of the assignment's layout
     * @param history the passes
     */
    public record Result(Rotation rotation, FloatMatrix codewords, List<PassRecord> history) {}

    /**
     * Finds a rotation.
     *
     * @param source the rows, at least one
     * @param assignment how rows are cut, once rotated
     * @param settings seed, device and how often rotation and codebooks are found, as {@code maxIter}
     * @param start codewords to start from, for rows as they are
     * @param listener is told of the progress
     * @param checkpoint keeps the state after every pass and gives it back to a training that starts again
     */
    public static Result train(
            StatisticsSource source,
            ProductAssignment assignment,
            TrainingSettings settings,
            FloatMatrix start,
            TrainingListener listener,
            TrainingCheckpoint checkpoint) {
        CodebookLayout layout = assignment.layout();
        Rotation rotation = Rotation.identity(assignment.rowDimension());
        float[] codewords = start.values().clone();
        float[] last = null;
        List<PassRecord> history = new ArrayList<>();
        Optional<TrainingCheckpoint.State> saved = checkpoint.load();
        if (saved.isPresent()) {
            rotation = new Rotation(assignment.rowDimension(), saved.get().rule()[0]);
            last = saved.get().rule().length > 1 ? saved.get().rule()[1] : null; // not of an earlier revision
            codewords = saved.get().codewords();
            history.addAll(saved.get().history());
        }
        int passes = settings.maxIter();
        for (int pass = history.size(); pass < passes; pass++) {
            long began = System.nanoTime();
            CodebookStatistics seen = source.statistics(
                    new Task(new RotatedAssignment(rotation, assignment), codewords, settings.device()),
                    layout.total(),
                    assignment.rowDimension());
            means(layout, rotation, seen, codewords);
            double mse = seen.error() * layout.codebooks() / seen.weight();
            double[] products = products(layout, seen, codewords);
            boolean moves = pass >= PLAIN_PASSES
                    && pass + 1 < passes
                    && mse <= history.get(pass - 1).mse();
            rotation = DenseSolves.closestRotation(moves && last != null ? extrapolated(last, products) : products);
            last = DenseSolves.toFloat(products);
            means(layout, rotation, seen, codewords);
            int replaced = PerCodebookReseeding.replaceDead(
                    layout,
                    seen,
                    codewords,
                    codeword -> {},
                    SeededHash.random(settings.seed(), RESEEDING_STREAM, pass));
            history.add(new PassRecord(pass + 1, "rotation", mse, 0, replaced, (System.nanoTime() - began) / 1e9));
            float[][] matrices = {rotation.matrix().values(), last};
            checkpoint.save(new TrainingCheckpoint.State(pass + 1, false, codewords, matrices, history));
            listener.progressed(new TrainingListener.Progress(pass + 1, passes, (pass + 1.0) / passes, mse, 0)
                    .withRows(source.rows())
                    .withUse(layout, seen));
        }
        return new Result(rotation, new FloatMatrix(layout.total(), layout.dimension(), codewords), history);
    }

    /**
     * Moves codewords to the means of the rows that chose them, as far as they are rotated into the codeword's part.
     */
    private static void means(CodebookLayout layout, Rotation rotation, CodebookStatistics seen, float[] codewords) {
        int d = layout.dimension();
        float[] mean = new float[seen.dimension()];
        for (int m = 0; m < layout.codebooks(); m++) {
            for (int k = layout.start(m); k < layout.start(m + 1); k++) {
                if (seen.counts()[k] > 0) {
                    for (int j = 0; j < mean.length; j++) {
                        mean[j] = (float) (seen.sums()[k * mean.length + j] / seen.counts()[k]);
                    }
                    rotation.apply(mean, 0, 1, mean, 0);
                    System.arraycopy(mean, m * d, codewords, k * d, d);
                }
            }
        }
    }

    /** Goes on from {@code now} as far as it is from {@code last}. */
    private static double[] extrapolated(float[] last, double[] now) {
        double[] next = new double[now.length];
        for (int i = 0; i < next.length; i++) {
            next[i] = 2 * now[i] - last[i];
        }
        return next;
    }

    /**
     * The sum over rows {@code x} of {@code y x^T}, with {@code y} what the row's codewords are together, in units of
     * its Frobenius norm.
     */
    private static double[] products(CodebookLayout layout, CodebookStatistics seen, float[] codewords) {
        int rowDimension = seen.dimension();
        int d = layout.dimension();
        double[] products = new double[rowDimension * rowDimension];
        for (int m = 0; m < layout.codebooks(); m++) {
            for (int k = layout.start(m); k < layout.start(m + 1); k++) {
                for (int i = 0; i < d; i++) {
                    double c = codewords[k * d + i];
                    int at = (m * d + i) * rowDimension;
                    for (int j = 0; j < rowDimension; j++) {
                        products[at + j] += c * seen.sums()[k * rowDimension + j];
                    }
                }
            }
        }
        double squares = Arrays.stream(products).map(value -> value * value).sum();
        double unit = squares > 0 ? Math.sqrt(squares) : 1;
        for (int i = 0; i < products.length; i++) {
            products[i] /= unit;
        }
        return products;
    }

    /** Counts what rotated rows choose, and sums up the rows as they are. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Task(RotatedAssignment assignment, float[] codewords, Device device)
            implements PartitionTask<CodebookStatistics> {
        @Override
        public CodebookStatistics run(Iterator<RowBlock> blocks) {
            int d = assignment.rowDimension();
            CodebookLayout layout = assignment.layout();
            CodebookStatistics statistics = new CodebookStatistics(layout.total(), d);
            RowAssigner chunks = new RowAssigner(assignment, device);
            Assigner search = assignment.prepare(codewords, device, chunks.chunk());
            Assigner counted = (rows, offset, count, weights, firstWeight, sink) -> {
                // the search goes through the chunk part by part
                int[] next = {0};
                search.assign(rows, offset, count, weights, firstWeight, (codeword, targets, at, weight, error) -> {
                    int row = next[0]++ % count;
                    sink.add(codeword, rows, offset + row * d, weight, error);
                });
            };
            chunks.assign(blocks, RowSelection.ALL, counted, statistics);
            return statistics;
        }

        @Override
        public long bytes() {
            return 4L * (codewords.length + (long) assignment.rowDimension() * assignment.rowDimension());
        }
    }
}
