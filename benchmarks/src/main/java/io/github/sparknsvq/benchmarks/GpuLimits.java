package io.github.sparknsvq.benchmarks;

import java.util.Arrays;
import java.util.List;

/**
 * How long measurements may take.
 *
 * @param runs of each measurement, at most
 * @param seconds that one run should take, at most; measurements take fewer rows then
 * @param warmUp seconds of running before anything counts
 * @param endMillis the time of day after which nothing new begins
 */
record GpuLimits(int runs, double seconds, double warmUp, long endMillis) {
    /** All runs of a measurement together take so many times one run's seconds at most. */
    private static final double TOGETHER = 10;

    /** Seconds of the runs of a measurement. */
    record Timing(double median, double fastest, double slowest, int runs) {}

    /** Reads {@code runs=5 seconds=5 warm=1.5 end=EPOCH_SECONDS}, each optional, from among the arguments. */
    static GpuLimits parse(List<String> args) {
        return new GpuLimits((int) value(args, "runs", 5), value(args, "seconds", 5), value(args, "warm", 1.5), (long)
                (1000 * value(args, "end", 1e12)));
    }

    private static double value(List<String> args, String name, double otherwise) {
        return args.stream()
                .filter(arg -> arg.startsWith(name + "="))
                .mapToDouble(arg -> Double.parseDouble(arg.substring(name.length() + 1)))
                .findFirst()
                .orElse(otherwise);
    }

    /** Returns whether the time is up. */
    boolean over() {
        return System.currentTimeMillis() >= endMillis;
    }

    /** Runs something several times, at least once. */
    Timing time(Runnable work) {
        double[] taken = new double[runs];
        int done = 0;
        double all = 0;
        do {
            taken[done] = secondsOf(work);
            all += taken[done++];
        } while (done < runs && all < TOGETHER * seconds && !over());
        Arrays.sort(taken, 0, done);
        return new Timing((taken[(done - 1) / 2] + taken[done / 2]) / 2, taken[0], taken[done - 1], done);
    }

    /** Runs something once. */
    static double secondsOf(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return Math.max(1, System.nanoTime() - start) * 1e-9;
    }
}
