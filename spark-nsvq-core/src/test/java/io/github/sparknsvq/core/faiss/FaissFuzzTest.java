package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.AffineTransform;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files with errors in them, thousands of each kind: all are read, or refused with an NsvqException, in little
 * memory.
 */
class FaissFuzzTest {
    private static final int MUTATIONS = 900;
    private static final int D = IvfExample.D;

    /**
     * Bytes that may be allocated for each byte of a file, to open it and read all of it, and for anything at all.
     */
    private static final long PER_BYTE = 64;

    private static final long AT_ALL = 1 << 18;

    private static final long[] ADVERSARIAL = {
        -1,
        0,
        1,
        2,
        31,
        33,
        255,
        65536,
        (1L << 31) - 1,
        1L << 31,
        -(1L << 31),
        1L << 32,
        1L << 40,
        1L << 61,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        0x7FC0_0000_7FC0_0000L, // two NaNs
        0x7F7F_FFFF_7F7F_FFFFL // two floats that have no square
    };

    @TempDir
    private Path directory;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static byte[] ivf(List<VectorTransform> transforms, Quantizer codes, int lists) throws IOException {
        return IvfExample.of(Metric.L2, transforms, codes, true, lists, 40).write();
    }

    private static byte[] around(String type, FileBytes bytes, byte[] inner, int count, long... ids) {
        bytes.index(type, D, count, 1);
        for (byte value : inner) {
            bytes.int8(value);
        }
        return bytes.int64(count).int64(ids).bytes();
    }

    private static byte[] flat(String type, int metric) {
        return new FileBytes()
                .index(type, D, 20, metric)
                .int64(20 * D)
                .floats(Examples.gaussian(20, D, 1, 3).values())
                .bytes();
    }

    private static byte[] fastScan(int group) {
        return new FileBytes()
                .index("IPfs", 4, 40, 1)
                .int64(4, 3 - 1, 4, 64)
                .floats(Examples.gaussian(16, 4, 1, 6).values())
                .int32(0)
                .int32(group)
                .int32(0)
                .int64(64, 2, 64)
                .fill(64)
                .bytes();
    }

    /** With norms of 8 bits, in an index of one list. */
    private static byte[] localSearch() {
        return new FileBytes()
                .index("IxLS", 3, 7, 0)
                .int64(3, 2, 2, 3, 4)
                .int8(1)
                .int64(24 * 3)
                .floats(Examples.gaussian(24, 3, 1, 6).values())
                .int32(4)
                .floats(0, 9)
                .int64(4, 25, 16, 8, 3)
                .floats(0.5f, 0.01f)
                .int64(10000)
                .int32(0x12345)
                .int64(4)
                .int8(1)
                .int64(2, 14)
                .fill(14)
                .bytes();
    }

