package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;

/**
 * A row approximated by a sum of one codeword of each codebook, none before the others (Babenko and Lempitsky, Additive
 * quantization for extreme vector compression, CVPR 2014).
 *
 * <p>Encoding is a beam search over the union of the codebooks (ibid. section 3.2): each of the {@code W} sums kept is
 * extended by the codewords of all codebooks that it lacks, judged by what the whole sum then leaves of the row, and the
 * {@code W} best different sums are kept in turn. Codebooks that a sum still lacks are taken to give their mean. Each of
 * the last {@code W} is then polished by iterated conditional modes (Martinez et al., Revisiting additive quantization,
 * ECCV 2016, section 3.1): the codeword of one codebook after the other is replaced by the best given the rest. The
 * nearest is the code.
 *
 * <p>The inner products of all pairs of codewords are tabulated, which limits them to {@value #MOST_CODEWORDS} in all.
 */
public final class AdditiveQuantizer implements Quantizer {
    /** The most codewords of all codebooks together: the table of their pairs then takes 1 GB. */
    public static final int MOST_CODEWORDS = 1 << 14;

    private final SummedCodebooks codebooks;
    private final Gains gains;
    private final int beam;
    private final int polishRounds;

    /**
     * Makes a quantizer.
     *
     * @param codebooks the codebooks, {@code K_m x D}; copied
     * @param beam how many sums are kept, in [1, 1024]
     * @param polishRounds most rounds of iterated conditional modes, 0 or more; they end when nothing changes
     * @throws NsvqException if there is no codebook, one is empty, of another dimension or not finite, they have too many
     *     codewords, or a number is out of range
     */
    public AdditiveQuantizer(List<FloatMatrix> codebooks, int beam, int polishRounds) {
        BeamSearch.checkBeam(beam);
        if (polishRounds < 0) {
            throw new NsvqException("an additive quantizer cannot polish " + polishRounds + " times");
        }
        this.codebooks = new SummedCodebooks(codebooks);
        checkCodewords(this.codebooks.total());
        this.beam = beam;
        this.polishRounds = polishRounds;
        this.gains = new Gains(this.codebooks, false);
    }

    /**
     * Checks the number of codewords of all codebooks together.
     *
     * @throws NsvqException if there are too many
     */
    public static void checkCodewords(long total) {
        if (total > MOST_CODEWORDS) {
            throw new NsvqException("an additive quantizer compares all pairs of codewords and can have "
                    + MOST_CODEWORDS + " in all, not " + total);
        }
    }

    /** Returns the number of codebooks {@code M}. */
    public int codebooks() {
        return codebooks.count();
    }

    /** Returns a copy of a codebook, {@code K_m x D}. */
    public FloatMatrix codebook(int m) {
        return codebooks.codebook(m);
    }

    /** Returns how many sums the search keeps. */
    public int beam() {
        return beam;
    }

    /** Returns the most rounds of iterated conditional modes. */
    public int polishRounds() {
        return polishRounds;
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
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, codebooks());
        new BeamSearch(codebooks, gains, false, beam, polishRounds).encode(rows, offset, count, indices, to);
    }

    /**
     * Improves codes that rows have, by iterated conditional modes alone. No code gets worse.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param indices the indices of the rows, {@code M} for each; receives the better ones
     * @param to where those of the first row start
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if there is no codeword of an index
     */
    public void polish(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, codebooks());
        new BeamSearch(codebooks, gains, false, 1, polishRounds).polish(rows, offset, count, indices, to);
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
     * @param codebooks of how many codebooks, in [0, {@link #codebooks()}]
     * @param rows receives the sums, {@code D} values each
     * @param to where the first starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if there is no codeword of an index, or there are not so many codebooks
     */
    public void decode(int[] indices, int offset, int count, int codebooks, float[] rows, int to) {
        if (codebooks < 0 || codebooks > codebooks()) {
            throw new NsvqException("a code of " + codebooks() + " codebooks cannot be decoded from " + codebooks);
        }
        this.codebooks.decode(indices, offset, count, codebooks, rows, to);
    }

    /**
     * Computes the squared norms of what codes stand for, as {@link ResidualQuantizer#squaredNorms} does.
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
