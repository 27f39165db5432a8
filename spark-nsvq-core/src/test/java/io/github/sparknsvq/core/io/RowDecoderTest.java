package io.github.sparknsvq.core.io;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

class RowDecoderTest {
    private static final float[] ONE = new float[1];

    private static RowDecoder npy(ElementType type, int dimension) {
        return new RowDecoder(new VectorFileLayout("f", VectorFileFormat.NPY, 10, dimension, 0, type));
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void widensHalves() {
        assertEquals(1f, ElementType.halfToFloat((short) 0x3c00));
        assertEquals(-2f, ElementType.halfToFloat((short) 0xc000));
        assertEquals(0x1.554p-2f, ElementType.halfToFloat((short) 0x3555));
        assertEquals(65504f, ElementType.halfToFloat((short) 0x7bff));
        assertEquals(0x1p-14f, ElementType.halfToFloat((short) 0x0400));
        assertEquals(0x1p-24f, ElementType.halfToFloat((short) 0x0001));
        assertEquals(-0x3ffp-24f, ElementType.halfToFloat((short) 0x83ff));
        assertEquals(0f, ElementType.halfToFloat((short) 0x0000));
        assertEquals(-0f, ElementType.halfToFloat((short) 0x8000));
        assertEquals(Float.NEGATIVE_INFINITY, ElementType.halfToFloat((short) 0xfc00));
        assertEquals(Float.NaN, ElementType.halfToFloat((short) 0x7e00));
    }

    @Test
    void decodesRowAfterRow() {
        ByteBuffer bytes = little(VectorFileBytes.float64(1.5, -2, Math.PI, 1e300));
        RowDecoder decoder = npy(ElementType.FLOAT64, 2);
        float[] target = new float[5];
        decoder.decode(bytes, 0, target, 0);
        decoder.decode(bytes, 1, target, 3);
        assertArrayEquals(new float[] {1.5f, -2, 0, (float) Math.PI, Float.POSITIVE_INFINITY}, target);
        assertEquals(0, bytes.remaining());
    }

    @Test
    void rejectsBigEndianBuffers() {
        ByteBuffer bytes = ByteBuffer.allocate(4);
        assertThrows(
                IllegalArgumentException.class,
                () -> npy(ElementType.FLOAT32, 1).decode(bytes, 0, ONE, 0));
    }

    @Test
    void givesNoIntegersFromFractions() {
        ByteBuffer bytes = little(new byte[4]);
        assertThrows(
                IllegalArgumentException.class,
                () -> npy(ElementType.FLOAT32, 1).decode(bytes, 0, new int[1], 0));
    }
}
