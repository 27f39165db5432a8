package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;

/**
 * A row approximated level by level: each level adds a codeword for the residual of the levels before it (Chen, Guan
 * and Wang, Approximate nearest neighbor search by residual vector quantization, Sensors 2010). The first levels of a
 * code are a coarser code of the same row.
 *
 * <p>With a beam of {@code W} the {@code W} sums nearest to the row are kept at each level, and the nearest after the
 * last is the code; 1 is the greedy choice. Levels may differ in size. An index takes the bits that the codewords of
 * its level need.
 */
public final class ResidualQuantizer extends SumQuantizer {
    /** The widest beam: wider ones cost more memory than they are worth, and candidates could not be numbered. */
    public static final int WIDEST_BEAM = 1024;

    /** More pairs of codewords than this (256 MB) are not tabulated. */
    private static final long MOST_PAIRS = 1 << 26;

    private final float[] prices;
    private final ResidualSearch residuals;

    /** Tables for a beam, or null where residuals are as fast or the tables would be too large. */
    private final LevelTables levelTables;

    /**
     * Makes a quantizer that searches on the CPU.
     *
     * @param codebooks a codebook for each level, {@code K_m x D} with {@code K_m} in [1, 65536]; copied
     * @param beam how many sums are kept from level to level, in [1, 1024]
     * @throws NsvqException if there is no codebook, one is empty, too large, of another dimension or not finite, or
     *     the beam is out of range
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
     * @throws NsvqException if there is no codebook, one is empty, too large, of another dimension or not finite, or
     *     the beam is out of range
     */
    public ResidualQuantizer(List<FloatMatrix> codebooks, int beam, NearestCodewordProvider provider) {
        this(codebooks, null, beam, provider, MOST_PAIRS);
    }

    /**
     * Makes a quantizer whose codewords have prices, which balance how often they are chosen: encoding looks for the
     * least sum of the squared error and the prices.
     *
     * @param codebooks a codebook for each level, {@code K_m x D}, with at most 8192 codewords in all; copied
     * @param prices a price for each codeword, level after level; copied
     * @param beam how many sums are kept from level to level, in [1, 1024]
     * @throws NsvqException if there is no codebook, one is empty, of another dimension or not finite, there are too
     *     many codewords, the beam is out of range, or there is not one finite price for each codeword
     */
    public static ResidualQuantizer priced(List<FloatMatrix> codebooks, float[] prices, int beam) {
        long total = codebooks.stream().mapToLong(FloatMatrix::rows).sum();
        NsvqException.unless(prices.length == total, prices.length + " prices for " + total + " codewords");
        for (float price : prices) {
            if (!Float.isFinite(price)) {
                throw new NsvqException("a codeword cannot have the price " + price);
            }
        }
        checkPriced(total);
        return new ResidualQuantizer(codebooks, prices.clone(), beam, NearestCodewordProviders.cpu(), MOST_PAIRS);
    }

    /**
     * Checks the number of codewords that have prices.
     *
     * @param total of all codebooks together
     * @throws NsvqException if there are too many
     */
    public static void checkPriced(long total) {
        NsvqException.unless(
                total * total <= MOST_PAIRS,
                "codewords with prices are compared in pairs: there can be at most " + (int) Math.sqrt(MOST_PAIRS)
                        + " in all, not " + total);
    }

    /** As the public one, but with another limit for tables: tests compare the two ways. */
    ResidualQuantizer(
            List<FloatMatrix> codebooks, float[] prices, int beam, NearestCodewordProvider provider, long mostPairs) {
        super(codebooks, beam);
        this.prices = prices;
        boolean tables =
                prices != null || (beam > 1 && codebooks() > 1 && (long) codewords() * codewords() <= mostPairs);
        this.levelTables = tables ? new LevelTables(this, prices) : null;
        this.residuals = tables ? null : new ResidualSearch(this, provider);
    }

    /** Returns the number of levels, which is that of the codebooks. */
    public int levels() {
        return codebooks();
    }

    /** Returns a copy of the codewords' prices, level after level, or null if they have none. */
    public float[] prices() {
        return prices == null ? null : prices.clone();
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, levels());
        if (levelTables != null) {
            new LevelSearch(this, levelTables, beam(), count).encode(rows, offset, count, indices, to);
        } else {
            residuals.encode(rows, offset, count, beam(), indices, to);
        }
    }
}
