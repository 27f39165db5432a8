package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfIndex.Neighbors;
import io.github.sparknsvq.core.index.Metric;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * An index file of faiss, {@code NAME.faiss}, with queries, {@code NAME.q}, and what faiss finds for them: {@code
 * NAME.ids} and {@code NAME.dist}, {@value #BEST} for each.
 *
 * @param directory of the files
 * @param name of all of them
 */
record SearchCase(Path directory, String name) {
    static final int BEST = 5;

    /** In place of an id where faiss found no more. */
    private static final long NONE = -1;

    Path file(String ending) {
        return directory.resolve(name + ending);
    }

    /**
     * Asserts that a search finds what faiss finds, at the same distances. Of vectors whose distances differ less than
     * the tolerance, either may be found.
     *
     * @param tolerance of a distance, as a part of the query's largest finite one
     */
    void assertAnswers(IvfIndex index, double tolerance) throws IOException {
        assertAnswers(index, "", tolerance);
    }

    /** As above, of answers in files of another name: {@code NAME.again.ids} where {@code of} is {@code .again}. */
    void assertAnswers(IvfIndex index, String of, double tolerance) throws IOException {
        float[] queries = PeerFiles.floats(file(".q"));
        long[] ids = PeerFiles.longs(file(of + ".ids"));
        float[] distances = PeerFiles.floats(file(of + ".dist"));
        int d = index.quantizer().dimension();
        double sign = index.quantizer().metric() == Metric.L2 ? 1 : -1;
        assertEquals(queries.length / d * BEST, ids.length);
        for (int q = 0; q < queries.length / d; q++) {
            float[] query = Arrays.copyOfRange(queries, q * d, (q + 1) * d);
            Neighbors found = index.search(query, BEST);
            Neighbors more = index.search(query, (int) Math.max(BEST, index.size()));
            double off = tolerance * largest(more.distances());
            for (int i = 0; i < BEST; i++) {
                String what = name + ", query " + q + ", neighbor " + i;
                int at = q * BEST + i;
                if (ids[at] == NONE) {
                    assertEquals(i, found.size(), what);
                    break;
                }
                assertTrue(i < found.size(), what + " is there");
                assertEquals(sign * distances[at], found.distances()[i], off, what);
                if (ids[at] != found.ids()[i]) {
                    int place = PeerFiles.indexOf(more.ids(), ids[at]);
                    assertEquals(sign * distances[at], more.distances()[place], off, what);
                }
            }
        }
    }

    private static double largest(float[] distances) {
        double largest = 0;
        for (float distance : distances) {
            largest = Float.isFinite(distance) ? Math.max(largest, Math.abs(distance)) : largest;
        }
        return largest;
    }
}
