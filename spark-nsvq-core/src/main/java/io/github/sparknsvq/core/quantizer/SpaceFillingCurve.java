package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * A line through {@code K} corners in the space of the rows: segment {@code j} joins corners {@code j} and
 * {@code j + 1}. What is near along the line is near in space, which a codebook's numbers do not say (Vali and
 * Bäckström, Interspeech 2023).
 *
 * <p>A place on the line is a segment with a share in [0, 1] of it, or a position: the length of the line up to
 * there. The line may touch or cross itself, so a position is an order and a code, and no distance in space.
 *
 * <p>A curve does not change once made and may be used by several threads at once.
 */
public final class SpaceFillingCurve {
    private final FloatMatrix corners;

    /** Where each corner stands along the line, {@code K} values from 0 to the length. */
    private final double[] positions;

    /** Squared length of each segment. */
    private final double[] squaredLengths;

    /** Made when they are needed first, by {@link #projector}. */
    private SegmentScores segmentScores;

    private NearestCodeword cornerSearch;

    /** Which segments are looked at for the one nearest a row. */
    public enum Search {
        /** All of them. */
        EXACT,

        /** The two beside the nearest corner: faster, but another may be nearer, see {@link #misses}. */
        CORNERS
    }

    /** Finds the nearest points of the line. For one thread at a time, since it has buffers. */
    public interface Projector {

        /**
         * Projects rows.
         *
         * @param rows row-major block that holds the rows
         * @param offset where the first row starts in {@code rows}
         * @param count number of rows, 0 or more
         * @param segments receives the segment of row {@code i} at {@code i}; of several that are as near, the lowest
         * @param shares receives where on the segment the nearest point is, in [0, 1]
         * @param squaredDistances receives the squared distance of that point from the row, worked out in double; NaN
         *     or infinite for a row that is not finite, which gets some place
         * @throws IndexOutOfBoundsException if an array is too short
         */
        void project(float[] rows, int offset, int count, int[] segments, float[] shares, float[] squaredDistances);
    }

    /**
     * Makes a curve.
     *
     * @param corners {@code K x D}, at least two, all finite; kept, and not to change while the curve is in use
     * @throws NsvqException if there are fewer than two corners, or one is not finite
     */
    public SpaceFillingCurve(FloatMatrix corners) {
        NsvqException.unless(
                corners.rows() >= 2 && corners.columns() >= 1,
                "a curve needs at least 2 corners of dimension 1 or more, not " + corners.rows() + " x "
                        + corners.columns());
        checkFinite(corners);
        this.corners = corners;
        this.squaredLengths = squaredLengths(corners);
        this.positions = new double[corners.rows()];
        for (int j = 1; j < positions.length; j++) {
            positions[j] = positions[j - 1] + Math.sqrt(squaredLengths[j - 1]);
        }
    }

    private static void checkFinite(FloatMatrix corners) {
        for (int i = 0; i < corners.values().length; i++) {
            if (!Float.isFinite(corners.values()[i])) {
                int corner = i / corners.columns();
                throw new NsvqException("corner " + corner + " of a curve holds a value that is not finite");
            }
        }
    }

    private static double[] squaredLengths(FloatMatrix corners) {
        int d = corners.columns();
        float[] c = corners.values();
        double[] lengths = new double[corners.rows() - 1];
        for (int i = 0; i < lengths.length * d; i++) {
            double along = (double) c[i + d] - c[i];
            lengths[i / d] += along * along;
        }
        return lengths;
    }

    /** Returns the corners, {@code K x D}, not copied. */
    public FloatMatrix corners() {
        return corners;
    }

    /** Returns the dimension {@code D}. */
    public int dimension() {
        return corners.columns();
    }

    /** Returns the number of segments, {@code K - 1}. */
    public int segments() {
        return corners.rows() - 1;
    }

    /** Returns the length of the whole line. */
    public double length() {
        return positions[segments()];
    }

    /**
     * Returns the length of the line up to a place on it.
     *
     * @param segment in {@code [0, K - 1)}
     * @param share in [0, 1]
     */
    public double position(int segment, double share) {
        double end = positions[segment + 1];
        return Math.min(end, (1 - share) * positions[segment] + share * end); // rounding does not lead beyond
    }

    /**
     * Makes what finds the nearest points of the line.
     *
     * @param search which segments to look at
     * @return a projector for one thread
     */
    public Projector projector(Search search) {
        return switch (search) {
            case EXACT -> new ExactProjector(corners, squaredLengths, segmentScores());
            case CORNERS -> new CornerProjector(corners, squaredLengths, cornerSearch());
        };
    }

    private synchronized SegmentScores segmentScores() {
        if (segmentScores == null) {
            segmentScores = new SegmentScores(corners);
        }
        return segmentScores;
    }

    private synchronized NearestCodeword cornerSearch() {
        if (cornerSearch == null) {
            cornerSearch = NearestCodewordProviders.cpu().prepare(corners);
        }
        return cornerSearch;
    }

