package io.github.sparknsvq.core.faiss;

import static io.github.sparknsvq.core.faiss.PeerFiles.assertClose;
import static io.github.sparknsvq.core.faiss.PeerFiles.floats;
import static io.github.sparknsvq.core.faiss.PeerFiles.longs;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** faiss reads what spark-nsvq writes, and spark-nsvq reads what faiss writes. Skipped where there is no faiss. */
class FaissPeerTest extends FaissPeer {
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
    Stream<DynamicTest> opensWhatSparkNsvqWrites() throws IOException, InterruptedException {
        Map<String, FaissContent> contents = contents();
        for (Map.Entry<String, FaissContent> entry : contents.entrySet()) {
            FaissContent content = entry.getValue();
            FaissFiles.write(directory.resolve(entry.getKey() + ".faiss"), content);
            PeerFiles.writeQueries(
                    directory, entry.getKey(), content.index().quantizer().dimension());
        }
        Python.run("open.py", directory);
        return DynamicTest.stream(
                contents.keySet().stream(), Function.identity(), name -> compare(name, contents.get(name)));
    }

    private void compare(String name, FaissContent content) throws IOException {
        FaissIndex index = content.index();
        FloatMatrix decoded = index.quantizer().decode(content.codes(), (int) index.count());
        assertClose(decoded.values(), floats(directory.resolve(name + ".decoded")));
        PeerFiles.assertNearest(
                directory,
                name,
                index.metric(),
                PeerFiles.queries(decoded.columns()),
                decoded.values(),
                id -> content.ids() == null ? (int) id : PeerFiles.indexOf(content.ids(), id),
                expected -> 1e-4 * (1 + Math.abs(expected)));
    }

    @TestFactory
    Stream<DynamicTest> readsWhatFaissWrites() throws IOException, InterruptedException {
        List<String> names = PeerFiles.made(directory, "make.py");
        assertEquals(21, names.size());
        return DynamicTest.stream(names.stream(), Function.identity(), this::compareRead);
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
