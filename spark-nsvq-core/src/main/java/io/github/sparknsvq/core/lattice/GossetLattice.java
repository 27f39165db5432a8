package io.github.sparknsvq.core.lattice;

/**
 * E8, the union of D8 and D8 moved by one half (Conway and Sloane 1982, section III): the nearer of both nearest
 * points. Coordinates are twice the point's values: all even, or all odd.
 */
record GossetLattice() implements Lattice {
    private static final int N = 8;

    @Override
    public String name() {
        return "E8";
    }

    @Override
    public int dimension() {
        return N;
    }

    @Override
    public double cellVolume() {
        return 1;
    }

    @Override
    public double secondMoment() {
        return 929.0 / 12960;
    }

    @Override
    public void nearest(double[] vector, int[] coordinates, int to) {
        double whole = EvenSumLattice.nearest(vector, 0, N, coordinates, to);
        int[] moved = new int[N];
        boolean halves = EvenSumLattice.nearest(vector, 0.5, N, moved, 0) < whole;
        for (int j = 0; j < N; j++) {
            coordinates[to + j] = halves ? 2 * moved[j] + 1 : 2 * coordinates[to + j];
        }
    }

    @Override
    public void point(int[] coordinates, int from, double[] point) {
        for (int j = 0; j < N; j++) {
            point[j] = coordinates[from + j] / 2.0;
        }
    }
}
