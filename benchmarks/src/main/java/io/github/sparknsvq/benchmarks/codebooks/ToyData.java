package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.SeededHash;
import java.util.Random;

/**
 * Toy data whose published errors come out (the authors' generators are not published; these are inferred from their
 * figures).
 */
final class ToyData {
    /** Dimensions that the correlated rows really have. */
    private static final int LATENT = 16;

    /** Sum of the variances of uncorrelated rows, whatever their dimension. */
    private static final double UNCORRELATED_VARIANCE = 140;

    private static final long MIXING_STREAM = -21;

    private static final long ROWS_STREAM = -22;

    private ToyData() {}

    /** Independent uniform values. */
    static FloatMatrix uncorrelated(int rows, int dimension, long seed) {
        Random random = SeededHash.random(seed, ROWS_STREAM, dimension);
        float scale = (float) Math.sqrt(3 * UNCORRELATED_VARIANCE / dimension);
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = scale * (2 * random.nextFloat() - 1);
        }
        return new FloatMatrix(rows, dimension, values);
    }

    /** Uniform values in 16 dimensions, mixed by a matrix of Gaussian entries, the same for every seed. */
    static FloatMatrix correlated(int rows, int dimension, long seed) {
        Random fixed = SeededHash.random(0, MIXING_STREAM, dimension);
        double[] mixing = new double[dimension * LATENT];
        for (int i = 0; i < mixing.length; i++) {
            mixing[i] = fixed.nextGaussian() / Math.sqrt(dimension);
        }
        Random random = SeededHash.random(seed, ROWS_STREAM, dimension);
        double[] latent = new double[LATENT];
        float[] values = new float[rows * dimension];
        for (int i = 0; i < rows; i++) {
            for (int l = 0; l < LATENT; l++) {
                latent[l] = Math.sqrt(3) * (2 * random.nextDouble() - 1);
            }
            for (int j = 0; j < dimension; j++) {
                double sum = 0;
                for (int l = 0; l < LATENT; l++) {
                    sum += mixing[j * LATENT + l] * latent[l];
                }
                values[i * dimension + j] = (float) sum;
            }
        }
        return new FloatMatrix(rows, dimension, values);
    }
}
