package io.github.sparknsvq.core.io;

import static io.github.sparknsvq.core.io.VectorFileBytes.bvecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.fvecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.ivecs;
import static io.github.sparknsvq.core.io.VectorFileBytes.join;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class VectorReaderTest {
    private static final byte[] FILE = join(fvecs(1, 2), fvecs(3, 4), fvecs(5, 6));
    private static final VectorFileLayout LAYOUT =
            new VectorFileLayout("f", VectorFileFormat.FVECS, 3, 2, 0, ElementType.FLOAT32);

    private static VectorReader reader(long firstRow, long rows, int length) {
        int start = (int) LAYOUT.offsetOf(firstRow);
        return new VectorReader(LAYOUT, firstRow, rows, new ByteArrayInputStream(FILE, start, length - start));
    }

    @Test
    void readsARangeOfRows() throws IOException {
        float[] row = new float[2];
        try (VectorReader reader = reader(1, 1, FILE.length)) {
            assertTrue(reader.read(row, 0));
            assertArrayEquals(new float[] {3, 4}, row);
            assertFalse(reader.read(row, 0));
            assertFalse(reader.read(row, 0));
        }
    }

    @Test
    void readsIntegersExactly() throws IOException {
        byte[] ints = join(ivecs(1, 1 << 24 | 1), ivecs(Integer.MIN_VALUE, 4));
        byte[] bytes = join(bvecs(1, 200), bvecs(255, 4));
        assertIntegers(VectorFileFormat.IVECS, ElementType.INT32, ints, 1, 1 << 24 | 1, Integer.MIN_VALUE, 4);
        assertIntegers(VectorFileFormat.BVECS, ElementType.UINT8, bytes, 1, 200, 255, 4);
    }

    private static void assertIntegers(VectorFileFormat format, ElementType type, byte[] file, int... expected)
            throws IOException {
        VectorFileLayout layout = new VectorFileLayout("f", format, 2, 2, 0, type);
        int[] read = new int[4];
        try (VectorReader reader = new VectorReader(layout, 0, 2, new ByteArrayInputStream(file))) {
            assertTrue(reader.read(read, 0));
            assertTrue(reader.read(read, 2));
            assertFalse(reader.read(read, 0));
        }
        assertArrayEquals(expected, read);
    }

    @Test
    void readsRowsWiderThanItsBuffer() throws IOException {
        float[] wide = new float[300_001];
        wide[300_000] = 7;
        byte[] file = join(fvecs(wide), fvecs(wide));
        VectorFileLayout layout =
                new VectorFileLayout("f", VectorFileFormat.FVECS, 2, wide.length, 0, ElementType.FLOAT32);
        float[] row = new float[wide.length];
        try (VectorReader reader = new VectorReader(layout, 0, 2, new ByteArrayInputStream(file))) {
            assertTrue(reader.read(row, 0));
            assertTrue(reader.read(row, 0));
            assertArrayEquals(wide, row);
            assertFalse(reader.read(row, 0));
        }
    }

    @Test
    void noticesAFileThatShrank() throws IOException {
        try (VectorReader reader = reader(1, 2, FILE.length - 1)) {
            CorruptFileException e = assertThrows(CorruptFileException.class, () -> reader.read(new float[2], 0));
            assertEquals(
                    "f is corrupt at byte 35: the file ends here, but it was 36 bytes long when it was opened",
                    e.getMessage());
        }
    }

    @Test
    void rejectsRowsOutsideTheFile() {
        assertThrows(IndexOutOfBoundsException.class, () -> reader(2, 2, FILE.length));
    }
}
