package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.SearchOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * The best 5 neighbors of queries, as faiss writes them: -1 where there are fewer.
 *
 * @param name of the index that gave them
 * @param ids 5 for each query
 * @param distances of those; inner products are not turned
 */
@SuppressWarnings("ArrayRecordComponent") // is never compared
record Answers(String name, long[] ids, float[] distances) {
    static final int K = 5;

    static Answers read(Path directory, String name) throws IOException {
        return new Answers(
                name,
                PeerFiles.longs(directory.resolve(name + ".ids")),
                PeerFiles.floats(directory.resolve(name + ".distances")));
    }

    /** What an index of spark-nsvq answers. */
    static Answers of(IvfIndex index, float[] queries, int probes) {
        int d = index.quantizer().dimension();
        int count = queries.length / d;
        long[] ids = new long[count * K];
        float[] distances = new float[count * K];
        Arrays.fill(ids, -1);
        index.search(new IvfIndex.Batch(
                queries, count, SearchOptions.nearest(K).withProbes(probes), ids, distances, new int[count]));
        boolean turned = index.quantizer().metric() == Metric.INNER_PRODUCT;
        for (int i = 0; i < distances.length && turned; i++) {
            distances[i] = -distances[i];
        }
        return new Answers("here", ids, distances);
    }

    /** Asserts that other answers are the same, but for neighbors that are as near and may change places. */
    void assertLike(Answers other, String index, double tolerance) {
        assertEquals(ids.length, other.ids.length, index);
        for (int i = 0; i < ids.length; i++) {
            String place = index + ", neighbor " + i % K + " of query " + i / K;
            double off = tolerance * (4 + Math.abs(distances[i]));
            if (ids[i] < 0) {
                assertEquals(ids[i], other.ids[i], place);
                continue;
            }
            assertEquals(distances[i], other.distances[i], off, place);
            boolean first = i % K == 0 || Math.abs(distances[i] - distances[i - 1]) > 2 * off;
            boolean last = i % K < K - 1 && Math.abs(distances[i] - distances[i + 1]) > 2 * off;
            if (first && last) {
                assertEquals(ids[i], other.ids[i], place);
            }
        }
    }
}
