package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AsymmetricDistances;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * At which rank an exhaustive search over codes of several codebooks finds each query's true nearest neighbour. Distances
 * are asymmetric, read from a table per query; rows at equal distance come by id. The rank follows from counting the rows
 * that are nearer: nothing is sorted and no list of candidates is kept.
 */
final class CodeRanks implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Values of the tables of the queries that are looked at in one pass. */
    private static final int TABLE_VALUES = 1 << 24;

    /** Codes that are compared with a query before the next. */
    private static final int BLOCK = 1024;

    private final Broadcast<SharedQuantizer> quantizer;
    private final boolean innerProduct;

    private CodeRanks(Broadcast<SharedQuantizer> quantizer, boolean innerProduct) {
        this.quantizer = quantizer;
        this.innerProduct = innerProduct;
    }

    /**
     * Computes the ranks.
     *
     * @param codes the rows: {@code id: bigint, code: binary}
     * @param model which made the codes
     * @param queries one per row, of the model's dimension
     * @param truth id of each query's true nearest neighbour
     * @param search how
     * @return per query the number of rows that come before its true neighbour, or {@link Recall#NOT_FOUND}
     */
    static long[] of(
            Dataset<Row> codes, CodeModel<?> model, FloatMatrix queries, long[] truth, Encoding.Search search) {
        checkSearchable(model);
        Dataset<Row> searched = codes.select(Queries.ID, Encoding.CODE);
        Map<Long, byte[]> codeOf = new HashMap<>();
        Object[] ids = Arrays.stream(truth).distinct().boxed().toArray();
        for (Row row : searched.filter(searched.col(Queries.ID).isin(ids)).collectAsList()) {
            codeOf.put(row.getLong(0), row.getAs(1));
        }
        if (!search.skipped()) {
            NeighbourRanks.checkAllThere(truth, codeOf.keySet());
        }
        var spark = JavaSparkContext.fromSparkContext(codes.sparkSession().sparkContext());
        Broadcast<SharedQuantizer> quantizer = spark.broadcast(model.shared());
        try {
            return new CodeRanks(quantizer, search.innerProduct()).ranks(searched, codeOf, queries, truth);
        } finally {
            quantizer.destroy();
        }
    }

    /** Refuses models whose codes may end early. */
    static void checkSearchable(CodeModel<?> model) {
        if (model.variableLength() || model.getCodeCol().isEmpty()) {
            throw new NsvqException("codes that may end early have no tables of distances: leave out --queries and"
                    + " --truth, or train without --error-threshold");
        }
    }

    private long[] ranks(Dataset<Row> codes, Map<Long, byte[]> codeOf, FloatMatrix queries, long[] truth) {
        int each = Math.max(1, TABLE_VALUES / distances().tableSize());
        long[] ranks = new long[truth.length];
        for (int from = 0; from < truth.length; from += each) {
            int to = Math.min(truth.length, from + each);
            long[] part = ranks(codes, codeOf, queries, truth, from, to);
            System.arraycopy(part, 0, ranks, from, part.length);
        }
        return ranks;
    }

    private AsymmetricDistances distances() {
        return new AsymmetricDistances(quantizer.value().quantizer(), innerProduct);
    }

    private long[] ranks(
            Dataset<Row> codes, Map<Long, byte[]> codeOf, FloatMatrix queries, long[] truth, int from, int to) {
        int d = queries.columns();
        float[] searched = Arrays.copyOfRange(queries.values(), from * d, to * d);
        long[] ids = Arrays.copyOfRange(truth, from, to);
        byte[][] neighbours = new byte[ids.length][];
        Arrays.setAll(neighbours, q -> codeOf.get(ids[q]));
        long[] before = new long[ids.length];
        for (long[] part : SparkInternals.internalRows(codes)
                .mapPartitions(
                        rows -> List.of(nearer(rows, searched, ids, neighbours)).iterator())
                .collect()) {
            Arrays.setAll(before, q -> before[q] + part[q]);
        }
        for (int q = 0; q < ids.length; q++) {
            before[q] = neighbours[q] == null ? Recall.NOT_FOUND : before[q];
        }
        return before;
    }

    /** Counts, for each query, a partition's rows that come before the query's true neighbour. */
    private long[] nearer(Iterator<InternalRow> rows, float[] queries, long[] truth, byte[][] neighbours) {
        AsymmetricDistances distances = distances();
        int d = queries.length / truth.length;
        float[][] tables = new float[truth.length][];
        float[] bounds = new float[truth.length];
        float[] one = new float[1];
        for (int q = 0; q < truth.length; q++) {
            if (neighbours[q] != null) {
                tables[q] = new float[distances.tableSize()];
                distances.fill(queries, q * d, tables[q]);
                distances.read(tables[q], neighbours[q], distances.terms(neighbours[q], 1), 1, one);
                bounds[q] = one[0];
            }
        }
        long[] before = new long[truth.length];
        int size = quantizer.value().quantizer().codeSize();
        byte[] codes = new byte[BLOCK * size];
        long[] ids = new long[BLOCK];
        float[] found = new float[BLOCK];
        while (rows.hasNext()) {
            int n = 0;
            for (; n < BLOCK && rows.hasNext(); n++) {
                InternalRow row = rows.next();
                ids[n] = row.getLong(0);
                System.arraycopy(row.getBinary(1), 0, codes, n * size, size);
            }
            float[] terms = distances.terms(codes, n);
            for (int q = 0; q < truth.length; q++) {
                if (tables[q] != null) {
                    distances.read(tables[q], codes, terms, n, found);
                    before[q] += before(found, ids, n, bounds[q], truth[q]);
                }
            }
        }
        return before;
    }

    private static long before(float[] found, long[] ids, int n, float bound, long id) {
        long count = 0;
        for (int i = 0; i < n; i++) {
            if (found[i] < bound || (found[i] == bound && ids[i] < id)) {
                count++;
            }
        }
        return count;
    }
}
