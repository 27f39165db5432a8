package io.github.sparknsvq.core.noise;

/**
 * The straight-through estimator of VQ-VAE (van den Oord, Vinyals and Kavukcuoglu, Neural discrete representation
 * learning, NeurIPS 2017): the output is what the row chose, {@code x' = x^}, and the gradient is copied past it. The
 * codewords learn by a loss of the layer's own, which is added to the downstream loss for each row:
 *
 * <p>{@code r (||sg(x) - x^||^2 + beta ||x - sg(x^)||^2)}, where {@code sg} keeps gradients back.
 *
 * <ul>
 *   <li>{@code dL/dx = g + 2 r beta (x - x^)}
 *   <li>{@code dL/dx^ = 2 r (x^ - x)}, which goes to the row's codeword; to each of those that are added up; to
 *       each of a product for its dimensions
 * </ul>
 */
public final class StraightThrough extends RowLayer {
    /** The usual weight of the commitment loss. */
    public static final double BETA = 0.25;

    private final double beta;
    private final double lossWeight;

    /**
     * Makes the layer with losses that are summed over rows and dimensions.
     *
     * @param beta weight of the commitment loss, 0 or more
     */
    public StraightThrough(Codebooks codebooks, double beta) {
        this(codebooks, beta, 1);
    }

    /**
     * Makes the layer.
     *
     * @param beta weight of the commitment loss, 0 or more
     * @param lossWeight what both losses are multiplied by, {@code r}: {@code 1 / (N D)} makes them means over the
     *     values of a batch
     * @throws io.github.sparknsvq.core.NsvqException if a number is negative or not finite
     */
    public StraightThrough(Codebooks codebooks, double beta, double lossWeight) {
        super(codebooks);
        checkShare("beta", beta);
        checkShare("the weight of the losses", lossWeight);
        this.beta = beta;
        this.lossWeight = lossWeight;
    }

    @Override
    RowPass pass(Parameters parameters, long step) {
        return pass(Codebooks.doubles(parameters.codewords().values()));
    }

    /** Makes the pass from numbers in double. */
    RowPass pass(double[] codewords) {
        return new Copy(codebooks(), codewords, lossWeight, lossWeight * beta);
    }

    /** What was chosen, and the gradient past it. */
    static final class Copy extends RowPass {
        private final Codebooks codebooks;
        private final double[] codewords;
        private final double codebookLoss;
        private final double commitmentLoss;
        private final double[] approximation;

        /**
         * Makes the pass.
         *
         * @param codebookLoss weight of the loss that pulls codewords to rows
         * @param commitmentLoss weight of the loss that pulls rows to codewords
         */
        Copy(Codebooks codebooks, double[] codewords, double codebookLoss, double commitmentLoss) {
            this.codebooks = codebooks;
            this.codewords = codewords;
            this.codebookLoss = codebookLoss;
            this.commitmentLoss = commitmentLoss;
            this.approximation = new double[codebooks.dimension()];
        }

        @Override
        double forward(double[] x, long row, int[] chosen, int at, double[] output) {
            codebooks.reconstruct(codewords, chosen, at, output);
            double squaredError = 0;
            for (int j = 0; j < x.length; j++) {
                squaredError += (x[j] - output[j]) * (x[j] - output[j]);
            }
            return squaredError;
        }

        @Override
        void backward(double[] x, long row, int[] chosen, int at, double[] g, Sums sums) {
            codebooks.reconstruct(codewords, chosen, at, approximation);
            for (int j = 0; j < x.length; j++) {
                double error = x[j] - approximation[j];
                sums.input()[j] = g[j] + 2 * commitmentLoss * error;
                approximation[j] = -2 * codebookLoss * error;
            }
            if (codebookLoss != 0) {
                codebooks.scatter(approximation, chosen, at, sums.codewords());
            }
        }

        @Override
        double ownLoss(double squaredError) {
            return (codebookLoss + commitmentLoss) * squaredError;
        }
    }
}
