package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * Layers that weight all codewords by a softmax over their distances {@code d_i}, and so are differentiable as they
 * are (Vali, thesis 2025, eq. 3.4 and 3.9 to 3.11). With {@code tau}, which multiplies (large is hard; the
 * literature's temperature is {@code 1 / tau}):
 *
 * <ul>
 *   <li>{@link #soft soft quantization}: {@code x' = sum_i y_i c_i, y = softmax(-tau d)}
 *   <li>{@link #gumbel Gumbel-softmax}: {@code y = softmax(tau (G - d)), G_i = -log(-log U_i)} with {@code U_i}
 *       uniform on (0, 1): a codeword drawn with the probability {@code softmax(-d)}, softened. Forward {@code x'}
 *       is the codeword of the largest {@code y_i}; backward has the gradient of {@code sum_i y_i c_i}
 *       (straight-through).
 * </ul>
 *
 * <p>With {@code b_i = <g, c_i>} and {@code t_i = -tau y_i (b_i - sum_j y_j b_j)}, the gradient with respect to
 * {@code d_i}: {@code dL/dc_i = y_i g + t_i dd_i/dc_i} and {@code dL/dx = sum_i t_i dd_i/dx}. Every codeword has a
 * part in every row, so there are no zero rows, and a pass costs {@code N K D} in double. The squared errors are
 * those from the chosen codeword: the nearest, or with Gumbel noise the one drawn.
 */
public final class SoftQuantization extends RowLayer {

    /** What {@code d_i} is. */
    public enum Distance {
        /** The squared Euclidean distance {@code ||x - c_i||^2}, as most code has it. */
        SQUARED,
        /** The Euclidean distance {@code ||x - c_i||}, as the thesis has it; its gradient is 0 where it is 0. */
        PLAIN
    }

    private final double tau;
    private final Distance distance;
    private final Draws draws;

    private SoftQuantization(Codebooks codebooks, double tau, Distance distance, Draws draws) {
        super(codebooks);
        NsvqException.unless(
                codebooks.count() == 1,
                "soft quantization is for one codebook, not " + codebooks.count() + ": take a layer for each part");
        NsvqException.unless(tau > 0 && Double.isFinite(tau), "tau = " + tau + ": must be positive and finite");
        this.tau = tau;
        this.distance = distance;
        this.draws = draws;
    }

    /**
     * Returns soft quantization with squared distances.
     *
     * @param codebooks one codebook
     * @param tau hardness, positive, in 1 over squared units of the data
     * @throws NsvqException if there are several codebooks or tau is not positive
     */
    public static SoftQuantization soft(Codebooks codebooks, double tau) {
        return soft(codebooks, tau, Distance.SQUARED);
    }

    /**
     * Returns soft quantization.
     *
     * @param codebooks one codebook
     * @param tau hardness, positive, in 1 over the units of the distance
     * @throws NsvqException if there are several codebooks or tau is not positive
     */
    public static SoftQuantization soft(Codebooks codebooks, double tau, Distance distance) {
        return new SoftQuantization(codebooks, tau, distance, null);
    }

    /**
     * Returns Gumbel-softmax with squared distances.
     *
     * @param codebooks one codebook
     * @param tau hardness, positive, a number
     * @param seed the random seed
     * @throws NsvqException if there are several codebooks or tau is not positive
     */
    public static SoftQuantization gumbel(Codebooks codebooks, double tau, long seed) {
        return gumbel(codebooks, tau, Distance.SQUARED, Draws.seeded(seed));
    }

    /**
     * Returns Gumbel-softmax.
     *
     * @param codebooks one codebook
     * @param tau hardness, positive, a number
     * @param draws the numbers {@code U}, {@code K} for each row
     * @throws NsvqException if there are several codebooks or tau is not positive
     */
    public static SoftQuantization gumbel(Codebooks codebooks, double tau, Distance distance, Draws draws) {
        return new SoftQuantization(codebooks, tau, distance, draws);
    }

    @Override
    int[] choose(Parameters parameters, FloatMatrix rows, long step) {
        codebooks().checkCodewords(parameters.codewords());
        return new int[rows.rows()];
    }

    @Override
    RowPass pass(Parameters parameters, long step) {
        double[] codewords = Codebooks.doubles(parameters.codewords().values());
        return pass(codewords, draws == null ? null : draws.of(step));
    }

    /** Makes the pass from numbers in double. */
    RowPass pass(double[] codewords, Draws.Rows rows) {
        return new Softmax(codewords, rows);
    }

    private final class Softmax extends RowPass {
        private final Draws.Rows rows;
        private final int k = codebooks().codewords();
        private final int d = codebooks().dimension();
        private final double[] codewords;

        /** The codewords transposed, {@code D x K}: loops over codewords run as SIMD, sums would not. */
        private final double[] columns = new double[k * d];

        private final double[] squared = new double[k];
        private final double[] y = new double[k];
        private final double[] uniform = new double[k];
        private final double[] along = new double[k];

        Softmax(double[] codewords, Draws.Rows rows) {
            this.codewords = codewords;
            this.rows = rows;
            for (int i = 0; i < columns.length; i++) {
                columns[i % d * k + i / d] = codewords[i];
            }
        }

        /** Computes the squared distances and {@code y}. Returns the index of the largest. */
        private int weigh(double[] x, long row) {
            Arrays.fill(squared, 0);
            for (int j = 0; j < d; j++) {
                addSquares(x[j], columns, j * k, squared);
            }
            if (rows != null) {
                rows.uniform(row, uniform);
            }
            int best = 0;
            for (int i = 0; i < k; i++) {
                double noise = rows == null ? 0 : -Math.log(-Math.log(uniform[i]));
                y[i] = noise - (distance == Distance.SQUARED ? squared[i] : Math.sqrt(squared[i]));
                best = y[i] > y[best] ? i : best;
            }
            softmax(y[best]);
            return best;
        }

        private void softmax(double largest) {
            double sum = 0;
            for (int i = 0; i < k; i++) {
                y[i] = Math.exp(tau * (y[i] - largest));
                sum += y[i];
            }
            for (int i = 0; i < k; i++) {
                y[i] /= sum;
            }
        }

        @Override
        double forward(double[] x, long row, int[] chosen, int at, double[] output) {
            int best = weigh(x, row);
            chosen[at] = best;
            if (rows != null) {
                System.arraycopy(codewords, best * d, output, 0, d);
                return squared[best];
            }
            Arrays.fill(output, 0);
            for (int i = 0; i < k; i++) {
                if (y[i] != 0) { // of a row with a NaN it is NaN
                    addTimes(y[i], codewords, i * d, output);
                }
            }
            return squared[best];
        }

        @Override
        void backward(double[] x, long row, int[] chosen, int at, double[] g, Sums sums) {
            weigh(x, row);
            Arrays.fill(along, 0);
            for (int j = 0; j < d; j++) {
                addTimes(g[j], columns, j * k, along);
            }
            double mean = 0;
            for (int i = 0; i < k; i++) {
                mean += y[i] * along[i];
            }
            Arrays.fill(sums.input(), 0);
            for (int i = 0; i < k; i++) {
                if (y[i] != 0) {
                    // with respect to half the squared distance
                    double t = -tau * y[i] * (along[i] - mean) * slope(squared[i]);
                    add(x, g, i, t, sums);
                }
            }
        }

        /** The derivative of the distance by half its square. */
        private double slope(double square) {
            if (distance == Distance.SQUARED) {
                return 2;
            }
            return square == 0 ? 0 : 1 / Math.sqrt(square);
        }

        private void add(double[] x, double[] g, int codeword, double t, Sums sums) {
            double[] input = sums.input();
            double[] gradients = sums.codewords();
            double share = y[codeword];
            for (int j = 0, to = codeword * d; j < x.length; j++, to++) {
                double part = t * (x[j] - codewords[to]);
                input[j] += part;
                gradients[to] += share * g[j] - part;
            }
        }

        /** Adds the squared differences of a value from others. */
        private static void addSquares(double value, double[] from, int at, double[] to) {
            for (int i = 0; i < to.length; i++) {
                double difference = value - from[at + i];
                to[i] += difference * difference;
            }
        }

        /** Adds a multiple of values. */
        private static void addTimes(double factor, double[] from, int at, double[] to) {
            for (int i = 0; i < to.length; i++) {
                to[i] += factor * from[at + i];
            }
        }
    }
}
