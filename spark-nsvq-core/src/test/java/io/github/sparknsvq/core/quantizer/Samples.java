package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Rows and codebooks that the tests of quantizers share, each from a seed, and what a code costs. */
final class Samples {
    private Samples() {}

    static FloatMatrix gaussian(int n, int d, double scale, double offset, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (offset + scale * random.nextGaussian());
        }
        return new FloatMatrix(n, d, values);
    }

    static FloatMatrix gaussian(int n, int d, long seed) {
        return gaussian(n, d, 1, 0, seed);
    }

    /** Codebooks of the given sizes, each half as wide as the one before, like those of residuals. */
    static List<FloatMatrix> shrinking(int d, long seed, int... sizes) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int m = 0; m < sizes.length; m++) {
            codebooks.add(gaussian(sizes[m], d, Math.pow(0.5, m), 0, seed + m));
        }
        return codebooks;
    }

    /** Codebooks of the given sizes, all as wide. */
    static List<FloatMatrix> even(int d, long seed, int... sizes) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int m = 0; m < sizes.length; m++) {
            codebooks.add(gaussian(sizes[m], d, Math.sqrt(1.0 / sizes.length), 0, seed + m));
        }
        return codebooks;
    }

    /** The matrix with a vector added to each row. */
    static FloatMatrix plus(FloatMatrix rows, float... vector) {
        float[] values = rows.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += vector[i % vector.length];
        }
        return new FloatMatrix(rows.rows(), rows.columns(), values);
    }

    static FloatMatrix times(FloatMatrix rows, double by) {
        float[] values = rows.values().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (values[i] * by);
        }
        return new FloatMatrix(rows.rows(), rows.columns(), values);
    }

    /** Squared distance of row {@code i} of one matrix from row {@code j} of another. */
    static double squaredDistance(FloatMatrix a, int i, FloatMatrix b, int j) {
        double sum = 0;
        for (int c = 0; c < a.columns(); c++) {
            double difference = (double) a.get(i, c) - b.get(j, c);
            sum += difference * difference;
        }
        return sum;
    }

    /** Squared distances of rows from what their codes stand for. */
    static double[] errors(Quantizer quantizer, FloatMatrix rows) {
        FloatMatrix decoded = quantizer.decode(quantizer.encode(rows), rows.rows());
        double[] errors = new double[rows.rows()];
        for (int i = 0; i < errors.length; i++) {
            errors[i] = squaredDistance(rows, i, decoded, i);
        }
        return errors;
    }

    static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }
}
