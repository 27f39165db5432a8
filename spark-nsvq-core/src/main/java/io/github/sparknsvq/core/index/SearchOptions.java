package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import java.util.concurrent.ExecutorService;
import java.util.function.LongPredicate;

/**
 * What a search of an {@link IvfIndex} finds, and how: {@code SearchOptions.nearest(10).withProbes(16)}. All but the
 * number of neighbors have a default, the value 0 or null.
 *
 * @param k how many vectors are found for each query, at least 1; fewer where the lists have not so many
 * @param probes how many lists are looked at, 1 or more; more than there are mean all. 0 for {@link IvfIndex#probes}
 * @param slack how much farther than the nearest centroid that of a list may be, in units of the spread of the
 *     centroids: see {@link ListSlack}. 0 for all lists that {@code probes} says
 * @param rerank how many candidates codes give, from which the vectors of {@link IvfIndex#refinement} choose; never
 *     fewer than {@code k}. 0 for {@link Refinement#factor} times {@code k}
 * @param filter says whether the vector of an id may be found; asked only for vectors that are near enough, by the
 *     threads that search. Null for all
 * @param executor has threads that search for a batch of queries beside the one that calls; null for that one alone.
 *     One query has one thread
 * @param threads how many threads at most, the calling one included, 1 or more; 1 without an executor
 */
public record SearchOptions(
        int k, int probes, float slack, int rerank, LongPredicate filter, ExecutorService executor, int threads) {

    /**
     * Checks the options.
     *
     * @throws NsvqException if a number is out of its range, or several threads have no executor
     */
    public SearchOptions {
        NsvqException.unless(k >= 1, "a search finds at least 1 neighbor, not " + k);
        NsvqException.unless(probes >= 0, lists(probes));
        NsvqException.unless(slack >= 0, "lists cannot be chosen with a slack of " + slack + ": 0, for all, or more");
        NsvqException.unless(rerank >= 0, "there are no " + rerank + " candidates to rank: 0 or more");
        NsvqException.unless(threads >= 1, "a search needs at least 1 thread, not " + threads);
        NsvqException.unless(
                threads == 1 || executor != null, "a search by " + threads + " threads needs an executor for them");
    }

    private static String lists(int probes) {
        return "a search looks at 1 list or more, not at " + probes;
    }

    /**
     * Makes options with defaults.
     *
     * @param k how many vectors are found for each query, at least 1
     * @throws NsvqException if it is less
     */
    public static SearchOptions nearest(int k) {
        return new SearchOptions(k, 0, 0, 0, null, null, 1);
    }

    /** Returns these options with another number of neighbors, at least 1. */
    public SearchOptions withK(int other) {
        return new SearchOptions(other, probes, slack, rerank, filter, executor, threads);
    }

    /** Returns these options with so many lists to look at, at least 1: see {@link #probes}. */
    public SearchOptions withProbes(int other) {
        NsvqException.unless(other >= 1, lists(other));
        return new SearchOptions(k, other, slack, rerank, filter, executor, threads);
    }

    /** Returns these options with another slack, 0 or more: see {@link #slack}. */
    public SearchOptions withSlack(float other) {
        return new SearchOptions(k, probes, other, rerank, filter, executor, threads);
    }

    /** Returns these options with another number of candidates, 0 or more: see {@link #rerank}. */
    public SearchOptions withRerank(int other) {
        return new SearchOptions(k, probes, slack, other, filter, executor, threads);
    }

    /** Returns these options with another filter, null for none: see {@link #filter}. */
    public SearchOptions withFilter(LongPredicate other) {
        return new SearchOptions(k, probes, slack, rerank, other, executor, threads);
    }

    /**
     * Returns these options with several threads for a batch of queries, each of which takes some at a time.
     *
     * @param other has the threads beside the one that calls, which may be one of them; stays open. Null only with 1
     *     thread
     * @param most how many threads at most, the calling one included, at least 1
     * @throws NsvqException if there are fewer, or several without an executor
     */
    public SearchOptions withThreads(ExecutorService other, int most) {
        return new SearchOptions(k, probes, slack, rerank, filter, other, most);
    }
}
