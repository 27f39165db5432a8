package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.Arrays;
import java.util.Random;

/**
 * k-means++ on rows in memory (Arthur and Vassilvitskii, SODA 2007): each next codeword is a row drawn in proportion
 * to its weighted squared distance from the codewords so far.
 */
final class KMeansPlusPlus {
    private KMeansPlusPlus() {}

    /**
     * Chooses codewords among rows.
     *
     * @param rows the rows, at least one
     * @param weights a weight for each row
     * @param k how many to choose; with fewer distinct rows some are chosen twice
     * @param random the source of random numbers
     * @return {@code k x D} codewords
     */
    static FloatMatrix choose(FloatMatrix rows, double[] weights, int k, Random random) {
        int n = rows.rows();
        int d = rows.columns();
        float[] columns = transpose(rows);
        float[] nearest = new float[n];
        float[] distance = new float[n];
        Arrays.fill(nearest, Float.POSITIVE_INFINITY);
        float[] codewords = new float[k * d];
        double[] shares = new double[n];
        int chosen = draw(weights, random);
        for (int c = 0; c < k; c++) {
            System.arraycopy(rows.values(), chosen * d, codewords, c * d, d);
            distances(columns, n, rows.values(), chosen * d, d, distance);
            for (int i = 0; i < n; i++) {
                nearest[i] = Math.min(nearest[i], distance[i]);
                shares[i] = weights[i] * nearest[i];
            }
            chosen = draw(shares, random);
        }
        return new FloatMatrix(k, d, codewords);
    }

    /** One coordinate of all rows after the other: the sum over coordinates then runs over rows, which is SIMD. */
    private static float[] transpose(FloatMatrix rows) {
        int n = rows.rows();
        int d = rows.columns();
        float[] columns = new float[n * d];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < d; j++) {
                columns[j * n + i] = rows.values()[i * d + j];
            }
        }
        return columns;
    }

    private static void distances(float[] columns, int n, float[] rows, int codeword, int d, float[] distance) {
        Arrays.fill(distance, 0);
        for (int j = 0; j < d; j++) {
            float c = rows[codeword + j];
            int at = j * n;
            for (int i = 0; i < n; i++) {
                float difference = columns[at + i] - c;
                distance[i] += difference * difference;
            }
        }
    }

    /** Draws a row in proportion to the shares, or any row if they are all zero. */
    private static int draw(double[] shares, Random random) {
        int drawn = SeededHash.draw(shares, random);
        return drawn < 0 ? random.nextInt(shares.length) : drawn;
    }
}
