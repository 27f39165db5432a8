package io.github.sparknsvq.ml.advice;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.xxhash64;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Rows that are drawn from a data set in the order of a hash of their vectors and of a seed: the same ones however
 * the data set lies in files and partitions.
 */
final class RowSample {
    /** Column that rows are drawn in the order of. */
    static final String ORDER = "__nsvq_order";

    private RowSample() {}

    /**
     * Adds {@link #ORDER}, for vectors that are there: all others have one hash.
     *
     * @param id tells rows with the same vector apart, which are drawn together otherwise; null for none
     * @param skipInvalid whether rows without a vector are left out
     */
    static Dataset<Row> ordered(Dataset<Row> data, VectorColumn vectors, Column id, long seed, boolean skipInvalid) {
        Dataset<Row> rows = skipInvalid ? data.filter(vectors.column().isNotNull()) : data;
        Column order = id == null ? xxhash64(lit(seed), vectors.column()) : xxhash64(lit(seed), vectors.column(), id);
        return rows.withColumn(ORDER, order);
    }

    /** Leaves one row of those with the same vector, so that a query is not asked twice. */
    static Dataset<Row> distinct(Dataset<Row> ordered) {
        return ordered.dropDuplicates(new String[] {ORDER});
    }

    /** Returns the first rows of a data set with {@link #ORDER}, in that order. */
    static Dataset<Row> first(Dataset<Row> ordered, int rows) {
        return ordered.orderBy(ORDER).limit(rows);
    }

    /** Returns the value of {@link #ORDER} up to which there are {@code rows} rows; the largest if fewer. */
    static long bound(Dataset<Row> ordered, int rows) {
        List<Row> last = first(ordered.select(ORDER), rows).groupBy().max(ORDER).collectAsList();
        return last.isEmpty() || last.get(0).isNullAt(0)
                ? Long.MAX_VALUE
                : last.get(0).getLong(0);
    }

    /** Returns the rows whose {@link #ORDER} lies in {@code (from, to]}, in that order, in so many partitions. */
    static Dataset<Row> between(Dataset<Row> ordered, long from, long to, int partitions) {
        return ordered.filter(col(ORDER).gt(from).and(col(ORDER).leq(to)))
                .repartitionByRange(partitions, col(ORDER))
                .sortWithinPartitions(ORDER);
    }

    /** Reads vectors on executors. */
    private record Reader(VectorColumn column, boolean skipInvalid) implements Serializable {
        byte[] read(Iterator<InternalRow> rows) {
            List<float[]> vectors = new ArrayList<>();
            while (rows.hasNext()) {
                Object value = column.value(rows.next(), 0);
                float[] vector = column.read(value);
                if (vector == null && !skipInvalid) {
                    throw new NsvqException("column '" + column.name() + "' holds a vector that "
                            + column.problem(value) + " (handleInvalid = skip leaves such rows out)");
                }
                if (vector != null) {
                    vectors.add(vector);
                }
            }
            return SparkInternals.serialize(vectors.toArray(float[][]::new));
        }
    }

    /**
     * Collects vectors, in the order of the rows.
     *
     * @throws NsvqException if one is invalid and these are not left out, or they are of several dimensions
     */
    static FloatMatrix vectors(Dataset<Row> rows, VectorColumn column, boolean skipInvalid) {
        Reader reader = new Reader(column, skipInvalid);
        List<float[]> vectors = new ArrayList<>();
        for (byte[] part : Jobs.onPartitions(
                SparkInternals.internalRows(rows.select(column.column())), (partition, each) -> reader.read(each))) {
            vectors.addAll(List.of(SparkInternals.<float[][]>deserialize(part)));
        }
        int dimension = vectors.isEmpty() ? 0 : vectors.get(0).length;
        for (float[] vector : vectors) {
            NsvqException.unless(
                    vector.length == dimension,
                    "column '" + column.name() + "' has vectors of dimensions " + dimension + ", " + vector.length
                            + ": all should have the same");
        }
        return FloatMatrix.of(vectors.toArray(float[][]::new));
    }
}
