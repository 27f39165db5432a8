package io.github.sparknsvq.core.linalg;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;

/**
 * An orthonormal matrix {@code R}, {@code D x D}, that turns rows: {@code y = R x}. Its transpose turns them back. It
 * may mirror as well as rotate.
 *
 * <p>An instance does not change and may be used by several threads at once. A row is turned in the same way,
 * whatever rows come with it.
 */
public final class Rotation implements VectorTransform {
    private static final long serialVersionUID = 1L;

    /** How far {@code R R^T} may be from the unit matrix, in any place. */
    public static final float TOLERANCE = 1e-4f;

    /** Rows that are turned at a time: each part of the matrix then serves so many rows while it is in a cache. */
    private static final int ROWS = 16;

    private final int dimension;

    // An array for each row and each column of the matrix: C2 turns loops over several arrays into SIMD only if it
    // sees the same offset in each.
    private final float[][] matrixRows;
    private final float[][] matrixColumns;

    /**
     * Makes a rotation from its matrix.
     *
     * @param dimension side {@code D} of the matrix, at least 1
     * @param values {@code D x D} values, row-major; copied
     * @throws NsvqException if there are more or fewer values, or the matrix is not finite or not orthonormal
     */
    public Rotation(int dimension, float[] values) {
        NsvqException.unless(
                dimension >= 1 && values.length == (long) dimension * dimension,
                "a rotation of dimension " + dimension + " has " + dimension + " x " + dimension + " values, not "
                        + values.length);
        this.dimension = dimension;
        this.matrixRows = new float[dimension][dimension];
        this.matrixColumns = new float[dimension][dimension];
        for (int i = 0; i < dimension; i++) {
            for (int j = 0; j < dimension; j++) {
                float value = values[i * dimension + j];
                if (!Float.isFinite(value)) {
                    throw new NsvqException(
                            "a rotation must be finite: row " + i + ", column " + j + " of the matrix is " + value);
                }
                matrixRows[i][j] = value;
                matrixColumns[j][i] = value;
            }
        }
        checkOrthonormal(values);
    }

    /** Returns the rotation of dimension {@code d} that changes nothing. */
    public static Rotation identity(int d) {
        float[] values = new float[checkedLength(d)];
        for (int i = 0; i < d; i++) {
            values[i * d + i] = 1;
        }
        return new Rotation(d, values);
    }

    /**
     * Draws a rotation, all orthonormal matrices being as likely.
     *
     * @param d dimension, at least 1
     * @param seed the same seed gives the same rotation, to rounding
     * @throws NsvqException if there is no such matrix
     */
    public static Rotation random(int d, long seed) {
        checkedLength(d);
        return new Rotation(d, DenseSolves.randomOrthonormal(d, seed));
    }

    private void checkOrthonormal(float[] values) {
        float[] products = new float[Math.min(dimension, ROWS) * dimension];
        for (int from = 0; from < dimension; from += ROWS) {
            int n = Math.min(ROWS, dimension - from);
            turn(matrixColumns, values, from * dimension, n, products, 0);
            for (int i = 0; i < n * dimension; i++) {
                int row = from + i / dimension;
                int other = i % dimension;
                float expected = row == other ? 1 : 0;
                if (!(Math.abs(products[i] - expected) <= TOLERANCE)) {
                    throw new NsvqException("a rotation must be orthonormal: the inner product of rows"
                            + " " + row + " and "
                            + other + " of the matrix is " + products[i] + " instead of " + (int) expected);
                }
            }
        }
    }

    /**
     * Checks that there can be a rotation.
     *
     * @param d dimension of the vectors
     * @throws NsvqException if its matrix fits no array
     */
    public static void checkDimension(int d) {
        NsvqException.unless(
                d >= 1 && (long) d * d <= Integer.MAX_VALUE - 8,
                "there is no rotation of dimension " + d + ": it should be from 1 to 46340");
    }

    private static int checkedLength(int d) {
        checkDimension(d);
        return d * d;
    }

    /** Returns the dimension {@code D}. */
    public int dimension() {
        return dimension;
    }

    @Override
    public int inputDimension() {
        return dimension;
    }

    @Override
    public int outputDimension() {
        return dimension;
    }

    /** Returns a copy of the matrix, {@code D x D}. */
    public FloatMatrix matrix() {
        return FloatMatrix.of(matrixRows);
    }

    /**
     * Turns rows: {@code y = R x}.
     *
     * @param rows row-major block that holds the rows, {@code D} values each
     * @param offset where the first row starts
     * @param count number of rows, 0 or more
     * @param out receives the turned rows; may be {@code rows} itself if {@code to} is {@code offset}
     * @param to where the first goes
     * @throws IndexOutOfBoundsException if an array is too short
     */
    @Override
    public void apply(float[] rows, int offset, int count, float[] out, int to) {
        VectorMath.checkRows(rows, offset, count, dimension);
        VectorMath.checkRows(out, to, count, dimension);
        turn(matrixColumns, rows, offset, count, out, to);
    }

    /**
     * Turns rows back: {@code x = R^T y}.
     *
     * @param rows row-major block that holds the rows, {@code D} values each
     * @param offset where the first row starts
     * @param count number of rows, 0 or more
     * @param out receives the rows turned back; may be {@code rows} itself if {@code to} is {@code offset}
     * @param to where the first goes
     * @throws IndexOutOfBoundsException if an array is too short
     */
    @Override
    public void reverse(float[] rows, int offset, int count, float[] out, int to) {
        VectorMath.checkRows(rows, offset, count, dimension);
        VectorMath.checkRows(out, to, count, dimension);
        turn(matrixRows, rows, offset, count, out, to);
    }

    /** Sums up columns of a matrix, each times a value of a row. */
    private static void turn(float[][] columns, float[] rows, int offset, int count, float[] out, int to) {
        int d = columns.length;
        float[][] sums = new float[Math.min(count, ROWS)][d];
        for (int from = 0; from < count; from += ROWS) {
            int n = Math.min(ROWS, count - from);
            int j = 0;
            for (; j + 3 < d; j += 4) {
                for (int i = 0; i < n; i++) {
                    addFour(sums[i], columns, j, rows, offset + (from + i) * d + j);
                }
            }
            for (; j < d; j++) {
                for (int i = 0; i < n; i++) {
                    addOne(sums[i], columns[j], rows[offset + (from + i) * d + j]);
                }
            }
            for (int i = 0; i < n; i++) {
                System.arraycopy(sums[i], 0, out, to + (from + i) * d, d);
                Arrays.fill(sums[i], 0f);
            }
        }
    }

    /** Four columns a pass, because each pass loads and stores the sums. */
    private static void addFour(float[] sums, float[][] columns, int j, float[] rows, int at) {
        float[] c0 = columns[j];
        float[] c1 = columns[j + 1];
        float[] c2 = columns[j + 2];
        float[] c3 = columns[j + 3];
        float x0 = rows[at];
        float x1 = rows[at + 1];
        float x2 = rows[at + 2];
        float x3 = rows[at + 3];
        for (int k = 0; k < sums.length; k++) {
            sums[k] += (x0 * c0[k] + x1 * c1[k]) + (x2 * c2[k] + x3 * c3[k]);
        }
    }

    private static void addOne(float[] sums, float[] column, float x) {
        for (int k = 0; k < sums.length; k++) {
            sums[k] += x * column[k];
        }
    }
}
