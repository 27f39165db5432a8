package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.Refinement;
import io.github.sparknsvq.core.index.SpilledLists;
import java.util.Arrays;

/**
 * Second codes of an index's vectors, for the lists that {@link SpilledLists} chooses, by the vectors that candidates
 * are ranked by. They are on the heap.
 */
final class SecondCodes {
    /** Values of vectors that are coded together, 4 MB. */
    private static final int VALUES = 1 << 20;

    private final IvfQuantizer inside;
    private final InvertedLists lists;
    private final Refinement refinement;
    private final byte[][] codes;
    private final long[][] ids;

    /**
     * Assigns and codes all vectors.
     *
     * @param inside what comes behind the transforms that the refinement's vectors have been through
     * @param lists the lists as they are, each vector in one
     * @param refinement the vectors
     */
    SecondCodes(IvfQuantizer inside, InvertedLists lists, Refinement refinement) {
        this.inside = inside;
        this.lists = lists;
        this.refinement = refinement;
        int[][] second = assigned(new SpilledLists(inside));
        int[] sizes = new int[lists.lists()];
        for (int[] of : second) {
            for (int list : of) {
                sizes[list]++;
            }
        }
        this.codes = new byte[sizes.length][];
        this.ids = new long[sizes.length][];
        for (int list = 0; list < sizes.length; list++) {
            codes[list] = new byte[Math.multiplyExact(sizes[list], inside.codeSize())];
            ids[list] = new long[sizes[list]];
        }
        encode(second);
    }

    /** What is done with some vectors of a list, transformed. */
    private interface Some {
        void take(int list, int from, int count, float[] rows);
    }

    private void each(Some some) {
        int outer = refinement.vectors().dimension();
        int most = Math.max(1, VALUES / Math.max(outer, inside.innerDimension()));
        float[] rows = new float[most * outer];
        float[] transformed = new float[most * inside.innerDimension()];
        long[] places = new long[most];
        for (int list = 0; list < lists.lists(); list++) {
            for (int from = 0; from < lists.size(list); from += most) {
                int n = Math.min(most, lists.size(list) - from);
                for (int i = 0; i < n; i++) {
                    places[i] = (long) list << 32 | (from + i);
                }
                refinement.vectors().read(places, 0, n, rows);
                inside.transform(rows, 0, n, transformed, 0);
                some.take(list, from, n, transformed);
            }
        }
    }

    private int[][] assigned(SpilledLists spilled) {
        int[][] second = new int[lists.lists()][];
        Arrays.setAll(second, list -> new int[lists.size(list)]);
        each((list, from, n, rows) -> {
            int[] first = new int[n];
            int[] chosen = new int[n];
            Arrays.fill(first, list);
            spilled.assign(rows, 0, n, first, chosen);
            System.arraycopy(chosen, 0, second[list], from, n);
        });
        return second;
    }

    private void encode(int[][] second) {
        int size = inside.codeSize();
        int[] filled = new int[lists.lists()];
        each((list, from, n, rows) -> {
            int[] of = Arrays.copyOfRange(second[list], from, from + n);
            byte[] coded = new byte[n * size];
            long[] own = new long[n];
            inside.encode(rows, 0, n, of, coded, 0);
            lists.ids(list, from, n, own);
            for (int i = 0; i < n; i++) {
                int at = filled[of[i]]++;
                System.arraycopy(coded, i * size, codes[of[i]], at * size, size);
                ids[of[i]][at] = own[i];
            }
        });
    }

    /** Returns the number of codes of a list with those that it had before. */
    int size(int list) {
        return Math.addExact(lists.size(list), ids[list].length);
    }

    /** Returns the packed codes of a list, those that it had before first. */
    byte[] codes(int list) {
        ListFormat format = lists.format();
        int before = lists.size(list);
        byte[] stored = new byte[Math.toIntExact(format.bytes(before))];
        lists.codes(list, 0, before, stored);
        byte[] all = new byte[Math.multiplyExact(size(list), inside.codeSize())];
        format.unpack(stored, 0, before, all, 0);
        System.arraycopy(codes[list], 0, all, before * inside.codeSize(), codes[list].length);
        return all;
    }

    /** Returns the ids of a list, in the order of {@link #codes}. */
    long[] ids(int list) {
        int before = lists.size(list);
        long[] all = Arrays.copyOf(ids[list], size(list));
        System.arraycopy(ids[list], 0, all, before, ids[list].length);
        lists.ids(list, 0, before, all);
        return all;
    }
}
