package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.ml.param.IvfIndexParams;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How an index of a sample stands for one of all rows.
 *
 * <p>Whether a neighbor is found depends on how many vectors are nearer than it, compared with how many a list holds.
 * So {@code k} neighbors in {@code L} lists of all rows are like {@code k / g} in {@code L'} lists of a sample that
 * has one of {@code f} rows, where {@code g = f L' / L}.
 *
 * <p>With {@code L' = L} nothing else changes: lists are the same cells, with one of {@code f} vectors each, and
 * neighbors are as far away. That is what is tried as long as two neighbors or more are left to compare,
 * {@code f <= k / 2}, and each list has {@value #ROWS_OF_LIST} rows of the sample to be trained on.
 *
 * <p>Else there are fewer lists, which leaves more neighbors to compare. If vectors lay alike at each scale, a query
 * would need as many probes as in the sample, {@code P'}: too few in practice, since of more lists more are about as
 * near. The same share of lists, {@code P' L / L'}, would be too many. What is taken is the geometric mean of both,
 * {@code P' sqrt(L / L')}; docs/health.md says how near that comes.
 *
 * <p>Candidates are {@code f} times as many as in the sample, whatever the lists: so many of all rows are as near by
 * their codes, and the neighbors of all rows are among them since they are nearer than those of the sample.
 *
 * @param lists lists of the index of all rows, {@code L}
 * @param tried lists of the sample's index, {@code L'}: as many, or fewer
 * @param factor vectors of all rows for each one of the sample, in lists that are alike, {@code g}
 * @param neighbors how many true neighbors of a query are compared in the sample
 */
record SampleScale(int lists, int tried, double factor, int neighbors) {
    /** Rows of the sample for each list that is trained on them. */
    static final int ROWS_OF_LIST = 20;

    /** Rows for each one of the sample up to which the same lists are tried, whatever the number of neighbors. */
    private static final double CLOSE = 2;

    /** Neighbors to compare, at least, where rows are more: one alone would say little of several. */
    private static final int LEAST_NEIGHBORS = 2;

    /**
     * Returns the numbers of lists to try: up to what {@code numLists = 0} would take.
     *
     * @param rows of the data set
     * @param size rows of the sample
     * @param k neighbors that searches find
     */
    static List<SampleScale> of(long rows, int size, int k) {
        double f = Math.max(1, (double) rows / size);
        long trainable = (f <= CLOSE ? size : rows) / ROWS_OF_LIST;
        long most = Math.min(trainable, IvfIndexParams.MOST_AUTOMATIC_LISTS);
        List<SampleScale> scales = new ArrayList<>();
        for (double times : new double[] {1, 2, 4}) {
            long wanted = Math.round(times * Math.sqrt((double) rows));
            scales.add(of(f, size, k, (int) Math.max(1, Math.min(wanted, most))));
        }
        return scales.stream().distinct().toList();
    }

    private static SampleScale of(double f, int size, int k, int lists) {
        int tried = f <= CLOSE ? lists : tried(f, size, k, lists);
        double factor = tried == lists ? f : f * tried / lists;
        int least = f <= CLOSE ? 1 : Math.min(LEAST_NEIGHBORS, k);
        int neighbors = (int) Math.max(least, Math.min(Math.min(size, k), Math.round(k / factor)));
        return new SampleScale(lists, tried, factor, neighbors);
    }

    /** Returns as many lists as leave enough neighbors, but no fewer than the sample would have for itself. */
    private static int tried(double f, int size, int k, int lists) {
        double few = Math.max(lists * mostFactor(k) / f, Math.sqrt(size));
        int trainable = Math.max(1, size / ROWS_OF_LIST);
        return (int) Math.min(Math.min(lists, trainable), Math.max(1, Math.round(few)));
    }

    /** Returns the most rows for each one of the sample of which enough neighbors are left. */
    private static double mostFactor(int k) {
        return Math.max(1, (double) k / LEAST_NEIGHBORS);
    }

    /** Returns how many lists of all rows stand for so many of the sample's. */
    int probes(int ofTried) {
        if (tried == lists) {
            return ofTried;
        }
        return ofTried == tried ? lists : (int) Math.min(lists, Math.ceil(ofTried * Math.sqrt(fewer())));
    }

    /** Returns how many candidates of all rows stand for so many of the sample. */
    int rerank(int ofSample) {
        return (int) Math.min(Integer.MAX_VALUE, Math.ceil(ofSample * factor * fewer()));
    }

    /** Returns how many lists there are for each one of the sample; 1 if they are the same. */
    double fewer() {
        return (double) lists / tried;
    }

    /** Returns by how much more lists a query of all rows looks at. */
    double stretch(int ofTried) {
        return probes(ofTried) / (double) ofTried;
    }

    /**
     * Returns what keeps a promise from being one, if anything.
     *
     * @param rows of the data set
     * @param size rows of the sample
     * @param k neighbors that searches find
     */
    List<String> warnings(long rows, int size, int k) {
        double f = Math.max(1, (double) rows / size);
        double most = Math.max(CLOSE, mostFactor(k));
        if (f <= most && tried == lists) {
            return List.of();
        }
        String cause = f > most
                ? String.format(Locale.ROOT, "the sample has one of %.0f rows, so that of the %d nearest", f, k)
                        + " neighbors " + neighbors + " can be compared"
                        + (tried < lists ? ", in " + tried + " lists that stand for " + lists : "")
                : "the sample has too few rows to train " + lists + " lists, so that " + tried + " stand for them";
        long enough = Math.min(rows, Math.max((long) Math.ceil(rows / most), (long) ROWS_OF_LIST * lists));
        return List.of(cause + ": recall is scaled up from there by a rule, and other queries may get less than is"
                + " promised. A sample of " + enough + " rows would measure it, as health does once the index is"
                + " built");
    }
}
