package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;

/**
 * How an index ranks again what its codes find: a search for {@code k} neighbors finds {@code floor(k * factor)}
 * candidates by their codes, and takes the {@code k} of them that are nearest by the vectors. FAISS calls it {@code
 * IndexRefine}.
 *
 * @param vectors what candidates are ranked by
 * @param transforms how many of the index's transforms the vectors have been through, from the first on
 * @param factor candidates for each neighbor, at least 1
 */
public record Refinement(RankingVectors vectors, int transforms, float factor) {

    /**
     * Checks the numbers.
     *
     * @throws NsvqException if the factor is less than 1 or not finite
     */
    public Refinement {
        checkFactor(factor);
    }

    /**
     * Checks a number of candidates for each neighbor.
     *
     * @throws NsvqException if it is less than 1 or not finite
     */
    public static void checkFactor(float factor) {
        NsvqException.unless(
                factor >= 1 && Float.isFinite(factor),
                "neighbors cannot be chosen among " + factor + " times as many candidates: it should be 1 or more");
    }
}
