package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/** Textbook k-means in double precision, one obvious loop after the other: what the trainer is compared with. */
public final class SlowKMeans {
    private SlowKMeans() {}

    public static double squaredDistance(FloatMatrix a, int i, FloatMatrix b, int k) {
        double sum = 0;
        for (int j = 0; j < a.columns(); j++) {
            double difference = (double) a.get(i, j) - b.get(k, j);
            sum += difference * difference;
        }
        return sum;
    }

    public static int nearest(FloatMatrix rows, int i, FloatMatrix codebook) {
        int best = 0;
        for (int k = 1; k < codebook.rows(); k++) {
            if (squaredDistance(rows, i, codebook, k) < squaredDistance(rows, i, codebook, best)) {
                best = k;
            }
        }
        return best;
    }

    public static double mse(FloatMatrix rows, FloatMatrix codebook) {
        double sum = 0;
        for (int i = 0; i < rows.rows(); i++) {
            sum += squaredDistance(rows, i, codebook, nearest(rows, i, codebook));
        }
        return sum / rows.rows();
    }

    /** One Lloyd step; codewords without rows stay. */
    public static FloatMatrix step(FloatMatrix rows, FloatMatrix codebook, boolean unitLength) {
        int d = rows.columns();
        double[][] sums = new double[codebook.rows()][d];
        int[] counts = new int[codebook.rows()];
        for (int i = 0; i < rows.rows(); i++) {
            int k = nearest(rows, i, codebook);
            counts[k]++;
            for (int j = 0; j < d; j++) {
                sums[k][j] += rows.get(i, j);
            }
        }
        float[] values = codebook.values().clone();
        for (int k = 0; k < counts.length; k++) {
            double norm = 0;
            for (int j = 0; j < d; j++) {
                norm += sums[k][j] * sums[k][j];
            }
            double by = unitLength ? Math.sqrt(norm) : counts[k];
            for (int j = 0; j < d && counts[k] > 0; j++) {
                values[k * d + j] = (float) (sums[k][j] / by);
            }
        }
        return new FloatMatrix(codebook.rows(), d, values);
    }
}
