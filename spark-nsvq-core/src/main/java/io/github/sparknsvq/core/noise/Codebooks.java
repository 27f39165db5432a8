package io.github.sparknsvq.core.noise;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.function.Function;

/**
 * The codebooks of a layer: how many, of what shape, and how they make a row together. The codewords themselves are
 * {@link Parameters}.
 */
public final class Codebooks {
    private final int dimension;
    private final CodebookLayout layout;
    private final boolean product;
    private final int[] starts;
    private final Function<FloatMatrix, Quantizer> quantizer;

    private Codebooks(
            int dimension, CodebookLayout layout, boolean product, Function<FloatMatrix, Quantizer> quantizer) {
        this.dimension = dimension;
        this.layout = layout;
        this.product = product;
        this.starts = new int[layout.codebooks()];
        for (int m = 0; m < starts.length; m++) {
            starts[m] = layout.start(m);
        }
        this.quantizer = quantizer;
    }

    /**
     * Returns the shape of one codebook: a row becomes its nearest codeword.
     *
     * @param codewords {@code K}, at least 1
     * @param dimension {@code D}, at least 1
     * @throws NsvqException if a number is out of range
     */
    public static Codebooks one(int codewords, int dimension) {
        return new Codebooks(dimension, new CodebookLayout(dimension, codewords), false, VectorQuantizer::new);
    }

    /**
     * Returns the shape of a product (PVQ): a row is cut into {@code M} parts of {@code D / M} dimensions, each of
     * which becomes the nearest codeword of a codebook of its own.
     *
     * @param parts {@code M}, a divisor of {@code D}
     * @param codewords codewords of each codebook, in [1, 65536]
     * @param dimension {@code D} of the whole row, at least 1
     * @throws NsvqException if a number is out of range
     */
    public static Codebooks product(int parts, int codewords, int dimension) {
        checkCount("a product", codewords);
        int bits = Math.max(ProductQuantizer.LEAST_BITS, CodeBits.widthFor(codewords));
        ProductQuantizer.checkShape(dimension, parts, bits);
        CodebookLayout layout = CodebookLayout.uniform(parts, codewords, dimension / parts);
        return new Codebooks(
                dimension,
                layout,
                true,
                matrix -> new ProductQuantizer(dimension, parts, bits, padded(matrix.values(), layout, 1 << bits)));
    }

    private static void checkCount(String what, int codewords) {
        NsvqException.unless(
                codewords >= 1 && codewords <= 1 << ProductQuantizer.MOST_BITS,
                "the codebooks of " + what + " have 1 to " + (1 << ProductQuantizer.MOST_BITS) + " codewords, not "
                        + codewords);
    }

    /** Fills the codebooks of a product up with copies of their first codewords, which are chosen first. */
    private static float[] padded(float[] codewords, CodebookLayout layout, int size) {
        if (size == layout.largest()) {
            return codewords;
        }
        int d = layout.dimension();
        float[] padded = new float[layout.codebooks() * size * d];
        for (int m = 0; m < layout.codebooks(); m++) {
            int first = layout.start(m) * d;
            for (int k = 0; k < size; k++) {
                int from = k < layout.largest() ? first + k * d : first;
                System.arraycopy(codewords, from, padded, (m * size + k) * d, d);
            }
        }
        return padded;
    }

    /**
     * Returns the shape of residual codebooks (RVQ): the sum of a codeword of each stage, searched stage by stage.
     *
     * @param stages {@code M}, at least 1
     * @param codewords codewords of each stage, in [1, 65536]
     * @param dimension {@code D}, at least 1
     * @param beam how many sums the search keeps from stage to stage, in [1, 1024]; 1 is the greedy choice
     * @throws NsvqException if a number is out of range; that of the beam when rows come
     */
    public static Codebooks residual(int stages, int codewords, int dimension, int beam) {
        checkCount("a sum", codewords);
        CodebookLayout layout = CodebookLayout.uniform(stages, codewords, dimension);
        return new Codebooks(
                dimension, layout, false, matrix -> new ResidualQuantizer(layout.codebooks(matrix.values()), beam));
    }

