package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Iterator;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Finds the query in a row.
 *
 * @param vectors the column of vectors
 * @param vectorAt where it stands
 * @param idAt where the query's own id stands, or -1 where it does not matter
 * @param idType type of that column
 * @param dimension of the index's vectors
 * @param onInvalid what becomes of rows with invalid vectors
 */
public record QueryReader(
        VectorColumn vectors, int vectorAt, int idAt, DataType idType, int dimension, Invalid onInvalid)
        implements Serializable {

    /** What becomes of a row whose vector is invalid. */
    public enum Invalid {
        /** It ends the work. */
        FAIL,
        /** It is left out. */
        SKIP,
        /** It stays, without neighbors; but a vector of another dimension ends the work. */
        KEEP
    }

    /** Returns the query of a row, or null where it has none. */
    float[] read(InternalRow row) {
        Object value = vectors.value(row, vectorAt);
        float[] vector = vectors.readWith(dimension, value);
        if (vector == null && fails(value)) {
            throw vectors.invalid(dimension, value, "of the queries holds a vector", "the index has");
        }
        return vector;
    }

    private boolean fails(Object value) {
        return onInvalid == Invalid.FAIL || (onInvalid == Invalid.KEEP && vectors.read(value) != null);
    }

    /** Whether rows without a query are left out. */
    boolean skipInvalid() {
        return onInvalid == Invalid.SKIP;
    }

    /** Whether the query has an id of its own. */
    boolean hasId(InternalRow row) {
        return idAt >= 0 && !row.isNullAt(idAt);
    }

    /** Returns the query's own id as a number, 0 where it has none or that does not matter. */
    long id(InternalRow row) {
        if (!hasId(row)) {
            return 0;
        }
        if (idType.equals(DataTypes.StringType)) {
            return NameHash.of(row.getUTF8String(idAt));
        }
        return ((Number) row.get(idAt, idType)).longValue();
    }

    /** Makes something of a row that has a query. */
    interface Result<T> {
        T of(InternalRow row, float[] query, long id);
    }

    /** Returns something for each row that has a query, and for each that stays without one, whose query is null. */
    <T> Iterator<T> rows(Iterator<InternalRow> rows, Result<T> result) {
        return Iterators.map(rows, row -> {
            float[] query = read(row);
            return query == null && onInvalid != Invalid.KEEP ? null : result.of(row, query, id(row));
        });
    }

    /** Returns something for each row that has a query. */
    <T> Iterator<T> queries(Iterator<InternalRow> rows, Result<T> result) {
        return Iterators.map(rows, row -> {
            float[] query = read(row);
            return query == null ? null : result.of(row, query, id(row));
        });
    }
}
