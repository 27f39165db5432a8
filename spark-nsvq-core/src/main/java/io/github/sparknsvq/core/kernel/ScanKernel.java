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
    BlockSums blocks(int parts);

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
     * Sums table entries over codes of 4-bit indices that lie in blocks of {@value ScanKernel#BLOCK} (Andre,
     * Kermarrec and Le Scouarnec, Cache locality is not enough: high-performance nearest neighbor search with product
     * quantization fast scan, VLDB 2015). The table's entries of one index fit a vector register, from which one
     * instruction reads many.
     *
     * <p>For each pair of indices a block has 32 bytes, as FAISS packs them: byte {@code j < 16} holds the first
     * index of code {@code P[j]} in its low half and of code {@code P[j] + 16} in its high half, with {@code P = 0,
     * 8, 1, 9, 2, 10, ...}; byte {@code 16 + j} the second index of the same codes. For one thread.
     */
    interface BlockSums {
        /** The highest sum that a table may give: sums are held in 16 bits with a sign. */
        int MOST = Short.MAX_VALUE;

        /** Returns the bytes of a block, {@code 16 M} for an even {@code M}, one pair's half more for an odd one. */
        int bytes();

        /**
         * Takes a table.
         *
         * @param table {@code M x 16} entries without a sign, of which no code's sum exceeds {@link #MOST}; copied
         */
        void table(byte[] table);

        /**
         * Finds the next block that has a code of a low sum.
         *
         * @param codes holds the blocks
         * @param offset where the first starts
         * @param from first block to look at
         * @param blocks behind the last block to look at
         * @param bound what a sum may be at most to be low
         * @param sums receives the sums of that block's {@value ScanKernel#BLOCK} codes
         * @return the block, or {@code blocks} if there is none
         * @throws IndexOutOfBoundsException if an array is too short
         */
        int next(byte[] codes, int offset, int from, int blocks, int bound, short[] sums);
    }
}
