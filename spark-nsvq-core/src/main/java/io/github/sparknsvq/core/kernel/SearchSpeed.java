package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Measures how fast searches are, with random rows and codewords. */
final class SearchSpeed {
    /** Multiply-adds that the CPU is measured with on each core: some ten milliseconds. */
    private static final double CPU_WORK = 3e8;

    /** Multiply-adds that a device is measured with, at most: enough to fill a large one. */
    private static final double DEVICE_WORK = 5e10;

    /** The same where the device is the CPU's own cores, which need no filling and would take seconds. */
    private static final double OWN_CORES_WORK = 1e9;

    private static final int RUNS = 3;

    private SearchSpeed() {}

    /**
     * Returns the rows a second of so many threads together, each of which searches by calls of its own.
     *
     * @param codewords number of codewords {@code K}
     * @param dimension dimension {@code D}
     */
    static double ofThreads(NearestCodewordProvider cpu, int codewords, int dimension, int threads) {
        NearestCodeword search = cpu.prepare(random(codewords, dimension, 1));
        double work = (double) codewords * dimension;
        int most = cpu.rowsPerCall(codewords, dimension, dimension);
        int rows = (int) Math.max(1, Math.min(most, CPU_WORK / work));
        float[] block = random(rows, dimension, 2).values();
        // at least as often as the interpreter needs to be left
        int calls = (int) Math.max(2, Math.min(20, CPU_WORK / work / rows));
        double seconds = fastest(() -> IntStream.range(0, threads).parallel().forEach(thread -> {
            for (int i = 0; i < calls; i++) {
                search.nearest(block, 0, rows, new int[rows], new float[rows]);
            }
        }));
        return (double) threads * calls * rows / seconds;
    }

    /**
     * Returns the rows a second of one caller, who has the device alone.
     *
     * @param codewords number of codewords {@code K}
     * @param dimension dimension {@code D}
     */
    static double ofDevice(NearestCodewordProvider device, int codewords, int dimension) {
        NearestCodeword search = device.prepare(random(codewords, dimension, 1));
        double work = (device.onOwnCores() ? OWN_CORES_WORK : DEVICE_WORK) / ((double) codewords * dimension);
        int rows = (int) Math.max(1, Math.min(device.rowsPerCall(codewords, dimension, dimension), work));
        float[] block = random(rows, dimension, 2).values();
        return rows / fastest(() -> search.nearest(block, 0, rows, new int[rows], new float[rows]));
    }

    /** Seconds of the fastest of some runs after a first one, which compiles. */
    private static double fastest(Runnable run) {
        run.run();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < RUNS; i++) {
            long start = System.nanoTime();
            run.run();
            least = Math.min(least, System.nanoTime() - start);
        }
        return Math.max(1, least) / (double) TimeUnit.SECONDS.toNanos(1);
    }

    private static FloatMatrix random(int rows, int columns, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble();
        }
        return new FloatMatrix(rows, columns, values);
    }
}
