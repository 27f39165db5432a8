package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.MANY_REGISTERS;

/**
 * The register tile that fits this CPU: scores of a few vectors of rows, one row a lane, against a few codewords, each
 * coordinate of a codeword broadcast.
 *
 * <p>Why rows lie in lanes: the best codeword of a row is then found without ever looking across lanes, and a codeword's
 * number is a constant for all of them. A broadcast from memory costs a load and no arithmetic, so it does not compete
 * with the multiply-adds.
 *
 * <p>A score is {@code bias + <row, codeword>}, summed over the dimensions in ascending order by fused multiply-add,
 * here as in {@link GroupScores}: a row gets the same bits on whichever path.
 */
final class Tile {
    /** Rows that a tile takes at once. */
    static final int ROWS = (MANY_REGISTERS ? WideTile.ROW_VECTORS : NarrowTile.ROW_VECTORS) * LENGTH;

    private Tile() {}

    /**
     * Finds for each row the best score and the group of codewords that holds it, the first of equals.
     *
     * @param x the rows, dimension {@code j} of row {@code i} at {@code j * ROWS + i}
     * @param d number of dimensions
     * @param codewords packed in groups
     * @param bias what the scores start from
     * @param groups number of groups
     * @param best receives for each row the bits of its best score, -1 if that is negative
     * @param which receives for each row the group that has it, counted from 1; 0 if there is none
     */
    static void best(float[] x, int d, float[] codewords, float[] bias, int groups, int[] best, int[] which) {
        if (MANY_REGISTERS) {
            WideTile.best(x, d, codewords, bias, groups, best, which);
        } else {
            NarrowTile.best(x, d, codewords, bias, groups, best, which);
        }
    }

    /**
     * Adds some dimensions to the scores of one group.
     *
     * @param x the rows, dimension {@code j} of row {@code i} at {@code j * ROWS + i}
     * @param from where the first of the dimensions starts in {@code x}
     * @param d number of dimensions
     * @param codewords packed in groups
     * @param co where the first of the dimensions starts in {@code codewords}
     * @param start what the scores start from: those of codeword {@code c} at {@code so + c * step}
     * @param rowStep how far the next vector of rows is in {@code start}: {@code LENGTH}, or 0 where all rows start alike
     * @param scores receives the score of codeword {@code c} and row {@code i} at {@code to + c * ROWS + i}
     */
    static void add(
            float[] x,
            int from,
            int d,
            float[] codewords,
            int co,
            float[] start,
            int so,
            int step,
            int rowStep,
            float[] scores,
            int to) {
        if (MANY_REGISTERS) {
            WideTile.add(x, from, d, codewords, co, start, so, step, rowStep, scores, to);
        } else {
            NarrowTile.add(x, from, d, codewords, co, start, so, step, rowStep, scores, to);
        }
    }
}
