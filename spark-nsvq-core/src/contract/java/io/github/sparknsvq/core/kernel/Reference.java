package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;

/** The slow, obvious search that the kernels are compared with: every distance, in double precision. */
final class Reference {
    private final float[] rows;
    private final FloatMatrix codebook;
    private final double[] mean;

    Reference(float[] rows, FloatMatrix codebook) {
        this.rows = rows;
        this.codebook = codebook;
        this.mean = new double[codebook.columns()];
        for (int c = 0; c < codebook.rows(); c++) {
            for (int j = 0; j < mean.length; j++) {
                mean[j] += codebook.get(c, j) / (double) codebook.rows();
            }
        }
    }

    static FloatMatrix gaussian(int n, int d, double scale, double offset, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (offset + scale * random.nextGaussian());
        }
        return new FloatMatrix(n, d, values);
    }

    double squaredDistance(int row, int codeword) {
        int d = codebook.columns();
        double sum = 0;
        for (int j = 0; j < d; j++) {
            double difference = (double) rows[row * d + j] - codebook.values()[codeword * d + j];
            sum += difference * difference;
        }
        return sum;
    }

    /** All codewords by their distance from a row; equal distances by index. */
    int[] order(int row) {
        double[] distances = new double[codebook.rows()];
        Arrays.setAll(distances, c -> squaredDistance(row, c));
        return java.util.stream.IntStream.range(0, distances.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer c) -> distances[c]).thenComparing(c -> c))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    int nearest(int row) {
        int best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int c = 0; c < codebook.rows(); c++) {
            double distance = squaredDistance(row, c);
            if (distance < least) {
                least = distance;
                best = c;
            }
        }
        return best;
    }

    /** How far two squared distances may lie apart and still change places, as {@link NearestCodeword} says. */
    double tolerance(int row, int a, int b) {
        int d = codebook.columns();
        double x = 0;
        double ca = 0;
        double cb = 0;
        for (int j = 0; j < d; j++) {
            x += Math.pow(rows[row * d + j] - mean[j], 2);
            ca += Math.pow(codebook.get(a, j) - mean[j], 2);
            cb += Math.pow(codebook.get(b, j) - mean[j], 2);
        }
        double c = Math.sqrt(Math.max(ca, cb));
        return 0x1p-22 * Math.sqrt(d) * (Math.sqrt(x) + c) * c;
    }
}
