package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Draws rows of the data set: those with the lowest keys, each row's key following from what is asked, the seed and
 * its position. The result does not depend on the partitions.
 */
public final class RowDraw {
    private RowDraw() {}

    /** How keys are made; the lowest are drawn. */
    private interface Key extends Serializable {
        /** Returns a row's key, or infinity to leave it out. */
        double of(float squaredDistance, float weight, long position);
    }

    /** A row that was drawn. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    record Drawn(double key, long position, float weight, float[] row) implements Serializable {}

    /** Rows with the weights with which they stand for the data set. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Sample(FloatMatrix rows, double[] weights) {}

    private static final Comparator<Drawn> LOWEST_FIRST =
            Comparator.comparingDouble(Drawn::key).thenComparingLong(Drawn::position);

    /** Draws up to {@code n} rows without replacement, each in proportion to its weight. */
    static FloatMatrix random(StatisticsSource source, int n, long seed, long stream) {
        return matrix(drawRandom(source, n, seed, stream), source.dimension());
    }

    /**
     * Draws rows as {@link #random} does, and divides the weight of each by the chance that it had (Horvitz and
     * Thompson, 1952): all alike in a small sample, whose draw took account of the weights, the rows' own if it is
     * the whole data set.
     */
    public static Sample sample(StatisticsSource source, int n, long seed, long stream) {
        List<Drawn> drawn = drawRandom(source, n, seed, stream);
        double highest =
                drawn.size() < source.rows() ? drawn.get(drawn.size() - 1).key() : Double.POSITIVE_INFINITY;
        double[] weights = new double[drawn.size()];
        for (int i = 0; i < weights.length; i++) {
            double weight = drawn.get(i).weight();
            weights[i] = weight / -Math.expm1(-weight * highest);
        }
        return new Sample(matrix(drawn, source.dimension()), weights);
    }

    private static List<Drawn> drawRandom(StatisticsSource source, int n, long seed, long stream) {
        // most rows cannot be among the n lowest of rows(): those above a generous bound are not sent to the driver
        double share = (n + 6 * Math.sqrt(n) + 20) / Math.max(1, source.rows());
        double bound = share < 1 ? -Math.log(1 - share) : Double.POSITIVE_INFINITY;
        List<Drawn> drawn = random(source, n, seed, stream, bound);
        if (drawn.size() < Math.min(n, source.rows())) {
            drawn = random(source, n, seed, stream, Double.POSITIVE_INFINITY);
        }
        return drawn;
    }

    private static List<Drawn> random(StatisticsSource source, int n, long seed, long stream, double bound) {
        Key key = (distance, weight, position) -> {
            // exponential keys draw by weight: Efraimidis and Spirakis, 2006
            double k = -Math.log(SeededHash.uniform(seed, stream, position)) / weight;
            return k <= bound ? k : Double.POSITIVE_INFINITY;
        };
        return draw(source, new Task(null, source.dimension(), n, Device.CPU, key), n);
    }

    /**
     * Draws each row with probability {@code rate * weight * d^2} of itself, d its distance from the nearest
     * codeword: the oversampling of k-means||.
     */
    static FloatMatrix byDistance(
            StatisticsSource source, double rate, float[] codewords, Device device, long seed, long stream) {
        Key key = (error, weight, position) -> SeededHash.uniform(seed, stream, position) < rate * weight * error
                ? position
                : Double.POSITIVE_INFINITY;
        int all = Integer.MAX_VALUE - 8;
        Task task = new Task(codewords, source.dimension(), all, device, key);
        return matrix(draw(source, task, all), source.dimension());
    }

    private static List<Drawn> draw(StatisticsSource source, Task task, int n) {
        List<Drawn> drawn = new ArrayList<>();
        source.perPartition(task).forEach(drawn::addAll);
        drawn.sort(LOWEST_FIRST);
        return drawn.size() > n ? drawn.subList(0, n) : drawn;
    }

    private static FloatMatrix matrix(List<Drawn> drawn, int dimension) {
        float[] values = new float[drawn.size() * dimension];
        for (int i = 0; i < drawn.size(); i++) {
            System.arraycopy(drawn.get(i).row(), 0, values, i * dimension, dimension);
        }
        return new FloatMatrix(drawn.size(), dimension, values);
    }

    /** Draws a partition's lowest keys. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Task(float[] codewords, int dimension, int n, Device device, Key key)
            implements PartitionTask<ArrayList<Drawn>> {
        @Override
        public ArrayList<Drawn> run(Iterator<RowBlock> blocks) {
            PriorityQueue<Drawn> lowest = new PriorityQueue<>(LOWEST_FIRST.reversed());
            NearestCodeword search = codewords == null ? null : search();
            while (blocks.hasNext()) {
                RowBlock block = blocks.next();
                float[] distance = search == null ? null : distances(search, block);
                for (int i = 0; i < block.rows(); i++) {
                    long position = block.start() + i;
                    double k = key.of(distance == null ? 0 : distance[i], block.weight(i), position);
                    if (k < Double.POSITIVE_INFINITY
                            && (lowest.size() < n || k < lowest.element().key())) {
                        float[] row = Arrays.copyOfRange(block.values(), i * dimension, (i + 1) * dimension);
                        if (lowest.size() == n) {
                            lowest.remove();
                        }
                        lowest.add(new Drawn(k, position, block.weight(i), row));
                    }
                }
            }
            return new ArrayList<>(lowest);
        }

        private NearestCodeword search() {
            FloatMatrix codebook = new FloatMatrix(codewords.length / dimension, dimension, codewords);
            return NearestCodewordProviders.forDevice(device).prepare(codebook);
        }

        private static float[] distances(NearestCodeword search, RowBlock block) {
            float[] distance = new float[block.rows()];
            search.nearest(block.values(), 0, block.rows(), new int[block.rows()], distance);
            return distance;
        }

        @Override
        public long bytes() {
            return codewords == null ? 0 : 4L * codewords.length;
        }
    }
}
