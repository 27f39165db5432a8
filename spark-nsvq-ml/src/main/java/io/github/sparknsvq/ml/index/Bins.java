package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.SparkSession;

/**
 * Ranges of lists, each the work of one task, cut where the files of the largest segment are: then hardly a file is
 * read by two tasks. Where the files of all segments together have more than a task should hold, bins are cut
 * further, and each task reads the groups of rows of a file that may hold lists of its range. A list that has more by
 * itself is a range of its own; its groups of rows are shared out among several bins, and where a group is large
 * beside what a bin gets, its rows.
 *
 * @param starts the first list of each range, and last the number of lists
 * @param firstBins the first bin of each range, and last the number of bins
 * @param all the bins
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record Bins(int[] starts, int[] firstBins, List<ListReader.Bin> all) implements Serializable {
    /** Spark's setting of the bytes of files beyond which a bin is cut: a task holds its lists in memory. */
    static final String BYTES_SETTING = "spark.nsvq.listBytesPerTask";

    private static final long MOST_BYTES = 128L << 20;

    /** Groups of rows are dealt out whole where a bin gets so many of them or more, and their rows where not. */
    private static final int GROUPS_OF_BIN = 2;

    /**
     * Returns the bytes of lists that a task should hold at most.
     *
     * @throws NsvqException if the setting is no number of bytes, in Spark's notation, or below 1
     */
    static long most(SparkSession spark) {
        String given = spark.conf().get(BYTES_SETTING, "" + MOST_BYTES).strip();
        long most;
        try {
            most = JavaUtils.byteStringAsBytes(given);
        } catch (IllegalArgumentException e) { // no number, or more bytes than a long can hold
            throw new NsvqException(notBytes(given), e);
        }
        NsvqException.unless(most >= 1, notBytes(given));
        return most;
    }

    private static String notBytes(String given) {
        return BYTES_SETTING + " = " + Reason.quoted(given) + " should be a number of bytes, at least 1, as in 128m";
    }

    /**
     * Cuts the lists of an index, every list whole: a bin of more than {@code most} bytes is one list, which its task
     * should not hold.
     *
     * @param most bytes of lists beyond which bins are cut
     * @throws NsvqException if a file has lists that the index has not
     */
    static Bins whole(List<ListFile> all, int lists, long most) {
        return of(all, lists, most, false);
    }

    /** As {@link #whole}, but the rows of a list that has more bytes are shared out. */
    static Bins of(List<ListFile> all, int lists, long most) {
        return of(all, lists, most, true);
    }

    private static Bins of(List<ListFile> all, int lists, long most, boolean shared) {
        for (ListFile file : all) {
            if (file.first() < 0 || file.last() >= lists) {
                throw new NsvqException(file.path() + " is damaged: it has lists from " + file.first() + " to "
                        + file.last() + ", the index has lists 0 to " + (lists - 1));
            }
        }
        Map<Integer, Long> bytes = new HashMap<>();
        all.forEach(file -> bytes.merge(file.segment(), file.length(), Long::sum));
        int largest = bytes.entrySet().stream()
                .max(Comparator.comparingLong(Map.Entry<Integer, Long>::getValue)
                        .thenComparing(Map.Entry::getKey))
                .map(Map.Entry::getKey)
                .orElse(-1);
        int[] cuts = all.stream()
                .filter(file -> file.segment() == largest)
                .mapToInt(ListFile::first)
                .filter(first -> first > 0 && first < lists)
                .sorted()
                .distinct()
                .toArray();
        int[] starts = starts(cuts, all, lists, most);
        List<ListReader.Bin> bins = new ArrayList<>();
        int[] firstBins = new int[starts.length];
        for (int range = 0; range < starts.length - 1; range++) {
            addTo(bins, starts[range], starts[range + 1], all, shared ? most : Long.MAX_VALUE);
            firstBins[range + 1] = bins.size();
        }
        return new Bins(starts, firstBins, bins);
    }

    /** Returns where ranges begin: at cuts, and where one has the bytes that a task should hold; last, all lists. */
    private static int[] starts(int[] cuts, List<ListFile> all, int lists, long most) {
        double[] bytes = bytes(all, lists);
        IntStream.Builder starts = IntStream.builder();
        int from = 0;
        int cut = 0;
        double sum = 0;
        starts.add(0);
        for (int list = 0; list < lists; list++) {
            boolean atCut = cut < cuts.length && cuts[cut] == list;
            if (atCut || (list > from && sum + bytes[list] > most)) {
                starts.add(list);
                from = list;
                sum = 0;
                cut += atCut ? 1 : 0;
            }
            sum += bytes[list];
        }
        return starts.add(lists).build().toArray();
    }

    /** Returns about how many bytes each list has: a group of rows has as many of each that it may hold. */
    private static double[] bytes(List<ListFile> all, int lists) {
        double[] more = new double[lists + 1]; // than the list before
        for (ListFile file : all) {
            for (ListFile.RowGroup group : file.groups()) {
                double each = group.bytes(group.first(), group.first() + 1);
                more[group.first()] += each;
                more[group.last() + 1] -= each;
            }
        }
        for (int list = 1; list <= lists; list++) {
            more[list] += more[list - 1];
        }
        return more;
    }

    /** Adds the bins of a range; only of one list are there several. */
    private static void addTo(List<ListReader.Bin> bins, int from, int to, List<ListFile> all, long most) {
        List<ListFile> files = all.stream().filter(file -> file.meets(from, to)).toList();
        double bytes = 0;
        long rows = 0;
        for (ListFile file : files) {
            for (ListFile.RowGroup group : file.groups()) {
                bytes += group.bytes(from, to);
                rows += group.meets(from, to) ? group.rows() : 0;
            }
        }
        double wanted = to - from > 1 ? 1 : Math.min(Math.ceil(bytes / most), (double) rows);
        int parts = (int) Math.max(1, wanted);
        for (List<ListReader.Piece> pieces : dealt(from, to, files, bytes / parts, parts)) {
            bins.add(new ListReader.Bin(bins.size(), from, to, (long) (bytes / parts), pieces));
        }
    }

    /** Deals out what files have of a range, in their order, to parts of about equally many bytes. */
    private static List<List<ListReader.Piece>> dealt(int from, int to, List<ListFile> of, double each, int parts) {
        List<List<ListReader.Piece>> dealt = new ArrayList<>();
        IntStream.range(0, parts).forEach(part -> dealt.add(new ArrayList<>()));
        double before = 0;
        for (ListFile file : of) {
            for (int g = 0; g < file.groups().size(); g++) {
                ListFile.RowGroup group = file.groups().get(g);
                if (!group.meets(from, to)) {
                    continue;
                }
                double bytes = group.bytes(from, to);
                double wanted = Math.min((double) group.rows(), Math.ceil(GROUPS_OF_BIN * bytes / each));
                int shares = parts == 1 ? 1 : (int) Math.max(1, wanted);
                for (int share = 0; share < shares; share++) {
                    double middle = before + (share + 0.5) * bytes / shares;
                    List<ListReader.Piece> part = dealt.get((int) Math.min(parts - 1, middle / each));
                    long start = group.start();
                    add(
                            part,
                            new ListReader.Piece(
                                    file.file(), start, file.start(g + 1), group.rows(), share, share + 1, shares));
                }
                before += bytes;
            }
        }
        return dealt;
    }

    /** Adds a piece to those of a part, as part of the last one where they are read together. */
    private static void add(List<ListReader.Piece> pieces, ListReader.Piece next) {
        ListReader.Piece last = pieces.isEmpty() ? null : pieces.get(pieces.size() - 1);
        boolean sameFile = last != null && last.file().equals(next.file());
        if (sameFile && last.shares() == 1 && next.shares() == 1 && last.end() == next.start()) {
            pieces.set(
                    pieces.size() - 1,
                    new ListReader.Piece(last.file(), last.start(), next.end(), last.rows() + next.rows(), 0, 1, 1));
        } else if (sameFile && last.start() == next.start() && last.endShare() == next.share()) {
            pieces.set(
                    pieces.size() - 1,
                    new ListReader.Piece(
                            last.file(),
                            last.start(),
                            last.end(),
                            last.rows(),
                            last.share(),
                            next.endShare(),
                            last.shares()));
        } else {
            pieces.add(next);
        }
    }

    /** Returns the number of bins. */
    int count() {
        return all.size();
    }

    /** Returns the number of ranges. */
    int ranges() {
        return starts.length - 1;
    }

    /** Returns the range of a list. */
    int of(int list) {
        int at = Arrays.binarySearch(starts, list);
        return at >= 0 ? at : -at - 2;
    }
}
