package io.github.sparknsvq.ml.training;

import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.rows.RowBlock;
import io.github.sparknsvq.ml.encoding.ReusedArray;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Rows as they stand along a line: position and weight and, if asked for, values. Every call of {@link #next} gives
 * the same object.
 */
final class PlacedRows implements Iterator<InternalRow> {
    static final String POSITION = "position";
    static final String WEIGHT = "weight";
    static final String VECTOR = "vector";

    private static final int POSITION_AT = 0;
    private static final int WEIGHT_AT = 1;
    private static final int VECTOR_AT = 2;

    private final Iterator<RowBlock> blocks;
    private final SpaceFillingCurve curve;
    private final SpaceFillingCurve.Projector projector;
    private final SpecificInternalRow row;

    /** Null if values are not asked for. */
    private final ReusedArray vector;

    private RowBlock block;
    private int next;
    private int[] segments = new int[0];
    private float[] shares = new float[0];
    private float[] squaredDistances = new float[0];

    PlacedRows(Iterator<RowBlock> blocks, SharedQuantizer line, boolean withVectors) {
        this.blocks = blocks;
        this.curve = line.curve();
        this.projector = curve.projector(line.curveSearch());
        this.row = new SpecificInternalRow(schema(withVectors));
        this.vector = withVectors ? new ReusedArray(curve.dimension()) : null;
    }

    static StructType schema(boolean withVectors) {
        StructType schema =
                new StructType().add(POSITION, DataTypes.DoubleType, false).add(WEIGHT, DataTypes.FloatType, false);
        DataType floats = DataTypes.createArrayType(DataTypes.FloatType, false);
        return withVectors ? schema.add(VECTOR, floats, false) : schema;
    }

    static double position(InternalRow row) {
        return row.getDouble(POSITION_AT);
    }

    static float weight(InternalRow row) {
        return row.getFloat(WEIGHT_AT);
    }

    static float[] vector(InternalRow row) {
        return row.getArray(VECTOR_AT).toFloatArray();
    }

    @Override
    public boolean hasNext() {
        while ((block == null || next == block.rows()) && blocks.hasNext()) {
            project(blocks.next());
        }
        return block != null && next < block.rows();
    }

    private void project(RowBlock of) {
        block = of;
        next = 0;
        if (of.rows() > segments.length) {
            segments = new int[of.rows()];
            shares = new float[of.rows()];
            squaredDistances = new float[of.rows()];
        }
        projector.project(of.values(), 0, of.rows(), segments, shares, squaredDistances);
    }

    @Override
    public InternalRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int i = next++;
        row.setDouble(POSITION_AT, curve.position(segments[i], shares[i]));
        row.setFloat(WEIGHT_AT, block.weight(i));
        if (vector != null) {
            row.update(VECTOR_AT, vector.of(block.values(), i * curve.dimension()));
        }
        return row;
    }
}
