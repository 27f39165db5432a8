package io.github.sparknsvq.core.lattice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LatticeTest {
    private static final double HEIGHT = Math.sqrt(3) / 2;

    static List<Lattice> lattices() {
        return List.of(
                Lattice.z(1),
                Lattice.z(3),
                Lattice.a2(),
                Lattice.d(1),
                Lattice.d(2),
                Lattice.d(3),
                Lattice.d(4),
                Lattice.d(5),
                Lattice.d(7),
                Lattice.e8());
    }

    /** Steps that reach every point beside one, written down by the lattices' definitions. */
    private static List<double[]> steps(Lattice lattice) {
        int n = lattice.dimension();
        List<double[]> steps = new ArrayList<>();
        if (lattice.name().equals("A2")) {
            for (int a = -2; a <= 2; a++) {
                for (int b = -2; b <= 2; b++) {
                    steps.add(new double[] {a + 0.5 * b, b * HEIGHT});
                }
            }
            return steps;
        }
        boolean even = lattice.name().startsWith("D") || lattice.name().equals("E8");
        if (even) {
            for (int i = 0; i < n; i++) {
                for (double a : new double[] {-2, 2}) {
                    double[] alone = new double[n];
                    alone[i] = a;
                    steps.add(alone);
                }
                for (int j = 0; j < i; j++) {
                    for (int signs = 0; signs < 4; signs++) {
                        double[] pair = new double[n];
                        pair[i] = 1 - (signs & 2);
                        pair[j] = 1 - 2 * (signs & 1);
                        steps.add(pair);
                    }
                }
            }
        } else {
            for (int code = 0; code < Math.pow(3, n); code++) {
                double[] step = new double[n];
                for (int j = 0, rest = code; j < n; j++, rest /= 3) {
                    step[j] = rest % 3 - 1;
                }
                steps.add(step);
            }
        }
        if (lattice.name().equals("E8")) {
            for (int signs = 0; signs < 256; signs++) {
                if (Integer.bitCount(signs) % 2 == 0) {
                    double[] halves = new double[n];
                    for (int j = 0; j < n; j++) {
                        halves[j] = (signs >> j & 1) == 0 ? 0.5 : -0.5;
                    }
                    steps.add(halves);
                }
            }
        }
        return steps;
    }

    private static double squared(double[] a, double[] b) {
        double sum = 0;
        for (int j = 0; j < a.length; j++) {
            sum += (a[j] - b[j]) * (a[j] - b[j]);
        }
        return sum;
    }

    private static double[] nearest(Lattice lattice, double[] vector) {
        int[] coordinates = new int[lattice.dimension() + 2];
        lattice.nearest(vector, coordinates, 1);
        double[] point = new double[lattice.dimension()];
        lattice.point(coordinates, 1, point);
        assertEquals(0, coordinates[0] + coordinates[coordinates.length - 1], "others are left alone");
        return point;
    }

    /** No point beside the one found is nearer: in these lattices the relevant ones are all among them. */
    @ParameterizedTest
    @MethodSource("lattices")
    void findsTheNearestPoint(Lattice lattice) {
        Random random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            double[] vector = random.doubles(lattice.dimension(), -9, 9).toArray();
            double[] point = nearest(lattice, vector);
            requirePoint(lattice, point);
            double distance = squared(vector, point);
            for (double[] step : steps(lattice)) {
                double[] other = new double[point.length];
                Arrays.setAll(other, j -> point[j] + step[j]);
                assertTrue(
                        squared(vector, other) >= distance - 1e-9,
                        () -> lattice.name() + " at "
                                + Arrays.toString(vector) + ": " + Arrays.toString(other) + " is nearer than "
                                + Arrays.toString(point));
            }
        }
    }

    private static void requirePoint(Lattice lattice, double[] point) {
        String name = lattice.name();
        if (name.startsWith("D") || name.equals("E8")) {
            double shift = name.equals("E8") ? Math.abs(point[0] - Math.rint(point[0])) : 0;
            double sum = 0;
            for (double value : point) {
                assertEquals(0, Math.rint(value - shift) - (value - shift), 0, "values are whole, or whole and a half");
                sum += value - shift;
            }
            assertEquals(0, Math.abs(sum) % 2, 0, "the sum is even");
        } else if (name.equals("A2")) {
            double b = point[1] / HEIGHT;
            assertEquals(Math.rint(b), b, 1e-9);
            assertEquals(Math.rint(point[0] - b / 2), point[0] - b / 2, 1e-9);
        }
    }

    @ParameterizedTest
    @MethodSource("lattices")
    void aPointIsNearestToItself(Lattice lattice) {
        Random random = new Random(2);
        for (int i = 0; i < 200; i++) {
            double[] point = nearest(
                    lattice, random.doubles(lattice.dimension(), -50, 50).toArray());
            double[] again = nearest(lattice, point.clone());
            assertArrayEquals(point, again, 1e-12);
        }
    }

    /** On uniform data the mean squared error is what theory says, within 1 %. */
    @ParameterizedTest
    @MethodSource("lattices")
    void theSecondMomentIsThatOfTheory(Lattice lattice) {
        Random random = new Random(3);
        int n = lattice.dimension();
        int rows = 200_000;
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            double[] vector = random.doubles(n, 0, 1000).toArray();
            sum += squared(vector, nearest(lattice, vector));
        }
        double measured = sum / rows / n / Math.pow(lattice.cellVolume(), 2.0 / n);
        assertEquals(1, measured / lattice.secondMoment(), 0.01, lattice.name());
    }

    /** Figures of papers and tables, to the digits that these have. */
    @Test
    void theoryIsThatOfTheTables() {
        assertEquals(0.08333, Lattice.z(1).secondMoment(), 5e-6);
        assertEquals(0.08019, Lattice.a2().secondMoment(), 5e-6);
        assertEquals(0.07874, Lattice.d(3).secondMoment(), 6e-6);
        assertEquals(0.07660, Lattice.d(4).secondMoment(), 5e-6);
        assertEquals(0.07168, Lattice.e8().secondMoment(), 5e-6);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1025})
    void refusesDimensions(int n) {
        assertThrows(NsvqException.class, () -> Lattice.z(n));
        assertThrows(NsvqException.class, () -> Lattice.d(n));
    }
}
