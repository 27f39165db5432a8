package io.github.sparknsvq.core.entropy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.core.io.CorruptFileException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockCoderTest {
    /** Rows with some number of indices each. */
    private record Rows(int[] sizes, int[] indices, int[] lengths) {
        int count() {
            return lengths.length;
        }

        CodeUsage usage() {
            CodeUsage usage = new CodeUsage(sizes);
            for (int i = 0; i < count(); i++) {
                int from = i * sizes.length;
                usage.add(Arrays.copyOfRange(indices, from, from + lengths[i]), new double[lengths[i]], 1);
            }
            return usage;
        }
    }

    /** Unevenly used codewords; with {@code early}, codes that end early. */
    private static Rows rows(int count, boolean early, int... sizes) {
        Random random = new Random(count);
        int m = sizes.length;
        int[] indices = new int[count * m];
        int[] lengths = new int[count];
        for (int i = 0; i < count; i++) {
            lengths[i] = early ? 1 + (int) (m * Math.pow(random.nextDouble(), 2)) : m;
            for (int l = 0; l < lengths[i]; l++) {
                indices[i * m + l] = (int) (sizes[l] * Math.pow(random.nextDouble(), 3));
            }
        }
        return new Rows(sizes, indices, lengths);
    }

    private static void requireRoundTrip(BlockCoder coder, Rows rows) {
        byte[] block = coder.encode(rows.indices(), rows.lengths(), rows.count());
        int[] indices = new int[rows.indices().length];
        Arrays.fill(indices, -1);
        int[] lengths = new int[rows.count()];
        coder.decode(block, rows.count(), indices, lengths, "block");
        assertArrayEquals(rows.lengths(), lengths);
        assertArrayEquals(rows.indices(), indices);
        assertArrayEquals(block, coder.encode(rows.indices(), rows.lengths(), rows.count()), "the same bytes again");
    }

    @ParameterizedTest
    @CsvSource({
        "0, false, 256 256",
        "1, false, 256",
        "1, true, 7 7 7",
        "2, false, 1",
        "1000, false, 1",
        "1000, false, 2",
        "1000, true, 16 1 3 256",
        "20000, false, 65536",
        "20000, true, 65536 65536",
        "5000, true, 256 256 256 256 256 256 256 256",
    })
    void whatIsCodedIsDecoded(int count, boolean early, String sizes) {
        Rows rows = rows(
                count,
                early,
                Arrays.stream(sizes.split(" ")).mapToInt(Integer::parseInt).toArray());
        requireRoundTrip(BlockCoder.of(rows.usage()), rows);
    }

    /** All 65,536 symbols of a table that is as fine as they come. */
    @Test
    void allSymbolsOfALargeTable() {
        int[] all = IntStream.range(0, 1 << 16).toArray();
        int[] lengths = new int[all.length];
        Arrays.fill(lengths, 1);
        Rows rows = new Rows(new int[] {all.length}, all, lengths);
        BlockCoder coder = BlockCoder.of(rows.usage());
        requireRoundTrip(coder, rows);
        assertEquals(2 * all.length, coder.encode(all, lengths, all.length).length, 16);
    }

    /** Bytes are what the entropy says: for the thesis's example, and for codes that end early. */
    @Test
    void bytesAreTheEntropys() {
        double[] p = {.5, .15, .3, .05};
        int n = 100_000;
        int[] indices = IntStream.range(0, n)
                .map(i -> {
                    double at = (i * 0.6180339887498949) % 1;
                    return at < .5 ? 0 : at < .65 ? 1 : at < .95 ? 2 : 3;
                })
                .toArray();
        int[] lengths = new int[n];
        Arrays.fill(lengths, 1);
        Rows example = new Rows(new int[] {4}, indices, lengths);
        assertEquals(1.648, new CodeHistogram(p).entropyBits(), 5e-4);
        assertEquals(1.648, bitsPerRow(example), 2e-3);
        Rows early = rows(50_000, true, 256, 256, 256, 256);
        assertEquals(early.usage().bits(), bitsPerRow(early), 0.01);
    }

    private static double bitsPerRow(Rows rows) {
        byte[] block = BlockCoder.of(rows.usage()).encode(rows.indices(), rows.lengths(), rows.count());
        return 8.0 * block.length / rows.count();
    }

    /** Whichever bit of a block is flipped, and wherever it is cut or continued. */
    @Test
    void damageIsAnError() {
        Rows rows = rows(40, true, 16, 16, 300);
        BlockCoder coder = BlockCoder.of(rows.usage());
        byte[] block = coder.encode(rows.indices(), rows.lengths(), rows.count());
        for (int bit = 0; bit < 8 * block.length; bit++) {
            byte[] flipped = block.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            requireCorrupt(coder, flipped, rows.count());
        }
        for (int length = 0; length < block.length; length++) {
            requireCorrupt(coder, Arrays.copyOf(block, length), rows.count());
        }
        requireCorrupt(coder, Arrays.copyOf(block, block.length + 4), rows.count());
        for (int count : new int[] {-1, 0, 39, 41, Integer.MAX_VALUE}) {
            requireCorrupt(coder, block, count);
        }
        Rows others = rows(41, true, 16, 16, 300);
        requireCorrupt(BlockCoder.of(others.usage()), block, rows.count());
    }

    private static void requireCorrupt(BlockCoder coder, byte[] block, int count) {
        int room = Math.max(0, Math.min(count, 100));
        CorruptFileException e = assertThrows(
                CorruptFileException.class, () -> coder.decode(block, count, new int[3 * room], new int[room], "x.7"));
        assertTrue(e.getMessage().startsWith("x.7 is corrupt at byte "), e.getMessage());
    }

    /** Where the checksum is right, as that of a block whose rows were lost before it was made: the end tells. */
    @Test
    void aRightChecksumIsNotEnough() throws ReflectiveOperationException {
        Rows rows = rows(40, false, 16, 16);
        BlockCoder coder = BlockCoder.of(rows.usage());
        byte[] block = coder.encode(rows.indices(), rows.lengths(), rows.count());
        var checksum = BlockCoder.class.getDeclaredMethod("checksum", byte[].class, int.class);
        checksum.setAccessible(true);
        for (int length = 12; length <= block.length + 4; length += 4) {
            for (int count : new int[] {0, 1, 39, 40, 41}) {
                if (length == block.length && count == 40) {
                    continue;
                }
                byte[] changed = Arrays.copyOf(block, length);
                ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putInt(0, (int)
                        checksum.invoke(coder, changed, count));
                requireCorrupt(coder, changed, count);
            }
        }
    }

    @Test
    void refusesWhatTheTablesDoNotHave() {
        Rows rows = rows(40, false, 16, 16);
        BlockCoder coder = BlockCoder.of(rows.usage());
        for (int[] indices : new int[][] {{15, 15}, {-1, 0}, {0, 16}}) {
            assertThrows(NsvqException.class, () -> coder.encode(indices, new int[] {2}, 1));
        }
        for (int length : new int[] {0, 1, 3}) { // all of these have two
            assertThrows(NsvqException.class, () -> coder.encode(new int[4], new int[] {length}, 1), "" + length);
        }
        FrequencyTable one = new FrequencyTable(0, new int[] {1});
        assertThrows(NsvqException.class, () -> new BlockCoder(one, List.of()));
        assertThrows(NsvqException.class, () -> new BlockCoder(one, List.of(one, one)));
    }

    @Test
    void travels() throws Exception {
        Rows rows = rows(100, true, 16, 5);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(BlockCoder.of(rows.usage()));
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            requireRoundTrip((BlockCoder) in.readObject(), rows);
        }
    }
}
