package io.github.sparknsvq.core.noise;

import java.util.Arrays;

/**
 * Layers that put a vector of the length of the quantization error in its place: {@code x' = x + s q / w}, where
 * {@code x^} is what the row chose, {@code s = ||w . (x - x^)||} and {@code q} a direction of length 1 that gradients
 * take for a constant. So the output is a differentiable function of the row and the codewords, by way of {@code s}
 * alone.
 *
 * <p>With {@code u = w . (x - x^) / s} and {@code a = <g, q / w>}, for a downstream gradient {@code g}:
 *
 * <ul>
 *   <li>{@code dL/dx = g + a w . u}
 *   <li>{@code dL/dx^ = -a w . u}, which goes to the row's codeword; to each of those that are added up; to each of a
 *       product for its dimensions
 *   <li>{@code dL/dw = a (x - x^) . u - s g . q / w^2}, summed over rows (NSVQ alone has weights; they are 1
 *       elsewhere)
 * </ul>
 *
 * <p>A row that lies on its codeword stays there: {@code u = 0}.
 *
 * <p>A product is one vector here, with one {@code s} and one {@code q}; {@link #perPart} gives each part its own.
 */
public final class NoiseSubstitution extends RowLayer {
    private final Direction direction;
    private final boolean weighted;
    private final boolean perPart;
    private final Draws draws;

    NoiseSubstitution(Codebooks codebooks, Direction direction, boolean weighted, boolean perPart, Draws draws) {
        super(codebooks);
        this.direction = direction;
        this.weighted = weighted;
        this.perPart = perPart;
        this.draws = draws;
    }

    /**
     * Returns noise-substitution vector quantization: {@code q = v / ||v||} with {@code v ~ N(0, I)} (Vali and
     * Bäckström, NSVQ: noise substitution in vector quantization for machine learning, IEEE Access 2022, eq. 9). It
     * takes weights, and the search goes by them.
     *
     * @param seed the random seed
     */
    public static NoiseSubstitution nsvq(Codebooks codebooks, long seed) {
        return new NoiseSubstitution(codebooks, Direction.random(), true, false, Draws.seeded(seed));
    }

    /**
     * Returns NSVQ with the vector of noise as it is drawn, {@code q = v / sqrt(D)} (ibid., eq. 8): its length
     * differs from that of the error, which makes losses noisy. For comparisons. It takes weights.
     *
     * @param seed the random seed
     */
    public static NoiseSubstitution unnormalized(Codebooks codebooks, long seed) {
        return new NoiseSubstitution(codebooks, Direction.unnormalized(), true, false, Draws.seeded(seed));
    }

    /**
     * Returns DiVeQ: {@code q = n / ||n||, n = (x^ - x) + sigma v} with {@code v ~ N(0, I)} (Vali, Bäckström and
     * Solin, DiVeQ: differentiable vector quantization using the reparameterization trick, ICLR 2026). The output
     * lies near what the row chose.
     *
     * @param sigma the standard deviation of the noise in each dimension, in the data's units, 0 or more; the package
     *     diveq calls it {@code noise_var}, and has 0.001
     * @param seed the random seed
     * @throws io.github.sparknsvq.core.NsvqException if sigma is negative or not finite
     */
    public static NoiseSubstitution diveq(Codebooks codebooks, double sigma, long seed) {
        checkShare("sigma", sigma);
        return new NoiseSubstitution(codebooks, Direction.towardsCodeword(sigma), false, false, Draws.seeded(seed));
    }

    /** Returns DiVeQ without noise: the output is what the row chose, and nothing is random (ibid.). */
    public static NoiseSubstitution detached(Codebooks codebooks) {
        return diveq(codebooks, 0, 0);
    }

    /**
     * Returns this layer with an error length and a direction for each part of a product, as if each were a row of
     * its own. For one codebook and for sums it is the same layer.
     */
    public NoiseSubstitution perPart() {
        return new NoiseSubstitution(codebooks(), direction, weighted, true, draws);
    }

    /** Returns this layer with other draws, such as those of another framework. */
    public NoiseSubstitution withDraws(Draws draws) {
        return new NoiseSubstitution(codebooks(), direction, weighted, perPart, draws);
    }

    @Override
    boolean takesWeights() {
        return weighted;
    }

    @Override
    RowPass pass(Parameters parameters, long step) {
        double[] weights = parameters.weights() == null ? null : Codebooks.doubles(parameters.weights());
        return pass(Codebooks.doubles(parameters.codewords().values()), weights, draws.of(step));
    }

    /** Makes the pass from numbers in double. */
    RowPass pass(double[] codewords, double[] weights, Draws.Rows rows) {
        return new Substitution(codewords, weights, rows);
    }

    private final class Substitution extends RowPass {
        private final double[] codewords;
        private final double[] weights;
        private final Draws.Rows rows;
        private final int size;
        private final double[] approximation = new double[codebooks().dimension()];
        private final double[] error = new double[approximation.length];
        private final double[] v = new double[approximation.length];
        private final double[] q = new double[approximation.length];

        Substitution(double[] codewords, double[] weights, Draws.Rows rows) {
            this.codewords = codewords;
            this.weights = weights;
            this.rows = rows;
            this.size = perPart ? codebooks().codewordDimension() : approximation.length;
        }

        private double weight(int j) {
            return weights == null ? 1 : weights[j];
        }

        private void prepare(double[] x, long row, int[] chosen, int at) {
            codebooks().reconstruct(codewords, chosen, at, approximation);
            for (int j = 0; j < x.length; j++) {
                error[j] = weight(j) * (x[j] - approximation[j]);
            }
            if (direction.isRandom()) {
                rows.gaussian(row, v);
            }
        }

        @Override
        double forward(double[] x, long row, int[] chosen, int at, double[] output) {
            prepare(x, row, chosen, at);
            double squaredError = 0;
            for (int from = 0; from < x.length; from += size) {
                int to = from + size;
                double s = Direction.norm(error, from, to);
                squaredError += s * s;
                if (s == 0 || direction.isExact()) {
                    System.arraycopy(approximation, from, output, from, size);
                    continue;
                }
                direction.find(error, v, from, to, q);
                for (int j = from; j < to; j++) {
                    output[j] = x[j] + s * q[j] / weight(j);
                }
            }
            return squaredError;
        }

        @Override
        void backward(double[] x, long row, int[] chosen, int at, double[] g, Sums sums) {
            prepare(x, row, chosen, at);
            for (int from = 0; from < x.length; from += size) {
                block(x, from, from + size, g, sums);
            }
            // what stands there now is the gradient with respect to the approximation
            codebooks().scatter(approximation, chosen, at, sums.codewords());
        }

        private void block(double[] x, int from, int to, double[] g, Sums sums) {
            double s = Direction.norm(error, from, to);
            if (s == 0) {
                System.arraycopy(g, from, sums.input(), from, size);
                Arrays.fill(approximation, from, to, 0);
                return;
            }
            direction.find(error, v, from, to, q);
            double a = 0;
            for (int j = from; j < to; j++) {
                a += g[j] * q[j] / weight(j);
            }
            for (int j = from; j < to; j++) {
                double w = weight(j);
                double u = error[j] / s;
                if (weights != null) {
                    sums.weights()[j] += a * (x[j] - approximation[j]) * u - s * g[j] * q[j] / (w * w);
                }
                approximation[j] = -a * w * u;
                sums.input()[j] = g[j] - approximation[j];
            }
        }
    }
}
