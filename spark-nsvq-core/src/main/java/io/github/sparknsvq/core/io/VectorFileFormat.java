package io.github.sparknsvq.core.io;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The formats that vectors come in.
 *
 * <p>{@code fvecs}, {@code bvecs} and {@code ivecs} are the <a href="http://corpus-texmex.irisa.fr/">Texmex</a>
 * layout: per vector an int32 with its dimension, then its float32, uint8 or int32 values, little-endian. {@code npy}
 * is <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">NumPy's</a>: one header with
 * type and shape, then the values.
 */
public enum VectorFileFormat {
    /** A dimension and float32 values per row. */
    FVECS(ElementType.FLOAT32),
    /** A dimension and uint8 values per row. */
    BVECS(ElementType.UINT8),
    /** A dimension and int32 values per row: mostly ids of true neighbors. */
    IVECS(ElementType.INT32),
    /** NumPy's array file, 1-D or 2-D, of floats or integers. */
    NPY(null);

    private final ElementType elementType;

    VectorFileFormat(ElementType elementType) {
        this.elementType = elementType;
    }

    /** Returns the lower-case name, which is also the file suffix and the name of the Spark data source. */
    public String shortName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Returns what values are stored as; empty for npy, whose header says it. */
    public Optional<ElementType> elementType() {
        return Optional.ofNullable(elementType);
    }

    /**
     * Returns how many bytes {@link VectorFileLayout#parse} needs from the start of a file, if the file has so many.
     */
    public int headBytes() {
        return this == NPY ? NpyHeader.MAX_BYTES : Integer.BYTES;
    }

    /** Returns whether a file's name ends in this format's suffix, in upper or lower case. */
    public boolean matches(String fileName) {
        return fileName.toLowerCase(Locale.ROOT).endsWith("." + shortName());
    }

    /**
     * Finds a file's format by its suffix.
     *
     * @param fileName a name or path
     * @throws NsvqException if the suffix is not one of a vector file
     */
    public static VectorFileFormat ofFile(String fileName) {
        checkName(fileName);
        return Arrays.stream(values())
                .filter(format -> format.matches(fileName))
                .findFirst()
                .orElseThrow(() -> new NsvqException(
                        "cannot tell the format of " + fileName + " by its name: vector files end in " + suffixes()));
    }

    /**
     * Refuses a file whose name says that it holds vectors in a wrapping that is not read: {@code .npz}, or a vector
     * file's suffix with that of a compression behind it, as in {@code .npy.gz}.
     *
     * @throws NsvqException that says what to do
     */
    public static void checkName(String fileName) {
        ForeignFiles.checkName(fileName);
    }

    private static String suffixes() {
        return Arrays.stream(values()).map(format -> "." + format.shortName()).collect(Collectors.joining(", "));
    }
}
