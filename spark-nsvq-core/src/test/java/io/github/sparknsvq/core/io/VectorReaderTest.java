package io.github.sparknsvq.core.io;

import static io.github.sparknsvq.core.io.VectorFileBytes.fvecs;
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
