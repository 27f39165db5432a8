package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.List;

/**
 * A quantizer whose codes stand for sums of codewords, one of each codebook, each of the rows' dimension: what
 * residual and additive quantizers have in common. The codewords of all codebooks are numbered, codebook after
 * codebook.
 */
public abstract sealed class SumQuantizer implements Quantizer permits ResidualQuantizer, AdditiveQuantizer {
    private final int dimension;
    private final int[] starts;
    private final float[] values;
    private final CodeBits codeBits;
    private final int beam;

    /**
     * Takes codebooks, copying them.
     *
     * @param beam how many sums the search keeps
     * @throws NsvqException if there is none, or one is empty, too large, of another dimension or not finite, or the
     *     beam is out of range
     */
    SumQuantizer(List<FloatMatrix> codebooks, int beam) {
        NsvqException.unless(!codebooks.isEmpty(), "a quantizer needs at least one codebook");
        this.dimension = codebooks.get(0).columns();
        this.starts = new int[codebooks.size() + 1];
        int[] widths = new int[codebooks.size()];
        for (int m = 0; m < widths.length; m++) {
            int rows = checkedRows(codebooks.get(m), m);
            widths[m] = CodeBits.widthFor(rows);
            starts[m + 1] = starts[m] + rows;
        }
        this.values = new float[Blocks.length(starts[widths.length], dimension)];
        for (int m = 0; m < widths.length; m++) {
            float[] from = codebooks.get(m).values();
            System.arraycopy(from, 0, values, starts[m] * dimension, from.length);
        }
        this.codeBits = new CodeBits(widths);
        BeamSearch.checkBeam(beam);
        this.beam = beam;
    }

    private int checkedRows(FloatMatrix codebook, int m) {
        int most = 1 << ProductQuantizer.MOST_BITS;
        NsvqException.unless(
                codebook.rows() >= 1 && codebook.rows() <= most && codebook.columns() >= 1,
                "codebook " + m + " is " + codebook.rows() + " x " + codebook.columns() + ": it needs 1 to " + most
                        + " codewords of dimension 1 or more");
        NsvqException.unless(
                codebook.columns() == dimension,
                "codebook " + m + " has dimension " + codebook.columns() + ", the first has " + dimension);
        for (float value : codebook.values()) {
            if (!Float.isFinite(value)) {
                throw new NsvqException(
                        "codebook " + m + " holds " + value + ": codewords that are added up must be finite");
            }
        }
        return codebook.rows();
    }

    /** Returns the number of codebooks {@code M}. */
    public int codebooks() {
        return codeBits.indices();
    }

    /** Returns the number of codewords of all codebooks together. */
    public int codewords() {
        return starts[codebooks()];
    }

    /** Returns a copy of a codebook, {@code K_m x D}. */
    public FloatMatrix codebook(int m) {
        float[] copy = Arrays.copyOfRange(values, starts[m] * dimension, starts[m + 1] * dimension);
        return new FloatMatrix(size(m), dimension, copy);
    }

    /** The number of a codebook's first codeword; for {@code M}, the number of all codewords. */
    public int start(int codebook) {
        return starts[codebook];
    }

    /** The number of codewords of a codebook. */
    int size(int codebook) {
        return starts[codebook + 1] - starts[codebook];
    }

    /** All codewords, codebook after codebook, row-major; not copied. */
    public float[] values() {
        return values;
    }

    /** Returns how many sums the search keeps. */
    public int beam() {
        return beam;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public CodeBits codeBits() {
        return codeBits;
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        decode(indices, offset, count, codebooks(), rows, to);
    }

    /**
     * Adds up the codewords of the first codebooks.
     *
     * @param indices the indices, one for each codebook, of each row
     * @param offset where those of the first row start
     * @param count number of rows, 0 or more
     * @param first of how many codebooks, in [0, {@link #codebooks()}]; 0 gives zeros
     * @param rows receives the sums, {@code D} values each
     * @param to where the first starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if there are not so many codebooks, or there is no codeword of an index
     */
    public void decode(int[] indices, int offset, int count, int first, float[] rows, int to) {
        if (first < 0 || first > codebooks()) {
            throw new NsvqException("a code of " + codebooks() + " levels cannot be decoded from " + first);
        }
        Blocks.check("indices", indices.length, offset, count, codebooks());
        Blocks.check("values", rows.length, to, count, dimension);
        for (int i = 0; i < count; i++) {
            int at = to + i * dimension;
            Arrays.fill(rows, at, at + dimension, 0f);
            for (int m = 0; m < first; m++) {
                int index = indices[offset + i * codebooks() + m];
                Blocks.checkIndex(index, size(m), m);
                add((starts[m] + index) * dimension, rows, at);
            }
        }
    }

    private void add(int from, float[] row, int at) {
        for (int j = 0; j < dimension; j++) {
            row[at + j] += values[from + j];
        }
    }

    /**
     * Adds up the codewords of the first codebooks of packed codes.
     *
     * @param codes the codes, {@link #codeSize()} bytes for each row, with all codebooks
     * @param offset where the first code starts
     * @param count number of rows, 0 or more
     * @param first of how many codebooks, in [0, {@link #codebooks()}]; 0 gives zeros
     * @param rows receives the sums, {@code D} values each
     * @param to where the first starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if there are not so many codebooks, or a code holds an index that no codeword has
     */
    public void decode(byte[] codes, int offset, int count, int first, float[] rows, int to) {
        Blocks.check("bytes of codes", codes.length, offset, count, codeSize());
        Blocks.check("values", rows.length, to, count, dimension);
        int[] indices = new int[Math.min(count, Blocks.ROWS) * codebooks()];
        for (int from = 0; from < count; from += Blocks.ROWS) {
            int n = Math.min(Blocks.ROWS, count - from);
            codeBits.unpack(codes, offset + from * codeSize(), n, indices, 0);
            decode(indices, 0, n, first, rows, to + from * dimension);
        }
    }

    /**
     * Adds up the codewords of the first codebooks of packed codes.
     *
     * @param codes codes of {@link #codeSize()} bytes, one after the other, with all codebooks
     * @param count how many codes these are, 0 or more
     * @param first of how many codebooks, in [0, {@link #codebooks()}]; 0 gives zeros
     * @return {@code count x D} rows
     * @throws NsvqException if the codes have another length or hold an index that no codeword has, or if there are
     *     not so many codebooks
     */
    public FloatMatrix decode(byte[] codes, int count, int first) {
        codeBits.checkLength(codes, count);
        float[] rows = new float[Blocks.length(count, dimension)];
        decode(codes, 0, count, first, rows, 0);
        return new FloatMatrix(count, dimension, rows);
    }
}
