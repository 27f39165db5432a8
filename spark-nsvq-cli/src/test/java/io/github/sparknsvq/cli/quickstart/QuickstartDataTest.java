package io.github.sparknsvq.cli.quickstart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickstartDataTest {
    @TempDir
    Path directory;

    @Test
    void syntheticVectorsLookLikeSift() {
        FloatMatrix vectors = new SyntheticVectors(1).make(0, 500);
        assertEquals(128, vectors.columns());
        int small = 0;
        int large = 0;
        double norms = 0;
        for (int i = 0; i < vectors.rows(); i++) {
            double norm = 0;
            for (float value : vectors.row(i)) {
                assertTrue(value >= 0 && value <= 255 && value == Math.rint(value), "value " + value);
                norm += value * value;
                small += value <= 8 ? 1 : 0;
                large += value > 96 ? 1 : 0;
            }
            norms += Math.sqrt(norm);
        }
        assertEquals(512, norms / vectors.rows(), 5);
        int values = vectors.values().length;
        assertTrue(small > values / 4 && small < values / 2, "small values: " + small + " of " + values);
        assertTrue(large > values / 50 && large < values / 5, "large values: " + large + " of " + values);
    }

    @Test
    void syntheticVectorsFollowFromTheSeed() {
        float[] vectors = new SyntheticVectors(1).make(0, 50).values();
        assertArrayEquals(vectors, new SyntheticVectors(1).make(0, 50).values());
        assertArrayEquals(
                Arrays.copyOf(vectors, 10 * 128),
                new SyntheticVectors(1).make(0, 10).values());
        assertFalse(Arrays.equals(vectors, new SyntheticVectors(2).make(0, 50).values()));
        assertFalse(Arrays.equals(vectors, new SyntheticVectors(1).make(1, 50).values()));
    }

    @Test
    void groundTruthIsExact() {
        SyntheticVectors vectors = new SyntheticVectors(3);
        FloatMatrix base = vectors.make(1, 700);
        FloatMatrix queries = vectors.make(2, 60);
        int[][] nearest = QuickstartData.nearest(base, queries);
        for (int q = 0; q < queries.rows(); q++) {
            float[] query = queries.row(q);
            int[] sorted = IntStream.range(0, base.rows())
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(i -> distance(base.row(i), query))
                            .thenComparing(i -> i))
                    .mapToInt(i -> i)
                    .limit(100)
                    .toArray();
            assertArrayEquals(sorted, nearest[q], "query " + q);
        }
    }

    private static double distance(float[] a, float[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - b[i]) * (a[i] - b[i]);
        }
        return sum;
    }

    @Test
    void findsTheFilesOfADirectory() throws IOException {
        for (String name : new String[] {"base.bvecs", "query.fvecs", "groundtruth.ivecs"}) {
            Files.createFile(directory.resolve(name));
        }
        QuickstartData data = QuickstartData.find(new Configuration(), directory.toString());
        assertEquals(directory + "/base.bvecs", data.learn());
        assertEquals(directory + "/query.fvecs", data.query());
        Files.createFile(directory.resolve("learn.npy"));
        assertEquals(
                directory + "/learn.npy",
                QuickstartData.find(new Configuration(), directory.toString()).learn());
        Files.delete(directory.resolve("groundtruth.ivecs"));
        String given = directory.toString();
        NsvqException e = assertThrows(NsvqException.class, () -> QuickstartData.find(new Configuration(), given));
        assertEquals(
                "there is no groundtruth in " + directory
                        + " (--data): it should hold base and query (and may hold learn)"
                        + " as .fvecs, .bvecs or .npy, and groundtruth.ivecs",
                e.getMessage());
    }
}
