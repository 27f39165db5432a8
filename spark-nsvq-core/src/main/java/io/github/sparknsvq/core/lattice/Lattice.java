package io.github.sparknsvq.core.lattice;

import io.github.sparknsvq.core.NsvqException;

/**
 * A lattice, an infinite grid of points: finds the point nearest to a vector by the algorithms of Conway and Sloane
 * (Fast quantizing and decoding algorithms for lattice quantizers and codes, IEEE Transactions on Information Theory
 * 1982). An instance does not change and may be used by several threads at once.
 */
public interface Lattice {
    /** The largest dimension of a lattice. */
    int MOST_DIMENSIONS = 1024;

    /** Returns a short name, such as {@code D4}. */
    String name();

    /** Returns the dimension {@code n} of the points. */
    int dimension();

    /** Returns the volume of the cell of a point: of the vectors that are nearest to it. */
    double cellVolume();

    /**
     * Returns the theory's normalized second moment of a cell: the mean squared distance of the vectors in it from
     * their point, divided by {@code n} and by {@code cellVolume^(2/n)}. The less the better; a sphere of many
     * dimensions has the least, {@code 1/(2 pi e) = 0.05855}.
     */
    double secondMoment();

    /**
     * Finds the point nearest to a vector.
     *
     * @param vector {@code n} finite values
     * @param coordinates receives the point's {@code n} integer coordinates; which whole numbers there are is the
     *     lattice's own affair, but different points have different ones
     * @param to where the first coordinate goes
     */
    void nearest(double[] vector, int[] coordinates, int to);

    /**
     * Finds the point that has some coordinates.
     *
     * @param coordinates as {@link #nearest} gives them
     * @param from where the first one is
     * @param point receives {@code n} values
     */
    void point(int[] coordinates, int from, double[] point);

    /**
     * Returns Z<sup>n</sup>, the whole numbers: rounding, each value by itself.
     *
     * @throws NsvqException if the dimension is not in [1, {@value #MOST_DIMENSIONS}]
     */
    static Lattice z(int n) {
        return new IntegerLattice(checked(n));
    }

    /** Returns A2, the hexagonal lattice in the plane, whose nearest points are 1 apart. */
    static Lattice a2() {
        return new HexagonalLattice();
    }

    /**
     * Returns D<sub>n</sub>: whole numbers with an even sum.
     *
     * @throws NsvqException if the dimension is not in [1, {@value #MOST_DIMENSIONS}]
     */
    static Lattice d(int n) {
        return new EvenSumLattice(checked(n));
    }

    /** Returns E8: D8, and D8 moved by one half in every dimension. */
    static Lattice e8() {
        return new GossetLattice();
    }

    private static int checked(int n) {
        NsvqException.unless(
                n >= 1 && n <= MOST_DIMENSIONS,
                "a lattice of dimension " + n + ": 1 to " + MOST_DIMENSIONS + " are possible");
        return n;
    }
}
