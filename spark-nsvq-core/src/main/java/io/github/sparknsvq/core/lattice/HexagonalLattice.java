package io.github.sparknsvq.core.lattice;

/**
 * The hexagonal lattice, as two rectangular ones (Conway and Sloane 1982, section IV): the points {@code (a / 2, b
 * sqrt(3) / 2)} whose coordinates {@code a} and {@code b} are both even or both odd.
 */
record HexagonalLattice() implements Lattice {
    private static final double HEIGHT = Math.sqrt(3);

    @Override
    public String name() {
        return "A2";
    }

    @Override
    public int dimension() {
        return 2;
    }

    @Override
    public double cellVolume() {
        return HEIGHT / 2;
    }

    @Override
    public double secondMoment() {
        return 5 / (36 * HEIGHT);
    }

    @Override
    public void nearest(double[] vector, int[] coordinates, int to) {
        double x = vector[0];
        double y = vector[1] / HEIGHT;
        double evenX = Math.rint(x);
        double evenY = Math.rint(y);
        double oddX = Math.rint(x - 0.5) + 0.5;
        double oddY = Math.rint(y - 0.5) + 0.5;
        boolean even = squared(x - evenX, y - evenY) <= squared(x - oddX, y - oddY);
        coordinates[to] = (int) (2 * (even ? evenX : oddX));
        coordinates[to + 1] = (int) (2 * (even ? evenY : oddY));
    }

    private static double squared(double x, double y) {
        return x * x + 3 * y * y;
    }

    @Override
    public void point(int[] coordinates, int from, double[] point) {
        point[0] = coordinates[from] / 2.0;
        point[1] = coordinates[from + 1] * HEIGHT / 2;
    }
}
