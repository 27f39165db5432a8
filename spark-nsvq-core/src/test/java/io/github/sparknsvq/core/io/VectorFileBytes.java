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
    byte[] length = version == 1
        ? little(2).putShort((short) text.length).array()
        : little(4).putInt(text.length).array();
    return join(magic, length, text, data);
  }

  /** An npy file of version 1.0 in C order. */
  static byte[] npy(String descr, String shape, byte[] data) {
    return npy(1, "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }   \n", data);
  }

  static byte[] withPrefix(int dimension, byte[] values) {
    return join(little(4).putInt(dimension).array(), values);
  }

  static byte[] float32(float... values) {
    ByteBuffer bytes = little(values.length * 4);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }

  static byte[] float64(double... values) {
    ByteBuffer bytes = little(values.length * 8);
    for (double value : values) {
      bytes.putDouble(value);
    }
    return bytes.array();
  }

  static byte[] int32(int... values) {
    ByteBuffer bytes = little(values.length * 4);
    for (int value : values) {
      bytes.putInt(value);
    }
    return bytes.array();
  }

  static byte[] int16(int... values) {
    ByteBuffer bytes = little(values.length * 2);
    for (int value : values) {
      bytes.putShort((short) value);
    }
    return bytes.array();
  }

  static byte[] uint8(int... values) {
    ByteBuffer bytes = little(values.length);
    for (int value : values) {
      bytes.put((byte) value);
    }
    return bytes.array();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
