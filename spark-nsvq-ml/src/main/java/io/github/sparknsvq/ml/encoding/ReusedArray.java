package io.github.sparknsvq.ml.encoding;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/** An array of floats as Spark holds it, written over for each row. */
public final class ReusedArray {
    private final int length;
    private final UnsafeArrayData array;

    /** Makes an array of a length. */
    public ReusedArray(int length) {
        this.length = length;
        this.array = UnsafeArrayData.fromPrimitiveArray(new float[length]);
    }

    /** Returns the array with values from a place of others. */
    public UnsafeArrayData of(float[] values, int from) {
        Platform.copyMemory(
                values,
                Platform.FLOAT_ARRAY_OFFSET + 4L * from,
                array.getBaseObject(),
                array.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(length),
                4L * length);
        return array;
    }
}
