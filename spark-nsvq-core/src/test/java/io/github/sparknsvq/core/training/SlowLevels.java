package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.List;

/** Parts of rows and levels of residuals, one obvious loop after the other, on top of {@link SlowKMeans}. */
final class SlowLevels {
    private SlowLevels() {}

    /** Part {@code m} of {@code parts} of each row. */
    public static FloatMatrix part(FloatMatrix rows, int m, int parts) {
        int d = rows.columns() / parts;
        float[] values = new float[rows.rows() * d];
        for (int i = 0; i < rows.rows(); i++) {
            for (int j = 0; j < d; j++) {
                values[i * d + j] = rows.get(i, m * d + j);
            }
        }
        return new FloatMatrix(rows.rows(), d, values);
    }

    /** What is left of each row after its nearest codeword. */
    public static FloatMatrix residuals(FloatMatrix rows, FloatMatrix codebook) {
        float[] values = rows.values().clone();
        for (int i = 0; i < rows.rows(); i++) {
            int k = SlowKMeans.nearest(rows, i, codebook);
            for (int j = 0; j < rows.columns(); j++) {
                values[i * rows.columns() + j] -= codebook.get(k, j);
            }
        }
        return new FloatMatrix(rows.rows(), rows.columns(), values);
    }

    /** One Lloyd step of all levels, each on what the others leave before the step. */
    public static List<FloatMatrix> step(FloatMatrix rows, List<FloatMatrix> levels) {
        List<FloatMatrix> next = new ArrayList<>();
        FloatMatrix left = rows;
        for (FloatMatrix level : levels) {
            next.add(SlowKMeans.step(left, level, false));
            left = residuals(left, level);
        }
        return next;
    }

    /** Mean squared error of greedy codes. */
    public static double mse(FloatMatrix rows, List<FloatMatrix> levels) {
        FloatMatrix left = rows;
        for (FloatMatrix level : levels.subList(0, levels.size() - 1)) {
            left = residuals(left, level);
        }
        return SlowKMeans.mse(left, levels.get(levels.size() - 1));
    }

    /** Codebooks one under the other, as the trainer takes them. */
    public static FloatMatrix stacked(List<FloatMatrix> codebooks) {
        List<float[]> rows = new ArrayList<>();
        for (FloatMatrix codebook : codebooks) {
            for (int k = 0; k < codebook.rows(); k++) {
                rows.add(codebook.row(k));
            }
        }
        return FloatMatrix.of(rows.toArray(new float[0][]));
    }
}
