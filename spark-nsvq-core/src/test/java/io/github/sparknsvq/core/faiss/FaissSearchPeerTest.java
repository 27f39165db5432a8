package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Searches of files that faiss wrote find what faiss finds. Skipped where there is no faiss. */
class FaissSearchPeerTest extends FaissPeer {
    @TestFactory
    Stream<DynamicTest> answersAsFaiss() throws IOException, InterruptedException {
        List<String> names = PeerFiles.made(directory, "make_search.py");
        assertTrue(names.size() > 140, names.size() + " indexes");
        for (String name : names) {
            try (MappedIndex index = FaissFiles.map(directory.resolve(name + ".faiss"))) {
                FaissFiles.write(directory.resolve(name + ".again"), index);
            }
        }
        Python.run("search_again.py", directory);
        return DynamicTest.stream(names.stream(), Function.identity(), this::compare);
    }

    private void compare(String name) throws IOException {
        SearchCase made = new SearchCase(directory, name);
        try (IvfIndex index = FaissFiles.open(made.file(".faiss"))) {
            made.assertAnswers(index, tolerance(name));
            compareAgain(name);
            if (index.quantizer().codes() instanceof ScalarQuantizer && index.refinement() == null) {
                compareCodes(made, index);
            }
        }
    }

    /** Fast scan rounds a query's tables to 8 bits. */
    private static double tolerance(String name) {
        return name.contains("x4fs") && !name.contains("RFlat") ? 0.015 : 1e-5;
    }

    /** What spark-nsvq writes anew is the same to both. */
    private void compareAgain(String name) throws IOException {
        SearchCase made = new SearchCase(directory, name);
        try (IvfIndex index = FaissFiles.open(made.file(".again"))) {
            made.assertAnswers(index, tolerance(name));
            made.assertAnswers(index, ".again", tolerance(name));
        }
    }

    /** Rows that are encoded have the codes that faiss gave them, bit for bit. */
    private static void compareCodes(SearchCase made, IvfIndex index) throws IOException {
        IvfQuantizer quantizer = index.quantizer();
        if (!quantizer.transforms().isEmpty()) {
            return; // these round otherwise
        }
        InvertedLists lists = index.lists();
        int d = quantizer.dimension();
        float[] rows = PeerFiles.floats(made.file(".rows"));
        int places = 0;
        for (int list = 0; list < lists.lists(); list++) {
            byte[] expected = IvfExample.packed(quantizer, lists, list);
            long[] ids = new long[lists.size(list)];
            lists.ids(list, 0, ids.length, ids);
            byte[] actual = new byte[expected.length];
            for (int i = 0; i < ids.length; i++) {
                int row = (int) (made.name().contains("IDMap") ? (ids[i] + 3) / 7_000_000_000L : ids[i]);
                quantizer.encode(rows, row * d, 1, new int[] {list}, actual, i * quantizer.codeSize());
                places++;
            }
            assertArrayEquals(expected, actual, made.name() + ", list " + list);
        }
        assertEquals(rows.length / d, places);
    }
}
