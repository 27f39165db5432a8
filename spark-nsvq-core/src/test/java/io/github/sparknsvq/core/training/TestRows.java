package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import java.util.Random;

/** Data sets that the training tests share, each from a seed. */
public final class TestRows {
    private TestRows() {}

    /** Independent normal coordinates. */
    public static FloatMatrix gaussian(int n, int d, long seed) {
        return gaussian(n, d, 1, 0, seed);
    }

    public static FloatMatrix gaussian(int n, int d, double scale, double offset, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (offset + scale * random.nextGaussian());
        }
        return new FloatMatrix(n, d, values);
    }

    /** Clusters whose centers are drawn from [-10, 10]^D; row i belongs to cluster {@code i % clusters}. */
    public static FloatMatrix clusters(int n, int d, int clusters, double spread, long seed) {
        Random random = new Random(seed);
        double[] centers = random.doubles((long) clusters * d, -10, 10).toArray();
        float[] values = new float[n * d];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < d; j++) {
                values[i * d + j] = (float) (centers[i % clusters * d + j] + spread * random.nextGaussian());
            }
        }
        return new FloatMatrix(n, d, values);
    }

    /** scikit-learn's swiss roll seen from the side, with noise 0.1. */
    public static FloatMatrix swissRoll(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n * 2];
        for (int i = 0; i < n; i++) {
            double t = 1.5 * Math.PI * (1 + 2 * random.nextDouble());
            values[2 * i] = (float) (t * Math.cos(t) + 0.1 * random.nextGaussian());
            values[2 * i + 1] = (float) (t * Math.sin(t) + 0.1 * random.nextGaussian());
        }
        return new FloatMatrix(n, 2, values);
    }

    /** The given rows over and over, n in all. */
    public static FloatMatrix repeated(int n, float[]... rows) {
        float[][] all = new float[n][];
        for (int i = 0; i < n; i++) {
            all[i] = rows[i % rows.length];
        }
        return FloatMatrix.of(all);
    }

    /** Rows {@code [from, to)}, copied. */
    public static FloatMatrix slice(FloatMatrix rows, int from, int to) {
        float[][] part = new float[to - from][];
        for (int i = from; i < to; i++) {
            part[i - from] = rows.row(i);
        }
        return FloatMatrix.of(part);
    }

    public static FloatMatrix scaled(FloatMatrix rows, double by) {
        float[] values = rows.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * by);
        }
        return new FloatMatrix(rows.rows(), rows.columns(), values);
    }

    public static FloatMatrix unitLength(FloatMatrix rows) {
        float[] values = rows.values().clone();
        UnitLength.normalize(values, rows.columns());
        return new FloatMatrix(rows.rows(), rows.columns(), values);
    }
}