    /**
     * Returns the shape of additive codebooks (AVQ): the sum of a codeword of each, in no order.
     *
     * @param codebooks {@code M}, at least 1
     * @param codewords codewords of each codebook, at least 1
     * @param dimension {@code D}, at least 1
     * @param beam how many sums the search keeps, in [1, 1024]
     * @param polishRounds most rounds of iterated conditional modes, 0 or more
     * @throws NsvqException if a number is out of range; those of the search when rows come
     */
    public static Codebooks additive(int codebooks, int codewords, int dimension, int beam, int polishRounds) {
        CodebookLayout layout = CodebookLayout.uniform(codebooks, codewords, dimension);
        AdditiveQuantizer.checkCodewords(layout.total());
        return new Codebooks(
                dimension,
                layout,
                false,
                matrix -> new AdditiveQuantizer(layout.codebooks(matrix.values()), beam, polishRounds));
    }

    /** Returns the dimension {@code D} of the rows. */
    public int dimension() {
        return dimension;
    }

    /** Returns the number of codebooks {@code M}. */
    public int count() {
        return starts.length;
    }

    /** Returns the number of codewords of all codebooks: the rows of {@link Parameters#codewords}. */
    public int codewords() {
        return layout.total();
    }

    /** Returns the dimension of the codewords: {@code D}, or {@code D / M} for a product. */
    public int codewordDimension() {
        return layout.dimension();
    }

    CodebookLayout layout() {
        return layout;
    }

    /**
     * Returns the quantizer of some codewords, which encodes without weights. That of a product of other than a power
     * of two codewords, 16 or more, has more: its first ones are repeated.
     *
     * @param codewords {@link #codewords()} x {@link #codewordDimension()}
     * @throws NsvqException if they have another shape
     */
    public Quantizer quantizer(FloatMatrix codewords) {
        checkCodewords(codewords);
        return quantizer.apply(codewords);
    }

    /** Checks that codewords have the right shape. */
    void checkCodewords(FloatMatrix codewords) {
        NsvqException.unless(
                codewords.rows() == codewords() && codewords.columns() == codewordDimension(),
                "there are " + codewords.rows() + " x " + codewords.columns() + " values of codewords, the layer has "
                        + codewords() + " x " + codewordDimension());
    }

    /**
     * Counts what a batch says of the codewords: how many rows chose each, the sum of the rows that they should have
     * been (for a sum of codewords {@code x - x^ + c}, for a product the part), and their squared error without
     * weights. Update rules, replacement and the perplexity go by these.
     *
     * @param codewords all codewords, in the shape of {@link Parameters#codewords}
     * @param rows {@code N x D}
     * @param indices the codewords of each row, {@code M} for each, counted within their codebook
     * @return statistics of all codewords, codebook after codebook
     * @throws NsvqException if a shape does not fit
     */
    public CodebookStatistics statistics(FloatMatrix codewords, FloatMatrix rows, int[] indices) {
        checkCodewords(codewords);
        checkRows(rows);
        NsvqException.unless(
                indices.length == (long) rows.rows() * count(),
                indices.length + " indices do not fit " + rows.rows() + " rows and " + count() + " codebooks");
        int d = codewordDimension();
        CodebookStatistics statistics = new CodebookStatistics(codewords(), d);
        double[] values = doubles(codewords.values());
        double[] approximation = new double[dimension];
        float[] target = new float[d];
        for (int i = 0; i < rows.rows(); i++) {
            reconstruct(values, indices, i * count(), approximation);
            for (int m = 0; m < count(); m++) {
                int part = product ? m * d : 0;
                int k = codeword(indices, i * count(), m);
                double error = 0;
                for (int j = 0; j < d; j++) {
                    double difference = rows.values()[i * dimension + part + j] - approximation[part + j];
                    target[j] = (float) (difference + values[k * d + j]);
                    error += difference * difference;
                }
                statistics.add(k, target, 0, 1f, error);
            }
        }
        return statistics;
    }

