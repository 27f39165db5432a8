package io.github.sparknsvq.core.lattice;

/**
 * The whole numbers in every dimension.
 *
 * @param dimension {@code n}
 */
record IntegerLattice(int dimension) implements Lattice {
    @Override
    public String name() {
        return dimension == 1 ? "Z" : "Z" + dimension;
    }

    @Override
    public double cellVolume() {
        return 1;
    }

    @Override
    public double secondMoment() {
        return 1.0 / 12;
    }

    @Override
    public void nearest(double[] vector, int[] coordinates, int to) {
        for (int j = 0; j < dimension; j++) {
            coordinates[to + j] = (int) Math.rint(vector[j]);
        }
    }

    @Override
    public void point(int[] coordinates, int from, double[] point) {
        for (int j = 0; j < dimension; j++) {
            point[j] = coordinates[from + j];
        }
    }
}
