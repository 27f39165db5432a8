package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Searches an inverted file in this JVM: a query looks at the codes of the lists whose centroids are nearest (Jegou,
 * Douze and Schmid, Product quantization for nearest neighbor search, TPAMI 2011, section IV).
 *
 * <p>Distances are smaller for nearer vectors: squared Euclidean distances from what the codes stand for, or inner
 * products with it with the sign turned. They are measured in the space that the index's transforms lead to, or,
 * where a {@link Refinement} ranks again what the codes find, from its vectors. Of equal distances the vector of the
 * lower list is nearer, in a list the one stored before. A vector whose distance is not finite, such as one that
 * holds NaN or is longer than about 1e19, is never found. One that is in two lists ({@link SpilledLists}) is found
 * once, by the nearer of its two codes; where both are looked at, a search finds twice as many codes.
 *
 * <p>May be used by several threads at once; each search keeps the memory that it works in for the next. Where codes
 * are of residuals and distances Euclidean, 4 bytes for each vector are kept of lists that were looked at, and where
 * the CPU has AVX-512 VBMI, codes of 8 bits in the order in which they are scanned; neither if it would be more than
 * 256 MB or an eighth of the heap.
 */
public final class IvfIndex implements AutoCloseable {
    private final IvfQuantizer quantizer;
    private final InvertedLists lists;
    private final long size;

    /** Whether each vector is in two lists. */
    private final boolean spilled;

    private final int probes;
    private final Supplier<ListScanner> scanners;

    /** Ranks again what the codes give; null where that is all. */
    private final Refinement refinement;

    /** What is kept of each list that was looked at, where scans take it; null where there is no room. */
    private final AtomicReferenceArray<KeptList> kept;

    /** Whether there is room for the codes, too. */
    private final boolean keepsCodes;

    private volatile boolean closed;

    private final ConcurrentLinkedDeque<IvfSearcher> idle = new ConcurrentLinkedDeque<>();

    /**
     * Makes the index of lists.
     *
     * @param quantizer that the vectors went through
     * @param lists their codes and ids; closed with the index
     * @param probes how many lists a search looks at unless it is told otherwise, at least 1
     * @throws NsvqException if there are more or fewer lists than centroids, or {@code probes} is less than 1
     */
    public IvfIndex(IvfQuantizer quantizer, InvertedLists lists, int probes) {
        this(quantizer, lists, probes, null);
    }

    /**
     * Makes the index of lists, whose searches rank what the codes give again by vectors.
     *
     * @param quantizer that the vectors went through
     * @param lists their codes and ids; closed with the index
     * @param probes how many lists a search looks at unless it is told otherwise, at least 1
     * @param refinement the vectors; null for none
     * @throws NsvqException as above, or if the vectors have another dimension than they should
     */
    public IvfIndex(IvfQuantizer quantizer, InvertedLists lists, int probes, Refinement refinement) {
        NsvqException.unless(
                lists.lists() == quantizer.lists(),
                lists.lists() + " lists do not go with " + quantizer.lists() + " centroids: one list for each");
        NsvqException.unless(probes >= 1, "a search looks at 1 list or more, not at " + probes);
        if (refinement != null) {
            checkDimension(quantizer, refinement);
        }
        this.quantizer = quantizer;
        this.refinement = refinement;
        this.lists = lists;
        this.probes = probes;
        this.scanners = ListScanning.of(quantizer, lists.format());
        this.size = lists.vectors();
        long stored = IntStream.range(0, lists.lists()).mapToLong(lists::size).sum();
        this.spilled = stored > size;
        long room = ListScanning.bytesOfTerms();
        long places = ListScanning.keptPlaces(lists);
        this.kept = places <= room / Float.BYTES ? new AtomicReferenceArray<>(lists.lists()) : null;
        this.keepsCodes = places <= room / (Float.BYTES + quantizer.codeSize());
    }

    private static void checkDimension(IvfQuantizer quantizer, Refinement refinement) {
        int through = refinement.transforms();
        int d = through == 0
                ? quantizer.dimension()
                : quantizer.transforms().get(through - 1).outputDimension();
        NsvqException.unless(
                refinement.vectors().dimension() == d,
                "candidates cannot be ranked by vectors of dimension "
                        + refinement.vectors().dimension() + ": it should be " + d);
    }

    /**
     * The nearest vectors of a query, nearest first.
     *
     * @param ids their ids
     * @param distances their distances
     */
    public record Neighbors(long[] ids, float[] distances) {
        /** Returns how many were found. */
        public int size() {
            return ids.length;
        }
    }

