package io.github.sparknsvq.ml.vectors;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.linalg.VectorMath;
import java.io.Serializable;
import java.util.Arrays;
import java.util.function.Predicate;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;

/**
 * A column of vectors of any of the types that are taken, read as float32 from Spark's own rows, and what makes a
 * vector invalid: null, a null, NaN or infinite element, no element, a length beyond {@value #MAX_LENGTH} (squared
 * distances would leave float32's range), and for cosine distance all zeros.
 *
 * @param name of the column
 * @param type of the column
 * @param form how vectors are kept in it
 * @param unitLength whether vectors are scaled to length 1 when they are read
 * @param weights what vectors of its dimension are multiplied by when they are read, or null
 */
public record VectorColumn(String name, DataType type, VectorForm form, boolean unitLength, Scaling weights)
        implements Serializable {
    /** The greatest Euclidean length of a vector. */
    public static final double MAX_LENGTH = VectorMath.MAX_LENGTH;

    private static final double MAX_SQUARED_LENGTH = MAX_LENGTH * MAX_LENGTH;

    /**
     * Finds a column of vectors.
     *
     * @param schema where it should be
     * @param name its name
     * @param unitLength whether vectors are scaled to length 1 when they are read
     * @throws NsvqException if there is no such column or it is of another type
     */
    public static VectorColumn of(StructType schema, String name, boolean unitLength) {
        DataType type = field(schema, name).dataType();
        VectorForm form = VectorForm.of(type);
        NsvqException.unless(
                form != null,
                "column '" + name + "' should hold " + VectorForm.NEEDED + ", but is " + type.catalogString());
        return new VectorColumn(name, type, form, unitLength, null);
    }

    /** Returns this column with vectors multiplied by weights when they are read; null for none. */
    public VectorColumn weighted(Scaling by) {
        return new VectorColumn(name, type, form, unitLength, by);
    }

    /** Returns a column's field; throws an {@link NsvqException} that lists the columns if there is none. */
    public static StructField field(StructType schema, String name) {
        if (!Arrays.asList(schema.fieldNames()).contains(name)) {
            throw new NsvqException(
                    "there is no column '" + name + "': the data has " + String.join(", ", schema.fieldNames()));
        }
        return schema.apply(name);
    }

    /**
     * Returns a column's type.
     *
     * @param needed what the column should hold, for messages
     * @param valid whether a type is one that holds it
     * @throws NsvqException if there is no such column or it is of another type
     */
    public static DataType type(StructType schema, String name, String needed, Predicate<DataType> valid) {
        DataType type = field(schema, name).dataType();
        NsvqException.unless(
                valid.test(type), "column '" + name + "' should hold " + needed + ", but is " + type.catalogString());
        return type;
    }

    /** Refuses the name of a column to add if a column has it already, in upper or lower case. */
    public static void checkAbsent(StructType schema, String added) {
        NsvqException.unless(
                Arrays.stream(schema.fieldNames()).noneMatch(added::equalsIgnoreCase),
                "output column '" + added + "' exists already: choose another name");
    }

    /** Returns a top-level column by its name, whatever characters that has. */
    public static Column column(String name) {
        return functions.col("`" + name.replace("`", "``") + "`");
    }

    /** Returns this column. */
    public Column column() {
        return column(name);
    }

    /**
     * Reads the vector of a row.
     *
     * @param row the row
     * @param ordinal where in the row this column stands
     * @return the vector, or null if it is invalid
     */
    public float[] read(InternalRow row, int ordinal) {
        return read(value(row, ordinal));
    }

    /** Returns the value of a row as {@link #read(Object)} and {@link #problem} take it. */
    public Object value(InternalRow row, int ordinal) {
        if (row.isNullAt(ordinal)) {
            return null;
        }
        return form == VectorForm.VECTOR ? row.getStruct(ordinal, VectorForm.VECTOR_FIELDS) : row.getArray(ordinal);
    }

    /** Reads a vector from Spark's own value; null if it is invalid. */
    public float[] read(Object value) {
        if (value == null) {
            return null;
        }
        if (form != VectorForm.VECTOR && hasNull((ArrayData) value)) {
            return null;
        }
        float[] vector = form.floats(value, type);
        if (weights != null && vector.length == weights.inputDimension()) {
            weights.apply(vector, 0, 1, vector, 0);
        }
        return valid(vector, unitLength) ? vector : null;
    }

    /** Reads a vector from Spark's own value; null if it is invalid or of another dimension. */
    public float[] readWith(int dimension, Object value) {
        float[] vector = read(value);
        return vector != null && vector.length == dimension ? vector : null;
    }

    /**
     * Says what is wrong with a value that {@link #readWith} refused.
     *
     * @param dimension that was needed
     * @param value Spark's own value
     * @param holds what follows the column's name in the message, as in {@code holds a vector}
     * @param needs what the dimension follows in the message, as in {@code the index has}
     */
    public InvalidVectorException invalid(int dimension, Object value, String holds, String needs) {
        String advice = "(handleInvalid = skip leaves such rows out)";
        return new InvalidVectorException(refusal(dimension, value, holds, needs) + " " + advice);
    }

    /** Says the same where users have no param to leave such rows out. */
    public InvalidVectorException refused(int dimension, Object value, String holds, String needs) {
        return new InvalidVectorException(refusal(dimension, value, holds, needs));
    }

    private String refusal(int dimension, Object value, String holds, String needs) {
        float[] vector = read(value);
        String problem =
                vector == null ? problem(value) : "has " + vector.length + " values, " + needs + " " + dimension;
        return "column '" + name + "' " + holds + " that " + problem;
    }

    /**
     * Reads a vector that is in no column, by the same rules.
     *
     * @param vector the vector
     * @param unitLength whether it is scaled to length 1
     * @return its values, or null if it is invalid
     */
    public static float[] read(Vector vector, boolean unitLength) {
        if (vector == null) {
            return null;
        }
        float[] values = VectorForm.narrowed(vector.toArray());
        return valid(values, unitLength) ? values : null;
    }

    private static boolean valid(float[] vector, boolean unitLength) {
        return valid(vector, 0, vector.length, unitLength);
    }

    /**
     * Returns whether a vector in a block of several is valid, and scales it.
     *
     * @param values of the block
     * @param at where the vector starts
     * @param dimension its number of values
     * @param unitLength whether to scale it to length 1
     */
    public static boolean valid(float[] values, int at, int dimension, boolean unitLength) {
        double squared = 0;
        for (int i = at; i < at + dimension; i++) {
            squared += (double) values[i] * values[i];
        }
        // false for NaN, too
        if (!(squared <= MAX_SQUARED_LENGTH) || dimension == 0) {
            return false;
        }
        return !unitLength || UnitLength.normalize(values, at, dimension);
    }

    private boolean hasNull(ArrayData array) {
        if (!((ArrayType) type).containsNull()) {
            return false;
        }
        int n = array.numElements();
        if (array instanceof UnsafeArrayData unsafe) {
            // a word with the number of elements, then a bit for each that is null
            for (int word = 0; word < (n + 63) / 64; word++) {
                if (Platform.getLong(unsafe.getBaseObject(), unsafe.getBaseOffset() + 8 + 8L * word) != 0) {
                    return true;
                }
            }
            return false;
        }
        for (int i = 0; i < n; i++) {
            if (array.isNullAt(i)) {
                return true;
            }
        }
        return false;
    }

    /** Says what makes a value invalid that {@link #read(Object)} refused, as in {@code is null}. */
    public String problem(Object value) {
        if (value == null) {
            return "is null";
        }
        if (form != VectorForm.VECTOR) {
            ArrayData array = (ArrayData) value;
            for (int i = 0; i < array.numElements(); i++) {
                if (array.isNullAt(i)) {
                    return "has a null at element " + i;
                }
            }
        }
        double[] values = form.doubles(value, type);
        if (weights != null && valid(VectorForm.narrowed(values), unitLength)) {
            return "is longer than " + MAX_LENGTH + " after multiplication by dimensionWeights";
        }
        return problem(values);
    }

    /** Says what makes a vector invalid that {@link #read(Vector, boolean)} refused, as in {@code is null}. */
    public static String problem(Vector vector) {
        return vector == null ? "is null" : problem(vector.toArray());
    }

    private static String problem(double[] values) {
        if (values.length == 0) {
            return "has no elements";
        }
        double greatest = 0;
        for (int i = 0; i < values.length; i++) {
            if (Double.isNaN(values[i])) {
                return "has NaN at element " + i;
            }
            if (Double.isInfinite(values[i])) {
                return "has an infinite value at element " + i;
            }
            if (Math.abs(values[i]) > MAX_LENGTH) {
                return "has " + values[i] + " at element " + i + ", beyond " + MAX_LENGTH + " in magnitude";
            }
            greatest = Math.max(greatest, Math.abs(values[i]));
        }
        if ((float) greatest == 0) {
            return "is all zeros, which cosine distance has no direction for";
        }
        return "is longer than " + MAX_LENGTH;
    }

    @Override
    public String toString() {
        return "column '" + name + "' of " + type.catalogString();
    }
}
