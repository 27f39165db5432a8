package io.github.sparknsvq.ml.vectors;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.UnitLength;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;

/**
 * A column of vectors of any of the types that are taken, read as float32 from Spark's own rows, and what makes a vector
 * invalid: null, a null, NaN or infinite element, no element, a length beyond {@value #MAX_LENGTH} (squared distances
 * would leave float32's range), and for cosine distance all zeros.
 */
public final class VectorColumn implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The greatest Euclidean length of a vector. */
    public static final double MAX_LENGTH = 1e18;

    private static final double MAX_SQUARED_LENGTH = MAX_LENGTH * MAX_LENGTH;

    /** How a vector is kept. */
    private enum Form {
        VECTOR,
        FLOATS,
        DOUBLES
    }

    private final String name;
    private final DataType type;
    private final Form form;
    private final boolean unitLength;

    private VectorColumn(String name, DataType type, Form form, boolean unitLength) {
        this.name = name;
        this.type = type;
        this.form = form;
        this.unitLength = unitLength;
    }

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
        if (type.equals(SQLDataTypes.VectorType())) {
            return new VectorColumn(name, type, Form.VECTOR, unitLength);
        }
        if (type instanceof ArrayType array && array.elementType().equals(DataTypes.FloatType)) {
            return new VectorColumn(name, type, Form.FLOATS, unitLength);
        }
        if (type instanceof ArrayType array && array.elementType().equals(DataTypes.DoubleType)) {
            return new VectorColumn(name, type, Form.DOUBLES, unitLength);
        }
        throw new NsvqException("column '" + name
                + "' should hold vectors (vector, array<float> or array<double>), but is " + type.catalogString());
    }

    /** Returns a column's field; throws an {@link NsvqException} that lists the columns if there is none. */
    public static StructField field(StructType schema, String name) {
        if (!Arrays.asList(schema.fieldNames()).contains(name)) {
            throw new NsvqException(
                    "there is no column '" + name + "': the data has " + String.join(", ", schema.fieldNames()));
        }
        return schema.apply(name);
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

    /** Returns the column's name. */
    public String name() {
        return name;
    }

    /** Returns the column's type. */
    public DataType type() {
        return type;
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
        return form == Form.VECTOR ? row.getStruct(ordinal, VECTOR_FIELDS) : row.getArray(ordinal);
    }

    /** Reads a vector from Spark's own value; null if it is invalid. */
    public float[] read(Object value) {
        if (value == null) {
            return null;
        }
        float[] vector = form == Form.VECTOR ? fromVector((InternalRow) value) : fromArray((ArrayData) value);
        return vector != null && valid(vector, unitLength) ? vector : null;
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
        float[] values = narrowed(vector.toArray());
        return valid(values, unitLength) ? values : null;
    }

    /** Scales to length 1 if asked for; false if the vector is invalid. */
    private static boolean valid(float[] vector, boolean unitLength) {
        double squared = 0;
        for (float x : vector) {
            squared += (double) x * x;
        }
        // false for NaN, too
        if (!(squared <= MAX_SQUARED_LENGTH) || vector.length == 0) {
            return false;
        }
        return !unitLength || UnitLength.normalize(vector, 0, vector.length);
    }

    // The fields of VectorUDT's struct: type (0 sparse, 1 dense), size, indices, values.
    private static final int VECTOR_FIELDS = 4;
    private static final int SIZE = 1;
    private static final int INDICES = 2;
    private static final int VALUES = 3;

    private static float[] fromVector(InternalRow vector) {
        double[] values = vector.getArray(VALUES).toDoubleArray();
        if (vector.getByte(0) == 1) {
            return narrowed(values);
        }
        float[] dense = new float[vector.getInt(SIZE)];
        int[] indices = vector.getArray(INDICES).toIntArray();
        for (int i = 0; i < indices.length; i++) {
            dense[indices[i]] = (float) values[i];
        }
        return dense;
    }

    private float[] fromArray(ArrayData array) {
        if (hasNull(array)) {
            return null;
        }
        return form == Form.FLOATS ? array.toFloatArray() : narrowed(array.toDoubleArray());
    }

    private static float[] narrowed(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
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
        if (form != Form.VECTOR) {
            ArrayData array = (ArrayData) value;
            for (int i = 0; i < array.numElements(); i++) {
                if (array.isNullAt(i)) {
                    return "has a null at element " + i;
                }
            }
            return problem(form == Form.FLOATS ? widened(array.toFloatArray()) : array.toDoubleArray());
        }
        InternalRow vector = (InternalRow) value;
        double[] values = vector.getArray(VALUES).toDoubleArray();
        if (vector.getByte(0) == 0) {
            double[] dense = new double[vector.getInt(SIZE)];
            int[] indices = vector.getArray(INDICES).toIntArray();
            for (int i = 0; i < indices.length; i++) {
                dense[indices[i]] = values[i];
            }
            values = dense;
        }
        return problem(values);
    }

    /** Says what makes a vector invalid that {@link #read(Vector, boolean)} refused, as in {@code is null}. */
    public static String problem(Vector vector) {
        return vector == null ? "is null" : problem(vector.toArray());
    }

    private static double[] widened(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
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
