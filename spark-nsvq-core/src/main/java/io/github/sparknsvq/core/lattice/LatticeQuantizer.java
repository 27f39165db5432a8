package io.github.sparknsvq.core.lattice;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Quantizes rows by a scaled lattice: a row is cut into blocks of the lattice's dimension, and each block becomes the
 * integer coordinates of its nearest point. There are as many points as the data needs, so there is no code of fixed
 * length: {@link #usage} says what an entropy coder makes of the points, one alphabet for each block of a row.
 *
 * @param lattice whose points are taken
 * @param scale by which its points are multiplied, positive
 * @param dimension {@code D} of the rows, a multiple of the lattice's
 */
public record LatticeQuantizer(Lattice lattice, double scale, int dimension) {
    /** Blocks whose coordinates would not fit an int are refused by this limit, far within it. */
    private static final double FARTHEST = 1 << 28;

    private static final int BISECTIONS = 30;

    /**
     * Checks every value.
     *
     * @throws NsvqException if the scale is not positive and finite, or the dimension no multiple of the lattice's
     */
    public LatticeQuantizer {
        NsvqException.unless(
                scale > 0 && Double.isFinite(scale), "a lattice of scale " + scale + ": it must be positive");
        NsvqException.unless(
                dimension >= 1 && dimension % lattice.dimension() == 0,
                "rows of dimension " + dimension + " cannot be cut into blocks of " + lattice.dimension());
    }

    /** Returns the number of blocks of a row. */
    public int blocks() {
        return dimension / lattice.dimension();
    }

    /**
     * Finds the points nearest to the blocks of rows.
     *
     * @param rows row-major block that holds the rows
     * @param offset where the first row starts in {@code rows}
     * @param count number of rows, 0 or more
     * @param coordinates receives {@code D} integer coordinates for each row
     * @param to where those of the first row start
     * @throws NsvqException if a value is not finite, or too large for the scale
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void encode(float[] rows, int offset, int count, int[] coordinates, int to) {
        int n = lattice.dimension();
        double[] vector = new double[n];
        for (int at = 0; at < count * dimension; at += n) {
            for (int j = 0; j < n; j++) {
                vector[j] = rows[offset + at + j] / scale;
                if (!(Math.abs(vector[j]) <= FARTHEST)) {
                    throw new NsvqException("value " + rows[offset + at + j] + " of row " + at / dimension
                            + " is too large for a lattice of scale " + scale);
                }
            }
            lattice.nearest(vector, coordinates, to + at);
        }
    }

    /**
     * Finds the rows that coordinates stand for.
     *
     * @param coordinates {@code D} for each row
     * @param offset where those of the first row start
     * @param count number of rows, 0 or more
     * @param rows receives the rows, {@code D} values each
     * @param to where the first row starts
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void decode(int[] coordinates, int offset, int count, float[] rows, int to) {
        int n = lattice.dimension();
        double[] point = new double[n];
        for (int at = 0; at < count * dimension; at += n) {
            lattice.point(coordinates, offset + at, point);
            for (int j = 0; j < n; j++) {
                rows[to + at + j] = (float) (point[j] * scale);
            }
        }
    }

    /**
     * What a data set needs.
     *
     * @param bits entropy of the points in bits, mean over dimensions: of each block of a row by itself
     * @param fixedBits bits if all points that are used had codes of one length, which need not be whole bits: {@code
     *     log2} of their number, mean over dimensions
     * @param points how many different points are used, of all blocks together; where they are not far fewer than the
     *     rows, the entropy of the data's distribution is more than the {@code bits} of these rows
     * @param mse mean squared error of a value
     */
    public record Usage(double bits, double fixedBits, long points, double mse) {}

    /**
     * Quantizes rows and says what that takes.
     *
     * @param rows {@code N x D}, at least one
     * @throws NsvqException as {@link #encode}, or if there are no rows
     */
    public Usage usage(FloatMatrix rows) {
        NsvqException.unless(rows.rows() > 0, "there are no rows to quantize");
        int count = rows.rows();
        int[] coordinates = new int[count * dimension];
        float[] decoded = new float[count * dimension];
        encode(rows.values(), 0, count, coordinates, 0);
        decode(coordinates, 0, count, decoded, 0);
        double squared = 0;
        for (int i = 0; i < decoded.length; i++) {
            double apart = rows.values()[i] - decoded[i];
            squared += apart * apart;
        }
        double bits = 0;
        double fixed = 0;
        long points = 0;
        int n = lattice.dimension();
        for (int b = 0; b < dimension; b += n) {
            PointCounts counts = PointCounts.of(coordinates, b, dimension, n, count);
            bits += counts.entropyBits();
            fixed += Math.log(counts.points()) / Math.log(2);
            points += counts.points();
        }
        return new Usage(bits / dimension, fixed / dimension, points, squared / decoded.length);
    }

    /**
     * Chooses the scale by which rows take a rate, entropy-coded.
     *
     * @param lattice whose points are taken
     * @param rows {@code N x D}, at least one
     * @param bits the rate to reach: entropy of the points in bits, mean over dimensions, positive
     * @throws NsvqException if no scale makes the rows take so many bits
     */
    public static LatticeQuantizer atRate(Lattice lattice, FloatMatrix rows, double bits) {
        NsvqException.unless(
                bits > 0 && Double.isFinite(bits), "a rate of " + bits + " bits: it must be positive and finite");
        int d = rows.columns();
        double largest = 0;
        for (float value : rows.values()) {
            largest = Math.max(largest, Math.abs(value));
        }
        double most =
                new LatticeQuantizer(lattice, finest(largest), d).usage(rows).bits();
        NsvqException.unless(
                most >= bits,
                "rows of " + rows.rows() + " different blocks at most cannot take " + bits
                        + " bits a dimension: with the finest scale they take " + most);
        double low = Math.log(finest(largest));
        double high = Math.log(4 * largest);
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            boolean more = new LatticeQuantizer(lattice, Math.exp(middle), d)
                            .usage(rows)
                            .bits()
                    > bits;
            low = more ? middle : low;
            high = more ? high : middle;
        }
        return new LatticeQuantizer(lattice, Math.exp((low + high) / 2), d);
    }

    private static double finest(double largest) {
        return Math.max(largest, Float.MIN_NORMAL) / (1 << 20);
    }

    @Override
    public String toString() {
        return "LatticeQuantizer(" + lattice.name() + ", scale " + scale + ", " + dimension + ")";
    }
}
