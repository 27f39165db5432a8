package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.GROUP;
import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.MANY_REGISTERS;

/**
 * The register tile that fits this CPU: scores of a few vectors of rows, one row a lane, against a few codewords,
 * each coordinate of a codeword broadcast.
 *
 * <p>Why rows lie in lanes: the best codeword of a row is then found without looking across lanes, and a codeword's
 * number is the same for all of them. A broadcast from memory costs a load and no arithmetic, so it does not compete
 * with the multiply-adds.
 *
 * <p>A score starts from what the packed codebook says and is summed over the dimensions in ascending order by fused
 * multiply-add, here as in {@link SingleRow}: a row gets the same bits on either path.
 */
final class Tile {
    /** Rows that a tile takes at once. */
    static final int ROWS = (MANY_REGISTERS ? WideTile.ROW_VECTORS : NarrowTile.ROW_VECTORS) * LENGTH;

    /** Where the rows' best scores are in the scratch: their bits, to be compared as {@code int}. */
    static final int BEST = 0;

    /** Where the scratch says which group has them. */
    static final int WHICH = ROWS;

    /** Where the scratch has the scores. */
    static final int SCORES = 2 * ROWS;

    private Tile() {}

    /** Returns the scratch for some groups at a time. */
    static float[] scratch(int groups) {
        return new float[SCORES + groups * GROUP * ROWS];
    }

    /**
     * Scores rows against groups of codewords, and finds for each row the first group that beats its best score so
     * far.
     *
     * <p>One scratch array for all results keeps the tile fast: see {@link WideTile}.
     *
     * @param x the rows, shifted, dimension {@code j} of row {@code i} at {@code j * ROWS + i}
     * @param d number of dimensions
     * @param codewords packed in groups
     * @param from where the first group starts
     * @param groups number of groups
     * @param scratch at {@link #BEST} the rows' best scores so far, -1 where there is none, and on return those with
     *     these groups; receives at {@link #WHICH} the group that has a row's best, counted from 1, or 0 if none of
     *     them beats what there was; and at {@link #SCORES} the score of codeword {@code c} and row {@code i} at
     *     {@code c * ROWS + i}
     */
    static void score(float[] x, int d, float[] codewords, int from, int groups, float[] scratch) {
        if (MANY_REGISTERS) {
            WideTile.score(x, d, codewords, from, groups, scratch);
        } else {
            NarrowTile.score(x, d, codewords, from, groups, scratch);
        }
    }
}
