package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;

/**
 * How the codes of a list lie in memory and in files of FAISS, as scanners take them: a quantizer's own packed codes,
 * with a norm behind each, or in another order.
 */
public interface ListFormat {

    /**
     * Returns the usual format of an index's lists: codes that stand for sums have their norms behind them, others
     * lie as they are.
     *
     * @param codes codes vectors, or null where lists hold the vectors themselves
     * @param innerDimension dimension of the vectors
     */
    static ListFormat of(Quantizer codes, int innerDimension) {
        if (codes == null) {
            return new PlainFormat(innerDimension * Float.BYTES);
        }
        return codes instanceof SumQuantizer ? new NormFormat(codes) : new PlainFormat(codes.codeSize());
    }

    /** Returns how many codes lie interleaved: lists are cut into blocks at multiples of this alone. */
    int group();

    /** Returns the bytes that so many codes take from the start of a group. */
    long bytes(int count);

    /**
     * Brings packed codes into this format.
     *
     * @param codes codes as the quantizer packs them, one after the other
     * @param offset where the first starts
     * @param count number of codes
     * @param target receives {@code bytes(count)} bytes
     * @param to where they start
     */
    void pack(byte[] codes, int offset, int count, byte[] target, int to);

    /**
     * Takes packed codes out of this format.
     *
     * @param source codes in this format, from the start of a group
     * @param offset where they start
     * @param count number of codes
     * @param codes receives the codes as the quantizer packs them
     * @param to where the first goes
     */
    void unpack(byte[] source, int offset, int count, byte[] codes, int to);
}
