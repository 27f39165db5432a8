package io.github.sparknsvq.ml.evaluation;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.ListScanner;
import io.github.sparknsvq.core.index.ListScanning;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.NearestLabels;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.core.quantizer.WeightedQuantizer;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * The rank at which an exhaustive search over codes finds each query's true nearest neighbor: how many rows come
 * before it.
 *
 * <p>Distances are asymmetric: from the query itself to what a code stands for. Of rows at equal distance the one of
 * the lower id comes first. The rank follows from counting the rows that come before: nothing is sorted, and no list
 * of candidates is kept.
 */
public final class NeighborRanks implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The most codes, and the most bytes of codes, that are scanned for one query before the next. */
    private static final int BLOCK = 1 << 16;

    private static final int BLOCK_BYTES = 1 << 22;

    /** The label of the true neighbor; others are positions in a block. */
    private static final long TRUE_NEIGHBOR = -1;

    private final Broadcast<SharedQuantizer> quantizer;
    private final Metric metric;
    private final float[] queries;
    private final long[] truth;

    /** The code of each query's true neighbor; null for a row that is not there. */
    private final byte[][] codes;

    private NeighborRanks(
            Broadcast<SharedQuantizer> quantizer, Metric metric, float[] queries, long[] truth, byte[][] codes) {
        this.quantizer = quantizer;
        this.metric = metric;
        this.queries = queries;
        this.truth = truth;
        this.codes = codes;
    }

    /**
     * Computes the ranks among packed codes.
     *
     * @param codes the rows: id (bigint), code (binary)
     * @param quantizer made the codes
     * @param queries one per row, of the quantizer's dimension
     * @param truth id of each query's true nearest neighbor
     * @param skipped whether rows may be missing because they were invalid
     * @param metric says what is near
     * @return per query the number of rows that come before its true neighbor, or {@link Recall#NOT_FOUND}
     * @throws NsvqException if a true neighbor is missing that should not be
     */
    public static long[] of(
            Dataset<Row> codes,
            SharedQuantizer quantizer,
            FloatMatrix queries,
            long[] truth,
            boolean skipped,
            Metric metric) {
        Map<Long, byte[]> codeOf = codesOf(codes, truth, skipped);
        byte[][] neighbors = Arrays.stream(truth).mapToObj(codeOf::get).toArray(byte[][]::new);
        var spark = SparkInternals.context(codes.sparkSession());
        Broadcast<SharedQuantizer> shared = spark.broadcast(quantizer);
        try {
            return new NeighborRanks(shared, metric, queries.values(), truth, neighbors).ranks(codes);
        } finally {
            shared.destroy();
        }
    }

    /**
     * Computes the ranks among codes of one codebook in squared Euclidean distance: as above, but each codeword is
     * compared with a query once, and rows are counted.
     *
     * @param codes the rows: id (bigint), index of the codeword (int); read several times
     * @param quantizer made the codes
     */
    public static long[] of(
            Dataset<Row> codes, VectorQuantizer quantizer, FloatMatrix queries, long[] truth, boolean skipped) {
        Map<Long, Integer> codeOf = codesOf(codes, truth, skipped);
        return CodewordRanks.of(codes, codeOf, quantizer.codebook(), queries, truth);
    }

    /** The codes of the true neighbors, by their ids. */
    private static <T> Map<Long, T> codesOf(Dataset<Row> codes, long[] truth, boolean skipped) {
        Object[] ids = Arrays.stream(truth).distinct().boxed().toArray();
        Map<Long, T> codeOf = new HashMap<>();
        for (Row row : codes.filter(codes.col(codes.columns()[0]).isin(ids)).collectAsList()) {
            codeOf.put(row.getLong(0), row.getAs(1));
        }
        for (int q = 0; q < truth.length; q++) {
            if (!skipped && !codeOf.containsKey(truth[q])) {
                throw new NsvqException("--truth says that row " + truth[q] + " is nearest to query " + q
                        + ", but --input has no row of that id: do they belong together?");
            }
        }
        return codeOf;
    }

    private long[] ranks(Dataset<Row> rows) {
        long[] ranks = new long[truth.length];
        for (long[] part :
                Jobs.onPartitions(SparkInternals.internalRows(rows), (partition, some) -> countBefore(some))) {
            Arrays.setAll(ranks, q -> ranks[q] + part[q]);
        }
        Arrays.setAll(ranks, q -> codes[q] == null ? Recall.NOT_FOUND : ranks[q]);
        return ranks;
    }

    /** Counts, for each query, a partition's rows that come before the query's true neighbor. */
    private long[] countBefore(Iterator<InternalRow> rows) {
        IvfQuantizer index = oneList();
        ListFormat format = ListFormat.of(index.codes(), index.innerDimension());
        int size = index.codeSize();
        int block = Math.max(1, Math.min(BLOCK, BLOCK_BYTES / size));
        Scan scan = new Scan(index, format, block);
        byte[] packed = new byte[block * size];
        byte[] stored = new byte[(int) format.bytes(block)];
        while (rows.hasNext()) {
            int n = 0;
            for (; n < block && rows.hasNext(); n++) {
                InternalRow row = rows.next();
                scan.ids[n] = row.getLong(0);
                System.arraycopy(row.getBinary(1), 0, packed, n * size, size);
            }
            format.pack(packed, 0, n, stored, 0);
            for (int q = 0; q < truth.length; q++) {
                if (codes[q] != null) {
                    scan.count(q, stored, n);
                }
            }
        }
        return scan.before;
    }

    /** The codes as those of an index of one list, around 0. */
    private IvfQuantizer oneList() {
        Quantizer whole = quantizer.value().quantizer();
        FloatMatrix zero = new FloatMatrix(1, whole.dimension(), new float[whole.dimension()]);
        List<VectorTransform> transforms = new ArrayList<>();
        if (whole instanceof WeightedQuantizer weighted) {
            transforms.add(weighted.scaling());
            whole = weighted.inner();
        }
        if (whole instanceof RotatedQuantizer rotated) {
            transforms.add(rotated.rotation());
            whole = rotated.inner();
        }
        return new IvfQuantizer(metric, transforms, zero, whole, false);
    }

    /** Scans a block for one query after the other. */
    private final class Scan implements LongPredicate {
        private final ListFormat format;
        private final ListScanner scanner;
        private final float[] transformed;
        private final byte[] code;
        private final long[] ids;
        private final long[] before = new long[truth.length];
        private final NearestLabels nearest;
        private int query;

        Scan(IvfQuantizer index, ListFormat format, int block) {
            this.format = format;
            this.scanner = ListScanning.of(index, format).get();
            this.transformed = new float[queries.length];
            index.transform(queries, 0, truth.length, transformed, 0);
            this.code = new byte[(int) format.bytes(1)];
            this.ids = new long[block];
            this.nearest = new NearestLabels(1, label -> label == TRUE_NEIGHBOR ? truth[query] : ids[(int) label]);
        }

        /** Counts the codes that come before a query's true neighbor, which is the only one that is ever taken. */
        void count(int q, byte[] stored, int n) {
            query = q;
            scanner.query(transformed, q * (queries.length / truth.length));
            scanner.list(0, 0);
            nearest.clear();
            nearest.filter(null);
            format.pack(codes[q], 0, 1, code, 0);
            scanner.scan(code, 0, 1, TRUE_NEIGHBOR, nearest);
            nearest.filter(this);
            scanner.scan(stored, 0, n, 0, nearest);
        }

        /** Called for each code that is nearer than the true neighbor. */
        @Override
        public boolean test(long label) {
            before[query]++;
            return false;
        }
    }
}
