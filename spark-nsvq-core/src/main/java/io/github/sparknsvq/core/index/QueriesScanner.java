package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Scans lists of 4-bit or 8-bit codes for several queries at a time: all that look at a list share the reading of its
 * codes. Sums of 8 bits choose the codes that may be near enough, whose distances are then read exactly, unless they
 * are only ranked again; the result depends neither on the order of the lists nor on what queries come together. For
 * one thread.
 *
 * <p>A query has one table for all lists. Where that takes terms of the codes, they are added to the sums.
 */
final class QueriesScanner implements ListByList {
    /** Bytes of codes that are read and scanned together: they should stay in a first-level cache between the two. */
    private static final int BYTES = 1 << 14;

    /** Queries whose sums are taken together. */
    private static final int TOGETHER = 4;

    /** Queries for which codes that are not kept in blocks are packed into them. */
    private static final int PACKED_FOR = 3;

    /** The most neighbors for which the sums of a list give a first bound. */
    private static final int FEW = 64;

    private static final int NIBBLE = 16;

    private final CodeTables tables;
    private final ScanKernel kernel;
    private final ScanKernel.BlockSums sums;
    private final RoundedTables rounded;
    private final ListFormat format;
    private final int parts;
    private final int entries;
    private final NormFormat norms;
    private final int chunk;
    private final byte[] read;
    private final byte[] packed;
    private final short[] low;
    private final int[] places;
    private final short[] least = new short[FEW];
    private float[] floats = new float[0];
    private float[] shifted = new float[0];
    private float[] queryTerms = new float[0];

    /** The lists and what is kept of them, both null before {@link #lists}. */
    private InvertedLists lists;

    private AtomicReferenceArray<KeptList> kept;
    private boolean keepsCodes;
    private boolean roughly;

    /**
     * Makes a scanner.
     *
     * @param tables of the index
     * @param kernel its inner loops
     * @param entries of each index, 16 or 256
     * @param format of the lists: blocks of 4-bit indices, or codes of 8-bit indices one after the other
     * @param addsNorms whether the norms in the format are added
     */
    QueriesScanner(CodeTables tables, ScanKernel kernel, int entries, ListFormat format, boolean addsNorms) {
        this.tables = tables;
        this.kernel = kernel;
        this.entries = entries;
        this.format = format;
        this.norms = addsNorms ? (NormFormat) format : null;
        this.parts = tables.starts().length - 1;
        this.sums = entries == NIBBLE ? kernel.nibbleBlocks(parts) : kernel.byteBlocks(parts);
        this.rounded = new RoundedTables(kernel, sums, parts, entries);
        int blocks = Math.max(1, BYTES / sums.bytes());
        this.chunk = blocks * sums.codes();
        this.read = new byte[(int) format.bytes(chunk)];
        this.packed = new byte[entries == NIBBLE ? 0 : blocks * sums.bytes()];
        this.low = new short[TOGETHER * chunk];
        this.places = new int[chunk];
    }

    /**
     * Takes the lists.
     *
     * @param of the lists
     * @param keptOf receives what is kept of them, for scanners of all threads; null where there is no room
     * @param withCodes whether there is room for the codes, too
     * @return whether they can be scanned: not where codes have terms, but there is no room for these
     */
    boolean lists(InvertedLists of, AtomicReferenceArray<KeptList> keptOf, boolean withCodes) {
        lists = of;
        keepsCodes = withCodes && entries != NIBBLE;
        kept = hasTerms() || keepsCodes ? keptOf : null;
        return kept != null || !hasTerms();
    }

    /**
     * Offers distances of 4-bit codes as the sums of 8 bits give them from now on, for what is ranked again; those of
     * other codes stay exact, since their few parts leave more to rounding.
     */
    void measureRoughly() {
        roughly = entries == NIBBLE;
    }

    private boolean hasTerms() {
        return tables.perList || norms != null;
    }

    @Override
    public int bytesPerQuery() {
        return Float.BYTES * tables.size() + sums.tableBytes();
    }

