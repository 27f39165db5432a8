package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve.Search;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SpaceFillingCurveTest {
    /** A line with a right angle: along x for 3, then along y for 4. */
    private static final SpaceFillingCurve ANGLE =
            new SpaceFillingCurve(FloatMatrix.of(new float[] {0, 0}, new float[] {3, 0}, new float[] {3, 4}));

    /** What a projector found for some rows. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Projected(int[] segments, float[] shares, float[] distances) {}

    private static Projected project(SpaceFillingCurve curve, Search search, FloatMatrix rows) {
        int n = rows.rows();
        Projected found = new Projected(new int[n], new float[n], new float[n]);
        curve.projector(search).project(rows.values(), 0, n, found.segments, found.shares, found.distances);
        return found;
    }

    private static Projected project(SpaceFillingCurve curve, float... row) {
        return project(curve, Search.EXACT, FloatMatrix.of(row));
    }

    /** The definition, in double: squared distance of a row from a segment. */
    private static double slowDistance(FloatMatrix rows, int row, FloatMatrix corners, int segment) {
        double along = 0;
        double length = 0;
        for (int j = 0; j < rows.columns(); j++) {
            double direction = (double) corners.get(segment + 1, j) - corners.get(segment, j);
            along += (rows.get(row, j) - (double) corners.get(segment, j)) * direction;
            length += direction * direction;
        }
        double t = length > 0 ? Math.max(0, Math.min(1, along / length)) : 0;
        return distanceAt(rows, row, corners, segment, t);
    }

    private static double distanceAt(FloatMatrix rows, int row, FloatMatrix corners, int segment, double t) {
        double distance = 0;
        for (int j = 0; j < rows.columns(); j++) {
            double point = (1 - t) * corners.get(segment, j) + t * corners.get(segment + 1, j);
            distance += Math.pow(rows.get(row, j) - point, 2);
        }
        return distance;
    }

    private static double slowLeast(FloatMatrix rows, int row, FloatMatrix corners) {
        double least = Double.POSITIVE_INFINITY;
        for (int s = 0; s + 1 < corners.rows(); s++) {
            least = Math.min(least, slowDistance(rows, row, corners, s));
        }
        return least;
    }

    @ParameterizedTest
    @CsvSource({
        "2, 1, 1, 0, 1",
        "5, 1, 1, 0, 3",
        "17, 2, 1, 0, 1",
        "64, 3, 1, 0, 0.1",
        "300, 2, 1, 0, 1",
        "33, 100, 1, 0, 1",
        "64, 33, 1e15, 0, 1",
        "64, 33, 1e-15, 0, 1",
        "64, 5, 1e-15, 0, 1e12",
        "64, 5, 1, 1e4, 1",
        "64, 5, 1e-3, 1e4, 1",
        "64, 16, 1, 0, 1e6",
        "64, 16, 1, 0, 1e-6",
        "64, 16, 1e18, 0, 1"
    })
    void findsWhatLookingAtAllSegmentsFinds(int k, int d, double scale, double offset, double spread) {
        FloatMatrix corners = Samples.gaussian(k, d, scale, offset, k);
        FloatMatrix rows = Samples.gaussian(200, d, scale * spread, offset, 1);
        Projected found = project(new SpaceFillingCurve(corners), Search.EXACT, rows);
        for (int i = 0; i < rows.rows(); i++) {
            double least = slowLeast(rows, i, corners);
            double rounding = 1e-4 * least + Math.pow(1e-6 * scale, 2); // of shares, for rows on the line
            assertEquals(least, found.distances[i], rounding, "row " + i);
            double there = distanceAt(rows, i, corners, found.segments[i], found.shares[i]);
            assertEquals(least, there, rounding, "the place of row " + i);
        }
    }

    @Test
    void rowsOnTheLineHaveNoDistance() {
        SpaceFillingCurve curve = new SpaceFillingCurve(Samples.gaussian(50, 6, 3));
        FloatMatrix rows = curve.equallySpaced(500);
        Projected found = project(curve, Search.EXACT, rows);
        for (int i = 0; i < rows.rows(); i++) {
            assertEquals(0, found.distances[i], 1e-11);
            double position = curve.position(found.segments[i], found.shares[i]);
            assertEquals(curve.length() * i / 499, position, 1e-5 * curve.length());
        }
    }

    @Test
    void aCornerBelongsToTheSegmentBeforeIt() {
        Projected found = project(ANGLE, 4, -1);
        assertEquals(0, found.segments[0]);
        assertEquals(1, found.shares[0]);
        assertEquals(2, found.distances[0]);
        // many corners in general position: every row beyond one ties exactly
        FloatMatrix corners = Samples.gaussian(40, 7, 2);
        FloatMatrix far = Samples.times(Samples.gaussian(300, 7, 3), 10);
        Projected all = project(new SpaceFillingCurve(corners), Search.EXACT, far);
        int atCorners = 0;
        for (int i = 0; i < far.rows(); i++) {
            assertTrue(all.shares[i] > 0 || all.segments[i] == 0, "row " + i);
            atCorners += all.shares[i] == 1 ? 1 : 0;
        }
        assertTrue(atCorners > 100, atCorners + " rows are nearest to a corner");
    }

    @Test
    void segmentsWithoutLengthHaveOnePlace() {
        FloatMatrix corners = FloatMatrix.of(
                new float[] {1, 1}, new float[] {1, 1}, new float[] {1, 1}, new float[] {2, 1}, new float[] {2, 1});
        SpaceFillingCurve curve = new SpaceFillingCurve(corners);
        Projected found = project(curve, Search.EXACT, FloatMatrix.of(new float[] {0, 0}, new float[] {3, 1}));
        assertArrayEquals(new int[] {0, 2}, found.segments);
        assertArrayEquals(new float[] {0, 1}, found.shares);
        assertEquals(1, curve.length());

        SpaceFillingCurve point = new SpaceFillingCurve(FloatMatrix.of(new float[] {5}, new float[] {5}));
        assertEquals(0, point.length());
        assertArrayEquals(new float[] {5, 5, 5}, point.equallySpaced(3).values());
        assertEquals(4, project(point, 7).distances[0]);
    }

    @ParameterizedTest
    @EnumSource(Search.class)
    void answersARowAlikeWhateverComesWithIt(Search search) {
        SpaceFillingCurve curve = new SpaceFillingCurve(Samples.gaussian(100, 9, 1));
        FloatMatrix rows = Samples.gaussian(1500, 9, 2);
        Projected all = project(curve, search, rows);
        SpaceFillingCurve.Projector projector = curve.projector(search);
        int[] segments = new int[1500];
        float[] shares = new float[1500];
        float[] distances = new float[1500];
        for (int count : new int[] {0, 1, 2, 5, 191, 192, 193, 1000}) {
            int from = 1500 - count;
            projector.project(rows.values(), from * 9, count, segments, shares, distances);
            for (int i = 0; i < count; i++) {
                assertEquals(all.segments[from + i], segments[i]);
                assertEquals(all.shares[from + i], shares[i]);
                assertEquals(all.distances[from + i], distances[i]);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Search.class)
    void rowsThatAreNotFiniteGetSomePlace(Search search) {
        FloatMatrix rows = FloatMatrix.of(
                new float[] {Float.NaN, 1},
                new float[] {1, Float.POSITIVE_INFINITY},
                new float[] {Float.NEGATIVE_INFINITY, 0},
                new float[] {Float.MAX_VALUE, 0},
                new float[] {3, 2});
        Projected found = project(ANGLE, search, rows);
        assertTrue(Float.isNaN(found.distances[0]));
        for (int i = 0; i < 4; i++) {
            assertTrue(found.segments[i] >= 0 && found.segments[i] < 2);
            assertTrue(found.shares[i] >= 0 && found.shares[i] <= 1);
            assertTrue(!(found.distances[i] < Float.POSITIVE_INFINITY), "distance " + found.distances[i]);
        }
        assertEquals(0, found.distances[4]);
    }

    /** A long segment passes a row whose nearest corner belongs to others. */
    @Test
    void missesAreCounted() {
        SpaceFillingCurve curve = new SpaceFillingCurve(
                FloatMatrix.of(new float[] {-10, 0}, new float[] {10, 0}, new float[] {10, 1}, new float[] {0, 1}));
        float[] rows = {0, 0.1f, 0, 0.9f, 9, 0, -9, 0};
        assertEquals(1, curve.misses(rows, 0, 4));
        assertEquals(0, curve.misses(rows, 2, 3));

        FloatMatrix corners = Samples.gaussian(30, 3, 1);
        FloatMatrix many = Samples.gaussian(2500, 3, 2);
        SpaceFillingCurve random = new SpaceFillingCurve(corners);
        Projected exact = project(random, Search.EXACT, many);
        Projected fast = project(random, Search.CORNERS, many);
        int expected = 0;
        for (int i = 0; i < 2500; i++) {
            int nearest = 0;
            for (int c = 1; c < 30; c++) {
                nearest = Samples.squaredDistance(many, i, corners, c)
                                < Samples.squaredDistance(many, i, corners, nearest)
                        ? c
                        : nearest;
            }
            double before = nearest > 0 ? slowDistance(many, i, corners, nearest - 1) : Double.POSITIVE_INFINITY;
            double behind = nearest < 29 ? slowDistance(many, i, corners, nearest) : Double.POSITIVE_INFINITY;
            assertEquals(Math.min(before, behind), fast.distances[i], 1e-5);
            assertTrue(fast.distances[i] >= exact.distances[i]);
            expected += fast.distances[i] > exact.distances[i] ? 1 : 0;
        }
        assertTrue(expected > 100);
        assertEquals(expected, random.misses(many.values(), 0, 2500));
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "1.5, 1.5, 0", "3, 3, 0", "5, 3, 2", "7, 3, 4", "-1, 0, 0", "99, 3, 4"})
    void pointsStandAtTheirPosition(double position, float x, float y) {
        float[] to = new float[4];
        ANGLE.point(position, to, 1);
        assertArrayEquals(new float[] {0, x, y, 0}, to);
    }

    @Test
    void positionsAreLengths() {
        assertEquals(7, ANGLE.length());
        assertEquals(2, ANGLE.segments());
        assertEquals(2, ANGLE.dimension());
        assertEquals(0, ANGLE.position(0, 0));
        assertEquals(3, ANGLE.position(0, 1));
        assertEquals(4, ANGLE.position(1, 0.25));
        assertEquals(7, ANGLE.position(1, 1));
        assertArrayEquals(new float[] {3, 0, 0, 4}, ANGLE.directions().values());
    }

    @Test
    void pointsAreEquallySpaced() {
        assertArrayEquals(
                new float[] {0, 0, 1.75f, 0, 3, 0.5f, 3, 2.25f, 3, 4},
                ANGLE.equallySpaced(5).values());
        assertArrayEquals(
                new float[] {3, 2, 3, 0, 1, 0}, ANGLE.interpolate(5, 1, 3).values());
        SpaceFillingCurve curve = new SpaceFillingCurve(Samples.gaussian(20, 4, 1));
        FloatMatrix two = curve.equallySpaced(2);
        assertArrayEquals(curve.corners().row(0), two.row(0));
        assertArrayEquals(curve.corners().row(19), two.row(1));
    }

    @Test
    void neighborsAreNearAlongTheLine() {
        assertArrayEquals(new int[] {1, 0, 2}, ANGLE.neighbors(2.5, 3));
        assertArrayEquals(new int[] {1, 0}, ANGLE.neighbors(3, 2));
        assertArrayEquals(new int[] {2, 1, 0}, ANGLE.neighbors(99, 3));
        assertArrayEquals(new int[] {0, 1}, ANGLE.neighbors(-1, 2));
        assertArrayEquals(new int[0], ANGLE.neighbors(1, 0));
        NsvqException e = assertThrows(NsvqException.class, () -> ANGLE.neighbors(1, 4));
        assertEquals("a curve of 3 corners has no 4 of them near a position", e.getMessage());
        assertThrows(NsvqException.class, () -> ANGLE.neighbors(Double.NaN, 1));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void refusesCornersThatAreNotFinite(float bad) {
        FloatMatrix corners = FloatMatrix.of(new float[] {0, 1}, new float[] {0, 1}, new float[] {2, bad});
        NsvqException e = assertThrows(NsvqException.class, () -> new SpaceFillingCurve(corners));
        assertEquals("corner 2 of a curve holds a value that is not finite", e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "0, 3", "1, 3", "2, 0"})
    void refusesTooFewCorners(int k, int d) {
        FloatMatrix corners = new FloatMatrix(k, d, new float[k * d]);
        NsvqException e = assertThrows(NsvqException.class, () -> new SpaceFillingCurve(corners));
        assertEquals("a curve needs at least 2 corners of dimension 1 or more, not " + k + " x " + d, e.getMessage());
    }

    @Test
    void refusesWhatDoesNotFit() {
        assertThrows(NsvqException.class, () -> ANGLE.point(Double.NaN, new float[2], 0));
        assertThrows(NsvqException.class, () -> ANGLE.equallySpaced(1));
        assertThrows(NsvqException.class, () -> ANGLE.equallySpaced(Integer.MAX_VALUE));
        assertThrows(IndexOutOfBoundsException.class, () -> ANGLE.point(1, new float[2], 1));
        float[] row = new float[2];
        for (Search search : Search.values()) {
            SpaceFillingCurve.Projector projector = ANGLE.projector(search);
            Class<IndexOutOfBoundsException> expected = IndexOutOfBoundsException.class;
            assertThrows(expected, () -> projector.project(row, 1, 1, new int[1], new float[1], new float[1]));
            assertThrows(expected, () -> projector.project(row, 0, 1, new int[0], new float[1], new float[1]));
            assertThrows(expected, () -> projector.project(row, 0, 1, new int[1], new float[0], new float[1]));
            assertThrows(expected, () -> projector.project(row, 0, 1, new int[1], new float[1], new float[0]));
        }
    }

    /** Corners all over the place with twins at a thousandth of a segment, as doubling makes them. */
    @Test
    void shortAndLongSegmentsLieSideBySide() {
        Random random = new Random(4);
        float[][] corners = new float[60][];
        for (int i = 0; i < 60; i += 2) {
            corners[i] = new float[] {random.nextFloat() * 100, random.nextFloat() * 100, random.nextFloat()};
            corners[i + 1] = corners[i].clone();
            corners[i + 1][0] += 1e-3f;
        }
        FloatMatrix all = FloatMatrix.of(corners);
        FloatMatrix rows = Samples.gaussian(300, 3, 50, 50, 5);
        Projected found = project(new SpaceFillingCurve(all), Search.EXACT, rows);
        for (int i = 0; i < 300; i++) {
            double least = slowLeast(rows, i, all);
            assertEquals(least, found.distances[i], 1e-5 * least);
        }
    }
}
