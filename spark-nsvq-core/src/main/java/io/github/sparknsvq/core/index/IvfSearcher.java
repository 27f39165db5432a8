package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongPredicate;

/**
 * Searches for queries, in memory that it keeps: list by list for all that look at one, where the scanner can, and
 * else for one query after the other. For one thread.
 */
final class IvfSearcher {
    /** Queries that are transformed, and whose lists are found, together. */
    static final int BATCH = 256;

    /** Bytes of the tables of queries that are searched for together: they should stay in a second-level cache. */
    private static final int TABLE_BYTES = 1 << 22;

    /** Neighbors that are searched for together at most, of all queries. */
    private static final int MOST_NEIGHBORS = 1 << 20;

    /** Lists that queries which are searched for together look at at most, of all queries. */
    private static final int MOST_PROBES = 1 << 22;

    /** Lists of a query that are scanned before its next: the nearest alone, then so many times as many. */
    private static final int GROWTH = 4;

    /** Bytes of codes that are read and scanned together: they should stay in a first-level cache between the two. */
    private static final int BLOCK_BYTES = 1 << 14;

    /** Values that are prepared together, 2 MB: they should stay in a second-level cache. */
    private static final int PREPARED = 1 << 19;

    /** Elements that an array can have. */
    private static final int MOST_LABELS = Integer.MAX_VALUE - 8;

    private static final long POSITION = 0xFFFFFFFFL;

    private final IvfQuantizer quantizer;
    private final InvertedLists lists;
    private final ListScanner scanner;

    /** The scanner, if it prepares queries; null if not. */
    private final BatchScanner batch;

    /** What is kept of each list, made when first needed; null where the scanner for one query takes nothing. */
    private final AtomicReferenceArray<KeptList> kept;

    /** Scans for several queries at a time; null if the scanner cannot. */
    private final ListByList several;

    private final ListVisits visits;
    private final int[] visitors;
    private final float[] apart;

    private final int preparedSize;
    private final int blockCodes;
    private final byte[] block;
    private float[] transformed = new float[0];
    private float[] prepared = new float[0];
    private int[] probed = new int[0];
    private float[] coarse = new float[0];
    private NearestLabels[] nearest = new NearestLabels[0];
    private long[] labels = new long[0];
    private final long[] id = new long[1];

    /** Ranks what the codes give by vectors; null where there are none. */
    private final Refiner refiner;

    /** Leaves out lists by the slack of the last search that had one; null before. */
    private ListSlack slack;

    private float slackOf;

    /** Distances of candidates by their codes; of no use for what is ranked again. */
    private float[] roughly = new float[1];

    /** Ids of a block, for filters; read when first asked for. */
    private final long[] ids;

    private long idsOf;

    /** Leaves each vector once where lists hold it twice; null where they do not. */
    private final DistinctVectors distinct;

    /**
     * Makes a searcher.
     *
     * @param kept receives what is kept of the lists, for searchers of all threads; null where there is no room
     * @param keepsCodes whether there is room for the codes, too
     * @param refiner ranks again what the codes give; null for none
     * @param spilled whether each vector is in two lists
     */
    IvfSearcher(
            IvfQuantizer quantizer,
            InvertedLists lists,
            ListScanner scanner,
            AtomicReferenceArray<KeptList> kept,
            boolean keepsCodes,
            Refiner refiner,
            boolean spilled) {
        this.quantizer = quantizer;
        this.lists = lists;
        this.scanner = scanner;
        this.batch = scanner instanceof BatchScanner able ? able : null;
        this.several = ListByList.of(scanner, lists, kept, keepsCodes, refiner != null);
        this.kept = batch != null && batch.hasTerms() ? kept : null;
        this.preparedSize = batch == null ? 0 : batch.table.productsSize(this.kept != null);
        ListFormat format = lists.format();
        int group = format.group();
        this.blockCodes = Math.max(1, (int) (BLOCK_BYTES / format.bytes(group))) * group;
        this.block = new byte[(int) format.bytes(blockCodes)];
        this.ids = new long[blockCodes];
        this.refiner = refiner;
        this.distinct = spilled ? new DistinctVectors(lists) : null;
        this.visits = several == null ? null : new ListVisits(lists.lists());
        this.visitors = new int[several == null ? 0 : BATCH];
        this.apart = new float[visitors.length];
    }

