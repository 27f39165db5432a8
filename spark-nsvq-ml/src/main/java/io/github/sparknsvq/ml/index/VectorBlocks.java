package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Tuple2;

/**
 * Reads the vectors to rank by, rows (id, vector), and sends them to their partition.
 *
 * @param vectors the column of vectors
 * @param named whether ids are strings
 * @param dimension of the index's vectors
 * @param parts number of partitions that they go to
 */
record VectorBlocks(VectorColumn vectors, boolean named, int dimension, int parts) implements Serializable {
    private static final int ID = 0;
    private static final int VECTOR = 1;

    /** A vector that has an id. */
    @SuppressWarnings("ArrayRecordComponent") // is never compared
    private record Numbered(long id, byte[] name, float[] vector) {}

    /** Returns blocks with the number of the partition that each goes to. */
    Iterator<Tuple2<Integer, byte[]>> of(Iterator<InternalRow> rows) {
        return Iterators.flatten(Iterators.untilNull(() -> rows.hasNext() ? batch(rows) : null));
    }

    private Iterator<Tuple2<Integer, byte[]>> batch(Iterator<InternalRow> rows) {
        Map<Integer, List<Numbered>> byPart = new HashMap<>();
        for (int i = 0; i < Reranking.BLOCK && rows.hasNext(); i++) {
            InternalRow row = rows.next();
            float[] vector = vectors.read(row, VECTOR);
            if (row.isNullAt(ID) || vector == null || vector.length != dimension) {
                continue; // an index has no such vector: a query that has its id as a candidate gets an error
            }
            UTF8String name = named ? row.getUTF8String(ID) : null;
            long id = named ? NameHash.of(name) : row.getLong(ID);
            byPart.computeIfAbsent(Reranking.partition(id, parts), part -> new ArrayList<>())
                    .add(new Numbered(id, named ? name.getBytes() : null, vector));
        }
        return Iterators.map(
                byPart.entrySet().iterator(),
                part -> new Tuple2<>(part.getKey(), SparkInternals.serialize(block(part.getValue()))));
    }

    private HeldVectors.Block block(List<Numbered> of) {
        float[] values = new float[of.size() * dimension];
        for (int i = 0; i < of.size(); i++) {
            System.arraycopy(of.get(i).vector(), 0, values, i * dimension, dimension);
        }
        return new HeldVectors.Block(
                of.stream().mapToLong(Numbered::id).toArray(),
                named ? of.stream().map(Numbered::name).toArray(byte[][]::new) : null,
                values);
    }
}
