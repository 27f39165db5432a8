package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;

/**
 * A row approximated level by level: each level adds a codeword for what the levels before it left over (Chen, Guan and
 * Wang, Approximate nearest neighbor search by residual vector quantization, Sensors 2010). The first levels of a code are
 * a coarser code of the same row.
 *
 * <p>With a beam of {@code W} the {@code W} sums nearest to the row are kept at each level, and the nearest after the last
 * is the code; 1 is the greedy choice. Levels may differ in size. An index takes the bits that the codewords of its level
 * need.
 */
public final class ResidualQuantizer implements Quantizer {
    /** More pairs of codewords than this (256 MB) are not tabulated. */
    private static final long MOST_PAIRS = 1 << 26;

    private final SummedCodebooks codebooks;
    private final float[] prices;
    private final int beam;
    private final RemainderSearch remainders;

    /** Tables for a beam, or null where remainders do as well or the tables would be too large. */
    private final Gains gains;

    /**
     * Makes a quantizer that searches on the CPU.
     *
     * @param codebooks a codebook for each level, {@code K_m x D} with {@code K_m} in [1, 65536]; copied
     * @param beam how many sums are kept from level to level, in [1, 1024]
     * @throws NsvqException if there is no codebook, one is empty, too large, of another dimension or not finite, or the
     *     beam is out of range
     */
    public ResidualQuantizer(List<FloatMatrix> codebooks, int beam) {
        this(codebooks, beam, NearestCodewordProviders.cpu());
    }

    /**
     * Makes a quantizer.
     *
     * @param codebooks a codebook for each level, {@code K_m x D} with {@code K_m} in [1, 65536]; copied
     * @param beam how many sums are kept from level to level, in [1, 1024]
     * @param provider what searches
     * @throws NsvqException if there is no codebook, one is empty, too large, of another dimension or not finite, or the
     *     beam is out of range
     */
    public ResidualQuantizer(List<FloatMatrix> codebooks, int beam, NearestCodewordProvider provider) {
        this(new SummedCodebooks(codebooks), null, beam, provider, MOST_PAIRS);
    }

    /**
     * Makes a quantizer whose codewords have prices, which balance how often they are chosen: encoding looks for the least
     * sum of the squared error and the prices.
     *
     * @param codebooks a codebook for each level, {@code K_m x D}, with at most 8192 codewords in all; copied
     * @param prices a price for each codeword, level after level; copied
     * @param beam how many sums are kept from level to level, in [1, 1024]
     * @throws NsvqException if there is no codebook, one is empty, of another dimension or not finite, there are too many
     *     codewords, the beam is out of range, or there is not one finite price for each codeword
     */
    public static ResidualQuantizer priced(List<FloatMatrix> codebooks, float[] prices, int beam) {
        SummedCodebooks summed = new SummedCodebooks(codebooks);
        if (prices.length != summed.total()) {
            throw new NsvqException(prices.length + " prices for " + summed.total() + " codewords");
        }
        for (float price : prices) {
            if (!Float.isFinite(price)) {
                throw new NsvqException("a codeword cannot have the price " + price);
            }
        }
        if ((long) summed.total() * summed.total() > MOST_PAIRS) {
            throw new NsvqException("codewords with prices are compared in pairs: there can be at most "
                    + (int) Math.sqrt(MOST_PAIRS) + " in all, not " + summed.total());
        }
        return new ResidualQuantizer(summed, prices.clone(), beam, NearestCodewordProviders.cpu(), MOST_PAIRS);
    }

    /** As the public one, but with another limit for tables: tests compare the two ways. */
    ResidualQuantizer(
            SummedCodebooks codebooks, float[] prices, int beam, NearestCodewordProvider provider, long mostPairs) {
        BeamSearch.checkBeam(beam);
        this.codebooks = codebooks;
        this.beam = beam;
        this.prices = prices;
        boolean tables = prices != null
                || (beam > 1 && codebooks.count() > 1 && (long) codebooks.total() * codebooks.total() <= mostPairs);
        this.gains = tables ? new Gains(codebooks, true, prices) : null;
        this.remainders = tables ? null : new RemainderSearch(codebooks, provider);
    }

