package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import org.apache.spark.sql.catalyst.InternalRow;

/** Rows that are projected on a line together. */
final class ProjectedBatch implements VectorEncoder.Batch {
    private final SpaceFillingCurve curve;
    private final SpaceFillingCurve.Projector projector;
    private final Field[] fields;
    private final int[] segments;
    private final float[] shares;
    private final float[] squaredDistances;
    private final float[] point;
    private final ReusedArray reconstruction;

    ProjectedBatch(SpaceFillingCurve curve, SpaceFillingCurve.Search search, Field[] fields, int capacity) {
        this.curve = curve;
        this.projector = curve.projector(search);
        this.fields = fields;
        this.segments = new int[capacity];
        this.shares = new float[capacity];
        this.squaredDistances = new float[capacity];
        this.point = new float[curve.dimension()];
        this.reconstruction = new ReusedArray(curve.dimension());
    }

    @Override
    public void search(float[] rows, int count) {
        projector.project(rows, 0, count, segments, shares, squaredDistances);
    }

    @Override
    public void write(int i, InternalRow result) {
        double position = curve.position(segments[i], shares[i]);
        for (int f = 0; f < fields.length; f++) {
            switch (fields[f]) {
                case INDEX -> result.setInt(f, segments[i]);
                case POSITION -> result.setDouble(f, position);
                case DISTANCE -> result.setFloat(f, (float) Math.sqrt(squaredDistances[i]));
                case RECONSTRUCTION -> {
                    curve.point(position, point, 0);
                    result.update(f, reconstruction.of(point, 0));
                }
                case CODE, CODES, ERRORS -> throw new IllegalStateException("a line has positions, not codes");
            }
        }
    }
}
