package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Random numbers and derivatives for tests of layers. */
final class Numbers {
    private static final double STEP = 1e-3;

    private Numbers() {}

    static double[] gaussian(int n, long seed) {
        Random random = new Random(seed);
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextGaussian();
        }
        return values;
    }

    static FloatMatrix matrix(int rows, int columns, long seed) {
        return new FloatMatrix(rows, columns, floats(gaussian(rows * columns, seed)));
    }

    static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Returns numbers between a half and two and a half. */
    static double[] positive(int n, long seed) {
        double[] values = gaussian(n, seed);
        for (int i = 0; i < n; i++) {
            values[i] = 0.5 + Math.min(2, Math.abs(values[i]));
        }
        return values;
    }

    /** Returns the derivative of a function of an array by each of its values, by differences of fourth order. */
    static double[] derivative(double[] at, ToDoubleFunction<double[]> function) {
        double[] derivative = new double[at.length];
        for (int i = 0; i < at.length; i++) {
            double near = shifted(at, i, STEP, function) - shifted(at, i, -STEP, function);
            double far = shifted(at, i, 2 * STEP, function) - shifted(at, i, -2 * STEP, function);
            derivative[i] = (8 * near - far) / (12 * STEP);
        }
        return derivative;
    }

    private static double shifted(double[] at, int i, double by, ToDoubleFunction<double[]> function) {
        double[] values = at.clone();
        values[i] += by;
        return function.applyAsDouble(values);
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** Returns the greatest difference of two arrays, in units of the greatest value of the first. */
    static double relativeDifference(double[] expected, double[] actual) {
        double difference = 0;
        double size = 1e-3;
        for (int i = 0; i < expected.length; i++) {
            difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
            size = Math.max(size, Math.abs(expected[i]));
        }
        return difference / size;
    }
}