    @Override
    public void queries(float[] queries, int count) {
        int d = tables.quantizer.innerDimension();
        int size = tables.size();
        if (queryTerms.length < count) {
            floats = new float[count * size];
            shifted = new float[count * d];
            queryTerms = new float[count];
            rounded.makeRoom(count);
        }
        boolean ownTerm = tables.quantizer.metric() == Metric.L2 && !tables.perList;
        for (int q = 0; q < count; q++) {
            tables.shift(queries, q * d, shifted, q * d, d);
            queryTerms[q] = ownTerm ? (float) VectorMath.squaredNorm(shifted, q * d, d) : 0;
        }
        tables.products(shifted, count, floats);
        for (int q = 0; q < count; q++) {
            tables.tableForAll(floats, q * size);
            rounded.round(q, floats, q * size);
        }
    }

    @Override
    public void scan(int list, int[] queries, float[] coarse, int many, NearestLabels[] nearest) {
        int size = lists.size(list);
        KeptList own = kept == null ? null : keptOf(list, size);
        for (int from = 0; from < size; from += chunk) {
            int n = Math.min(chunk, size - from);
            long label = (long) list << 32 | from;
            byte[] codes = read;
            int offset = 0;
            if (own != null && own.codes != null) {
                codes = own.codes;
                offset = from / sums.codes() * sums.bytes();
            } else {
                lists.codes(list, from, n, read);
                // rough distances are those of sums, for however many queries
                if (entries != NIBBLE && many < PACKED_FOR && !roughly) {
                    scanRows(own, from, n, label, queries, coarse, many, nearest);
                    continue;
                } else if (entries != NIBBLE) {
                    BlockCodes.pack(read, (int) format.bytes(1), n, parts, packed, 0);
                    codes = packed;
                }
            }
            for (int q = 0; q < many; q += TOGETHER) {
                int together = Math.min(TOGETHER, many - q);
                int blocks = (n + sums.codes() - 1) / sums.codes();
                sums.sum(codes, offset, blocks, rounded.bytes(), queries, q, together, low, chunk);
                for (int j = 0; j < together; j++) {
                    int query = queries[q + j];
                    offer(
                            query,
                            start(query, coarse[q + j]),
                            codes,
                            offset,
                            own,
                            from,
                            n,
                            j * chunk,
                            label,
                            nearest[query]);
                }
            }
        }
    }

    private float start(int query, float coarse) {
        return tables.quantizer.byResidual() ? coarse : queryTerms[query];
    }

    private void offer(
            int query,
            float start,
            byte[] codes,
            int offset,
            KeptList own,
            int from,
            int count,
            int at,
            long label,
            NearestLabels nearest) {
        float threshold = nearest.threshold();
        int bound = ScanKernel.BlockSums.MOST;
        KeptList added = own == null || own.terms == null ? null : own;
        boolean bounded = rounded.canBound(query, added);
        if (bounded) {
            bound = rounded.bound(query, start, added, threshold);
            if (added != null && !rounded.addTerms(query, low, at, count, added, from, bound)) {
                return; // as mostly
            }
            if (threshold == Float.POSITIVE_INFINITY) {
                bound = firstBound(query, start, added, at, count, nearest);
            }
        }
        int found = kernel.low(low, at, count, bound, places);
        for (int f = 0; f < found; f++) {
            int i = places[f];
            if (low[at + i] > bound) {
                continue;
            }
            float distance = roughly && bounded && !rounded.mayBeCut(query, low[at + i])
                    ? rounded.distance(query, start, added, low[at + i])
                    : start
                            + sum(query, codes, offset, i)
                            + (added == null ? 0 : own.terms[ScanKernel.termPlace(from + i)]);
            if (distance <= threshold) {
                nearest.offer(distance, label + i);
                if (bounded && nearest.threshold() < threshold) {
                    threshold = nearest.threshold();
                    bound = Math.min(bound, rounded.bound(query, start, added, threshold));
                }
            }
        }
    }

