package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;

/** What a layer's forward pass gave for {@code N} rows. It goes backward as often as it is asked; for one thread. */
public final class Forward {
    private final Codebooks codebooks;
    private final Parameters parameters;
    private final FloatMatrix rows;
    private final long firstRow;
    private final RowPass pass;
    private final boolean ofSegments;
    private final int[] chosen;
    private final float[] output;
    private final float[] squaredErrors;
    private double ownLoss;

    Forward(RowLayer layer, Parameters parameters, FloatMatrix rows, long step, long firstRow) {
        this.codebooks = layer.codebooks();
        FloatMatrix codewords = parameters.codewords();
        float[] copy = codewords.values().clone(); // an optimizer may move them before the statistics are asked for
        this.parameters =
                new Parameters(new FloatMatrix(codewords.rows(), codewords.columns(), copy), parameters.weights());
        this.rows = rows;
        this.firstRow = firstRow;
        this.ofSegments = layer.choosesSegments();
        this.chosen = layer.choose(parameters, rows, step);
        this.pass = layer.pass(parameters, step);
        this.output = new float[rows.values().length];
        this.squaredErrors = new float[rows.rows()];
        int d = codebooks.dimension();
        double[] x = new double[d];
        double[] out = new double[d];
        for (int i = 0; i < rows.rows(); i++) {
            load(rows.values(), i * d, x);
            double error = pass.forward(x, firstRow + i, chosen, at(i), out);
            store(out, output, i * d);
            squaredErrors[i] = (float) error;
            ownLoss += pass.ownLoss(error);
        }
    }

    /** Returns the output {@code x'}, {@code N x D}, not copied. */
    public FloatMatrix output() {
        return new FloatMatrix(rows.rows(), rows.columns(), output);
    }

    /**
     * Returns the codewords that the rows chose, {@code M} for each row, each counted from 0 within its codebook; not
     * copied.
     *
     * @throws NsvqException if the rows chose segments
     */
    public int[] indices() {
        NsvqException.unless(!ofSegments, "this layer's rows choose segments in training, not codewords");
        return chosen;
    }

    /**
     * Returns the segments that the rows chose, one for each row, in {@code [0, K - 2]}: segment {@code i} goes from
     * codeword {@code i} to the next; not copied.
     *
     * @throws NsvqException if the rows chose codewords
     */
    public int[] segments() {
        NsvqException.unless(ofSegments, "this layer's rows choose codewords, not segments");
        return chosen;
    }

    /**
     * Returns the squared distance of each row from what it chose, with the weights if there are any: {@code N}
     * values, not copied. It is not that from the output, which noise or a soft choice may move.
     */
    public float[] squaredErrors() {
        return squaredErrors;
    }

    /** Returns the losses that the layer adds to the downstream loss, summed over the rows; 0 for most layers. */
    public double ownLoss() {
        return ownLoss;
    }

    /**
     * Counts what the rows say of the codewords, as {@link Codebooks#statistics}: for {@link Replacement}, update
     * rules and the perplexity.
     *
     * @throws NsvqException if the rows chose segments
     */
    public CodebookStatistics statistics() {
        return codebooks.statistics(parameters.codewords(), rows, indices());
    }

    /**
     * The backward pass.
     *
     * @param downstream the gradient {@code g = dL/dx'}, {@code N x D}
     * @return the gradients of the rows, the codewords, and the weights if there are any
     * @throws NsvqException if the gradient has another shape
     */
    public Gradients backward(FloatMatrix downstream) {
        int n = rows.rows();
        int d = codebooks.dimension();
        NsvqException.unless(
                downstream.rows() == n && (n == 0 || downstream.columns() == d),
                "the gradient is " + downstream.rows() + " x " + downstream.columns() + ", the output " + n + " x "
                        + d);
        double[] x = new double[d];
        double[] g = new double[d];
        RowPass.Sums sums = new RowPass.Sums(
                new double[d], new double[parameters.codewords().values().length], new double[d]);
        float[] input = new float[n * d];
        for (int i = 0; i < n; i++) {
            load(rows.values(), i * d, x);
            load(downstream.values(), i * d, g);
            pass.backward(x, firstRow + i, chosen, at(i), g, sums);
            store(sums.input(), input, i * d);
        }
        float[] codewords = new float[sums.codewords().length];
        store(sums.codewords(), codewords, 0);
        float[] weights = parameters.weights() == null ? null : new float[d];
        if (weights != null) {
            store(sums.weights(), weights, 0);
        }
        return new Gradients(
                new FloatMatrix(n, d, input),
                new FloatMatrix(codebooks.codewords(), codebooks.codewordDimension(), codewords),
                weights);
    }

    private int at(int row) {
        return ofSegments ? row : row * codebooks.count();
    }

    private static void load(float[] from, int at, double[] row) {
        for (int j = 0; j < row.length; j++) {
            row[j] = from[at + j];
        }
    }

    private static void store(double[] row, float[] to, int at) {
        for (int j = 0; j < row.length; j++) {
            to[at + j] = (float) row[j];
        }
    }
}
