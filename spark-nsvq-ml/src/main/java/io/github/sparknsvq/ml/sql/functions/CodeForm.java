package io.github.sparknsvq.ml.sql.functions;

import org.apache.spark.sql.catalyst.analysis.TypeCheckResult;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NullType;

/** In which form a model takes codes: as the methods that take them are named. */
enum CodeForm {
    /** The index of the only codebook's codeword. */
    INDEX("index", DataTypes.IntegerType),
    /** The position on a line. */
    POSITION("position", DataTypes.DoubleType),
    /** A packed code. */
    PACKED("packed", DataTypes.BinaryType),
    /** A code's indices. */
    INDICES("indices", DataTypes.createArrayType(DataTypes.IntegerType, true));

    private final String method;

    @SuppressWarnings("ImmutableEnumChecker") // Spark's types do not change
    private final DataType type;

    CodeForm(String method, DataType type) {
        this.method = method;
        this.type = type;
    }

    /** Returns the method of a decoder, or of what measures distances, that takes codes in this form. */
    String method() {
        return method;
    }

    /** Returns the type that the method takes. */
    DataType type() {
        return type;
    }

    /** Returns the form that codes of a type have for a model; null if it takes no such codes. */
    static CodeForm of(OpenModel open, DataType type) {
        return switch (open.kind()) {
            case VECTOR -> type instanceof IntegralType ? INDEX : null;
            case CURVE ->
                type instanceof DoubleType || type instanceof FloatType || type instanceof DecimalType
                        ? POSITION
                        : null;
            default -> {
                if (type instanceof BinaryType) {
                    yield open.packed() ? PACKED : null;
                }
                yield type instanceof ArrayType array && array.elementType() instanceof IntegralType ? INDICES : null;
            }
        };
    }

    /** Says whether a model takes an argument's codes. */
    static TypeCheckResult check(OpenModel open, Expression code, int at) {
        if (code.dataType() instanceof NullType || of(open, code.dataType()) != null) {
            return ModelFunction.success();
        }
        String needed = switch (open.kind()) {
            case VECTOR -> "\"INT\"";
            case CURVE -> "\"DOUBLE\" (a position)";
            default -> open.packed() ? "(\"BINARY\" or \"ARRAY<INT>\")" : "\"ARRAY<INT>\"";
        };
        return SqlErrors.wrongType(at, needed, code);
    }
}
