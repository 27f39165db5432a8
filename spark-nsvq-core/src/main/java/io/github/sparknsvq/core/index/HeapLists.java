package io.github.sparknsvq.core.index;

import java.util.Objects;

/** Lists in arrays. */
public final class HeapLists implements InvertedLists {
    private final ListFormat format;
    private final byte[][] codes;
    private final long[][] ids;
    private final boolean spilled;

    /**
     * Wraps arrays, without copying them.
     *
     * @param format how the codes lie
     * @param codes the codes of each list
     * @param ids the ids of each list
     * @throws IllegalArgumentException if codes and ids are of different numbers
     */
    public HeapLists(ListFormat format, byte[][] codes, long[][] ids) {
        this(format, codes, ids, false);
    }

    /**
     * As above.
     *
     * @param spilled whether each vector is in two lists
     */
    public HeapLists(ListFormat format, byte[][] codes, long[][] ids, boolean spilled) {
        if (codes.length != ids.length) {
            throw new IllegalArgumentException(codes.length + " lists of codes, but " + ids.length + " of ids");
        }
        for (int list = 0; list < ids.length; list++) {
            if (codes[list].length != format.bytes(ids[list].length)) {
                throw new IllegalArgumentException("list " + list + " has " + ids[list].length + " ids, but "
                        + codes[list].length + " bytes of codes");
            }
        }
        this.format = format;
        this.codes = codes;
        this.ids = ids;
        this.spilled = spilled;
    }

    @Override
    public int lists() {
        return ids.length;
    }

    @Override
    public int size(int list) {
        return ids[list].length;
    }

    @Override
    public long vectors() {
        return InvertedLists.super.vectors() / (spilled ? 2 : 1);
    }

    @Override
    public long vector(int list, int position) {
        return ids[list][position];
    }

    @Override
    public ListFormat format() {
        return format;
    }

    @Override
    public void codes(int list, int from, int count, byte[] target) {
        Objects.checkFromIndexSize(from, count, ids[list].length);
        System.arraycopy(codes[list], (int) format.bytes(from), target, 0, (int) format.bytes(count));
    }

    @Override
    public void ids(int list, int from, int count, long[] target) {
        System.arraycopy(ids[list], from, target, 0, count);
    }

    @Override
    public void close() {
        // arrays need no closing
    }
}