    /** Returns the quantizer that the vectors went through. */
    public IvfQuantizer quantizer() {
        return quantizer;
    }

    /** Returns the codes and ids. */
    public InvertedLists lists() {
        return lists;
    }

    /** Returns how many lists a search looks at unless it is told otherwise. */
    public int probes() {
        return probes;
    }

    /** Returns what ranks again what the codes give, or null where that is all. */
    public Refinement refinement() {
        return refinement;
    }

    /** Returns the number of vectors. */
    public long size() {
        return size;
    }

    /**
     * Finds the nearest vectors of a query.
     *
     * @param query {@link IvfQuantizer#dimension} finite values, of length 1e18 at most
     * @param options what is found, and how; their threads are for batches
     * @throws NsvqException if the query has another dimension, holds what is not finite or is too long, if
     *     candidates are to be ranked without {@link #refinement}, or if the index is in a mapped file that was
     *     changed since it was opened
     */
    public Neighbors search(float[] query, SearchOptions options) {
        int d = quantizer.dimension();
        if (query.length != d) {
            throw new NsvqException(
                    "a query of dimension " + query.length + " does not go with an index of dimension " + d);
        }
        int most = (int) Math.min(options.k(), Math.max(1, size()));
        long[] ids = new long[most];
        float[] distances = new float[most];
        int[] found = new int[1];
        run(checked(new Batch(query, 1, options.withK(most), ids, distances, found)), 0, 1);
        return new Neighbors(Arrays.copyOf(ids, found[0]), Arrays.copyOf(distances, found[0]));
    }

    /**
     * As above, among all vectors of the lists that are looked at.
     *
     * @param query as above
     * @param k how many vectors, at least 1; fewer are found where the lists have not so many
     * @param probes how many lists are looked at, at least 1; more than there are mean all
     * @throws NsvqException as above, or if a number is out of its range
     */
    public Neighbors search(float[] query, int k, int probes) {
        return search(query, k, probes, 0);
    }

    /**
     * As above, among so many candidates.
     *
     * @param query as above
     * @param k as above
     * @param probes as above
     * @param rerank how many candidates codes give, from which the vectors of {@link #refinement} choose; 0 for
     *     {@link Refinement#factor} times {@code k}. Never fewer than {@code k}
     * @throws NsvqException as above
     */
    public Neighbors search(float[] query, int k, int probes, int rerank) {
        return search(query, SearchOptions.nearest(k).withProbes(probes).withRerank(rerank));
    }

    /**
     * Several queries, and where what is found for them goes.
     *
     * @param queries row-major queries, {@link IvfQuantizer#dimension} finite values each, of length 1e18 at most
     * @param count number of queries, 0 or more
     * @param options what is found for each, and how; {@code k} is their number of neighbors
     * @param ids receives the ids of query {@code i} from {@code i * k} on, nearest first
     * @param distances receives their distances, at the same places
     * @param found receives how many there are for each query; what lies behind them in the other arrays stays as it
     *     was
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Batch(
            float[] queries, int count, SearchOptions options, long[] ids, float[] distances, int[] found) {}

    /**
     * Finds the nearest vectors of several queries, by as many threads as their options have: the one that calls and,
     * beside it, those of the executor that are free. So it never waits for a thread that the executor has not, and
     * may be called by one of the executor's own; where the executor refuses tasks, the calling thread searches for
     * the queries that others do not.
     *
     * @throws NsvqException if there are fewer than 0 queries, one of them holds what is not finite or is too long,
     *     or candidates are to be ranked without {@link #refinement}; if the search is interrupted
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void search(Batch batch) {
        Batch checked = checked(batch);
        int count = batch.count();
        if (batch.options().executor() == null) {
            run(checked, 0, count);
            return;
        }
        int threads = batch.options().threads();
        int some = (int) Math.max(1, Math.min(IvfSearcher.BATCH, ((long) count + threads - 1) / threads));
        AtomicInteger next = new AtomicInteger();
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int i = 0; i < threads && (long) i * some < count; i++) {
            tasks.add(new FutureTask<>(() -> {
                for (int from = next.getAndAdd(some); from >= 0 && from < count; from = next.getAndAdd(some)) {
                    run(checked, from, Math.min(count, from + some));
                }
                return null;
            }));
        }
        share(tasks, batch.options().executor(), () -> next.set(count));
    }

    /** Has tasks run by the executor and, as far as it has not begun them, here; returns when all have ended. */
    private static void share(List<FutureTask<Void>> tasks, ExecutorService executor, Runnable stop) {
        try {
            for (int i = 1; i < tasks.size(); i++) { // the first is for this thread
                executor.execute(tasks.get(i));
            }
        } catch (RejectedExecutionException e) {
            // those that were not taken are run below
        }
        tasks.forEach(FutureTask::run); // of which each does nothing if another thread has begun it
        Throwable problem = null;
        InterruptedException interrupted = null;
        for (int i = 0; i < tasks.size(); ) {
            try {
                tasks.get(i).get();
                i++;
            } catch (ExecutionException e) {
                problem = problem == null ? e.getCause() : problem;
                i++;
            } catch (InterruptedException e) { // others write into the caller's arrays: what they began must end
                interrupted = e;
                stop.run();
            }
        }
        if (interrupted != null) {
            Thread.currentThread().interrupt();
            throw new NsvqException("the search was interrupted", interrupted);
        }
        if (problem instanceof RuntimeException unchecked) {
            throw unchecked;
        }
        if (problem instanceof Error error) {
            throw error;
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("this index is closed");
        }
    }

