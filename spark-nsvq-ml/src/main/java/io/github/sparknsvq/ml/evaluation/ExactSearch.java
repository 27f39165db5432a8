package io.github.sparknsvq.ml.evaluation;

import io.github.sparknsvq.core.index.ExactNeighbors;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * The true nearest neighbors of queries among all rows of a data set: each row is compared with each query, in one
 * pass, on the executors.
 *
 * @param vectors column of the vectors, which are invalid where it says so
 * @param metric what is nearest
 * @param queries one per row, of length 1 for cosines
 * @param k how many neighbors of each
 * @param skipInvalid whether rows with invalid vectors are left out rather than ending the work
 */
public record ExactSearch(VectorColumn vectors, Metric metric, FloatMatrix queries, int k, boolean skipInvalid) {
    private static final int LABEL = 0;
    private static final int VECTOR = 1;

    /** Values of the vectors that are compared at a time. */
    private static final int BLOCK = 1 << 19;

    /** What a task needs: matrices are no values of Java's serialization. */
    private record Sent(VectorColumn vectors, Metric metric, int dimension, float[] queries, int k, boolean skips)
            implements Serializable {
        byte[] search(Iterator<InternalRow> rows) {
            FloatMatrix asked = new FloatMatrix(queries.length / dimension, dimension, queries);
            ExactNeighbors search = new ExactNeighbors(metric, asked, k);
            int most = Math.max(1, BLOCK / dimension);
            float[] values = new float[most * dimension];
            long[] labels = new long[most];
            int count = 0;
            while (rows.hasNext()) {
                InternalRow row = rows.next();
                Object value = vectors.value(row, VECTOR);
                float[] vector = vectors.readWith(dimension, value);
                if (vector == null && !skips) {
                    throw vectors.invalid(dimension, value, "holds a vector", "the queries have");
                }
                if (vector == null) {
                    continue;
                }
                System.arraycopy(vector, 0, values, count * dimension, dimension);
                labels[count++] = row.getLong(LABEL);
                if (count == most) {
                    search.add(new FloatMatrix(count, dimension, values), labels);
                    count = 0;
                }
            }
            float[] rest = Arrays.copyOf(values, count * dimension);
            search.add(new FloatMatrix(count, dimension, rest), Arrays.copyOf(labels, count));
            return SparkInternals.serialize(search.take());
        }
    }

    /**
     * Searches.
     *
     * @param rows a label of each vector (bigint, no null), and the column of vectors
     * @return the labels of each query's nearest vectors
     * @throws io.github.sparknsvq.core.NsvqException in the tasks, if a vector is invalid or of another dimension
     */
    public ExactNeighbors.Found among(Dataset<Row> rows) {
        Sent sent = new Sent(vectors, metric, queries.columns(), queries.values(), k, skipInvalid);
        Broadcast<SerializedValue<Sent>> broadcast =
                SparkInternals.context(rows.sparkSession()).broadcast(new SerializedValue<>(sent));
        try {
            List<byte[]> found = Jobs.onPartitions(
                    SparkInternals.internalRows(rows),
                    (partition, part) -> broadcast.value().value().search(part));
            ExactNeighbors all = new ExactNeighbors(metric, queries, k);
            found.forEach(each -> all.add(SparkInternals.<ExactNeighbors.Found>deserialize(each)));
            return all.take();
        } finally {
            broadcast.destroy();
        }
    }
}
