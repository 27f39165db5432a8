package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;

/**
 * Rounds every value of a row by itself to one of {@code K} levels, the middles of equal steps of a range (Vali,
 * thesis 2025, section 2.1): the classical reference beside trained codebooks, where {@link ScalarQuantizer} has
 * FAISS's types. Any {@code K} will do, as 9 levels, which are {@code log2 9 = 3.17} bits; a packed code takes whole
 * bits, and {@code core.entropy} what the levels' use is worth.
 *
 * <p>Values beyond the range get the level at its end. Within it the squared error is at most {@code step^2 / 4}, and
 * {@code step^2 / 12} on average where steps are small.
 */
public final class UniformScalarQuantizer implements Quantizer {
    private final int levels;
    private final float[] lowest;
    private final float[] highest;
    private final CodeBits codeBits;

    /**
     * Makes a quantizer with a range for each dimension.
     *
     * @param levels {@code K} of each dimension, in [1, 2^{@value CodeBits#MOST_BITS}]
     * @param lowest {@code D} starts of ranges, at least one; copied
     * @param highest as many ends, none below its start; copied
     * @throws NsvqException if there are no levels or too many, or the ranges are not finite or not in order
     */
    public UniformScalarQuantizer(int levels, float[] lowest, float[] highest) {
        NsvqException.unless(
                levels >= 1 && levels <= 1 << CodeBits.MOST_BITS,
                levels + " levels: 1 to " + (1 << CodeBits.MOST_BITS) + " are possible");
        NsvqException.unless(
                lowest.length >= 1 && lowest.length == highest.length,
                lowest.length + " starts of ranges with " + highest.length
                        + " ends: there must be as many, at least 1");
        for (int j = 0; j < lowest.length; j++) {
            NsvqException.unless(
                    Float.isFinite(highest[j] - lowest[j]) && lowest[j] <= highest[j],
                    "a range cannot be from " + lowest[j] + " to " + highest[j]);
        }
        this.levels = levels;
        this.lowest = lowest.clone();
        this.highest = highest.clone();
        this.codeBits = CodeBits.uniform(lowest.length, CodeBits.widthFor(levels));
    }

    /** Returns the number of levels {@code K} of each dimension. */
    public int levels() {
        return levels;
    }

    /** Returns the bits of a row if every level is as likely: {@code D log2 K}, which need not be whole. */
    public double fixedBits() {
        return dimension() * Math.log(levels) / Math.log(2);
    }

    @Override
    public int dimension() {
        return lowest.length;
    }

    @Override
    public CodeBits codeBits() {
        return codeBits;
    }

    private float step(int j) {
        return (highest[j] - lowest[j]) / levels;
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        int d = dimension();
        Blocks.check("values", rows.length, offset, count, d);
        Blocks.check("indices", indices.length, to, count, d);
        for (int j = 0; j < d; j++) {
            float step = step(j);
            for (int at = j; at < count * d; at += d) {
                float position = step == 0 ? 0 : (rows[offset + at] - lowest[j]) / step;
                indices[to + at] = Math.min(levels - 1, Math.max(0, (int) position)); // 0 for NaN, too
            }
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        int d = dimension();
        Blocks.check("indices", indices.length, offset, count, d);
        Blocks.check("values", rows.length, to, count, d);
        for (int at = 0; at < count * d; at++) {
            int index = indices[offset + at];
            Blocks.checkIndex(index, levels, at % d);
            rows[to + at] = lowest[at % d] + (index + 0.5f) * step(at % d);
        }
    }

    @Override
    public String toString() {
        return "UniformScalarQuantizer(" + levels + ", " + dimension() + ")";
    }
}
