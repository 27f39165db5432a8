package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * Which rows of an input have no valid vector. A task that meets one knows its vector alone; only when that happens,
 * the input is read again to count them and to name the first by its id.
 */
final class InvalidVectors {
    private InvalidVectors() {}

    /**
     * What vectors should be like.
     *
     * @param by what says so, as in {@code codebook}
     * @param dimension their dimension
     * @param cosine whether all zeros are invalid
     */
    private record Needed(String by, int dimension, boolean cosine) implements Serializable {}

    /**
     * What a partition found; it travels as bytes, because {@code spark.serializer} may be Kryo, which knows no
     * records.
     */
    private record Found(long rows, long invalid, String id, String problem) implements Serializable {}

    /**
     * Does work that encodes an input.
     *
     * @throws InvalidVectorException if a vector is not valid, saying of how many rows, and which is the first
     */
    static <T> T named(Dataset<Row> data, IdVectorOptions options, Encoding encoding, Supplier<T> work) {
        boolean cosine = encoding.model.cosine();
        return named(data, options, new Needed("codebook", encoding.model.dimension(), cosine), work);
    }

    /** The same for work that adds an input to an index, or searches for it. */
    static <T> T named(Dataset<Row> data, IdVectorOptions options, IvfIndexModel index, Supplier<T> work) {
        boolean cosine = index.shared().distance() == DistanceKind.COSINE;
        return named(data, options, new Needed("index", index.dimension(), cosine), work);
    }

    private static <T> T named(Dataset<Row> data, IdVectorOptions options, Needed needed, Supplier<T> work) {
        try {
            return work.get();
        } catch (Exception e) { // what Spark throws is checked, but not declared
            if (ExceptionUtils.throwableOfType(e, InvalidVectorException.class) == null) {
                throw e;
            }
            InvalidVectorException named =
                    new InvalidVectorException(describe(data, options, needed, Failures.describe(e)));
            named.initCause(e);
            throw named;
        }
    }

    private static String describe(Dataset<Row> data, IdVectorOptions options, Needed needed, String otherwise) {
        VectorColumn vectors = VectorColumn.of(data.schema(), options.features, needed.cosine());
        Optional<String> id = options.idColumn(data);
        Column name =
                id.map(VectorColumn::column).orElseGet(() -> functions.lit("")).cast("string");
        List<Found> partitions = SparkInternals.internalRows(data.select(name, vectors.column()))
                .mapPartitions(rows -> List.of(SparkInternals.serialize(look(rows, vectors, needed)))
                        .iterator())
                .collect()
                .stream()
                .map(SparkInternals::<Found>deserialize)
                .toList();
        long invalid = partitions.stream().mapToLong(Found::invalid).sum();
        if (invalid == 0) {
            return otherwise;
        }
        boolean text = id.map(column -> data.schema().apply(column).dataType())
                .filter(DataTypes.StringType::equals)
                .isPresent();
        Found first = partitions.stream()
                .filter(found -> found.invalid > 0)
                .findFirst()
                .orElseThrow();
        return "column '" + options.features + "': " + invalid + " of "
                + partitions.stream().mapToLong(Found::rows).sum() + " rows " + (invalid == 1 ? "is" : "are")
                + " invalid, first "
                + id.map(column -> "the one with " + column + " " + (text ? Reason.quoted(first.id) : first.id))
                        .orElse("one")
                + ", which "
                + first.problem + " (--handle-invalid skip leaves such rows out)";
    }

    private static Found look(Iterator<InternalRow> rows, VectorColumn vectors, Needed needed) {
        long count = 0;
        long invalid = 0;
        String id = null;
        String problem = null;
        while (rows.hasNext()) {
            InternalRow row = rows.next();
            count++;
            float[] vector = vectors.read(row, 1);
            if (vector == null || vector.length != needed.dimension()) {
                if (invalid++ == 0) {
                    id = row.isNullAt(0) ? "null" : row.getUTF8String(0).toString();
                    problem = vector == null
                            ? vectors.problem(vectors.value(row, 1))
                            : "has " + vector.length + " values, the " + needed.by() + " " + needed.dimension();
                }
            }
        }
        return new Found(count, invalid, id, problem);
    }
}
