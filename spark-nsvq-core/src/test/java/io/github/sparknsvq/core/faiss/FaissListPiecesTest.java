package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.Metric;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Lists that are written piece by piece are those that are written in one go. */
class FaissListPiecesTest {

    private static byte[] inPieces(IvfExample example, int list, Random random) throws IOException {
        int size = example.lists().size(list);
        int codeSize = example.quantizer().codeSize();
        byte[] packed = IvfExample.packed(example.quantizer(), example.lists(), list);
        long[] ids = new long[size];
        example.lists().ids(list, 0, size, ids);
        ByteArrayOutputStream codesOut = new ByteArrayOutputStream();
        ByteArrayOutputStream idsOut = new ByteArrayOutputStream();
        FaissListPieces pieces = new FaissListPieces(example.quantizer(), example.blocks(), codesOut, idsOut);
        for (int from = 0; from < size; ) {
            int to = Math.min(size, from + random.nextInt(50));
            pieces.add(Arrays.copyOfRange(packed, from * codeSize, to * codeSize), Arrays.copyOfRange(ids, from, to));
            from = to;
        }
        assertEquals(size, pieces.end());
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        if (pieces.idsFirst()) {
            all.write(pieces.beforeIds());
            idsOut.writeTo(all);
        }
        all.write(pieces.beforeCodes());
        codesOut.writeTo(all);
        if (!pieces.idsFirst()) {
            all.write(pieces.beforeIds());
            idsOut.writeTo(all);
        }
        return all.toByteArray();
    }

    @Test
    void areWhatIsWrittenInOneGo() throws IOException {
        Random random = new Random(3);
        for (Map.Entry<String, IvfExample> each : IvfExample.all().entrySet()) {
            IvfExample example = each.getValue();
            FaissIvfWriter writer = example.writer();
            for (int list = 0; list < example.lists().lists(); list++) {
                ByteArrayOutputStream whole = new ByteArrayOutputStream();
                writer.writeList(example.lists(), list, whole);
                assertArrayEquals(whole.toByteArray(), inPieces(example, list, random), each.getKey());
            }
        }
    }

    /** What was added is in the streams, but for the codes of one block: nobody holds the list. */
    @Test
    void waitForNoMoreThanABlock() throws IOException {
        IvfExample example = IvfExample.of(Metric.L2, List.of(), Examples.product(IvfExample.D, 6, 4), true, 1, 1);
        ByteArrayOutputStream codes = new ByteArrayOutputStream();
        FaissListPieces pieces = new FaissListPieces(example.quantizer(), true, codes, new ByteArrayOutputStream());
        int each = 1000;
        byte[] some = new byte[each * example.quantizer().codeSize()];
        for (int added = each; added <= 50 * each; added += each) {
            pieces.add(some, new long[each]);
            assertTrue(codes.size() >= (added - 32) * example.quantizer().codeSize());
        }
    }

    @Test
    void refusesCodesThatDoNotGoWithIds() {
        IvfExample example = IvfExample.of(Metric.L2, List.of(), Examples.product(IvfExample.D, 4, 8), true, 1, 1);
        FaissListPieces pieces = new FaissListPieces(
                example.quantizer(), false, new ByteArrayOutputStream(), new ByteArrayOutputStream());
        assertEquals(
                "9 bytes cannot be 2 codes of 4 bytes",
                assertThrows(NsvqException.class, () -> pieces.add(new byte[9], new long[2]))
                        .getMessage());
    }
}
