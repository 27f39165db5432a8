package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

/** Where rows stand along their first principal component, or along a Hilbert curve through the first two. */
final class PlaneOrder {
    private static final int POWER_STEPS = 30;

    private final FloatMatrix rows;
    private final double[] mean;
    private final double[] first;
    private final double[] second;

    /** Finds the components by power iteration. */
    PlaneOrder(FloatMatrix rows) {
        this.rows = rows;
        this.mean = new double[rows.columns()];
        for (int i = 0; i < rows.values().length; i++) {
            mean[i % mean.length] += rows.values()[i] / (double) rows.rows();
        }
        this.first = component(null);
        this.second = component(first);
    }

    private double[] component(double[] without) {
        double[] direction = new Random(1).doubles(mean.length, -1, 1).toArray();
        for (int step = 0; step < POWER_STEPS; step++) {
            removeAndScale(direction, without);
            double[] by = direction;
            double[] products = products(rows, by);
            double[] next = new double[mean.length];
            for (int i = 0; i < rows.rows(); i++) {
                for (int j = 0; j < next.length; j++) {
                    next[j] += products[i] * (rows.values()[i * next.length + j] - mean[j]);
                }
            }
            direction = next;
        }
        removeAndScale(direction, without);
        return direction;
    }

    private static void removeAndScale(double[] direction, double[] without) {
        if (without != null) {
            double along = IntStream.range(0, direction.length)
                    .mapToDouble(j -> direction[j] * without[j])
                    .sum();
            Arrays.setAll(direction, j -> direction[j] - along * without[j]);
        }
        double length = Math.sqrt(Arrays.stream(direction).map(x -> x * x).sum());
        Arrays.setAll(direction, j -> direction[j] / length);
    }

    private double[] products(FloatMatrix of, double[] direction) {
        int d = mean.length;
        return IntStream.range(0, of.rows())
                .parallel()
                .mapToDouble(i -> {
                    double sum = 0;
                    for (int j = 0; j < d; j++) {
                        sum += (of.values()[i * d + j] - mean[j]) * direction[j];
                    }
                    return sum;
                })
                .toArray();
    }

    /** Returns the first component of rows. */
    double[] firstComponent(FloatMatrix of) {
        return products(of, first);
    }

    /** Returns where on a Hilbert curve through the plane of the first two components each of some rows is. */
    double[] hilbert(FloatMatrix of) {
        int[] x = grid(products(of, first), products(rows, first));
        int[] y = grid(products(of, second), products(rows, second));
        return IntStream.range(0, x.length)
                .mapToDouble(i -> HilbertOrder.position(x[i], y[i]))
                .toArray();
    }

    /** Rounds values to the cells of a grid over the range of all; values beyond go to its borders. */
    private static int[] grid(double[] values, double[] all) {
        double least = Arrays.stream(all).min().orElseThrow();
        double most = Arrays.stream(all).max().orElseThrow();
        double cells = (1 << HilbertOrder.BITS) - 1;
        return Arrays.stream(values)
                .mapToInt(v -> (int) Math.round(Math.max(0, Math.min(1, (v - least) / (most - least))) * cells))
                .toArray();
    }
}
