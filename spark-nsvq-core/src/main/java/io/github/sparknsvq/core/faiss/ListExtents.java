package io.github.sparknsvq.core.faiss;

import java.io.IOException;

/**
 * Where lists lie in a file.
 *
 * @param sizes number of vectors of each list
 * @param codes where the codes of each start
 * @param ids where the ids of each start, 8 bytes each; null where ids are positions
 */
record ListExtents(int[] sizes, long[] codes, long[] ids) {
    private ListExtents(int lists) {
        this(new int[lists], new long[lists], new long[lists]);
    }

    /** The one list of an index that has no other: codes from a position on, without ids. */
    static ListExtents single(int size, long position) {
        return new ListExtents(new int[] {size}, new long[] {position}, null);
    }

    /**
     * Parses the inverted lists of an index and goes past them.
     *
     * @param lists number of lists that there should be, for which centroids are in the file
     * @param most number of vectors that the index counts: as many as the lists have, or more, since faiss counts
     *     vectors with NaN, but puts them into no list; or half as many, where each vector is in two lists
     * @param stored how codes lie
     */
    static ListExtents parse(FaissInput in, int lists, long most, StoredCodes stored) throws IOException {
        boolean blocks = stored.group() > 1;
        long at = in.position();
        String type = in.fourcc("the type of lists");
        String expected = blocks ? "ilbl" : "ilar";
        if (!type.equals(expected) && !type.equals("il00")) {
            String quoted = FaissInput.quoted(type);
            throw type.startsWith("il")
                    ? in.unsupported("lists of type " + quoted, expected + " for this index")
                    : in.corrupt(at, "the type of lists is " + quoted + ", it should be " + expected);
        }
        ListExtents extents = new ListExtents(lists);
        if (type.equals("ilar")) {
            extents.parseArrays(in, stored.size());
        } else if (type.equals("ilbl")) {
            extents.parseBlocks(in, stored.size(), stored.group());
        }
        long count = extents.count();
        in.check(
                isSpilled(count, most) || (count <= most && (count == most || !type.equals("il00"))),
                at,
                "the lists have " + count + " vectors, there should be " + most);
        return extents;
    }

    /**
     * Whether each vector is in two lists, as faiss never has it. Nothing in a file says so but this.
     *
     * @param stored number of codes in all lists
     * @param counted number of vectors that the index counts
     */
    static boolean isSpilled(long stored, long counted) {
        return stored > 0 && stored == 2 * counted;
    }

    /** The number of codes of all lists. */
    long count() {
        long sum = 0;
        for (int size : sizes) {
            sum += size;
        }
        return sum;
    }

    private void parseArrays(FaissInput in, int codeSize) throws IOException {
        in.expect(sizes.length, "the number of lists");
        in.expect(codeSize, "the bytes of a code");
        long at = in.position();
        String type = in.fourcc("the type of lists' sizes");
        if (type.equals("full")) {
            in.expectCount(sizes.length, Long.BYTES, "sizes of lists");
            for (int list = 0; list < sizes.length; list++) {
                sizes[list] = size(in);
            }
        } else if (type.equals("sprs")) {
            parseSparse(in);
        } else {
            throw in.corrupt(
                    at, "the type of lists' sizes is " + FaissInput.quoted(type) + ", it should be full or sprs");
        }
        for (int list = 0; list < sizes.length; list++) {
            codes[list] = in.position();
            in.skip(sizes[list], codeSize, "the codes of a list");
            ids[list] = in.position();
            in.skip(sizes[list], Long.BYTES, "the ids of a list");
        }
    }

    /** Pairs of a list and its size, for lists that are not empty. */
    private void parseSparse(FaissInput in) throws IOException {
        long at = in.position();
        long values = in.count(Long.BYTES, "numbers and sizes of lists");
        in.check(
                values % 2 == 0 && values / 2 <= sizes.length,
                at,
                "there are " + values + " numbers and sizes of lists, there should be 2 for each of at most "
                        + sizes.length + " lists");
        long last = -1;
        for (long i = 0; i < values; i += 2) {
            at = in.position();
            long list = in.int64("the number of a list");
            if (list <= last || list >= sizes.length) {
                throw in.corrupt(
                        at,
                        "a list has number " + list + ", it should be from " + (last + 1) + " to "
                                + (sizes.length - 1));
            }
            sizes[(int) list] = size(in);
            last = list;
        }
    }

    private static int size(FaissInput in) throws IOException {
        long at = in.position();
        long size = in.int64("the size of a list");
        if (size < 0) {
            throw in.corrupt(at, "a list has " + size + " vectors, it should have 0 or more");
        }
        return fitting(in, size);
    }

    /** A number of vectors of one list. */
    static int fitting(FaissInput in, long size) {
        if (size > Integer.MAX_VALUE) {
            throw in.unsupported("a list of " + size + " vectors", "2147483647 at most");
        }
        return (int) size;
    }

    private void parseBlocks(FaissInput in, int blockBytes, int group) throws IOException {
        in.expect(sizes.length, "the number of lists");
        in.int64("the bytes of a code"); // of any: there are blocks alone
        in.expect(group, "the codes of a block");
        in.expect(blockBytes, "the bytes of a block");
        for (int list = 0; list < sizes.length; list++) {
            long size = in.count(Long.BYTES, "ids of a list");
            sizes[list] = fitting(in, size);
            ids[list] = in.position();
            in.skip(size, Long.BYTES, "the ids of a list");
            long blocks = (size + group - 1) / group;
            in.require(blocks, blockBytes, "the codes of a list"); // first, so that the product fits
            in.expectCount(blocks * blockBytes, 1, "bytes of a list's codes");
            codes[list] = in.position();
            in.skip(blocks, blockBytes, "the codes of a list");
        }
    }
}
