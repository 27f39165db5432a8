package io.github.sparknsvq.core.io;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Bytes of vector files made without the code under test, right ones and wrong ones. */
final class VectorFileBytes {
    private VectorFileBytes() {}

    /** One row of float32 values with an fvecs prefix. */
    static byte[] fvecs(float... values) {
        return withPrefix(values.length, float32(values));
    }

    /** One row of bytes with a bvecs prefix. */
    static byte[] bvecs(int... values) {
        return withPrefix(values.length, uint8(values));
    }

    /** One row of int32 values with an ivecs prefix. */
    static byte[] ivecs(int... values) {
        return withPrefix(values.length, int32(values));
    }

    /** An npy file of the given version. */
    static byte[] npy(int version, String dictionary, byte[] data) {
        byte[] text = dictionary.getBytes(StandardCharsets.ISO_8859_1);
        byte[] magic = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0};
        byte[] length = version == 1 ? int16(text.length) : int32(text.length);
        return join(magic, length, text, data);
    }

    /** An npy file of version 1.0 in C order. */
    static byte[] npy(String descr, String shape, byte[] data) {
        return npy(1, "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }   \n", data);
    }

    static byte[] withPrefix(int dimension, byte[] values) {
        return join(int32(dimension), values);
    }

    static byte[] float32(float... values) {
        byte[] bytes = new byte[values.length * 4];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            buffer.putFloat(value);
        }
        return bytes;
    }

    static byte[] float64(double... values) {
        byte[] bytes = new byte[values.length * 8];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            buffer.putDouble(value);
        }
        return bytes;
    }

    static byte[] int32(int... values) {
        byte[] bytes = new byte[values.length * 4];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            buffer.putInt(value);
        }
        return bytes;
    }

    static byte[] int16(int... values) {
        byte[] bytes = new byte[values.length * 2];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            buffer.putShort((short) value);
        }
        return bytes;
    }

    static byte[] uint8(int... values) {
        byte[] bytes = new byte[values.length];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int value : values) {
            buffer.put((byte) value);
        }
        return bytes;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
