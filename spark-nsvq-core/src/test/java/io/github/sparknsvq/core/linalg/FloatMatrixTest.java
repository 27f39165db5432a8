package io.github.sparknsvq.core.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class FloatMatrixTest {
    @Test
    void isAViewOfItsArray() {
        float[] values = {1, 2, 3, 4, 5, 6};
        FloatMatrix matrix = new FloatMatrix(2, 3, values);
        assertSame(values, matrix.values());
        assertEquals(2, matrix.rows());
        assertEquals(3, matrix.columns());
        assertEquals(6, matrix.get(1, 2));
        assertArrayEquals(new float[] {4, 5, 6}, matrix.row(1));
    }

    @Test
    void copiesRowsOfEqualLength() {
        FloatMatrix matrix = FloatMatrix.of(new float[] {1, 2}, new float[] {3, 4}, new float[] {5, 6});
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, matrix.values());
        assertEquals(0, FloatMatrix.of().rows());
    }

    @Test
    void rejectsSizesThatDisagree() {
        assertEquals(
                "a 2 x 3 matrix needs 6 values, got 5",
                assertThrows(IllegalArgumentException.class, () -> new FloatMatrix(2, 3, new float[5]))
                        .getMessage());
        // 65536 x 65536 is 0 in 32 bits.
        assertThrows(IllegalArgumentException.class, () -> new FloatMatrix(1 << 16, 1 << 16, new float[0]));
        assertThrows(IllegalArgumentException.class, () -> new FloatMatrix(-1, -1, new float[1]));
        assertEquals(
                "row 1 has 1 values, the rows before it have 2",
                assertThrows(IllegalArgumentException.class, () -> FloatMatrix.of(new float[2], new float[1]))
                        .getMessage());
    }

    @Test
    void goesToBytesAndBack() {
        float[] first = {1, -2.5f, Float.MIN_VALUE};
        FloatMatrix matrix = FloatMatrix.of(first, new float[] {Float.NaN, 0, 1e30f});
        byte[] bytes = matrix.toBytes();
        assertArrayEquals(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0x20, (byte) 0xc0}, Arrays.copyOf(bytes, 8));
        FloatMatrix back = FloatMatrix.fromBytes(2, 3, bytes);
        assertArrayEquals(matrix.values(), back.values());
        assertEquals(
                "a 3 x 3 matrix needs 9 values, got 6",
                assertThrows(IllegalArgumentException.class, () -> FloatMatrix.fromBytes(3, 3, bytes))
                        .getMessage());
        assertEquals(
                "9 bytes are no float32 values, of 4 bytes each",
                assertThrows(IllegalArgumentException.class, () -> FloatMatrix.fromBytes(1, 2, new byte[9]))
                        .getMessage());
    }

    @Test
    void rejectsIndexesOutside() {
        FloatMatrix matrix = new FloatMatrix(2, 3, new float[6]);
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.get(0, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.get(2, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> matrix.row(-1));
    }
}
