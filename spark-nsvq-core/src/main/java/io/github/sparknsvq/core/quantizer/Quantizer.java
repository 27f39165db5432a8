package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Maps rows of dimension {@code D} to short codes and codes back to rows. A code is one codeword index of each of the
 * quantizer's codebooks, packed by {@link #codeBits}.
 *
 * <p>A quantizer does not change once made and may be used by several threads at once. A row gets the same code,
 * whatever rows come with it. Rows should be finite; others get some valid code.
 */
public interface Quantizer {

    /** Returns the dimension {@code D} of the rows. */
    int dimension();

    /** Returns how a code's indices are packed, and so how many there are. */
    CodeBits codeBits();

    /** Returns the bytes of a code. */
    default int codeSize() {
        return codeBits().codeSize();
    }

    /** Returns the bits of a code, without those that fill its last byte. */
    default int bits() {
        return codeBits().bits();
    }

    /**
     * Finds the codeword indices of rows.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param indices receives the indices, {@code codeBits().indices()} for each row
     * @param to where those of the first row start
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void encode(float[] rows, int offset, int count, int[] indices, int to);

    /**
     * Returns how many rows a call of {@link #encode(float[], int, int, int[], int)} should bring to be fast, at
     * least 1; any number is answered.
     */
    default int rowsPerCall() {
        return Blocks.ROWS;
    }

    /**
     * Finds the rows that codeword indices stand for.
     *
     * @param indices the indices, {@code codeBits().indices()} for each row
     * @param offset where those of the first row start
     * @param count number of rows, 0 or more
     * @param rows receives the rows, {@code D} values each
     * @param to where the first row starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if there is no codeword of an index
     */
    void decode(int[] indices, int offset, int count, float[] rows, int to);

    /**
     * Encodes rows to packed codes.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param codes receives the codes, {@link #codeSize()} bytes for each row
     * @param to where the first code starts
     * @throws IndexOutOfBoundsException if an array is too short
     */
    default void encode(float[] rows, int offset, int count, byte[] codes, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("bytes of codes", codes.length, to, count, codeSize());
        int chunk = Math.min(count, rowsPerCall());
        int[] indices = new int[chunk * codeBits().indices()];
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            encode(rows, offset + from * dimension(), n, indices, 0);
            codeBits().pack(indices, 0, n, codes, to + from * codeSize());
        }
    }

    /**
     * Decodes packed codes.
     *
     * @param codes the codes, {@link #codeSize()} bytes for each row
     * @param offset where the first code starts
     * @param count number of rows, 0 or more
     * @param rows receives the rows, {@code D} values each
     * @param to where the first row starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if a code holds an index that no codeword has
     */
    default void decode(byte[] codes, int offset, int count, float[] rows, int to) {
        Blocks.check("bytes of codes", codes.length, offset, count, codeSize());
        Blocks.check("values", rows.length, to, count, dimension());
        int[] indices = new int[Math.min(count, Blocks.ROWS) * codeBits().indices()];
        for (int from = 0; from < count; from += Blocks.ROWS) {
            int n = Math.min(Blocks.ROWS, count - from);
            codeBits().unpack(codes, offset + from * codeSize(), n, indices, 0);
            decode(indices, 0, n, rows, to + from * dimension());
        }
    }

    /**
     * Encodes rows.
     *
     * @param rows {@code N x D} rows; {@code N} may be 0
     * @return {@code N} codes of {@link #codeSize()} bytes, one after the other
     * @throws NsvqException if the rows have another dimension, or so many codes do not fit one array
     */
    default byte[] encode(FloatMatrix rows) {
        if (rows.rows() > 0 && rows.columns() != dimension()) {
            throw new NsvqException("rows of dimension " + rows.columns()
                    + " cannot be encoded by a quantizer of dimension " + dimension());
        }
        byte[] codes = new byte[Blocks.length(rows.rows(), codeSize())];
        encode(rows.values(), 0, rows.rows(), codes, 0);
        return codes;
    }

    /**
     * Decodes codes.
     *
     * @param codes codes of {@link #codeSize()} bytes, one after the other
     * @param count how many codes these are, 0 or more
     * @return {@code count x D} rows
     * @throws NsvqException if the codes have another length or hold an index that no codeword has, or if so many
     *     rows do not fit one array
     */
    default FloatMatrix decode(byte[] codes, int count) {
        codeBits().checkLength(codes, count);
        float[] rows = new float[Blocks.length(count, dimension())];
        decode(codes, 0, count, rows, 0);
        return new FloatMatrix(count, dimension(), rows);
    }
}
