package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.AffineTransform;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The parts that indexes of several kinds have in common, as faiss writes them. */
final class FaissParts {
    /** faiss 1.7.3 reads vectors of fewer bytes than this. */
    static final long MOST_BYTES = 1L << 40;

    /** {@code Skip_codebook_tables}: faiss would fill tables for its own encoding when it reads the file. */
    private static final int TRAIN_TYPE = 2048;

    private static final int NORM_FLOAT = 3;

    /** Weights of more dimensions make a matrix of more than a gigabyte. */
    private static final int MOST_SCALED = 1 << 14;

    /** faiss's own in a header, where it reads two numbers that mean nothing. */
    private static final long DUMMY = 1 << 20;

    private FaissParts() {}

    static void indexHeader(FaissOutput out, int dimension, long count, Metric metric) throws IOException {
        out.int32(dimension);
        out.int64(count);
        out.int64(DUMMY);
        out.int64(DUMMY);
        out.bool(true); // trained
        out.int32(metric.number());
    }

    /**
     * Writes a transform.
     *
     * @throws NsvqException if faiss has none that does the same
     */
    static void transform(FaissOutput out, VectorTransform transform) throws IOException {
        if (transform instanceof Rotation rotation) {
            linear(out, rotation.matrix(), new float[0]);
        } else if (transform instanceof Normalization) {
            out.fourcc("VNrm");
            out.float32(2); // the Euclidean norm
        } else if (transform instanceof AffineTransform affine && affine.isTranslation()) {
            out.fourcc("VCnt");
            float[] mean = affine.bias();
            for (int j = 0; j < mean.length; j++) {
                mean[j] = 0 - mean[j]; // no negative zero
            }
            out.int64(mean.length);
            out.floats(mean);
        } else if (transform instanceof Scaling scaling) {
            int d = scaling.inputDimension();
            NsvqException.unless(
                    d <= MOST_SCALED,
                    "weights of " + d
                            + " dimensions cannot be written for FAISS: they become a matrix there, of at most "
                            + MOST_SCALED + " dimensions");
            float[] weights = scaling.weights();
            float[] diagonal = new float[d * d];
            for (int j = 0; j < d; j++) {
                diagonal[j * d + j] = weights[j];
            }
            linear(out, new FloatMatrix(d, d, diagonal), new float[0]);
        } else if (transform instanceof AffineTransform affine) {
            linear(out, affine.matrix(), affine.bias());
        } else {
            throw new NsvqException("a " + transform.getClass().getSimpleName() + " cannot be written for FAISS: a"
                    + " transform should be a rotation, a normalization or affine");
        }
        out.int32(transform.inputDimension());
        out.int32(transform.outputDimension());
        out.bool(true); // trained
    }

    private static void linear(FaissOutput out, FloatMatrix matrix, float[] bias) throws IOException {
        out.fourcc("LTra");
        out.bool(bias.length > 0);
        out.int64(matrix.values().length);
        out.floats(matrix.values());
        out.int64(bias.length);
        out.floats(bias);
    }

    static void product(FaissOutput out, ProductQuantizer product) throws IOException {
        out.int64(product.dimension());
        out.int64(product.parts());
        out.int64(product.codeBits().width(0));
        out.int64((long) product.dimension() * product.codewords());
        for (int part = 0; part < product.parts(); part++) {
            out.floats(product.codebook(part).values());
        }
    }

    static void scalar(FaissOutput out, ScalarQuantizer scalar) throws IOException {
        out.int32(scalar.type().number());
        out.int32(0); // how ranges were trained: from the least to the greatest value
        out.float32(0);
        out.int64(scalar.dimension());
        out.int64(scalar.codeSize());
        out.int64(scalar.ranges().length);
        out.floats(scalar.ranges());
    }

    /**
     * Writes codebooks of whole rows as a residual quantizer of search type {@code ST_norm_float}, each filled up to
     * a power of two with its last codeword.
     *
     * @throws NsvqException as {@link #codebooks} does
     */
    static void residual(FaissOutput out, Quantizer quantizer) throws IOException {
        List<FloatMatrix> codebooks = codebooks(quantizer);
        CodeBits codeBits = quantizer.codeBits();
        out.int64(quantizer.dimension());
        out.int64(codebooks.size());
        out.int64(codebooks.size());
        long codewords = 0;
        for (int m = 0; m < codebooks.size(); m++) {
            out.int64(codeBits.width(m));
            codewords += 1L << codeBits.width(m);
        }
        out.bool(true); // trained
        out.int64(codewords * quantizer.dimension());
        for (int m = 0; m < codebooks.size(); m++) {
            FloatMatrix codebook = codebooks.get(m);
            out.floats(codebook.values());
            float[] last = codebook.row(codebook.rows() - 1);
            for (int k = codebook.rows(); k < 1 << codeBits.width(m); k++) {
                out.floats(last);
            }
        }
        out.int32(NORM_FLOAT);
        out.float32(0); // least and greatest norm, which norms of 8 or 4 bits would need
        out.float32(0);
        out.int32(TRAIN_TYPE);
        out.int32(quantizer instanceof SumQuantizer sum ? sum.beam() : 1);
    }

    /**
     * The codebooks of a quantizer whose codes stand for sums.
     *
     * @throws NsvqException if it is none of those, or a codebook is too large
     */
    static List<FloatMatrix> codebooks(Quantizer quantizer) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        if (quantizer instanceof SumQuantizer sum) {
            for (int m = 0; m < sum.codebooks(); m++) {
                codebooks.add(sum.codebook(m));
            }
        } else if (quantizer instanceof VectorQuantizer vector) {
            codebooks.add(vector.codebook());
        } else {
            throw new NsvqException("a " + quantizer.getClass().getSimpleName()
                    + " cannot be written for FAISS: it should be a product, scalar, residual, additive or vector"
                    + " quantizer, with at most one rotation around it");
        }
        for (FloatMatrix codebook : codebooks) {
            NsvqException.unless(
                    codebook.rows() <= 1 << ProductQuantizer.MOST_BITS,
                    "a codebook of " + codebook.rows()
                            + " codewords cannot be written for FAISS: it should have at most "
                            + (1 << ProductQuantizer.MOST_BITS));
        }
        return codebooks;
    }
}
