package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.faiss.MappedIndex;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.RankingVectors;
import io.github.sparknsvq.core.index.Refinement;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The vectors by which an index file of FAISS ranks candidates again, as Parquet for a search that does the same:
 * {@code id: bigint, features: array<float>}.
 *
 * @param mapped the file
 */
record FaissVectors(MappedIndex mapped) {
    /** Bytes of vectors that are handed on together. */
    private static final int BATCH_BYTES = 32 << 20;

    private static final StructType SCHEMA = new StructType()
            .add("id", DataTypes.LongType, false)
            .add("features", DataTypes.createArrayType(DataTypes.FloatType, false), false);

    /** Some vectors, on their way. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Part(long[] ids, float[] rows) implements Serializable {
        Iterator<InternalRow> each() {
            int d = rows.length / ids.length;
            return IntStream.range(0, ids.length)
                    .mapToObj(i -> (InternalRow) new GenericInternalRow(new Object[] {
                        ids[i], UnsafeArrayData.fromPrimitiveArray(Arrays.copyOfRange(rows, i * d, (i + 1) * d))
                    }))
                    .iterator();
        }
    }

    /** Writes the vectors to a directory that is not there yet. */
    void write(SparkSession spark, String path) {
        InvertedLists lists = mapped.lists();
        int most = Math.max(1, BATCH_BYTES / Float.BYTES / mapped.quantizer().dimension());
        List<byte[]> batch = new ArrayList<>();
        int held = 0;
        for (int list = 0; list < lists.lists(); list++) {
            for (int from = 0; from < lists.size(list); ) {
                int n = Math.min(most - held, lists.size(list) - from);
                batch.add(SparkInternals.serialize(part(list, from, n)));
                from += n;
                held += n;
                if (held == most) {
                    append(spark, batch, path);
                    batch.clear();
                    held = 0;
                }
            }
        }
        append(spark, batch, path); // even of nothing: a table has a file
    }

    private Part part(int list, int from, int count) {
        RankingVectors vectors = mapped.refinement().vectors();
        long[] places = new long[count];
        Arrays.setAll(places, i -> (long) list << 32 | (from + i));
        float[] rows = new float[count * vectors.dimension()];
        vectors.read(places, 0, count, rows);
        long[] ids = new long[count];
        mapped.lists().ids(list, from, count, ids);
        return new Part(ids, reversed(mapped.refinement(), rows, count));
    }

    /** Turns vectors back to what they were before the transforms that they have been through. */
    private float[] reversed(Refinement refinement, float[] rows, int count) {
        float[] from = rows;
        for (int i = refinement.transforms() - 1; i >= 0; i--) {
            VectorTransform transform = mapped.quantizer().transforms().get(i);
            float[] next = new float[count * transform.inputDimension()];
            transform.reverse(from, 0, count, next, 0);
            from = next;
        }
        return from;
    }

    private static void append(SparkSession spark, List<byte[]> parts, String path) {
        int slices = Math.max(1, Math.min(parts.size(), spark.sparkContext().defaultParallelism()));
        JavaRDD<InternalRow> rows = SparkInternals.context(spark)
                .parallelize(new ArrayList<>(parts), slices)
                .flatMap(bytes -> SparkInternals.<Part>deserialize(bytes).each());
        SparkInternals.dataFrame(spark, rows, SCHEMA)
                .write()
                .mode(SaveMode.Append)
                .parquet(path);
    }
}
