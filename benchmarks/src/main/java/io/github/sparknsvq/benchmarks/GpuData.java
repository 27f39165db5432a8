package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/** Rows and codebooks drawn from seeds, the same whatever the number of threads that draw. */
final class GpuData {
    private static final int CHUNK = 4096;
    private static final int CLUSTERS = 2000;

    private GpuData() {}

    /** Draws uniformly from [0, 1). */
    static FloatMatrix uniform(int rows, int columns, long seed) {
        float[] values = new float[Math.multiplyExact(rows, columns)];
        IntStream.rangeClosed(0, (rows - 1) / CHUNK).parallel().forEach(chunk -> {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + chunk);
            int end = (int) Math.min(values.length, (chunk + 1L) * CHUNK * columns);
            for (int i = chunk * CHUNK * columns; i < end; i++) {
                values[i] = random.nextInt(1 << 24) * 0x1p-24f;
            }
        });
        return new FloatMatrix(rows, columns, values);
    }

    /** Draws rows around {@value #CLUSTERS} uniform centers, with normal noise of standard deviation 0.1. */
    static FloatMatrix clustered(int rows, int columns, long seed) {
        float[] centers = uniform(CLUSTERS, columns, seed + 1).values();
        float[] values = new float[Math.multiplyExact(rows, columns)];
        IntStream.rangeClosed(0, (rows - 1) / CHUNK).parallel().forEach(chunk -> {
            SplittableRandom random = new SplittableRandom(seed * 1_000_003 + chunk);
            int end = Math.min(rows, (chunk + 1) * CHUNK);
            for (int row = chunk * CHUNK; row < end; row++) {
                int center = random.nextInt(CLUSTERS) * columns;
                for (int j = 0; j < columns; j++) {
                    values[row * columns + j] = centers[center + j] + (float) (0.1 * random.nextGaussian());
                }
            }
        });
        return new FloatMatrix(rows, columns, values);
    }

    /** Returns the first rows of a matrix. */
    static FloatMatrix first(FloatMatrix all, int rows) {
        float[] values = rows == all.rows()
                ? all.values()
                : Arrays.copyOf(all.values(), Math.multiplyExact(rows, all.columns()));
        return new FloatMatrix(rows, all.columns(), values);
    }
}
