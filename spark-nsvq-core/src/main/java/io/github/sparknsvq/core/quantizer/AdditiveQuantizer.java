package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;

/**
 * A row approximated by a sum of one codeword of each codebook, in no order (Babenko and Lempitsky, Additive
 * quantization for extreme vector compression, CVPR 2014).
 *
 * <p>Encoding is a beam search over the union of the codebooks (ibid. section 3.2): each of the {@code W} sums kept
 * is extended by the codewords of all codebooks that it lacks, and the {@code W} different sums nearest to the row
 * are kept for the next step. Codebooks that a sum still lacks are taken to give their mean. Each of the last {@code
 * W} is then polished by iterated conditional modes (Martinez et al., Revisiting additive quantization, ECCV 2016,
 * section 3.1): the codeword of one codebook after the other is replaced by the best given the rest. The nearest is
 * the code.
 *
 * <p>The inner products of all pairs of codewords are tabulated, which limits them to {@value #MOST_CODEWORDS} in
 * all.
 */
public final class AdditiveQuantizer extends SumQuantizer {
    /** The most codewords of all codebooks together: the table of their pairs then takes 1 GB. */
    public static final int MOST_CODEWORDS = 1 << 14;

    private final Gains gains;
    private final int polishRounds;

    /**
     * Makes a quantizer.
     *
     * @param codebooks the codebooks, {@code K_m x D}; copied
     * @param beam how many sums are kept, in [1, 1024]
     * @param polishRounds most rounds of iterated conditional modes, 0 or more; they end when nothing changes
     * @throws NsvqException if there is no codebook, one is empty, of another dimension or not finite, they have too
     *     many codewords, or a number is out of range
     */
    public AdditiveQuantizer(List<FloatMatrix> codebooks, int beam, int polishRounds) {
        super(codebooks, beam);
        NsvqException.unless(polishRounds >= 0, "an additive quantizer cannot polish " + polishRounds + " times");
        checkCodewords(codewords());
        this.polishRounds = polishRounds;
        this.gains = new Gains(this);
    }

    /**
     * Checks the number of codewords of all codebooks together.
     *
     * @throws NsvqException if there are too many
     */
    public static void checkCodewords(long total) {
        NsvqException.unless(
                total <= MOST_CODEWORDS,
                "an additive quantizer compares all pairs of codewords" + " and can have " + MOST_CODEWORDS
                        + " in all, not " + total);
    }

    /** Returns the most rounds of iterated conditional modes. */
    public int polishRounds() {
        return polishRounds;
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, codebooks());
        new BeamSearch(this, gains, beam(), polishRounds).encode(rows, offset, count, indices, to);
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
        new BeamSearch(this, gains, 1, polishRounds).polish(rows, offset, count, indices, to);
    }
}
