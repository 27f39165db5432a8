package io.github.sparknsvq.cli.report;

import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * An axis of a chart: from one round number to another, with round numbers between.
 *
 * @param from its first number
 * @param step between two of them, above 0
 * @param steps how many steps there are, at least 1
 */
record Axis(double from, double step, int steps) {
    /** Returns an axis that has room for numbers from {@code least} to {@code most}, with about so many steps. */
    static Axis of(double least, double most, int about) {
        double low = least;
        double high = most;
        if (low == high) { // one number alone lies in the middle
            double room = low == 0 ? 1 : Math.abs(low) / 10;
            low -= room;
            high += room;
        }
        double step = step((high - low) / about);
        double first = Math.floor(low / step + 1e-9);
        double last = Math.ceil(high / step - 1e-9);
        return new Axis(first * step, step, (int) Math.max(1, last - first));
    }

    /** Returns the least of 1, 2 and 5 times a power of ten that is not below a number above 0. */
    static double step(double least) {
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        return DoubleStream.of(1, 2, 5)
                .map(digit -> digit * power)
                .filter(step -> step >= least * (1 - 1e-9))
                .findFirst()
                .orElse(10 * power);
    }

    double to() {
        return from + steps * step;
    }

    /** Returns the round numbers. */
    double[] ticks() {
        return IntStream.rangeClosed(0, steps)
                .mapToDouble(i -> {
                    double tick = from + i * step;
                    return Math.abs(tick) < step * 1e-9 ? 0 : tick; // no -1e-17
                })
                .toArray();
    }

    /** Returns the place of a number between {@code start}, that of the first one, and {@code end}. */
    double place(double value, double start, double end) {
        return start + (value - from) / (to() - from) * (end - start);
    }
}