    /** Before there are enough neighbors, those with the lowest sums tell how near enough codes are at least. */
    private int firstBound(int query, float start, KeptList added, int at, int count, NearestLabels nearest) {
        int k = nearest.capacity();
        if (k > FEW || k > count || nearest.hasFilter()) {
            return ScanKernel.BlockSums.MOST;
        }
        int size = 0;
        for (int i = at; i < at + count; i++) {
            short sum = low[i];
            if (size < k || sum < least[k - 1]) {
                int j = size < k ? size++ : k - 1;
                for (; j > 0 && least[j - 1] > sum; j--) {
                    least[j] = least[j - 1];
                }
                least[j] = sum;
            }
        }
        return rounded.boundOf(query, start, added, least[k - 1]);
    }

    private float sum(int query, byte[] codes, int offset, int i) {
        int block = offset + i / sums.codes() * sums.bytes();
        int code = i % sums.codes();
        int table = query * tables.size();
        return entries == NIBBLE
                ? BlockCodes.nibbles(floats, table, codes, block, code, parts)
                : BlockCodes.bytes(floats, table, codes, block + BlockCodes.place(code), sums.codes(), parts);
    }

    /** Reads all distances exactly, of 8-bit codes as they were read: packing them into blocks would take as long. */
    private void scanRows(
            KeptList own,
            int from,
            int count,
            long label,
            int[] queries,
            float[] coarse,
            int many,
            NearestLabels[] nearest) {
        int stride = (int) format.bytes(1);
        float[] terms = own == null ? null : own.terms;
        for (int q = 0; q < many; q++) {
            int table = queries[q] * tables.size();
            float start = start(queries[q], coarse[q]);
            NearestLabels best = nearest[queries[q]];
            for (int i = 0; i < count; i++) {
                float distance = start
                        + BlockCodes.bytes(floats, table, read, i * stride, 1, parts)
                        + (terms == null ? 0 : terms[ScanKernel.termPlace(from + i)]);
                if (distance <= best.threshold()) {
                    best.offer(distance, label + i);
                }
            }
        }
    }

    /** What is kept of a list; several threads may make it at once, and the last keeps its own. */
    private KeptList keptOf(int list, int size) {
        KeptList own = kept.get(list);
        if (own == null) {
            own = keep(list, size);
            kept.set(list, own);
        }
        return own;
    }

    private KeptList keep(int list, int size) {
        int blocks = (size + sums.codes() - 1) / sums.codes();
        byte[] codes = keepsCodes ? new byte[blocks * sums.bytes()] : null;
        float[] terms = hasTerms() ? new float[blocks * sums.codes()] : null;
        float[] table = tables.perList ? tables.termsTable(list) : null;
        float[] squared = new float[norms == null ? 0 : chunk];
        for (int from = 0; from < size; from += chunk) {
            int n = Math.min(chunk, size - from);
            lists.codes(list, from, n, read);
            if (codes != null) {
                BlockCodes.pack(read, (int) format.bytes(1), n, parts, codes, from / sums.codes() * sums.bytes());
            }
            if (norms != null) {
                norms.norms(read, 0, n, squared, 0);
            }
            for (int i = 0; terms != null && i < n; i++) {
                float term = table == null ? 0 : termOf(table, i);
                terms[ScanKernel.termPlace(from + i)] = norms == null ? term : squared[i] + term;
            }
        }
        // places behind the last code: as low as another, so that no range is wider for them
        for (int i = size; terms != null && size > 0 && i < terms.length; i++) {
            terms[ScanKernel.termPlace(i)] = terms[0];
        }
        return new KeptList(terms, codes);
    }

    private float termOf(float[] table, int i) {
        if (entries != NIBBLE) {
            return BlockCodes.bytes(table, 0, read, i * (int) format.bytes(1), 1, parts);
        }
        int block = i / sums.codes() * sums.bytes();
        return BlockCodes.nibbles(table, 0, read, block, i % sums.codes(), parts);
    }
}
