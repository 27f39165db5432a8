package io.github.sparknsvq.core.index;

import java.util.function.LongPredicate;

/** What is searched for, and where the results go: as the arguments of {@link IvfIndex#search}, checked. */
record IvfSearch(
        float[] queries,
        int count,
        int k,
        int probes,
        LongPredicate filter,
        long[] ids,
        float[] distances,
        int[] found) {}
