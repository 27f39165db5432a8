package io.github.sparknsvq.core.faiss;

import static io.github.sparknsvq.core.faiss.PeerFiles.assertClose;
import static io.github.sparknsvq.core.faiss.PeerFiles.distance;
import static io.github.sparknsvq.core.faiss.PeerFiles.floats;
import static io.github.sparknsvq.core.faiss.PeerFiles.longs;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.NormFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * faiss itself opens the inverted files of spark-nsvq, and spark-nsvq opens those of faiss. No tests where there is
 * no faiss.
 */
class FaissIvfPeerTest {
    private static final int QUERIES = 6;
    private static final int BEST = 5;

    @TempDir
    private Path directory;

    private static float[] queries(int d) {
        return Examples.gaussian(QUERIES, d, 1, 5).values();
    }

    @TestFactory
    List<DynamicTest> opensWhatWeWrite() throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        if (!Python.hasFaiss(directory)) {
            return tests;
        }
        Map<String, IvfExample> examples = IvfExample.all();
        for (Map.Entry<String, IvfExample> entry : examples.entrySet()) {
            Files.write(
                    directory.resolve(entry.getKey() + ".faiss"),
                    entry.getValue().write());
            PeerFiles.write(directory.resolve(entry.getKey() + ".queries"), queries(IvfExample.D));
        }
        Python.run("open_ivf.py", directory, "ivf_rows.py");
        examples.forEach((name, example) -> tests.add(dynamicTest(name, () -> compare(name, example))));
        return tests;
    }

    private void compare(String name, IvfExample example) throws IOException {
        IvfQuantizer quantizer = example.quantizer();
        int count = example.count();
        long[] listIds = IvfExample.ids(example.lists(), count);
        assertArrayEquals(listIds, longs(directory.resolve(name + ".listids")));
        float[] rows = IvfExample.decoded(quantizer, example.lists(), count);
        assertClose(floats(directory.resolve(name + ".decoded")), quantizer.reverse(rows, count));

        float[] distances = floats(directory.resolve(name + ".distances"));
        long[] ids = longs(directory.resolve(name + ".ids"));
        int d = quantizer.innerDimension();
        float[] queries = new float[QUERIES * d];
        quantizer.transform(queries(d), 0, QUERIES, queries, 0);
        for (int q = 0; q < QUERIES; q++) {
            float[] query = Arrays.copyOfRange(queries, q * d, (q + 1) * d);
            double[] all = new double[count];
            for (int i = 0; i < count; i++) {
                all[i] = distance(quantizer.metric(), query, Arrays.copyOfRange(rows, i * d, (i + 1) * d));
            }
            double[] sorted = all.clone();
            Arrays.sort(sorted);
            for (int k = 0; k < BEST; k++) {
                int at = q * BEST + k;
                if (k >= count) {
                    assertEquals(-1, ids[at]);
                    continue;
                }
                double expected = quantizer.metric() == Metric.L2 ? sorted[k] : sorted[count - 1 - k];
                // fast scan rounds a query's tables to 8 bits
                double size = Math.abs(expected);
                double tolerance = example.blocks() ? 0.05 * (4 + size) : 1e-4 * (1 + size);
                assertEquals(expected, distances[at], tolerance);
                assertEquals(expected, all[position(ids[at], listIds)], tolerance);
            }
        }
    }

    private static int position(long id, long[] ids) {
        int position = 0;
        while (ids[position] != id) {
            position++;
        }
        return position;
    }

    @TestFactory
    List<DynamicTest> mapsWhatFaissWrites() throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        if (!Python.hasFaiss(directory)) {
            return tests;
        }
        PeerFiles.write(
                directory.resolve("rows.f32"), Examples.gaussian(1100, 16, 1, 2).values());
        Python.run("make_ivf.py", directory, "ivf_rows.py");
        try (Stream<Path> files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".faiss"))
                    .map(name -> name.substring(0, name.length() - ".faiss".length()))
                    .sorted()
                    .forEach(name -> tests.add(dynamicTest(name, () -> compareMapped(name))));
        }
        assertEquals(2 * 29, tests.size());
        return tests;
    }

    private void compareMapped(String name) throws IOException {
        Path file = directory.resolve(name + ".faiss");
        if (name.contains("HNSW")) {
            assertEquals(
                    file + " holds centroids in an index of type 'IHNf', which is not supported; supported is IxF2"
                            + " and IxFI",
                    assertThrows(NsvqException.class, () -> FaissFiles.map(file))
                            .getMessage());
            return;
        }
        try (MappedIndex index = FaissFiles.map(file)) {
            int count = name.contains("64") ? 10 : 200;
            IvfQuantizer quantizer = index.quantizer();
            InvertedLists lists = index.lists();
            assertEquals(count, index.count());
            assertEquals(16, quantizer.dimension());
            assertEquals(name.endsWith("-L2") ? Metric.L2 : Metric.INNER_PRODUCT, quantizer.metric());
            assertEquals(name.contains("IVF64") ? 64 : name.contains("IVF") ? 16 : 1, lists.lists());
            assertEquals(1, index.probes());
            assertArrayEquals(longs(directory.resolve(name + ".listids")), IvfExample.ids(lists, count));
            float[] rows = IvfExample.decoded(quantizer, lists, count);
            assertClose(floats(directory.resolve(name + ".decoded")), quantizer.reverse(rows, count));
            compareNorms(name, index);
            compareBytes(name, index);
        }
    }

    /** Where the file has no norms, or rougher ones, those of the opened index are what they should be. */
    private static void compareNorms(String name, MappedIndex index) {
        InvertedLists lists = index.lists();
        if (!(lists.format() instanceof NormFormat format)) {
            return;
        }
        for (int list = 0; list < lists.lists(); list++) {
            int size = lists.size(list);
            byte[] codes = new byte[(int) format.bytes(size)];
            lists.codes(list, 0, size, codes);
            byte[] exact = new byte[codes.length];
            format.pack(IvfExample.packed(index.quantizer(), lists, list), 0, size, exact, 0);
            float[] norms = new float[size];
            float[] expected = new float[size];
            format.norms(codes, 0, size, norms, 0);
            format.norms(exact, 0, size, expected, 0);
            double tolerance = name.contains("qint8") ? 0.2 : name.contains("qint4") ? 3 : 1e-4;
            for (int i = 0; i < size; i++) {
                assertEquals(expected[i], norms[i], tolerance);
            }
        }
    }

    /** spark-nsvq writes the same bytes as faiss, unless the file holds what spark-nsvq does not need. */
    private void compareBytes(String name, MappedIndex index) throws IOException {
        boolean same = name.contains("IVF")
                && !name.contains("PCA")
                && !name.contains("RR16")
                && !name.contains("LSQ")
                && !name.contains("IDMap")
                && !name.contains("qint")
                && !name.contains("RQ2x4-");
        if (same) {
            Path again = directory.resolve(name + ".again");
            FaissFiles.write(again, index.quantizer(), index.lists(), index.probes());
            assertArrayEquals(Files.readAllBytes(directory.resolve(name + ".faiss")), Files.readAllBytes(again));
        }
    }
}