    /** Searches for queries {@code from} to {@code to}, exclusive. */
    void search(IvfIndex.Batch search, int from, int to) {
        int together = Math.min(to - from, together(search));
        makeRoom(search, together);
        for (int first = from; first < to; first += together) {
            int n = Math.min(together, to - first);
            check(search.queries(), first, n);
            quantizer.transform(search.queries(), first * quantizer.dimension(), n, transformed, 0);
            quantizer.probes(transformed, 0, n, probes(search), probed, needsCoarse(search) ? coarse : null);
            leaveOut(search, n);
            if (several != null) {
                scanListByList(search, first, n);
            } else {
                scan(search, first, n);
            }
        }
    }

    /** Whether the distances of lists are part of those of codes, or say which lists are left out. */
    private boolean needsCoarse(IvfIndex.Batch search) {
        return batch == null || quantizer.byResidual() || search.options().slack() > 0;
    }

    /** Puts -1 in the place of lists that are farther than the search allows. */
    private void leaveOut(IvfIndex.Batch search, int count) {
        if (search.options().slack() > 0) {
            if (slack == null || slackOf != search.options().slack()) {
                slack = new ListSlack(quantizer, search.options().slack());
                slackOf = search.options().slack();
            }
            slack.apply(transformed, 0, count, probes(search), probed, coarse);
        }
    }

    /** How many queries are searched for together. */
    private int together(IvfIndex.Batch search) {
        int most = several == null ? BATCH : Math.min(BATCH, TABLE_BYTES / several.bytesPerQuery());
        most = Math.min(most, MOST_PROBES / probes(search));
        return Math.max(1, Math.min(most, MOST_NEIGHBORS / heap(search)));
    }

    private int candidates(IvfIndex.Batch search) {
        return refiner == null
                ? search.options().k()
                : refiner.candidates(search.options().k(), search.options().rerank());
    }

    /** How many codes are kept: twice as many as candidates where each vector may be found twice. */
    private int heap(IvfIndex.Batch search) {
        int candidates = candidates(search);
        return distinct == null ? candidates : (int) Math.min(MOST_LABELS, 2L * candidates);
    }

    private int probes(IvfIndex.Batch search) {
        return Math.min(search.options().probes(), lists.lists());
    }

    private void makeRoom(IvfIndex.Batch search, int together) {
        if (probed.length < together * probes(search)) {
            probed = new int[together * probes(search)];
            coarse = new float[probed.length];
        }
        if (transformed.length < together * quantizer.innerDimension()) {
            transformed = new float[together * quantizer.innerDimension()];
        }
        int most = heap(search);
        if (labels.length != most) {
            nearest = new NearestLabels[0];
            labels = new long[most];
            roughly = refiner == null && distinct == null ? roughly : new float[most];
        }
        int heaps = several == null ? 1 : together;
        int before = nearest.length;
        if (before < heaps) {
            nearest = Arrays.copyOf(nearest, heaps);
            for (int i = before; i < heaps; i++) {
                nearest[i] = new NearestLabels(most);
            }
        }
    }

    private void check(float[] queries, int first, int count) {
        int d = quantizer.dimension();
        for (int i = first; i < first + count; i++) {
            double squared = VectorMath.squaredNorm(queries, i * d, d);
            if (!(squared <= VectorMath.MAX_LENGTH * VectorMath.MAX_LENGTH)) {
                throw invalid(queries, i);
            }
        }
    }

    private NsvqException invalid(float[] queries, int query) {
        int d = quantizer.dimension();
        for (int j = 0; j < d; j++) {
            float value = queries[query * d + j];
            if (!Float.isFinite(value)) {
                return new NsvqException(
                        "query " + query + " holds " + value + " at " + j + ": queries must be finite");
            }
        }
        return new NsvqException("query " + query + " is longer than " + VectorMath.MAX_LENGTH
                + ": its distances would leave float32's range");
    }

    /** Scans for queries that are transformed, several of which are prepared together where the scanner can. */
    private void scan(IvfIndex.Batch search, int first, int count) {
        int d = quantizer.innerDimension();
        int size = preparedSize;
        if (size == 0) {
            for (int i = 0; i < count; i++) {
                scanner.query(transformed, i * d);
                scanLists(search, first + i, i);
            }
            return;
        }
        int together = Math.min(count, Math.max(1, PREPARED / size));
        if (prepared.length < together * size) {
            prepared = new float[together * size];
        }
        for (int from = 0; from < count; from += together) {
            int n = Math.min(together, count - from);
            batch.table.products(transformed, from * d, n, prepared);
            for (int i = 0; i < n; i++) {
                batch.table.query(transformed, (from + i) * d, prepared, i * size);
                scanLists(search, first + from + i, from + i);
            }
        }
    }

