package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.index.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongToIntFunction;
import java.util.stream.Stream;

/** Numbers that are exchanged with Python, and how they are compared. */
final class PeerFiles {
    static final int QUERIES = 6;

    private static final int BEST = 5;

    private PeerFiles() {}

    /** Writes the queries that the scripts search for, in an index of a name. */
    static void writeQueries(Path directory, String name, int d) throws IOException {
        write(directory.resolve(name + ".queries"), queries(d));
    }

    static float[] queries(int d) {
        return Examples.gaussian(QUERIES, d, 1, 5).values();
    }

    /** Trains indexes of 16 dimensions with faiss, and returns their names. */
    static List<String> made(Path directory, String script, String... imported)
            throws IOException, InterruptedException {
        write(directory.resolve("rows.f32"), Examples.gaussian(1100, 16, 1, 2).values());
        Python.run(script, directory, imported);
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".faiss"))
                    .map(name -> name.substring(0, name.length() - ".faiss".length()))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Asserts that what faiss found for the queries are the nearest of some rows.
     *
     * @param queries as they are compared with the rows, which need not be as the script had them
     * @param place where the row of an id stands
     * @param tolerance of a distance
     */
    static void assertNearest(
            Path directory,
            String name,
            Metric metric,
            float[] queries,
            float[] rows,
            LongToIntFunction place,
            DoubleUnaryOperator tolerance)
            throws IOException {
        float[] distances = floats(directory.resolve(name + ".distances"));
        long[] ids = longs(directory.resolve(name + ".ids"));
        assertEquals(QUERIES * BEST, ids.length);
        int d = queries.length / QUERIES;
        int count = rows.length / d;
        for (int q = 0; q < QUERIES; q++) {
            float[] query = Arrays.copyOfRange(queries, q * d, (q + 1) * d);
            double[] all = new double[count];
            for (int i = 0; i < count; i++) {
                all[i] = distance(metric, query, Arrays.copyOfRange(rows, i * d, (i + 1) * d));
            }
            double[] sorted = all.clone();
            Arrays.sort(sorted);
            for (int k = 0; k < BEST; k++) {
                int at = q * BEST + k;
                if (k >= count) {
                    assertEquals(-1, ids[at]);
                    continue;
                }
                double expected = metric == Metric.L2 ? sorted[k] : sorted[count - 1 - k];
                assertEquals(expected, distances[at], tolerance.applyAsDouble(expected));
                // of codes that are equally far, any may come first
                assertEquals(expected, all[place.applyAsInt(ids[at])], tolerance.applyAsDouble(expected));
            }
        }
    }

    private static ByteBuffer bytes(Path file) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    }

    static float[] floats(Path file) throws IOException {
        ByteBuffer bytes = bytes(file);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    static long[] longs(Path file) throws IOException {
        ByteBuffer bytes = bytes(file);
        long[] values = new long[bytes.remaining() / Long.BYTES];
        bytes.asLongBuffer().get(values);
        return values;
    }

    private static void write(Path file, float[] values) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        Files.write(file, bytes.array());
    }

    static void assertClose(float[] expected, float[] actual) {
        assertEquals(expected.length, actual.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 1e-5 * (1 + Math.abs(expected[i])), "value " + i);
        }
    }

    static int indexOf(long[] values, long value) {
        int index = 0;
        while (values[index] != value) {
            index++;
        }
        return index;
    }

    /** As faiss has it: the larger an inner product, the nearer. */
    private static double distance(Metric metric, float[] query, float[] row) {
        double sum = 0;
        for (int j = 0; j < query.length; j++) {
            double difference = (double) query[j] - row[j];
            sum += metric == Metric.L2 ? difference * difference : (double) query[j] * row[j];
        }
        return sum;
    }
}