    /**
     * Finds the segments that are nearest to a row.
     *
     * @param row {@code D} values
     * @param count how many, at least 1; all if there are fewer
     * @return the segments, the nearest first; of several that are as near, the lowest first
     * @throws IndexOutOfBoundsException if the row is too short
     */
    public int[] nearestSegments(float[] row, int count) {
        Blocks.check("values", row.length, 0, 1, dimension());
        NearestSegment each = new NearestSegment(corners, squaredLengths);
        float[] distances = new float[segments()];
        int[] found = new int[1];
        float[] distance = new float[1];
        for (int s = 0; s < distances.length; s++) {
            each.begin(row, 0, s);
            each.put(0, found, new float[1], distance);
            distances[s] = distance[0];
        }
        return IntStream.range(0, distances.length)
                .boxed()
                .sorted(Comparator.comparingDouble(s -> distances[s]))
                .limit(count)
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /**
     * Counts the rows for which {@link Search#CORNERS} does not find the nearest point of the line.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @return how many of them are nearer to another segment than to the two that it looks at
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public long misses(float[] rows, int offset, int count) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Projector exact = projector(Search.EXACT);
        Projector fast = projector(Search.CORNERS);
        int chunk = Math.min(count, Blocks.ROWS);
        int[] segments = new int[chunk];
        float[] shares = new float[chunk];
        float[] distances = new float[chunk];
        float[] fastDistances = new float[chunk];
        long misses = 0;
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            exact.project(rows, offset + from * dimension(), n, segments, shares, distances);
            fast.project(rows, offset + from * dimension(), n, segments, shares, fastDistances);
            for (int i = 0; i < n; i++) {
                misses += fastDistances[i] > distances[i] ? 1 : 0;
            }
        }
        return misses;
    }

    /**
     * Finds the point at a position.
     *
     * @param position the length of the line up to the point; taken as 0 or the whole length if beyond
     * @param to receives the {@code D} coordinates
     * @param offset where
     * @throws NsvqException if the position is NaN
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public void point(double position, float[] to, int offset) {
        NsvqException.unless(!Double.isNaN(position), "no point of a curve stands at position NaN");
        Blocks.check("values", to.length, offset, 1, dimension());
        int found = Arrays.binarySearch(positions, position);
        int segment = Math.max(0, Math.min(segments() - 1, found < 0 ? -2 - found : found));
        double length = positions[segment + 1] - positions[segment];
        double share = length > 0 ? Math.max(0, Math.min(1, (position - positions[segment]) / length)) : 0;
        float[] c = corners.values();
        int d = dimension();
        for (int j = 0, at = segment * d; j < d; j++, at++) {
            to[offset + j] = (float) ((1 - share) * c[at] + share * c[at + d]);
        }
    }

    /**
     * Returns points at equal distances along the line, from one position to another, ends included.
     *
     * @param from position of the first point
     * @param to position of the last point; may be less than {@code from}
     * @param count how many points, at least 2
     * @return {@code count x D} points
     * @throws NsvqException if there are fewer than 2 points, or so many do not fit one array
     */
    public FloatMatrix interpolate(double from, double to, int count) {
        NsvqException.unless(count >= 2, "a curve is cut at 2 points or more, not " + count);
        int d = dimension();
        float[] points = new float[Blocks.length(count, d)];
        for (int i = 0; i < count; i++) {
            double share = i / (count - 1.0);
            point((1 - share) * from + share * to, points, i * d);
        }
        return new FloatMatrix(count, d, points);
    }

    /**
     * Returns points at equal distances along the whole line, ends included.
     *
     * @param m how many, at least 2
     * @return {@code m x D} points
     * @throws NsvqException if there are fewer than 2 points, or so many do not fit one array
     */
    public FloatMatrix equallySpaced(int m) {
        return interpolate(0, length(), m);
    }

    /**
     * Finds the corners that are nearest along the line, not in space.
     *
     * @param position the length of the line up to a place
     * @param count how many, at most {@code K}
     * @return their numbers, the nearest first
     * @throws NsvqException if the position is NaN or there are not so many corners
     */
    public int[] neighbors(double position, int count) {
        NsvqException.unless(!Double.isNaN(position), "no point of a curve stands at position NaN");
        NsvqException.unless(
                count >= 0 && count <= positions.length,
                "a curve of " + positions.length + " corners has no " + count + " of them near a position");
        int found = Arrays.binarySearch(positions, position);
        int above = found < 0 ? -1 - found : found;
        int below = above - 1;
        int[] neighbors = new int[count];
        for (int i = 0; i < count; i++) {
            boolean down = above == positions.length
                    || (below >= 0 && position - positions[below] <= positions[above] - position);
            neighbors[i] = down ? below-- : above++;
        }
        return neighbors;
    }

    /** Returns the directions of the segments, corner {@code j + 1} minus corner {@code j}: {@code (K - 1) x D}. */
    public FloatMatrix directions() {
        int d = dimension();
        float[] c = corners.values();
        float[] directions = new float[segments() * d];
        for (int i = 0; i < directions.length; i++) {
            directions[i] = c[i + d] - c[i];
        }
        return new FloatMatrix(segments(), d, directions);
    }
}
