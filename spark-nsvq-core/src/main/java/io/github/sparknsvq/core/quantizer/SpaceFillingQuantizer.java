package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;

/**
 * Points at equal distances along a curve: the code of a row is the number of the point nearest along the line to
 * where the row is projected, and stands for that point. One curve serves any number of points, so the rate is free,
 * and codes that differ by little stand for points that are near to each other.
 */
public final class SpaceFillingQuantizer implements Quantizer {
    private final SpaceFillingCurve curve;
    private final int points;
    private final CodeBits codeBits;

    /**
     * Makes a quantizer.
     *
     * @param curve the curve
     * @param points how many points {@code m}, ends included, from 2 to 2^{@value CodeBits#MOST_BITS}
     * @throws NsvqException if the number is out of range
     */
    public SpaceFillingQuantizer(SpaceFillingCurve curve, int points) {
        NsvqException.unless(
                points >= 2 && points <= 1 << CodeBits.MOST_BITS,
                "a curve is quantized to 2 to " + (1 << CodeBits.MOST_BITS) + " points, not " + points);
        this.curve = curve;
        this.points = points;
        this.codeBits = new CodeBits(CodeBits.widthFor(points));
    }

    /** Returns the curve. */
    public SpaceFillingCurve curve() {
        return curve;
    }

    /** Returns the number of points {@code m}. */
    public int points() {
        return points;
    }

    @Override
    public int dimension() {
        return curve.dimension();
    }

    @Override
    public CodeBits codeBits() {
        return codeBits;
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, 1);
        SpaceFillingCurve.Projector projector = curve.projector(SpaceFillingCurve.Search.EXACT);
        int chunk = Math.min(count, Blocks.ROWS);
        int[] segments = new int[chunk];
        float[] shares = new float[chunk];
        float[] squaredDistances = new float[chunk];
        double perPoint = curve.length() / (points - 1);
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            projector.project(rows, offset + from * dimension(), n, segments, shares, squaredDistances);
            for (int i = 0; i < n; i++) {
                double position = curve.position(segments[i], shares[i]);
                long nearest = perPoint > 0 ? Math.round(position / perPoint) : 0;
                indices[to + from + i] = (int) Math.max(0, Math.min(points - 1, nearest));
            }
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        Blocks.check("indices", indices.length, offset, count, 1);
        Blocks.check("values", rows.length, to, count, dimension());
        for (int i = 0; i < count; i++) {
            int index = indices[offset + i];
            Blocks.checkIndex(index, points, 0);
            curve.point(curve.length() * index / (points - 1), rows, to + i * dimension());
        }
    }
}
