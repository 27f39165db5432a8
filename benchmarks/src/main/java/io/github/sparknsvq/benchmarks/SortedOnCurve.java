package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.curve.CurveResampling;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Rows of this JVM projected on a curve, and sorted by their positions.
 *
 * @param curve the curve
 * @param rows {@code N x D}
 * @param segments the nearest segment of each row
 * @param positions where on the curve each row's nearest point is
 * @param order the rows' numbers in the order of their positions
 */
record SortedOnCurve(SpaceFillingCurve curve, FloatMatrix rows, int[] segments, double[] positions, int[] order) {
    private static final int CHUNK = 1024;

    /** Projects and sorts, on all cores. */
    static SortedOnCurve of(SpaceFillingCurve curve, FloatMatrix rows) {
        int n = rows.rows();
        int[] segments = new int[n];
        double[] positions = new double[n];
        IntStream.range(0, (n + CHUNK - 1) / CHUNK).parallel().forEach(chunk -> {
            int from = chunk * CHUNK;
            int count = Math.min(CHUNK, n - from);
            int[] segment = new int[count];
            float[] share = new float[count];
            curve.projector(SpaceFillingCurve.Search.EXACT)
                    .project(rows.values(), from * rows.columns(), count, segment, share, new float[count]);
            for (int i = 0; i < count; i++) {
                segments[from + i] = segment[i];
                positions[from + i] = curve.position(segment[i], share[i]);
            }
        });
        return new SortedOnCurve(curve, rows, segments, positions, sorted(positions));
    }

    /** Returns the numbers of values in ascending order, equal ones in their own order. */
    static int[] sorted(double[] values) {
        return IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** Returns the means of parts: of the nearest points on the curve, or of the rows. */
    FloatMatrix resampled(double[] ends, boolean ofRows) {
        int d = rows.columns();
        CurveResampling.Means means = new CurveResampling.Means(new CurveResampling(order.length, ends), d);
        float[] point = new float[d];
        for (int i = 0; i < order.length; i++) {
            if (ofRows) {
                means.add(i, rows.values(), order[i] * d, 1);
            } else {
                curve.point(positions[order[i]], point, 0);
                means.add(i, point, 0, 1);
            }
        }
        return means.codewords();
    }
}
