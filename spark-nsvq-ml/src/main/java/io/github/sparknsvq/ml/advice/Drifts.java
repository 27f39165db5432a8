package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import io.github.sparknsvq.ml.IvfIndexSummary;
import java.util.Arrays;

/** Compares the error of rows with that of those that an index was trained on. */
final class Drifts {
    /** Standard errors on each side of a mean between which it lies in 95 of 100 samples. */
    private static final double DEVIATIONS = 1.96;

    private Drifts() {}

    /**
     * Measures the error of rows.
     *
     * @param quantizer of the index
     * @param training what the index was trained on, or null
     * @param rows the rows, before any transform
     */
    static IndexHealth.Drift of(IvfQuantizer quantizer, IvfIndexSummary.Training training, FloatMatrix rows) {
        double[] coarse = new double[rows.rows()];
        double[] coded = new double[rows.rows()];
        measure(quantizer, rows, coarse, coded);
        boolean flat = quantizer.codes() == null;
        double[] errors = flat ? coarse : coded;
        double mean = mean(errors);
        double variance = Arrays.stream(errors)
                        .map(error -> (error - mean) * (error - mean))
                        .sum()
                / Math.max(1, errors.length - 1);
        double error = Math.sqrt(variance / errors.length);
        double apart = errors.length < 2 ? Double.POSITIVE_INFINITY : DEVIATIONS * error;
        double trained = training == null ? Double.NaN : flat ? training.coarseMse() : training.mse();
        return new IndexHealth.Drift(
                rows.rows(),
                mean(coarse),
                flat ? 0 : mean(coded),
                mean / trained,
                (mean - apart) / trained,
                (mean + apart) / trained,
                training == null ? Double.NaN : expected(quantizer, training.rows()));
    }

    private static void measure(IvfQuantizer quantizer, FloatMatrix rows, double[] coarse, double[] coded) {
        int d = quantizer.innerDimension();
        float[] transformed = new float[d];
        float[] decoded = new float[d];
        byte[] code = new byte[quantizer.codeSize()];
        int[] list = new int[1];
        for (int i = 0; i < rows.rows(); i++) {
            quantizer.transform(rows.values(), i * rows.columns(), 1, transformed, 0);
            quantizer.assign(transformed, 0, 1, list);
            coarse[i] = VectorMath.squaredDistance(
                    transformed, 0, quantizer.centroids().values(), list[0] * d, d);
            if (quantizer.codes() != null) {
                quantizer.encode(transformed, 0, 1, list, code, 0);
                quantizer.decode(list[0], code, 0, 1, decoded, 0);
                coded[i] = VectorMath.squaredDistance(transformed, 0, decoded, 0, d);
            }
        }
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElse(Double.NaN);
    }

    /**
     * Returns by how much the error of other rows of the same kind should be larger. A mean of {@code n} rows is
     * nearer to these than to others by {@code (n + 1) / (n - 1)} in squared distance; there are {@code n / K} rows
     * for each of {@code K} means, and where codebooks are added up, each fits what the ones before it left.
     */
    private static double expected(IvfQuantizer quantizer, long rows) {
        Quantizer codes = quantizer.codes();
        double ratio = fit(rows, quantizer.lists());
        if (codes != null) {
            int bits = codes.codeBits().width(0);
            int levels = codes instanceof SumQuantizer ? codes.codeBits().indices() : 1;
            ratio *= Math.pow(fit(rows, 1L << bits), levels);
        }
        return ratio;
    }

    private static double fit(long rows, long means) {
        return rows > means ? (double) (rows + means) / (rows - means) : Double.POSITIVE_INFINITY;
    }
}