    /** Checks a batch, and returns it with the number of lists that it looks at. */
    private Batch checked(Batch batch) {
        checkOpen();
        int count = batch.count();
        SearchOptions options = batch.options();
        NsvqException.unless(count >= 0, "there are no " + count + " queries: 0 or more");
        NsvqException.unless(
                options.rerank() == 0 || refinement != null,
                "this index has no vectors to rank candidates by: leave their number at 0");
        int places = Math.min(batch.ids().length, batch.distances().length);
        if ((long) count * quantizer.dimension() > batch.queries().length
                || (long) count * options.k() > places
                || count > batch.found().length) {
            throw new IndexOutOfBoundsException(count + " queries of dimension " + quantizer.dimension() + " and "
                    + options.k() + " neighbors each do not fit arrays of " + batch.queries().length + " values, "
                    + batch.ids().length + " ids, " + batch.distances().length + " distances and "
                    + batch.found().length + " numbers");
        }
        return options.probes() > 0
                ? batch
                : new Batch(
                        batch.queries(),
                        count,
                        options.withProbes(probes),
                        batch.ids(),
                        batch.distances(),
                        batch.found());
    }

    private void run(Batch batch, int from, int to) {
        IvfSearcher searcher = idle.pollFirst();
        if (searcher == null) {
            Refiner refiner = refinement == null ? null : new Refiner(quantizer, refinement, size);
            searcher = new IvfSearcher(quantizer, lists, scanners.get(), kept, keepsCodes, refiner, spilled);
        }
        try {
            searcher.search(batch, from, to);
            lists.checkUnchanged();
            if (refinement != null) {
                refinement.vectors().checkUnchanged();
            }
        } catch (InternalError e) { // which may come behind the reading, that turns it into an exception
            if (refinement != null) {
                refinement.vectors().checkUnchanged();
            }
            throw lists.unreadable(e);
        }
        // not after an exception, which may have left it half done
        idle.addFirst(searcher);
    }

    /**
     * Decodes a vector and turns it back to the users' space, as far as the transforms can.
     *
     * @param list the list, in {@code [0, lists().lists())}
     * @param position its place there
     * @return {@link IvfQuantizer#dimension} values
     * @throws IndexOutOfBoundsException if there is no such place
     * @throws NsvqException if the lists are in a mapped file that was changed
     */
    public float[] reconstruct(int list, int position) {
        checkOpen();
        Objects.checkIndex(list, lists.lists());
        Objects.checkIndex(position, lists.size(list));
        ListFormat format = lists.format();
        int first = position / format.group() * format.group();
        int count = Math.min(format.group(), lists.size(list) - first);
        byte[] stored = new byte[(int) format.bytes(count)];
        lists.codes(list, first, count, stored);
        lists.checkUnchanged();
        byte[] codes = new byte[count * quantizer.codeSize()];
        format.unpack(stored, 0, count, codes, 0);
        float[] row = new float[quantizer.innerDimension()];
        quantizer.decode(list, codes, (position - first) * quantizer.codeSize(), 1, row, 0);
        return quantizer.reverse(row, 1);
    }

    /** Closes the lists. No search may run; one that is begun later gets an {@link IllegalStateException}. */
    @Override
    public void close() {
        closed = true;
        lists.close();
        if (refinement != null) {
            refinement.vectors().close();
        }
    }
}
