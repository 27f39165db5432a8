package io.github.sparknsvq.core.io;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How one value of a vector is stored; always little-endian. */
public enum ElementType {
    /** IEEE 754 half precision; widened exactly when read. */
    FLOAT16(Short.BYTES, "<f2"),
    /** IEEE 754 single precision. */
    FLOAT32(Float.BYTES, "<f4"),
    /** IEEE 754 double precision; rounded to float32 when read. */
    FLOAT64(Double.BYTES, "<f8"),
    /** Unsigned byte, 0 to 255. */
    UINT8(Byte.BYTES, "|u1"),
    /** Signed 32-bit integer; rounded to float32 when read as a float, which is exact up to 2^24. */
    INT32(Integer.BYTES, "<i4");

    private final int bytes;
    private final String npyName;

    ElementType(int bytes, String npyName) {
        this.bytes = bytes;
        this.npyName = npyName;
    }

    /** Returns the size of one value in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Returns NumPy's name of this type in an npy header, such as {@code <f4}. */
    public String npyName() {
        return npyName;
    }

    static Optional<ElementType> ofNpyName(String name) {
        return Arrays.stream(values()).filter(type -> type.npyName.equals(name)).findFirst();
    }

    static String npyNames() {
        return Arrays.stream(values()).map(ElementType::npyName).collect(Collectors.joining(", "));
    }
}
