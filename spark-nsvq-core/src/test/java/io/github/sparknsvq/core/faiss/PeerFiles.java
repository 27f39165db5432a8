package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.index.Metric;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** Numbers that are exchanged with Python, and how they are compared. */
final class PeerFiles {
    private PeerFiles() {}

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

    static void write(Path file, float[] values) throws IOException {
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

    /** As faiss has it: the larger an inner product, the nearer. */
    static double distance(Metric metric, float[] query, float[] row) {
        double sum = 0;
        for (int j = 0; j < query.length; j++) {
            double difference = (double) query[j] - row[j];
            sum += metric == Metric.L2 ? difference * difference : (double) query[j] * row[j];
        }
        return sum;
    }
}
