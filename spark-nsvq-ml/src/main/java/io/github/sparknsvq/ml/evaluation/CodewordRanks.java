package io.github.sparknsvq.ml.evaluation;

import io.github.sparknsvq.core.evaluation.CodewordOrder;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Ranks of true neighbors among codes of one codebook, where only as many codes are distinct as there are codewords.
 * The rank is a sum of counts: all rows of the codewords that are nearer, and of those as far as the true neighbor's
 * the rows with a lower id.
 */
final class CodewordRanks {
    private CodewordRanks() {}

    /**
     * Computes the ranks.
     *
     * @param codes the rows: id (bigint), index of the codeword (int); read twice
     * @param codeOf the codeword of each true neighbor that is there
     * @param codebook the codewords
     * @param queries one per row, of the codebook's dimension
     * @param truth id of each query's true nearest neighbor
     */
    static long[] of(
            Dataset<Row> codes, Map<Long, Integer> codeOf, FloatMatrix codebook, FloatMatrix queries, long[] truth) {
        List<CodewordOrder> orders = IntStream.range(0, truth.length)
                .parallel()
                .mapToObj(q -> codeOf.containsKey(truth[q])
                        ? CodewordOrder.of(codebook, codeOf.get(truth[q]), queries, q)
                        : null)
                .toList();
        long[] rows = new long[codebook.rows()];
        for (Row group : codes.groupBy(codes.columns()[1]).count().collectAsList()) {
            rows[group.getInt(0)] = group.getLong(1);
        }
        LowerIds lower = LowerIds.count(codes, watched(orders, truth), codebook.rows());
        long[] ranks = new long[truth.length];
        Arrays.setAll(
                ranks, q -> orders.get(q) == null ? Recall.NOT_FOUND : rank(orders.get(q), rows, lower, truth[q]));
        return ranks;
    }

    private static long rank(CodewordOrder order, long[] rows, LowerIds lower, long id) {
        long rank = order.nearer().stream().mapToLong(c -> rows[c]).sum();
        for (int code : order.asFar()) {
            rank += lower.of(code, id);
        }
        return rank;
    }

    /** For each codeword the ids of true neighbors whose rank depends on how many of its rows have lower ids. */
    private static Map<Integer, SortedSet<Long>> watched(List<CodewordOrder> orders, long[] truth) {
        Map<Integer, SortedSet<Long>> ids = new HashMap<>();
        for (int q = 0; q < truth.length; q++) {
            if (orders.get(q) != null) {
                for (int code : orders.get(q).asFar()) {
                    ids.computeIfAbsent(code, c -> new TreeSet<>()).add(truth[q]);
                }
            }
        }
        return ids;
    }

    /**
     * Counts, for some pairs of a codeword and an id, the codeword's rows with a lower id, in one pass over the rows.
     */
    private static final class LowerIds implements Serializable {
        private static final long serialVersionUID = 1L;

        /** The ids watched in codeword c stand, ascending, at {@code [start[c], start[c + 1])} of {@code ids}. */
        private final int[] start;

        private final long[] ids;
        private long[] counts;

        private LowerIds(Map<Integer, SortedSet<Long>> watched, int codewords) {
            start = new int[codewords + 1];
            LongStream.Builder all = LongStream.builder();
            for (int c = 0; c < codewords; c++) {
                SortedSet<Long> own = watched.getOrDefault(c, new TreeSet<>());
                start[c + 1] = start[c] + own.size();
                own.forEach(all::add);
            }
            ids = all.build().toArray();
        }

        static LowerIds count(Dataset<Row> codes, Map<Integer, SortedSet<Long>> watched, int codewords) {
            LowerIds lower = new LowerIds(watched, codewords);
            lower.counts =
                    codes.toJavaRDD().mapPartitions(lower::countRows).fold(new long[lower.ids.length], LowerIds::sum);
            for (int c = 0; c < codewords; c++) {
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
                int found = Arrays.binarySearch(ids, start[code], start[code + 1], row.getLong(0));
                int at = found < 0 ? -found - 1 : found + 1;
                if (at < start[code + 1]) {
                    firstAbove[at]++;
                }
            }
            return List.of(firstAbove).iterator();
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