    /** Encodes rows, with the weights if there are any, to {@code M} indices each. */
    int[] encode(Parameters parameters, FloatMatrix rows) {
        checkRows(rows);
        checkWeights(parameters.weights());
        float[] weights = parameters.weights();
        int[] indices = new int[Math.multiplyExact(rows.rows(), count())];
        float[] values = rows.values();
        FloatMatrix codewords = parameters.codewords();
        if (weights != null) {
            values = weighted(values, weights, dimension, dimension);
            codewords = new FloatMatrix(
                    codewords.rows(),
                    codewords.columns(),
                    weighted(codewords.values(), weights, codewordDimension(), codewords.rows() / count()));
        }
        quantizer(codewords).encode(values, 0, rows.rows(), indices, 0);
        int size = codewords() / count();
        for (int i = 0; i < indices.length; i++) {
            // a row that is no number may have got a copy
            indices[i] = indices[i] < size ? indices[i] : 0;
        }
        return indices;
    }

    /** Multiplies vectors by weights; those of a product, part after part, by their parts' weights. */
    private float[] weighted(float[] values, float[] weights, int d, int perPart) {
        float[] product = values.clone();
        for (int i = 0; i < values.length; i++) {
            int part = d < dimension ? i / d / perPart * d : 0;
            product[i] *= weights[part + i % d];
        }
        return product;
    }

    Quantized quantize(Parameters parameters, FloatMatrix rows) {
        int[] indices = encode(parameters, rows);
        double[] codewords = doubles(parameters.codewords().values());
        double[] approximation = new double[dimension];
        float[] output = new float[rows.values().length];
        float[] errors = new float[rows.rows()];
        for (int i = 0; i < errors.length; i++) {
            reconstruct(codewords, indices, i * count(), approximation);
            double error = 0;
            for (int j = 0; j < dimension; j++) {
                double w = parameters.weights() == null ? 1 : parameters.weights()[j];
                double difference = w * (rows.values()[i * dimension + j] - approximation[j]);
                error += difference * difference;
                output[i * dimension + j] = (float) approximation[j];
            }
            errors[i] = (float) error;
        }
        return new Quantized(new FloatMatrix(rows.rows(), dimension, output), indices, errors);
    }

    /** Checks that rows have the right dimension. */
    void checkRows(FloatMatrix rows) {
        NsvqException.unless(
                rows.rows() == 0 || rows.columns() == dimension,
                "the rows have dimension " + rows.columns() + ", the layer has " + dimension);
    }

    private void checkWeights(float[] weights) {
        NsvqException.unless(
                weights == null || weights.length == dimension,
                (weights == null ? 0 : weights.length) + " weights do not fit rows of dimension " + dimension);
    }

    private int codeword(int[] indices, int at, int m) {
        return starts[m] + indices[at + m];
    }

    /** Makes the row that a code stands for. */
    void reconstruct(double[] codewords, int[] indices, int at, double[] row) {
        int d = layout.dimension();
        for (int m = 0; m < starts.length; m++) {
            int from = codeword(indices, at, m) * d;
            if (product || m == 0) {
                System.arraycopy(codewords, from, row, product ? m * d : 0, d);
            } else {
                for (int j = 0; j < d; j++) {
                    row[j] += codewords[from + j];
                }
            }
        }
    }

    /** Adds the gradient of what a code stands for to that of each codeword of the code. */
    void scatter(double[] gradient, int[] indices, int at, double[] codewords) {
        int d = layout.dimension();
        for (int m = 0; m < starts.length; m++) {
            int to = codeword(indices, at, m) * d;
            int part = product ? m * d : 0;
            for (int j = 0; j < d; j++) {
                codewords[to + j] += gradient[part + j];
            }
        }
    }

    static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
