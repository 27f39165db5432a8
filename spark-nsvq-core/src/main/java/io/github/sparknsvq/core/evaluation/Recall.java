package io.github.sparknsvq.core.evaluation;

import java.util.Arrays;

/** Recall of a search whose results are ranked: how often the true nearest neighbor is among the first. */
public final class Recall {
    /** The rank of a neighbor that was not found at all. */
    public static final long NOT_FOUND = Long.MAX_VALUE;

    private Recall() {}

    /**
     * Returns recall@k.
     *
     * @param ranks per query how many results come before its true nearest neighbor, or {@link #NOT_FOUND}
     * @param k among how many results it should be
     * @return the share of queries whose true nearest neighbor is among the first {@code k} results; NaN without
     *     queries
     */
    public static double at(long[] ranks, int k) {
        return Arrays.stream(ranks).filter(rank -> rank < k).count() / (double) ranks.length;
    }
}