    /** Returns the number of levels. */
    public int levels() {
        return codebooks.count();
    }

    /** Returns a copy of the codebook of a level, {@code K_m x D}. */
    public FloatMatrix codebook(int level) {
        return codebooks.codebook(level);
    }

    /** Returns a copy of the codewords' prices, level after level, or null if they have none. */
    public float[] prices() {
        return prices == null ? null : prices.clone();
    }

    /** Returns how many sums are kept from level to level. */
    public int beam() {
        return beam;
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
        Blocks.check("indices", indices.length, to, count, levels());
        if (gains != null) {
            new BeamSearch(codebooks, gains, true, beam, 0).encode(rows, offset, count, indices, to);
        } else {
            remainders.encode(rows, offset, count, beam, indices, to);
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        codebooks.decode(indices, offset, count, levels(), rows, to);
    }

    /**
     * Decodes the first levels of indices.
     *
     * @param indices the indices, one for each level, of each row
     * @param offset where those of the first row start
     * @param count number of rows, 0 or more
     * @param levels how many levels to add up, in [0, {@link #levels()}]; 0 gives zeros
     * @param rows receives the rows, {@code D} values each
     * @param to where the first row starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if there are not so many levels, or there is no codeword of an index
     */
    public void decode(int[] indices, int offset, int count, int levels, float[] rows, int to) {
        checkLevels(levels);
        codebooks.decode(indices, offset, count, levels, rows, to);
    }

    /**
     * Decodes the first levels of packed codes.
     *
     * @param codes the codes, {@link #codeSize()} bytes for each row, with all levels
     * @param offset where the first code starts
     * @param count number of rows, 0 or more
     * @param levels how many levels to add up, in [0, {@link #levels()}]; 0 gives zeros
     * @param rows receives the rows, {@code D} values each
     * @param to where the first row starts
     * @throws IndexOutOfBoundsException if an array is too short
     * @throws NsvqException if there are not so many levels, or a code holds an index that no codeword has
     */
    public void decode(byte[] codes, int offset, int count, int levels, float[] rows, int to) {
        checkLevels(levels);
        codebooks.decode(codes, offset, count, levels, rows, to);
    }

    /**
     * Decodes the first levels of codes.
     *
     * @param codes codes of {@link #codeSize()} bytes, one after the other, with all levels
     * @param count how many codes these are, 0 or more
     * @param levels how many levels to add up, in [0, {@link #levels()}]; 0 gives zeros
     * @return {@code count x D} rows
     * @throws NsvqException if the codes have another length or hold an index that no codeword has, or if there are not so
     *     many levels
     */
    public FloatMatrix decode(byte[] codes, int count, int levels) {
        codeBits().checkLength(codes, count);
        float[] rows = new float[Blocks.length(count, dimension())];
        decode(codes, 0, count, levels, rows, 0);
        return new FloatMatrix(count, dimension(), rows);
    }

    private void checkLevels(int levels) {
        if (levels < 0 || levels > levels()) {
            throw new NsvqException("a code of " + levels() + " levels cannot be decoded from " + levels);
        }
    }

    /**
     * Computes the squared norms of what codes stand for: with them and the inner products of a query, {@code ||q||^2 - 2
     * <q, x^> + ||x^||^2} is the squared distance, and nothing need be decoded.
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

    /** Returns the number of values of a query's table: the codewords of all levels. */
    public int tableSize() {
        return codebooks.total();
    }

    /**
     * Fills the table whose sums are inner products.
     *
     * @param query holds the query, {@code D} values
     * @param offset where it starts
     * @param table receives the inner products of the query with all codewords, level after level
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
