package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
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

    /**
     * Puts vectors into lists, each into that of the best centroid, with the numbers of rows as ids.
     *
     * @param quantizer of the index
     * @param rows the vectors, one per row, before any transform
     * @throws NsvqException if they are of another dimension
     */
    public static HeapLists of(IvfQuantizer quantizer, FloatMatrix rows) {
        NsvqException.unless(
                rows.columns() == quantizer.dimension(),
                "vectors of dimension " + rows.columns() + " do not go with an index of dimension "
                        + quantizer.dimension());
        int count = rows.rows();
        int size = quantizer.codeSize();
        int[] assigned = new int[count];
        byte[] packed = new byte[Math.multiplyExact(count, size)];
        encode(quantizer, rows, assigned, packed);
        int[] sizes = new int[quantizer.lists()];
        for (int list : assigned) {
            sizes[list]++;
        }
        long[][] ids = new long[sizes.length][];
        byte[][] own = new byte[sizes.length][];
        for (int list = 0; list < sizes.length; list++) {
            ids[list] = new long[sizes[list]];
            own[list] = new byte[sizes[list] * size];
        }
        int[] filled = new int[sizes.length];
        for (int i = 0; i < count; i++) {
            int list = assigned[i];
            ids[list][filled[list]] = i;
            System.arraycopy(packed, i * size, own[list], filled[list]++ * size, size);
        }
        ListFormat format = ListFormat.of(quantizer.codes(), quantizer.innerDimension());
        byte[][] codes = new byte[sizes.length][];
        for (int list = 0; list < sizes.length; list++) {
            codes[list] = new byte[(int) format.bytes(sizes[list])];
            format.pack(own[list], 0, sizes[list], codes[list], 0);
        }
        return new HeapLists(format, codes, ids);
    }

    private static void encode(IvfQuantizer quantizer, FloatMatrix rows, int[] assigned, byte[] packed) {
        int d = quantizer.dimension();
        int some = Math.min(rows.rows(), quantizer.rowsPerCall());
        float[] transformed = new float[some * quantizer.innerDimension()];
        int[] lists = new int[some];
        for (int from = 0; from < rows.rows(); from += some) {
            int count = Math.min(some, rows.rows() - from);
            quantizer.transform(rows.values(), from * d, count, transformed, 0);
            quantizer.assign(transformed, 0, count, lists);
            quantizer.encode(transformed, 0, count, lists, packed, from * quantizer.codeSize());
            System.arraycopy(lists, 0, assigned, from, count);
        }
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
