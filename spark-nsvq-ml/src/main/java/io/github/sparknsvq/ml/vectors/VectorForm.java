package io.github.sparknsvq.ml.vectors;

import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;

/** How vectors are kept in a column. All but {@link #VECTOR} are arrays, whose elements may be null or not. */
public enum VectorForm {
    /** As Spark ML's vectors, dense or sparse. */
    VECTOR {
        @Override
        float[] floats(Object value, DataType type) {
            return narrowed(doubles(value, type));
        }

        @Override
        double[] doubles(Object value, DataType type) {
            return dense((InternalRow) value);
        }
    },
    /** As {@code array<float>}. */
    FLOATS {
        @Override
        float[] floats(Object value, DataType type) {
            return ((ArrayData) value).toFloatArray();
        }

        @Override
        double[] doubles(Object value, DataType type) {
            float[] values = floats(value, type);
            double[] doubles = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                doubles[i] = values[i];
            }
            return doubles;
        }
    },
    /** As {@code array<double>}. */
    DOUBLES {
        @Override
        double[] doubles(Object value, DataType type) {
            return ((ArrayData) value).toDoubleArray();
        }
    },
    /** As {@code array<tinyint>}. */
    BYTES {
        @Override
        double[] doubles(Object value, DataType type) {
            byte[] values = ((ArrayData) value).toByteArray();
            double[] doubles = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                doubles[i] = values[i];
            }
            return doubles;
        }
    },
    /** As {@code array<smallint>}; Parquet's unsigned bytes come so. */
    SHORTS {
        @Override
        double[] doubles(Object value, DataType type) {
            short[] values = ((ArrayData) value).toShortArray();
            double[] doubles = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                doubles[i] = values[i];
            }
            return doubles;
        }
    },
    /** As {@code array<int>}, rounded to float32: exact up to 2^24. */
    INTS {
        @Override
        double[] doubles(Object value, DataType type) {
            int[] values = ((ArrayData) value).toIntArray();
            double[] doubles = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                doubles[i] = values[i];
            }
            return doubles;
        }
    },
    /** As {@code array<bigint>}, rounded to float32: exact up to 2^24. */
    LONGS {
        @Override
        double[] doubles(Object value, DataType type) {
            long[] values = ((ArrayData) value).toLongArray();
            double[] doubles = new double[values.length];
            for (int i = 0; i < values.length; i++) {
                doubles[i] = values[i];
            }
            return doubles;
        }
    },
    /** As {@code array<decimal>} of any precision and scale, rounded to float32. */
    DECIMALS {
        @Override
        double[] doubles(Object value, DataType type) {
            ArrayData array = (ArrayData) value;
            DecimalType element = (DecimalType) ((ArrayType) type).elementType();
            int precision = element.precision();
            int scale = element.scale();
            double unit = Math.pow(10, scale);
            double[] doubles = new double[array.numElements()];
            for (int i = 0; i < doubles.length; i++) {
                Decimal decimal = array.getDecimal(i, precision, scale);
                doubles[i] = precision <= Decimal.MAX_LONG_DIGITS()
                        ? decimal.toUnscaledLong() / unit
                        : decimal.toJavaBigDecimal().doubleValue();
            }
            return doubles;
        }
    };

    /** What columns of vectors are, for messages. */
    static final String NEEDED = "vectors (vector, or an array of numbers)";

    // The fields of VectorUDT's struct: type (0 sparse, 1 dense), size, indices, values.
    static final int VECTOR_FIELDS = 4;
    private static final int SIZE = 1;
    private static final int INDICES = 2;
    private static final int VALUES = 3;

    /** Returns the form of a column's type, or null if it holds no vectors. */
    public static VectorForm of(DataType type) {
        if (type.equals(SQLDataTypes.VectorType())) {
            return VECTOR;
        }
        return type instanceof ArrayType array ? ofElements(array.elementType()) : null;
    }

    private static VectorForm ofElements(DataType element) {
        if (element.equals(DataTypes.FloatType)) {
            return FLOATS;
        }
        if (element.equals(DataTypes.DoubleType)) {
            return DOUBLES;
        }
        if (element.equals(DataTypes.ByteType)) {
            return BYTES;
        }
        if (element.equals(DataTypes.ShortType)) {
            return SHORTS;
        }
        if (element.equals(DataTypes.IntegerType)) {
            return INTS;
        }
        if (element.equals(DataTypes.LongType)) {
            return LONGS;
        }
        return element instanceof DecimalType ? DECIMALS : null;
    }

    /** Returns the elements of a value that has no null among them, as float32. */
    float[] floats(Object value, DataType type) {
        return narrowed(doubles(value, type));
    }

    /** Returns the elements of a value that has no null among them. */
    abstract double[] doubles(Object value, DataType type);

    static float[] narrowed(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static double[] dense(InternalRow vector) {
        double[] values = vector.getArray(VALUES).toDoubleArray();
        if (vector.getByte(0) == 1) {
            return values;
        }
        double[] dense = new double[vector.getInt(SIZE)];
        int[] indices = vector.getArray(INDICES).toIntArray();
        for (int i = 0; i < indices.length; i++) {
            dense[indices[i]] = values[i];
        }
        return dense;
    }
}
