package io.github.sparknsvq.core.training.curve;

import io.github.sparknsvq.core.training.RowDraw;
import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;

/**
 * The corners to start from: rows ordered along the direction in which they spread most, cut into four parts of equal
 * weight, and the parts' means. The reference orders rows by their length, which says nothing of rows that are all as
 * long.
 */
final class CurveStart {
    static final int CORNERS = 4;

    /** Rows that are looked at. */
    private static final int SAMPLE = 4096;

    /** Power iterations: any direction of large spread will do. */
    private static final int ITERATIONS = 20;

    private static final long ROWS_STREAM = -8;
    private static final long DIRECTION_STREAM = -9;

    private CurveStart() {}

    /** Returns {@code 4 x D} corners. */
    static float[] corners(StatisticsSource source, long seed) {
        int d = source.dimension();
        int most = Math.min(SAMPLE, Integer.MAX_VALUE / d);
        RowDraw.Sample sample = RowDraw.sample(source, most, seed, ROWS_STREAM);
        double[] along = along(sample, SeededHash.random(seed, DIRECTION_STREAM, 0));
        Integer[] order = new Integer[along.length];
        Arrays.setAll(order, i -> i);
        Arrays.sort(order, Comparator.comparingDouble(i -> along[i]));
        return means(sample, order);
    }

    /** Where each row stands along the direction of largest variance, from a random one by power iteration. */
    private static double[] along(RowDraw.Sample sample, Random random) {
        int d = sample.rows().columns();
        double[] mean = mean(sample);
        double[] direction = random.doubles(d, -1, 1).toArray();
        double[] along = new double[sample.weights().length];
        for (int iteration = 0; iteration < ITERATIONS; iteration++) {
            project(sample, mean, direction, along);
            double[] next = new double[d];
            for (int i = 0; i < along.length; i++) {
                double by = sample.weights()[i] * along[i];
                for (int j = 0; j < d; j++) {
                    next[j] += by * (sample.rows().values()[i * d + j] - mean[j]);
                }
            }
            double largest = Arrays.stream(next).map(Math::abs).max().orElse(0);
            if (!(largest > 0)) {
                break;
            }
            Arrays.setAll(direction, j -> next[j] / largest);
        }
        project(sample, mean, direction, along);
        return along;
    }

    private static void project(RowDraw.Sample sample, double[] mean, double[] direction, double[] along) {
        int d = mean.length;
        for (int i = 0; i < along.length; i++) {
            double sum = 0;
            for (int j = 0; j < d; j++) {
                sum += (sample.rows().values()[i * d + j] - mean[j]) * direction[j];
            }
            along[i] = sum;
        }
    }

    private static double[] mean(RowDraw.Sample sample) {
        int d = sample.rows().columns();
        double[] mean = new double[d];
        double weight = 0;
        for (int i = 0; i < sample.weights().length; i++) {
            weight += sample.weights()[i];
            double share = sample.weights()[i] / weight;
            for (int j = 0; j < d; j++) {
                mean[j] += share * (sample.rows().values()[i * d + j] - mean[j]);
            }
        }
        return mean;
    }

    /** The means of four parts of equal weight; a part that is empty has the row in whose middle it is. */
    private static float[] means(RowDraw.Sample sample, Integer[] order) {
        int d = sample.rows().columns();
        double total = Arrays.stream(sample.weights()).sum();
        CurveResampling cut = new CurveResampling(total, CORNERS);
        CurveResampling.Means means = new CurveResampling.Means(cut, d);
        double before = 0;
        for (int i : order) {
            means.add(before, sample.rows().values(), i * d, sample.weights()[i]);
            before += sample.weights()[i];
        }
        return means.codewords().values();
    }
}
