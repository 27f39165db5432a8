package io.github.sparknsvq.core.faiss;

import static io.github.sparknsvq.core.faiss.PeerFiles.assertClose;
import static io.github.sparknsvq.core.faiss.PeerFiles.distance;
import static io.github.sparknsvq.core.faiss.PeerFiles.floats;
import static io.github.sparknsvq.core.faiss.PeerFiles.longs;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * faiss itself reads the files of spark-nsvq, and spark-nsvq reads those of faiss. No tests where there is no faiss.
 */
class FaissPeerTest {
    private static final int QUERIES = 6;
    private static final int BEST = 5;

    @TempDir
    private Path directory;

    private static Map<String, FaissContent> contents() {
        Map<String, FaissContent> contents = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            for (boolean hasIds : new boolean[] {false, true}) {
                Examples.quantizers().forEach((name, quantizer) -> {
                    String key = name + "-" + metric + (hasIds ? "-ids" : "");
                    contents.put(key, Examples.content(quantizer, metric, 60, hasIds));
                });
            }
        }
        Examples.quantizers().forEach((name, quantizer) -> {
            contents.put(name + "-none", Examples.content(quantizer, Metric.L2, 0, true));
            contents.put(name + "-one", Examples.content(quantizer, Metric.L2, 1, false));
        });
        return contents;
    }

    @TestFactory
    List<DynamicTest> opensWhatWeWrite() throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        if (!Python.hasFaiss(directory)) {
            return tests;
        }
        Map<String, FaissContent> contents = contents();
        for (Map.Entry<String, FaissContent> entry : contents.entrySet()) {
            FaissContent content = entry.getValue();
            FaissFiles.write(directory.resolve(entry.getKey() + ".faiss"), content);
            int d = content.index().quantizer().dimension();
            PeerFiles.write(
                    directory.resolve(entry.getKey() + ".queries"),
                    Examples.gaussian(QUERIES, d, 1, 5).values());
        }
        Python.run("open.py", directory);
        contents.forEach((name, content) -> tests.add(dynamicTest(name, () -> compare(name, content))));
        return tests;
    }

    private void compare(String name, FaissContent content) throws IOException {
        FaissIndex index = content.index();
        int count = (int) index.count();
        FloatMatrix decoded = index.quantizer().decode(content.codes(), count);
        assertClose(decoded.values(), floats(directory.resolve(name + ".decoded")));

        float[] distances = floats(directory.resolve(name + ".distances"));
        long[] ids = longs(directory.resolve(name + ".ids"));
        assertEquals(QUERIES * BEST, ids.length);
        FloatMatrix queries = Examples.gaussian(QUERIES, decoded.columns(), 1, 5);
        for (int q = 0; q < QUERIES; q++) {
            double[] all = new double[count];
            for (int i = 0; i < count; i++) {
                all[i] = distance(index.metric(), queries.row(q), decoded.row(i));
            }
            double[] sorted = all.clone();
            Arrays.sort(sorted);
            for (int k = 0; k < BEST; k++) {
                int at = q * BEST + k;
                if (k >= count) {
                    assertEquals(-1, ids[at]);
                    continue;
                }
                double expected = index.metric() == Metric.L2 ? sorted[k] : sorted[count - 1 - k];
                double tolerance = 1e-4 * (1 + Math.abs(expected));
                assertEquals(expected, distances[at], tolerance);
                // of codes as far, any may come first
                int position = position(ids[at], content.ids());
                assertEquals(expected, all[position], tolerance);
            }
        }
    }

    private static int position(long id, long[] ids) {
        int position = (int) id;
        if (ids != null) {
            position = 0;
            while (ids[position] != id) {
                position++;
            }
        }
        return position;
    }

    @TestFactory
    List<DynamicTest> readsWhatFaissWrites() throws IOException, InterruptedException {
        List<DynamicTest> tests = new ArrayList<>();
        if (!Python.hasFaiss(directory)) {
            return tests;
        }
        PeerFiles.write(
                directory.resolve("rows.f32"), Examples.gaussian(1100, 16, 1, 2).values());
        Python.run("make.py", directory);
        try (Stream<Path> files = Files.list(directory)) {
            files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".faiss"))
                    .map(name -> name.substring(0, name.length() - ".faiss".length()))
                    .sorted()
                    .forEach(name -> tests.add(dynamicTest(name, () -> compareRead(name))));
        }
        assertEquals(21, tests.size());
        return tests;
    }

    private void compareRead(String name) throws IOException {
        Path file = directory.resolve(name + ".faiss");
        FaissContent content = FaissFiles.read(file);
        FaissIndex index = content.index();
        Quantizer quantizer = index.quantizer();
        assertEquals(50, index.count());
        assertEquals(name.endsWith("-L2") ? Metric.L2 : Metric.INNER_PRODUCT, index.metric());
        assertEquals(name.contains("OPQ"), quantizer instanceof RotatedQuantizer);
        assertClose(
                floats(directory.resolve(name + ".decoded")),
                quantizer.decode(content.codes(), 50).values());

        byte[] stored = Files.readAllBytes(directory.resolve(name + ".codes"));
        int size = stored.length / 50;
        for (int i = 0; i < 50; i++) {
            int at = i * quantizer.codeSize();
            byte[] code = Arrays.copyOfRange(content.codes(), at, at + quantizer.codeSize());
            BitSet bits = BitSet.valueOf(Arrays.copyOfRange(stored, i * size, (i + 1) * size));
            assertEquals(bits.get(0, quantizer.bits()), BitSet.valueOf(code), "code " + i);
        }
        assertEquals(name.contains("IDMap"), index.hasIds());
        if (index.hasIds()) {
            assertArrayEquals(longs(directory.resolve(name + ".ids")), content.ids());
        }

        Quantizer inner = quantizer instanceof RotatedQuantizer rotated ? rotated.inner() : quantizer;
        if (inner instanceof ProductQuantizer && !name.contains("IDMap,")) {
            assertArrayEquals(Files.readAllBytes(file), Examples.write(content));
        } else {
            assertTrue(quantizer.codeSize() <= size);
        }
    }
}
