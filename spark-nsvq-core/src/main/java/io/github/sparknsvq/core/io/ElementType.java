package io.github.sparknsvq.core.io;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How one value of a vector is stored: little-endian, but for npy files that say otherwise. */
public enum ElementType {
    /** IEEE 754 half precision; widened exactly when read. */
    FLOAT16(Short.BYTES, "f2"),
    /** IEEE 754 single precision. */
    FLOAT32(Float.BYTES, "f4"),
    /** IEEE 754 double precision; rounded to float32 when read. */
    FLOAT64(Double.BYTES, "f8"),
    /** Signed byte, -128 to 127. */
    INT8(Byte.BYTES, "i1"),
    /** Unsigned byte, 0 to 255. */
    UINT8(Byte.BYTES, "u1"),
    /** Signed 16-bit integer. */
    INT16(Short.BYTES, "i2"),
    /** Unsigned 16-bit integer. */
    UINT16(Short.BYTES, "u2"),
    /** Signed 32-bit integer; rounded to float32 when read as a float, which is exact up to 2^24. */
    INT32(Integer.BYTES, "i4"),
    /** Unsigned 32-bit integer, rounded to float32. */
    UINT32(Integer.BYTES, "u4"),
    /** Signed 64-bit integer, rounded to float32. */
    INT64(Long.BYTES, "i8"),
    /** Unsigned 64-bit integer, rounded to float32. */
    UINT64(Long.BYTES, "u8");

    private final int bytes;
    private final String code;

    ElementType(int bytes, String code) {
        this.bytes = bytes;
        this.code = code;
    }

    /** Returns the size of one value in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Returns NumPy's name of this type, little-endian, in an npy header, such as {@code <f4}. */
    public String npyName() {
        return (bytes == 1 ? "|" : "<") + code;
    }

    /** Returns the type of a name in an npy header, whatever its byte order: {@code <f4}, {@code >f4} or |u1. */
    static Optional<ElementType> ofNpyName(String name) {
        return Arrays.stream(values())
                .filter(type -> name.length() == 3 && name.endsWith(type.code))
                .filter(type ->
                        name.startsWith("<") || name.startsWith(">") || (type.bytes == 1 && name.startsWith("|")))
                .findFirst();
    }

    static String npyNames() {
        return Arrays.stream(values()).map(ElementType::npyName).collect(Collectors.joining(", "))
                + " and the same in big-endian order, as in >f4";
    }

    /**
     * Reads values as floats.
     *
     * @param from holds the values one after the other, in its own byte order; its position is left as it is
     * @param at index of the first byte
     * @param count how many values
     * @param target where they go
     * @param offset index of the first one in {@code target}
     * @param stride from one to the next in {@code target}
     */
    void read(ByteBuffer from, int at, int count, float[] target, int offset, int stride) {
        int end = at + count * bytes;
        int to = offset;
        switch (this) {
            case FLOAT32 -> {
                if (stride == 1) {
                    int position = from.position();
                    from.position(at).asFloatBuffer().get(target, offset, count);
                    from.position(position);
                    return;
                }
                for (int i = at; i < end; i += Float.BYTES, to += stride) {
                    target[to] = from.getFloat(i);
                }
            }
            case FLOAT64 -> {
                for (int i = at; i < end; i += Double.BYTES, to += stride) {
                    target[to] = (float) from.getDouble(i);
                }
            }
            case FLOAT16 -> {
                for (int i = at; i < end; i += Short.BYTES, to += stride) {
                    target[to] = halfToFloat(from.getShort(i));
                }
            }
            default -> readIntegers(from, at, end, target, to, stride);
        }
    }

    private void readIntegers(ByteBuffer from, int at, int end, float[] target, int offset, int stride) {
        int to = offset;
        switch (this) {
            case INT8 -> {
                for (int i = at; i < end; i++, to += stride) {
                    target[to] = from.get(i);
                }
            }
            case UINT8 -> {
                for (int i = at; i < end; i++, to += stride) {
                    target[to] = Byte.toUnsignedInt(from.get(i));
                }
            }
            case INT16 -> {
                for (int i = at; i < end; i += Short.BYTES, to += stride) {
                    target[to] = from.getShort(i);
                }
            }
            case UINT16 -> {
                for (int i = at; i < end; i += Short.BYTES, to += stride) {
                    target[to] = Short.toUnsignedInt(from.getShort(i));
                }
            }
            case INT32 -> {
                for (int i = at; i < end; i += Integer.BYTES, to += stride) {
                    target[to] = from.getInt(i);
                }
            }
            case UINT32 -> {
                for (int i = at; i < end; i += Integer.BYTES, to += stride) {
                    target[to] = Integer.toUnsignedLong(from.getInt(i));
                }
            }
            case INT64 -> {
                for (int i = at; i < end; i += Long.BYTES, to += stride) {
                    target[to] = from.getLong(i);
                }
            }
            case UINT64 -> {
                for (int i = at; i < end; i += Long.BYTES, to += stride) {
                    target[to] = unsignedToFloat(from.getLong(i));
                }
            }
            default -> throw new IllegalArgumentException(this + " values are not integers");
        }
    }

    /** Rounds to the nearest float: the lowest bit, which halving loses, must still say which way. */
    private static float unsignedToFloat(long value) {
        return value >= 0 ? value : 2 * (float) ((value >>> 1) | (value & 1));
    }

    /** Widens an IEEE 754 half; {@code Float.float16ToFloat} is there only from JDK 20 on. */
    static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int mantissa = half & 0x3ff;
        if (exponent == 0) {
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        int widened = exponent == 0x1f ? 0xff : exponent + 127 - 15;
        return Float.intBitsToFloat(sign | widened << 23 | mantissa << 13);
    }
}