    /**
     * Scans for queries that are transformed, each list for all that look at it. The nearest list of each comes
     * first, so that bounds are low when the others follow.
     */
    private void scanListByList(IvfIndex.Batch search, int first, int count) {
        several.queries(transformed, count);
        LongPredicate filter = search.options().filter() == null
                ? null
                : filter(search.options().filter());
        for (int i = 0; i < count; i++) {
            nearest[i].filter(filter);
        }
        int probes = probes(search);
        visits.makeRoom(count * probes);
        for (int from = 0, to = 1; from < probes; from = to, to = (int) Math.min(probes, (long) GROWTH * to)) {
            for (int i = 0; i < count; i++) {
                for (int p = i * probes + from; p < i * probes + to; p++) {
                    if (probed[p] >= 0 && lists.size(probed[p]) > 0) {
                        visits.add(probed[p], p);
                    }
                }
            }
            for (int v = 0; v < visits.lists(); v++) {
                scanFor(visits.list(v), probes);
            }
            visits.clear();
        }
        for (int i = 0; i < count; i++) {
            take(search, first + i, nearest[i]);
        }
    }

    private void scanFor(int list, int probes) {
        int many = 0;
        for (int p = visits.first(list); p >= 0; p = visits.next(p)) {
            visitors[many] = p / probes;
            apart[many++] = coarse[p];
        }
        several.scan(list, visitors, apart, many, nearest);
    }

    /** Scans the lists of a query that the scanner is at, the {@code i}-th of the batch. */
    private void scanLists(IvfIndex.Batch search, int query, int i) {
        nearest[0].filter(
                search.options().filter() == null
                        ? null
                        : filter(search.options().filter()));
        int probes = probes(search);
        for (int p = i * probes; p < (i + 1) * probes; p++) {
            int list = probed[p];
            int size = list < 0 ? 0 : lists.size(list);
            if (size > 0) {
                scanner.list(list, coarse[p]);
                scanList(list, size);
            }
        }
        take(search, query, nearest[0]);
    }

    /** Takes the nearest out, with their ids. */
    private void take(IvfIndex.Batch search, int query, NearestLabels best) {
        int to = query * search.options().k();
        int found = rank(search, query, to, best);
        search.found()[query] = found;
        for (int j = 0; j < found; j++) {
            lists.ids((int) (labels[j] >>> 32), (int) labels[j], 1, id);
            search.ids()[to + j] = id[0];
        }
    }

    /** Takes the nearest out, and returns how many they are. */
    private int rank(IvfIndex.Batch search, int query, int to, NearestLabels best) {
        if (refiner == null && distinct == null) {
            return best.drain(search.distances(), labels, to, 0);
        }
        int found = best.drain(roughly, labels, 0);
        if (distinct != null) {
            found = distinct.keep(labels, roughly, found, candidates(search));
        }
        if (refiner == null) {
            System.arraycopy(roughly, 0, search.distances(), to, found);
            return found;
        }
        return refiner.rank(
                search.queries(),
                query * quantizer.dimension(),
                labels,
                found,
                search.options().k(),
                search.distances(),
                to);
    }

    private void scanList(int list, int size) {
        float[] own = kept == null ? null : terms(list, size);
        for (int from = 0; from < size; from += blockCodes) {
            int n = Math.min(blockCodes, size - from);
            lists.codes(list, from, n, block);
            long label = (long) list << 32 | from;
            if (own == null) {
                scanner.scan(block, 0, n, label, nearest[0]);
            } else {
                batch.scan(block, 0, n, label, nearest[0], own, from);
            }
        }
    }

    /** The terms of a list's codes; several threads may compute them at once, and the last keeps its own. */
    private float[] terms(int list, int size) {
        KeptList own = kept.get(list);
        if (own == null) {
            float[] terms = new float[size];
            for (int from = 0; from < size; from += blockCodes) {
                int n = Math.min(blockCodes, size - from);
                lists.codes(list, from, n, block);
                batch.terms(list, block, 0, n, terms, from);
            }
            own = new KeptList(terms, null);
            kept.set(list, own);
        }
        return own.terms;
    }

    /** Filters labels by their ids, which are read block by block. */
    private LongPredicate filter(LongPredicate filter) {
        idsOf = -1;
        return label -> {
            int list = (int) (label >>> 32);
            int position = (int) (label & POSITION);
            int from = position / blockCodes * blockCodes;
            long of = (long) list << 32 | from;
            if (of != idsOf) {
                lists.ids(list, from, Math.min(blockCodes, lists.size(list) - from), ids);
                idsOf = of;
            }
            return filter.test(ids[position - from]);
        };
    }
}
