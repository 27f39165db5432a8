package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * A quantizer whose codes stand for sums of codewords, one of each codebook, each of the rows' dimension: what residual and
 * additive quantizers have in common once a code is there.
 *
 * <p>Inner products of a query with decoded rows are sums over the codebooks, read from a table of all codewords that is
 * made once per query. With the squared norm of what a code stands for, {@code ||q||^2 - 2 <q, x^> + ||x^||^2} is the squared
 * distance, and nothing need be decoded.
 */
public abstract sealed class SumQuantizer implements Quantizer permits ResidualQuantizer, AdditiveQuantizer {
    private final SummedCodebooks codebooks;

    SumQuantizer(SummedCodebooks codebooks) {
        this.codebooks = codebooks;
    }

    /** Returns the codebooks in the form that searches take. */
    SummedCodebooks summed() {
        return codebooks;
    }

    /** Returns the number of codebooks {@code M}. */
    public int codebooks() {
        return codebooks.count();
    }

    /** Returns a copy of a codebook, {@code K_m x D}. */
    public FloatMatrix codebook(int m) {
        return codebooks.codebook(m);
    }

    @Override
    public int dimension() {
        return codebooks.dimension();
    }

    @Override
    public CodeBits codeBits() {
        return codebooks.codeBits();
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        codebooks.decode(indices, offset, count, codebooks(), rows, to);
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
        checkFirst(first);
        codebooks.decode(indices, offset, count, first, rows, to);
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
        checkFirst(first);
        codebooks.decode(codes, offset, count, first, rows, to);
    }

    /**
     * Adds up the codewords of the first codebooks of packed codes.
     *
     * @param codes codes of {@link #codeSize()} bytes, one after the other, with all codebooks
     * @param count how many codes these are, 0 or more
     * @param first of how many codebooks, in [0, {@link #codebooks()}]; 0 gives zeros
     * @return {@code count x D} rows
     * @throws NsvqException if the codes have another length or hold an index that no codeword has, or if there are not so
     *     many codebooks
     */
    public FloatMatrix decode(byte[] codes, int count, int first) {
        codeBits().checkLength(codes, count);
        float[] rows = new float[Blocks.length(count, dimension())];
        decode(codes, 0, count, first, rows, 0);
        return new FloatMatrix(count, dimension(), rows);
    }

    private void checkFirst(int first) {
        if (first < 0 || first > codebooks()) {
            throw new NsvqException("a code of " + codebooks() + " levels cannot be decoded from " + first);
        }
    }

    /**
     * Computes the squared norms of what codes stand for.
     *
     * @param codes the codes, {@link #codeSize()} bytes each
     * @param offset where the first code starts
     * @param count number of codes, 0 or more
     * @param norms receives the squared norms
     * @param to where the first goes
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void squaredNorms(byte[] codes, int offset, int count, float[] norms, int to) {
        codebooks.squaredNorms(codes, offset, count, norms, to);
    }

    /** Returns the number of values of a query's table: all codewords. */
    public int tableSize() {
        return codebooks.total();
    }

    /**
     * Fills the table whose sums are inner products.
     *
     * @param query holds the query, {@code D} values
     * @param offset where it starts
     * @param table receives the inner products of the query with all codewords, codebook after codebook
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void innerProductTable(float[] query, int offset, float[] table) {
        codebooks.innerProductTable(query, offset, table);
    }

    /**
     * Reads the inner products of codes from a query's table.
     *
     * @param table the query's table
     * @param codes the codes, {@link #codeSize()} bytes each
     * @param offset where the first code starts
     * @param count number of codes, 0 or more
     * @param products receives the inner product of the query with what each code stands for
     * @param to where the first goes
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void innerProducts(float[] table, byte[] codes, int offset, int count, float[] products, int to) {
        codebooks.innerProducts(table, codes, offset, count, products, to);
    }
}
