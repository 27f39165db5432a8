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
 * further, and a file is read by each of its tasks; where one list has more, its rows are shared out among several
 * bins of the same range.
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
     * Cuts the lists of an index, every list whole: a task must be able to hold the largest one.
     *
     * @param most bytes of files beyond which bins are cut
     * @throws NsvqException if a file has lists that the index has not
     */
    static Bins whole(List<ListFile> all, int lists, long most) {
        return of(all, lists, most, false);
    }

    /** As {@link #whole}, but the rows of a list, of which there may be several, may be shared out. */
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
        int[] ends = IntStream.concat(Arrays.stream(cuts), IntStream.of(lists)).toArray();
        IntStream.Builder begins = IntStream.builder();
        for (int i = 0; i < ends.length; i++) {
            pieces(i == 0 ? 0 : ends[i - 1], ends[i], all, most).forEach(begins::add);
        }
        int[] starts = begins.add(lists).build().toArray();
        List<ListReader.Bin> bins = new ArrayList<>();
        int[] firstBins = new int[starts.length];
        for (int range = 0; range < starts.length - 1; range++) {
            int from = starts[range];
            int to = starts[range + 1];
            List<ListFile> files =
                    all.stream().filter(file -> file.meets(from, to)).toList();
            int parts = shared ? (int) Math.max(1, Math.ceil(bytes(from, to, files) / most)) : 1;
            for (int part = 0; part < parts; part++) {
                bins.add(new ListReader.Bin(bins.size(), from, to, part, parts, files));
            }
            firstBins[range + 1] = bins.size();
        }
        return new Bins(starts, firstBins, bins);
    }

    private static double bytes(int from, int to, List<ListFile> files) {
        return files.stream().mapToDouble(file -> file.bytes(from, to)).sum();
    }

    /** Returns where ranges begin in a range of lists: at its start, and further on where it has too many bytes. */
    private static IntStream pieces(int from, int to, List<ListFile> all, long most) {
        int pieces = (int) Math.min(bytes(from, to, all) / most + 1, to - from);
        return IntStream.range(0, pieces).map(piece -> (int) (from + (long) piece * (to - from) / pieces));
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