    private Map<String, byte[]> files() throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        Quantizer product = Examples.product(D, 3, 4);
        Quantizer residual = new ResidualQuantizer(Examples.codebooks(D, 8, 5), 2);
        files.put("IwFl", ivf(List.of(), null, 5));
        files.put("IwPQ", ivf(List.of(), product, 5));
        files.put("IwPQ-sparse", ivf(List.of(), product, 60));
        files.put("IwRQ", ivf(List.of(), residual, 5));
        files.put(
                "IwPf",
                IvfExample.of(Metric.L2, List.of(), product, false, 5, 40)
                        .inBlocks()
                        .write());
        ScalarQuantizer scalar = Examples.scalar(ScalarQuantizer.Type.QT_6BIT, D);
        files.put("IwSq", ivf(List.of(), scalar, 5));
        files.put("IxSQ", Examples.write(Examples.content(scalar, Metric.L2, 30, false)));
        files.put("IxPT-IwPQ", ivf(List.of(new Normalization(D), Rotation.random(D, 1)), product, 5));
        AffineTransform shift = AffineTransform.translation(new float[D]);
        float[] matrix = Examples.gaussian(D, D, 1, 4).values();
        files.put("IxPT-IwRQ", ivf(List.of(shift, new AffineTransform(D, D, matrix, new float[D])), residual, 5));
        files.put("IxPq", Examples.write(Examples.content(product, Metric.L2, 30, false)));
        files.put("IxM2", Examples.write(Examples.content(residual, Metric.INNER_PRODUCT, 30, true)));
        long[] ids = new long[20];
        Arrays.setAll(ids, i -> 1000L - i);
        files.put("IxMp-IxF2", around("IxMp", new FileBytes(), flat("IxF2", 1), 20, ids));
        files.put("IxFI", flat("IxFI", 0));
        files.put("IPfs", fastScan(32));
        files.put("IPfs-64", fastScan(64));
        files.put("IxLS", localSearch());
        for (SearchCase made : SearchCase.all(directory)) {
            if (made.name().contains("fs-") || made.name().contains("refine")) {
                files.put(made.name(), Files.readAllBytes(made.file(".faiss")));
            }
        }
        return files;
    }

    @Test
    @Timeout(value = 120, unit = TimeUnit.SECONDS)
    void noFileDoesHarm() throws IOException {
        SplittableRandom random = new SplittableRandom(20260901);
        int[] outcomes = new int[2];
        for (byte[] whole : files().values()) { // classes and messages are linked once, which takes memory
            try (MappedIndex index = FaissFiles.map(write(whole))) {
                readAll(index);
            }
        }
        for (Map.Entry<String, byte[]> entry : files().entrySet()) {
            byte[] whole = entry.getValue();
            assertTrue(survives(entry.getKey(), whole), entry.getKey() + " is read as it is");
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] bad = whole.clone();
                for (int n = random.nextInt(4) / 3; n >= 0; n--) { // mostly one, sometimes two
                    bad = mutated(bad, random);
                }
                outcomes[survives(entry.getKey() + ", mutation " + i, bad) ? 1 : 0]++;
            }
        }
        assertTrue(outcomes[0] + outcomes[1] >= 10_000);
        assertTrue(outcomes[0] > 2000 && outcomes[1] > 2000, "both happen: " + Arrays.toString(outcomes));
    }

    private static byte[] mutated(byte[] bytes, SplittableRandom random) {
        if (bytes.length < 16) {
            return bytes;
        }
        // what says how much there is stands mostly at the start
        int most = random.nextBoolean() ? bytes.length : Math.min(bytes.length, 300);
        int at = random.nextInt(most);
        switch (random.nextInt(6)) {
            case 0 -> {
                for (int n = random.nextInt(8); n >= 0; n--) {
                    bytes[(at + n * 37) % most] ^= (byte) (1 << random.nextInt(8));
                }
                return bytes;
            }
            case 1 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 2 -> {
                byte[] longer = new byte[bytes.length + 1 + random.nextInt(16)];
                System.arraycopy(bytes, 0, longer, 0, at);
                System.arraycopy(bytes, at, longer, at + longer.length - bytes.length, bytes.length - at);
                return longer;
            }
            case 3 -> {
                byte[] shorter = Arrays.copyOf(bytes, bytes.length - 1 - random.nextInt(8));
                int from = Math.min(at, shorter.length);
                int cut = bytes.length - shorter.length;
                System.arraycopy(bytes, from + cut, shorter, from, shorter.length - from);
                return shorter;
            }
            default -> {
                long value = ADVERSARIAL[random.nextInt(ADVERSARIAL.length)];
                ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
                at = Math.min(at, bytes.length - Long.BYTES);
                if (random.nextBoolean()) {
                    buffer.putLong(at, value);
                } else {
                    buffer.putInt(at, (int) value);
                }
                return bytes;
            }
        }
    }

    /** Whether a file is read; any error but an NsvqException fails the test. */
    private boolean survives(String name, byte[] bytes) throws IOException {
        Path file = write(bytes);
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        boolean read = true;
        try (MappedIndex index = FaissFiles.map(file)) {
            readAll(index);
        } catch (NsvqException e) {
            read = false;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(name + ": " + e, e);
        }
        long allocated = THREADS.getThreadAllocatedBytes(thread) - before;
        assertTrue(
                allocated <= PER_BYTE * bytes.length + AT_ALL,
                name + ": " + allocated + " bytes for a file of " + bytes.length);
        return read;
    }

    private Path write(byte[] bytes) throws IOException {
        Path file = directory.resolve("a.faiss");
        Files.deleteIfExists(file); // a file that is mapped must not become shorter
        return Files.write(file, bytes);
    }

    private static void readAll(MappedIndex index) {
        IvfQuantizer quantizer = index.quantizer();
        InvertedLists lists = index.lists();
        int block = 32;
        int d = quantizer.innerDimension();
        byte[] codes = new byte[(int) lists.format().bytes(block)];
        byte[] packed = new byte[block * quantizer.codeSize()];
        float[] rows = new float[block * d];
        long[] ids = new long[block];
        int ranked =
                index.refinement() == null ? 0 : index.refinement().vectors().dimension();
        float[] ranking = new float[block * ranked];
        float[] query = new float[d];
        quantizer.transform(Examples.gaussian(1, quantizer.dimension(), 1, 2).values(), 0, 1, query, 0);
        quantizer.probes(query, 0, 1, index.probes(), new int[index.probes()], new float[index.probes()]);
        quantizer.reverse(query, 1);
        for (int list = 0; list < lists.lists(); list++) {
            for (int from = 0; from < lists.size(list); from += block) {
                int n = Math.min(block, lists.size(list) - from);
                lists.codes(list, from, n, codes);
                lists.ids(list, from, n, ids);
                lists.format().unpack(codes, 0, n, packed, 0);
                quantizer.decode(list, packed, 0, n, rows, 0);
                if (index.refinement() != null) {
                    long first = (long) list << 32 | from;
                    Arrays.setAll(ids, i -> first + i);
                    index.refinement().vectors().read(ids, 0, n, ranking);
                }
            }
        }
    }
}
