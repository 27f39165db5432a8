package io.github.sparknsvq.core.lattice;

/**
 * Whole numbers with an even sum (Conway and Sloane 1982, section II): each value is rounded, and where the sum is
 * odd, the value that was rounded farthest goes to its other neighbor.
 *
 * @param dimension {@code n}
 */
record EvenSumLattice(int dimension) implements Lattice {
    @Override
    public String name() {
        return "D" + dimension;
    }

    @Override
    public double cellVolume() {
        return 2;
    }

    /** {@inheritDoc} Conway and Sloane, Sphere Packings, Lattices and Groups, chapter 21, theorem 5. */
    @Override
    public double secondMoment() {
        int n = dimension;
        return (1.0 / 12 + 1.0 / (2.0 * n * (n + 1))) / Math.pow(2, 2.0 / n);
    }

    @Override
    public void nearest(double[] vector, int[] coordinates, int to) {
        nearest(vector, 0, dimension, coordinates, to);
    }

    /**
     * Finds the nearest point of D<sub>n</sub> moved by some shift in every dimension.
     *
     * @param coordinates receives those of the point without the shift
     * @return the squared distance
     */
    static double nearest(double[] vector, double shift, int n, int[] coordinates, int to) {
        int sum = 0;
        int farthest = 0;
        double largest = -1;
        double error = 0;
        double squared = 0;
        for (int j = 0; j < n; j++) {
            double x = vector[j] - shift;
            double rounded = Math.rint(x);
            double apart = x - rounded;
            coordinates[to + j] = (int) rounded;
            sum += (int) rounded;
            squared += apart * apart;
            if (Math.abs(apart) > largest) {
                largest = Math.abs(apart);
                error = apart;
                farthest = j;
            }
        }
        if ((sum & 1) != 0) {
            coordinates[to + farthest] += error < 0 ? -1 : 1;
            squared += (1 - largest) * (1 - largest) - largest * largest;
        }
        return squared;
    }

    @Override
    public void point(int[] coordinates, int from, double[] point) {
        for (int j = 0; j < dimension; j++) {
            point[j] = coordinates[from + j];
        }
    }
}
