package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;

/**
 * The inner loops of scanning lists: distances of one query from many vectors or codes. Has no state and may be used
 * by several threads at once.
 */
public interface ScanKernel {
    /** Codes of a block of {@link BlockSums}. */
    int BLOCK = 32;

    /**
     * Measures squared Euclidean distances from rows.
     *
     * @param query the query, {@code D} values
     * @param rows row-major rows, the first at 0
     * @param count number of rows, 0 or more
     * @param distances receives the squared distances
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void squaredDistances(float[] query, float[] rows, int count, float[] distances);

    /**
     * Multiplies rows with a query.
     *
     * @param query the query, {@code D} values
     * @param rows row-major rows, the first at 0
     * @param count number of rows, 0 or more
     * @param products receives the inner products
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void innerProducts(float[] query, float[] rows, int count, float[] products);

    /**
     * Packs codebooks for the inner products of tables.
     *
     * @param codebooks at least one, of equal dimensions; codebook {@code m} is multiplied with part {@code m} of the
     *     rows. Copied
     * @throws IllegalArgumentException if there is none, one is empty or they do not fit one array
     */
    Products prepare(List<FloatMatrix> codebooks);

    /**
     * Makes what sums entries of 8 bits over codes of 4-bit indices.
     *
     * @param parts number of indices {@code M}, at least 1
     */
    BlockSums nibbleBlocks(int parts);

    /**
     * Makes what sums entries of 8 bits over codes of 8-bit indices.
     *
     * @param parts number of indices {@code M}, at least 1
     */
    default BlockSums byteBlocks(int parts) {
        return new PlainBlockSums(parts, 256);
    }

    /**
     * Returns whether {@link #byteBlocks} are much faster than adding up float32 entries one by one, as they are
     * where one instruction looks up 64 bytes.
     */
    boolean sumsBytesFast();

    /**
     * Finds the lowest and the highest entry of each part of a table; NaN where there is one.
     *
     * @param table holds {@code parts x entries} values
     * @param at where they start
     * @param parts number of parts
     * @param entries of each, a multiple of 16
     * @param lowest receives the lowest of each part
     * @param highest receives the highest
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void ranges(float[] table, int at, int parts, int entries, float[] lowest, float[] highest);

    /**
     * Rounds a table to 8 bits: {@code (entry - lowest) scale}, down to a 256th more than a whole number at most.
     *
     * @param table as above
     * @param lowest the lowest entry of each part
     * @param scale such that nothing is above 255
     * @param out receives the bytes, without a sign
     * @param to where the first goes
     * @throws IndexOutOfBoundsException if an array is too short
     */
    void roundDown(float[] table, int at, int parts, int entries, float[] lowest, float scale, byte[] out, int to);

    /**
     * Adds to each sum a term that is rounded to the nearest whole number, {@code min((term - least) scale, most)}.
     *
     * @param sums those of codes one after the other
     * @param at where they start
     * @param count number of codes, rounded up to a multiple of {@value #BLOCK}
     * @param terms of the codes, none below {@code least}, in the order of {@link #termPlace}
     * @param from place of the first, a multiple of {@value #BLOCK}
     * @param low what a sum may be at most to be low
     * @return whether a sum is low, of these codes or of those up to the next multiple of {@value #BLOCK}
     * @throws IndexOutOfBoundsException if an array is too short
     */
    boolean addTerms(
            short[] sums, int at, int count, float[] terms, int from, float least, float scale, float most, int low);

    /**
     * Finds low sums.
     *
     * @param sums not negative
     * @param at where they start
     * @param count number of sums
     * @param bound what a sum may be at most to be low
     * @param places receives the places of low sums, ascending, from 0 on
     * @return how many they are
     * @throws IndexOutOfBoundsException if an array is too short
     */
    int low(short[] sums, int at, int count, int bound, int[] places);

    /**
     * Where the term of a code lies: of {@value #BLOCK} codes those at even places come first, since two terms of
     * float32 become one pair of sums.
     */
    static int termPlace(int code) {
        int half = BLOCK / 2;
        return code / BLOCK * BLOCK + code % 2 * half + code % BLOCK / 2;
    }

    /**
     * Makes what measures distances from rows of bytes.
     *
     * @param first what byte 0 of each of {@code D} dimensions stands for; not to change
     * @param step how far apart what two following bytes stand for is, in each; not to change
     */
    ByteDistances bytes(float[] first, float[] step);

    /** Codebooks packed for inner products, safe for use by several threads. */
    interface Products {

        /** Returns the values that {@link #fill} writes for a row, at least those of all codewords. */
        int size();

        /**
         * Fills in the inner products of the parts of rows with the codewords of their codebooks, codebook after
         * codebook without gaps. What lies between them and {@link #size} is of no use.
         *
         * @param rows row-major block that holds the rows
         * @param offset where the first row starts
         * @param count number of rows, 0 or more
         * @param products receives {@link #size} values for each row
         * @param to where the first go
         * @throws IndexOutOfBoundsException if an array is too short
         */
        void fill(float[] rows, int offset, int count, float[] products, int to);
    }

    /**
     * Sums table entries over codes that lie in blocks, for several queries in one pass over the codes (Andre,
     * Kermarrec and Le Scouarnec, Cache locality is not enough: high-performance nearest neighbor search with product
     * quantization fast scan, VLDB 2015). The table's entries of one index fit a vector register or a few, from which
     * one instruction reads many. For one thread.
     *
     * <p>A block of 4-bit indices is {@value ScanKernel#BLOCK} codes. For each pair of indices it has 32 bytes, as
     * FAISS packs them: byte {@code j < 16} holds the first index of code {@code P[j]} in its low half and of code
     * {@code P[j] + 16} in its high half, with {@code P = 0, 8, 1, 9, 2, 10, ...}; byte {@code 16 + j} the second
     * index of the same codes.
     *
     * <p>A block of 8-bit indices is 64 codes, and has 64 bytes for each index: byte {@code 2 i} is that of code
     * {@code i}, byte {@code 2 i + 1} that of code {@code 32 + i}.
     */
    interface BlockSums {
        /** The highest sum that a table may give: sums are held in 16 bits with a sign. */
        int MOST = Short.MAX_VALUE;

        /** Returns the number of codes of a block, {@value ScanKernel#BLOCK} or twice as many. */
        int codes();

        /** Returns the bytes of a block; an odd last 4-bit index has one pair's half more. */
        int bytes();

        /** Returns the bytes of a table: its {@code M x 16} or {@code M x 256} entries, and zeros behind them. */
        int tableBytes();

        /**
         * Sums up entries for all codes of blocks.
         *
         * @param codes holds the blocks
         * @param offset where the first starts
         * @param blocks number of blocks, 0 or more
         * @param tables holds the queries' tables, of entries without a sign, of which no code's sum exceeds
         *     {@link #MOST}
         * @param queries says which tables are taken: {@code q} starts at {@code q} times {@link #tableBytes}
         * @param from first of {@code queries} to be taken
         * @param count how many of them
         * @param sums receives the sums of the first query's codes, then the second's
         * @param stride how far the sums of a query are behind those of the one before
         * @throws IndexOutOfBoundsException if an array is too short
         */
        void sum(
                byte[] codes,
                int offset,
                int blocks,
                byte[] tables,
                int[] queries,
                int from,
                int count,
                short[] sums,
                int stride);
    }
}
