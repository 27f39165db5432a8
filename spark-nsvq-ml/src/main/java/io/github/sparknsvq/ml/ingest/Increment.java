package io.github.sparknsvq.ml.ingest;

import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegralType;

/**
 * The rows of a table that are newer than what was read of it before, by a column that grows with each change of a
 * row. Not API.
 *
 * @param rows those rows, up to the position; rows that come while they are read do not count
 * @param position after them
 */
public record Increment(Dataset<Row> rows, SourcePosition position) {
    private static final String NEEDED = "a watermark (a moment, a date, a whole number, a decimal or a string)";

    /**
     * Looks for rows whose column is greater than a position; one pass over the column.
     *
     * @param table has the column
     * @param name of the column
     * @param source name of the table in the index
     * @param last how far it was read before; null for not at all
     * @return empty if there is none
     * @throws NsvqException if there is no such column, it is of a type that cannot be a watermark, a row has null
     *     there, or {@code last} is no value of that column
     */
    public static Optional<Increment> newer(Dataset<?> table, String name, String source, SourcePosition last) {
        DataType type = VectorColumn.type(table.schema(), name, NEEDED, Increment::grows);
        Column column = VectorColumn.column(name);
        Column after = last == null ? null : parsed(last, type);
        Column foreign = after == null ? lit(false) : after.isNull();
        Dataset<Row> rows = table.toDF();
        Dataset<Row> looked = after == null
                ? rows
                : rows.filter(column.gt(after).or(column.isNull()).or(foreign));
        Row found = looked.agg(text(max(column), type), count_if(column.isNull()), max(foreign))
                .head();
        NsvqException.unless(
                found.isNullAt(2) || !found.getBoolean(2),
                "the index has " + last + ", which is no " + type.catalogString() + " as column '" + name
                        + "' is: give the source another name");
        NsvqException.unless(
                found.getLong(1) == 0,
                "column '" + name + "' is null in " + found.getLong(1)
                        + " rows, which would never be newer than others: fill it");
        if (found.isNullAt(0)) {
            return Optional.empty();
        }
        String value = type.equals(DataTypes.TimestampType) ? moment(found.getLong(0)) : found.getString(0);
        SourcePosition position = SourcePosition.watermark(source, value);
        Column upTo = column.leq(parsed(position, type));
        return Optional.of(new Increment(
                rows.filter(after == null ? upTo : column.gt(after).and(upTo)), position));
    }

    private static boolean grows(DataType type) {
        return type instanceof IntegralType
                || type instanceof DecimalType
                || type.equals(DataTypes.DateType)
                || type.equals(DataTypes.TimestampType)
                || type.equals(DataTypes.TimestampNTZType)
                || type.equals(DataTypes.StringType);
    }

    /** Moments as microseconds: their text would depend on the session's time zone. */
    private static Column text(Column value, DataType type) {
        return type.equals(DataTypes.TimestampType) ? functions.unix_micros(value) : value.cast("string");
    }

    private static String moment(long micros) {
        return Instant.EPOCH.plus(micros, ChronoUnit.MICROS).toString();
    }

    /** Returns a watermark as a value of the column, null where it is none. */
    private static Column parsed(SourcePosition watermark, DataType type) {
        watermark.requireKind(SourcePosition.Kind.WATERMARK);
        return lit(watermark.value()).try_cast(type);
    }
}
