package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.CodewordOrder;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * At which rank an exhaustive search over the codes finds each query's true nearest neighbour.
 *
 * <p>The distance of a query to a row is asymmetric: from the query itself to the row's codeword; rows at equal distance
 * come by id. So the rank follows from counting alone: all rows of the codewords that are nearer, and of those as far as
 * the true neighbour's the rows with a lower id. Nothing is sorted and no list of candidates is kept, whatever the number
 * of rows.
 */
final class NeighbourRanks {
    private NeighbourRanks() {}

    /**
     * Computes the ranks.
     *
     * @param codes the rows: {@code id: bigint, prediction: int}; read twice
     * @param histogram rows per codeword
     * @param codebook the codewords
     * @param queries one per row, of the codebook's dimension
     * @param truth id of each query's true nearest neighbour
     * @param search how
     * @return per query the number of rows that come before its true neighbour, or {@link Recall#NOT_FOUND}
     */
    static long[] of(
            Dataset<Row> codes,
            CodeHistogram histogram,
            FloatMatrix codebook,
            FloatMatrix queries,
            long[] truth,
            Encoding.Search search) {
        if (search.innerProduct()) {
            throw new NsvqException(
                    "--metric ip searches codes of several codebooks: train with --quantizer pq, opq, rq"
                            + " or aq, or search by l2");
        }
        Map<Long, Integer> codeOf = codesOf(codes, truth);
        if (!search.skipped()) {
            checkAllThere(truth, codeOf.keySet());
        }
        List<CodewordOrder> orders = IntStream.range(0, truth.length)
                .parallel()
                .mapToObj(q -> codeOf.containsKey(truth[q])
                        ? CodewordOrder.of(codebook, codeOf.get(truth[q]), queries, q)
                        : null)
                .toList();
        LowerIds lower = LowerIds.count(codes, watched(orders, truth, codebook.rows()));
        long[] ranks = new long[truth.length];
        for (int q = 0; q < ranks.length; q++) {
            ranks[q] = orders.get(q) == null ? Recall.NOT_FOUND : rank(orders.get(q), histogram, lower, truth[q]);
        }
        return ranks;
    }

    private static Map<Long, Integer> codesOf(Dataset<Row> codes, long[] truth) {
        Object[] ids = Arrays.stream(truth).distinct().boxed().toArray();
        Map<Long, Integer> codeOf = new HashMap<>();
        for (Row row : codes.filter(codes.col("id").isin(ids)).collectAsList()) {
            codeOf.put(row.getLong(0), row.getInt(1));
        }
        return codeOf;
    }

    /** Refuses true neighbours that the input does not have. */
    static void checkAllThere(long[] truth, Set<Long> ids) {
        for (int q = 0; q < truth.length; q++) {
            if (!ids.contains(truth[q])) {
                throw new NsvqException("--truth says that row " + truth[q] + " is nearest to query " + q
                        + ", but --input has no row of that id: do they belong together?");
            }
        }
    }

    private static long rank(CodewordOrder order, CodeHistogram histogram, LowerIds lower, long id) {
        long rank = order.nearer().stream()
                .mapToLong(c -> (long) histogram.counts()[c])
                .sum();
        for (int code : order.asFar()) {
            rank += lower.of(code, id);
        }
        return rank;
    }

    private static List<List<Long>> watched(List<CodewordOrder> orders, long[] truth, int codewords) {
        List<List<Long>> ids = new ArrayList<>();
        for (int c = 0; c < codewords; c++) {
            ids.add(List.of());
        }
        for (int q = 0; q < truth.length; q++) {
            if (orders.get(q) != null) {
                for (int code : orders.get(q).asFar()) {
                    if (ids.get(code).isEmpty()) {
                        ids.set(code, new ArrayList<>());
                    }
                    ids.get(code).add(truth[q]);
                }
            }
        }
        return ids;
    }

    /** Counts, for some pairs of a codeword and an id, the codeword's rows with a lower id, in one pass over the rows. */
    private static final class LowerIds implements Serializable {
        private static final long serialVersionUID = 1L;

        /** The ids watched in codeword c stand, ascending, at {@code [start[c], start[c + 1])} of {@code ids}. */
        private final int[] start;

        private final long[] ids;
        private long[] counts;

        private LowerIds(List<List<Long>> watched) {
            start = new int[watched.size() + 1];
            for (int c = 0; c < watched.size(); c++) {
                start[c + 1] = start[c] + watched.get(c).size();
            }
            ids = watched.stream()
                    .flatMap(List::stream)
                    .mapToLong(Long::longValue)
                    .toArray();
            for (int c = 0; c < watched.size(); c++) {
                Arrays.sort(ids, start[c], start[c + 1]);
            }
        }

        static LowerIds count(Dataset<Row> codes, List<List<Long>> watched) {
            LowerIds lower = new LowerIds(watched);
            lower.counts =
                    codes.toJavaRDD().mapPartitions(lower::countRows).fold(new long[lower.ids.length], LowerIds::sum);
            for (int c = 0; c < watched.size(); c++) {
                for (int i = lower.start[c] + 1; i < lower.start[c + 1]; i++) {
                    lower.counts[i] += lower.counts[i - 1];
                }
            }
            return lower;
        }

        /** Counts each row at the lowest watched id above its own; running sums then give the counts. */
        private Iterator<long[]> countRows(Iterator<Row> rows) {
            long[] firstAbove = new long[ids.length];
            while (rows.hasNext()) {
                Row row = rows.next();
                int code = row.getInt(1);
                if (start[code] < start[code + 1]) {
                    int at = firstAbove(row.getLong(0), start[code], start[code + 1]);
                    if (at < start[code + 1]) {
                        firstAbove[at]++;
                    }
                }
            }
            return List.of(firstAbove).iterator();
        }

        private int firstAbove(long id, int from, int to) {
            int low = from;
            int high = to;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (ids[middle] > id) {
                    high = middle;
                } else {
                    low = middle + 1;
                }
            }
            return low;
        }

        private static long[] sum(long[] a, long[] b) {
            long[] sum = new long[a.length];
            Arrays.setAll(sum, i -> a[i] + b[i]);
            return sum;
        }

        /** Returns how many rows of a codeword have a lower id than one that is watched there. */
        long of(int code, long id) {
            return counts[Arrays.binarySearch(ids, start[code], start[code + 1], id)];
        }
    }
}
