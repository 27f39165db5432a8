package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Ranges of lists, each the work of one task, cut where the files of the largest segment are: then hardly a file is
 * read by two tasks. Where the files of all segments together have more than a task should hold, bins are cut
 * further, and a file is read by each of its tasks. A list is never cut: a task must be able to hold the largest
 * one.
 *
 * @param starts the first list of each bin, and last the number of lists
 * @param all the bins
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record Bins(int[] starts, List<ListReader.Bin> all) implements Serializable {
    /** Bytes of files beyond which a bin is cut: a task holds its lists in memory. */
    private static final long MOST_BYTES = 128L << 20;

    /**
     * Cuts the lists of an index.
     *
     * @throws NsvqException if a file has lists that the index has not
     */
    static Bins of(List<ListFile> all, int lists) {
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
            pieces(i == 0 ? 0 : ends[i - 1], ends[i], all).forEach(begins::add);
        }
        int[] starts = begins.add(lists).build().toArray();
        List<ListReader.Bin> bins = new ArrayList<>();
        for (int bin = 0; bin < starts.length - 1; bin++) {
            int from = starts[bin];
            int to = starts[bin + 1];
            List<ListFile> files =
                    all.stream().filter(file -> file.meets(from, to)).toList();
            bins.add(new ListReader.Bin(bin, from, to, files));
        }
        return new Bins(starts, bins);
    }

    /** Returns where bins begin in a range of lists: at its start, and further on where it has too many bytes. */
    private static IntStream pieces(int from, int to, List<ListFile> all) {
        double bytes = 0;
        for (ListFile file : all) {
            long common = Math.min(to - 1, file.last()) - (long) Math.max(from, file.first()) + 1;
            bytes += Math.max(0, common) * (double) file.length() / (file.last() - file.first() + 1L);
        }
        int pieces = (int) Math.min(bytes / MOST_BYTES + 1, to - from);
        return IntStream.range(0, pieces).map(piece -> (int) (from + (long) piece * (to - from) / pieces));
    }

    /** Returns the number of bins. */
    int count() {
        return starts.length - 1;
    }

    /** Returns the bin of a list. */
    int of(int list) {
        int at = Arrays.binarySearch(starts, list);
        return at >= 0 ? at : -at - 2;
    }
}
