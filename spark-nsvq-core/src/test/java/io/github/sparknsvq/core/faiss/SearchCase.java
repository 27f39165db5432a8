package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfIndex.Neighbors;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.SearchOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An index file of faiss, {@code NAME.faiss}, with queries, {@code NAME.q}, and what faiss finds for them: {@code
 * NAME.ids} and {@code NAME.dist}, {@value #BEST} for each.
 *
 * @param directory of the files
 * @param name of all of them
 */
record SearchCase(Path directory, String name) {
    static final int BEST = 5;

    /** Those among the resources, which faiss 1.15.1 made by {@code make_search.py}, under shorter names. */
    private static final List<String> NAMES = List.of(
            "sq8-ivf-l2",
            "sqfp16-ivf-ip",
            "sq6-l2",
            "pq8x4fs-64-ivf-l2",
            "pq5x4fs-64-ip",
            "pq8x4fs-96-l2",
            "refine-sq4-l2",
            "refine-pca-ivf-sq8-ip",
            "refine-idmap2-ivf-sq8-l2",
            "refine-sq8-one-l2");

    /** In place of an id where faiss found no more. */
    private static final long NONE = -1;

    /** Copies those among the resources to a directory. */
    static List<SearchCase> all(Path directory) throws IOException {
        List<SearchCase> cases = new ArrayList<>();
        for (String name : NAMES) {
            for (String ending : List.of(".faiss", ".q", ".ids", ".dist")) {
                try (InputStream in = SearchCase.class.getResourceAsStream("/cases/" + name + ending)) {
                    Files.copy(in, directory.resolve(name + ending), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            cases.add(new SearchCase(directory, name));
        }
        return cases;
    }

    Path file(String ending) {
        return directory.resolve(name + ending);
    }

    /**
     * Asserts that a search finds what faiss finds, at the same distances. Of vectors whose distances differ less
     * than the tolerance, either may be found.
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
            Neighbors found = index.search(query, SearchOptions.nearest(BEST));
            int all = (int) Math.max(BEST, index.size());
            Neighbors more = index.search(query, SearchOptions.nearest(all));
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
