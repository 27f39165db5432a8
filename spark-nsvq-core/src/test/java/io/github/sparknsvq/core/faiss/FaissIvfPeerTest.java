package io.github.sparknsvq.core.faiss;

import static io.github.sparknsvq.core.faiss.PeerFiles.assertClose;
import static io.github.sparknsvq.core.faiss.PeerFiles.floats;
import static io.github.sparknsvq.core.faiss.PeerFiles.longs;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.NormFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * faiss opens the inverted files that spark-nsvq writes, and spark-nsvq opens what faiss writes. Skipped where there
 * is no faiss.
 */
class FaissIvfPeerTest extends FaissPeer {
    @TestFactory
    Stream<DynamicTest> opensWhatSparkNsvqWrites() throws IOException, InterruptedException {
        Map<String, IvfExample> examples = IvfExample.all();
        for (Map.Entry<String, IvfExample> entry : examples.entrySet()) {
            Files.write(
                    directory.resolve(entry.getKey() + ".faiss"),
                    entry.getValue().write());
            PeerFiles.writeQueries(directory, entry.getKey(), IvfExample.D);
        }
        Python.run("open_ivf.py", directory, "ivf_rows.py");
        return DynamicTest.stream(
                examples.keySet().stream(), Function.identity(), name -> compare(name, examples.get(name)));
    }

    private void compare(String name, IvfExample example) throws IOException {
        IvfQuantizer quantizer = example.quantizer();
        int count = example.count();
        long[] listIds = IvfExample.ids(example.lists(), count);
        assertArrayEquals(listIds, longs(directory.resolve(name + ".listids")));
        float[] rows = IvfExample.decoded(quantizer, example.lists(), count);
        assertClose(floats(directory.resolve(name + ".decoded")), quantizer.reverse(rows, count));

        float[] queries = new float[PeerFiles.QUERIES * quantizer.innerDimension()];
        quantizer.transform(PeerFiles.queries(IvfExample.D), 0, PeerFiles.QUERIES, queries, 0);
        PeerFiles.assertNearest(
                directory,
                name,
                quantizer.metric(),
                queries,
                rows,
                id -> PeerFiles.indexOf(listIds, id),
                // fast scan rounds a query's tables to 8 bits
                expected -> example.blocks() ? 0.05 * (4 + Math.abs(expected)) : 1e-4 * (1 + Math.abs(expected)));
    }

    @TestFactory
    Stream<DynamicTest> mapsWhatFaissWrites() throws IOException, InterruptedException {
        List<String> names = PeerFiles.made(directory, "make_ivf.py", "ivf_rows.py");
        assertEquals(2 * 29, names.size());
        return DynamicTest.stream(names.stream(), Function.identity(), this::compareMapped);
    }

    private void compareMapped(String name) throws IOException {
        Path file = directory.resolve(name + ".faiss");
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

    /** Where the file has no norms, or rougher ones, those computed instead are what they should be. */
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

    /** What faiss wrote is written back byte for byte, unless it holds what spark-nsvq has no use for. */
    private void compareBytes(String name, MappedIndex index) throws IOException {
        boolean same = name.contains("IVF")
                && !name.contains("PCA")
                && !name.contains("HNSW")
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
