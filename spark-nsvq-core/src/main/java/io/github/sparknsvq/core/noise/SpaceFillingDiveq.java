package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.curve.DitheredPoints;

/**
 * SF-DiVeQ: the codewords are the corners of a line, and rows are quantized to points on its segments (Vali,
 * Bäckström and Solin, DiVeQ, ICLR 2026). Segment {@code i} goes from {@code c_i} to {@code c_(i+1)}; a step draws
 * one share {@code l} from (0, 1) for each, a row goes to the nearest of the points
 * {@code (1 - l) c_i + l c_(i+1)}, and
 *
 * <p>{@code x' = x + (1 - l) ||c_i - x|| n1 / ||n1|| + l ||c_(i+1) - x|| n2 / ||n2||}
 *
 * <p>with {@code n_k = (c_k - x) + sigma v_k}, {@code v_k ~ N(0, I)}, the directions constants for the gradient. With
 * {@code u_k = (c_k - x) / ||c_k - x||} (0 where the row lies on the corner) and {@code a_k = <g, n_k / ||n_k||>}:
 *
 * <ul>
 *   <li>{@code dL/dc_i = (1 - l) a_1 u_1}, {@code dL/dc_(i+1) = l a_2 u_2}
 *   <li>{@code dL/dx = g - (1 - l) a_1 u_1 - l a_2 u_2}
 * </ul>
 *
 * <p>In training rows choose segments, {@link Forward#segments}; at inference they choose corners, as in every layer.
 * Since whole segments move, no codeword stays idle, and there is nothing to replace.
 */
public final class SpaceFillingDiveq extends RowLayer {
    private final double sigma;
    private final Draws draws;

    /**
     * Makes the layer.
     *
     * @param codebooks one codebook of at least two codewords
     * @param sigma the standard deviation of the noise in each dimension, in the data's units, 0 or more
     * @param seed the random seed, of the shares and the noise
     * @throws NsvqException if there are several codebooks or less than two codewords, or sigma is negative
     */
    public SpaceFillingDiveq(Codebooks codebooks, double sigma, long seed) {
        this(codebooks, sigma, Draws.seeded(seed));
    }

    private SpaceFillingDiveq(Codebooks codebooks, double sigma, Draws draws) {
        super(codebooks);
        NsvqException.unless(
                codebooks.count() == 1 && codebooks.codewords() >= 2,
                "a space-filling layer has one codebook of at least 2 codewords, not " + codebooks.count() + " with "
                        + codebooks.codewords() + " together");
        checkShare("sigma", sigma);
        this.sigma = sigma;
        this.draws = draws;
    }

    /**
     * Returns this layer with other draws, such as those of another framework.
     *
     * @param draws for each row {@code 2 D} of the normal distribution, {@code v_1} first; for {@link
     *     Draws.Rows#BATCH} the {@code K - 1} shares
     */
    public SpaceFillingDiveq withDraws(Draws draws) {
        return new SpaceFillingDiveq(codebooks(), sigma, draws);
    }

    /**
     * Returns the shares {@code l} of a step.
     *
     * @return {@code K - 1} values in (0, 1)
     */
    public double[] shares(long step) {
        double[] shares = new double[codebooks().codewords() - 1];
        draws.of(step).uniform(Draws.Rows.BATCH, shares);
        return shares;
    }

    @Override
    boolean choosesSegments() {
        return true;
    }

    @Override
    int[] choose(Parameters parameters, FloatMatrix rows, long step) {
        codebooks().checkCodewords(parameters.codewords());
        int d = codebooks().dimension();
        double[] shares = shares(step);
        float[] points = new DitheredPoints(parameters.codewords().values(), d, shares).points();
        int[] chosen = new int[rows.rows()];
        NearestCodewordProviders.cpu()
                .prepare(new FloatMatrix(shares.length, d, points))
                .nearest(rows.values(), 0, rows.rows(), chosen, new float[rows.rows()]);
        return chosen;
    }

    @Override
    RowPass pass(Parameters parameters, long step) {
        double[] corners = Codebooks.doubles(parameters.codewords().values());
        return pass(corners, shares(step), draws.of(step));
    }

    /** Makes the pass from numbers in double. */
    RowPass pass(double[] corners, double[] shares, Draws.Rows rows) {
        return new OnSegment(corners, shares, rows);
    }

    private final class OnSegment extends RowPass {
        private final Direction direction = Direction.towardsCodeword(sigma);
        private final double[] corners;
        private final double[] shares;
        private final Draws.Rows rows;
        private final int d = codebooks().dimension();
        private final double[] error = new double[2 * d];
        private final double[] v = new double[2 * d];
        private final double[] q = new double[2 * d];

        OnSegment(double[] corners, double[] shares, Draws.Rows rows) {
            this.corners = corners;
            this.shares = shares;
            this.rows = rows;
        }

        /** The errors from both corners, one behind the other, as two blocks. */
        private void prepare(double[] x, long row, int segment) {
            for (int j = 0; j < 2 * d; j++) {
                error[j] = x[j % d] - corners[segment * d + j];
            }
            if (direction.isRandom()) {
                rows.gaussian(row, v);
            }
        }

        @Override
        double forward(double[] x, long row, int[] chosen, int at, double[] output) {
            int segment = chosen[at];
            double l = shares[segment];
            prepare(x, row, segment);
            double squaredError = 0;
            for (int j = 0; j < d; j++) {
                double difference = (1 - l) * error[j] + l * error[j + d];
                squaredError += difference * difference;
                output[j] = x[j];
            }
            for (int from = 0; from < 2 * d; from += d) {
                double s = Direction.norm(error, from, from + d);
                if (s > 0) {
                    double length = (from == 0 ? 1 - l : l) * s;
                    direction.find(error, v, from, from + d, q);
                    for (int j = 0; j < d; j++) {
                        output[j] += length * q[from + j];
                    }
                }
            }
            return squaredError;
        }

        @Override
        void backward(double[] x, long row, int[] chosen, int at, double[] g, Sums sums) {
            int segment = chosen[at];
            prepare(x, row, segment);
            System.arraycopy(g, 0, sums.input(), 0, d);
            for (int from = 0; from < 2 * d; from += d) {
                double s = Direction.norm(error, from, from + d);
                if (s > 0) {
                    direction.find(error, v, from, from + d, q);
                    double a = from == 0 ? 1 - shares[segment] : shares[segment];
                    double along = 0;
                    for (int j = 0; j < d; j++) {
                        along += g[j] * q[from + j];
                    }
                    for (int j = 0; j < d; j++) {
                        double part = -a * along * error[from + j] / s;
                        sums.codewords()[segment * d + from + j] += part;
                        sums.input()[j] -= part;
                    }
                }
            }
        }
    }
}
