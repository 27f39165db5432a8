package io.github.sparknsvq.core.linalg;

import io.github.sparknsvq.core.NsvqException;
import java.util.Arrays;

/**
 * A matrix and a bias: {@code y = A x + b}. Its inverse is taken to be {@code A^T (y - b)}: exact only if the rows of
 * {@code A} are orthonormal and as many as its columns; for a PCA it is the nearest point of the kept subspace.
 *
 * <p>An instance does not change and may be used by several threads at once. The result for a row does not depend on
 * the rows that come with it.
 */
public final class AffineTransform implements VectorTransform {
    private static final long serialVersionUID = 1L;

    private final int inputDimension;
    private final int outputDimension;

    // An array for each row and each column of the matrix, so that loops run over arrays from their start, which C2
    // turns
    // into SIMD; null stands for the unit matrix.
    private final float[][] matrixRows;
    private final float[][] matrixColumns;
    private final float[] bias;

    /**
     * Makes a transform from its matrix.
     *
     * @param outputDimension rows of the matrix, at least 1
     * @param inputDimension columns of the matrix, at least 1
     * @param matrix {@code outputDimension x inputDimension} values, row-major; copied
     * @param bias {@code outputDimension} values, copied; null for none
     * @throws NsvqException if there are more or fewer values, or one is not finite
     */
    public AffineTransform(int outputDimension, int inputDimension, float[] matrix, float[] bias) {
        long length = (long) outputDimension * inputDimension;
        NsvqException.unless(
                outputDimension >= 1 && inputDimension >= 1 && matrix.length == length,
                "a transform to dimension " + outputDimension + " from " + inputDimension + " has as many values,"
                        + " not " + matrix.length);
        if (bias != null && bias.length != outputDimension) {
            throw new NsvqException("a transform to dimension " + outputDimension
                    + " has a bias of as many values, not " + bias.length);
        }
        checkFinite(matrix);
        this.inputDimension = inputDimension;
        this.outputDimension = outputDimension;
        this.matrixRows = new float[outputDimension][inputDimension];
        this.matrixColumns = new float[inputDimension][outputDimension];
        for (int i = 0; i < outputDimension; i++) {
            for (int j = 0; j < inputDimension; j++) {
                matrixRows[i][j] = matrix[i * inputDimension + j];
                matrixColumns[j][i] = matrix[i * inputDimension + j];
            }
        }
        this.bias = bias == null ? new float[outputDimension] : bias.clone();
        checkFinite(this.bias);
    }

    private AffineTransform(float[] bias) {
        checkFinite(bias);
        this.inputDimension = bias.length;
        this.outputDimension = bias.length;
        this.matrixRows = null;
        this.matrixColumns = null;
        this.bias = bias.clone();
    }

    /**
     * Returns the transform that adds a vector, without a matrix.
     *
     * @param bias what it adds; copied
     * @throws NsvqException if a value is not finite
     */
    public static AffineTransform translation(float[] bias) {
        return new AffineTransform(bias);
    }

    private static void checkFinite(float[] values) {
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new NsvqException("a transform must be finite: value " + i + " is " + values[i]);
            }
        }
    }

    /** Returns whether there is no matrix: only the bias is added. */
    public boolean isTranslation() {
        return matrixRows == null;
    }

    /**
     * Returns a copy of the matrix, {@code outputDimension x inputDimension}.
     *
     * @throws IllegalStateException if there is none
     */
    public FloatMatrix matrix() {
        if (isTranslation()) {
            throw new IllegalStateException("a translation has no matrix");
        }
        return FloatMatrix.of(matrixRows);
    }

    /** Returns a copy of the bias, zeros if there was none. */
    public float[] bias() {
        return bias.clone();
    }

    @Override
    public int inputDimension() {
        return inputDimension;
    }

    @Override
    public int outputDimension() {
        return outputDimension;
    }

    @Override
    public void apply(float[] rows, int offset, int count, float[] out, int to) {
        VectorMath.checkRows(rows, offset, count, inputDimension);
        VectorMath.checkRows(out, to, count, outputDimension);
        float[] sums = new float[outputDimension];
        for (int i = 0; i < count; i++) {
            System.arraycopy(bias, 0, sums, 0, outputDimension);
            addProducts(matrixColumns, rows, offset + i * inputDimension, sums);
            System.arraycopy(sums, 0, out, to + i * outputDimension, outputDimension);
        }
    }

    @Override
    public void reverse(float[] rows, int offset, int count, float[] out, int to) {
        VectorMath.checkRows(rows, offset, count, outputDimension);
        VectorMath.checkRows(out, to, count, inputDimension);
        float[] row = new float[outputDimension];
        float[] sums = new float[inputDimension];
        for (int i = 0; i < count; i++) {
            for (int j = 0; j < outputDimension; j++) {
                row[j] = rows[offset + i * outputDimension + j] - bias[j];
            }
            Arrays.fill(sums, 0f);
            addProducts(matrixRows, row, 0, sums);
            System.arraycopy(sums, 0, out, to + i * inputDimension, inputDimension);
        }
    }

    /** Adds vectors, each times a value of a row; the vectors are unit vectors where there is no matrix. */
    private static void addProducts(float[][] vectors, float[] row, int at, float[] sums) {
        if (vectors == null) {
            for (int k = 0; k < sums.length; k++) {
                sums[k] += row[at + k];
            }
            return;
        }
        for (int j = 0; j < vectors.length; j++) {
            float[] vector = vectors[j];
            float x = row[at + j];
            for (int k = 0; k < sums.length; k++) {
                sums[k] += x * vector[k];
            }
        }
    }
}
