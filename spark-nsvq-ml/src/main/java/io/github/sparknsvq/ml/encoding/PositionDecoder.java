package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;

/**
 * Finds the points of a line at positions. Spark's generated code calls the public method that takes a value as Spark
 * holds it.
 *
 * @param line on all executors
 * @param name of the column of positions, for messages
 */
public record PositionDecoder(Broadcast<SharedQuantizer> line, String name) implements Serializable {
    /** A column with the points at positions. */
    public Column points(Column positions) {
        Column each = functions.array(positions); // of an array, a null is seen
        return SparkInternals.call(
                this,
                "point",
                DataTypes.createArrayType(DataTypes.FloatType, false),
                each,
                DataTypes.createArrayType(DataTypes.DoubleType, true));
    }

    /** Called by Spark: the point at the only position of an array. */
    public ArrayData point(ArrayData positions) {
        if (positions.isNullAt(0)) {
            throw invalid("is null");
        }
        return position(positions.getDouble(0));
    }

    /** Called by Spark: the point at a position. */
    public ArrayData position(double position) {
        SpaceFillingCurve curve = line.value().curve();
        float[] point = new float[curve.dimension()];
        decode(curve, position, point);
        return UnsafeArrayData.fromPrimitiveArray(point);
    }

    /** Finds the point at a position. */
    void decode(SpaceFillingCurve curve, double position, float[] point) {
        if (!(position >= 0 && position <= curve.length())) { // NaN is wrong, too
            throw invalid("is " + position + ", where the line is from 0 to " + curve.length());
        }
        curve.point(position, point, 0);
    }

    private NsvqException invalid(String problem) {
        return new NsvqException("column '" + name + "' holds a position that " + problem
                + ": it was not made by this model, or is damaged");
    }
}
