package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.VQParams;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.nio.FloatBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/**
 * A trained codebook as a Pipeline stage: gives each vector the index of its nearest codeword and, if asked for, the
 * distance from it and the codeword itself.
 *
 * <p>Saved as {@code metadata/} and {@code data/} (Parquet: {@code index, codeword}).
 */
public final class VQModel extends QuantizerModel<VQModel, VQSummary> implements VQParams<VQModel> {
    private static final long serialVersionUID = 1L;

    /** Makes a model without a codebook, for Spark Connect to find its class by. */
    public VQModel() {
        this(Identifiable$.MODULE$.randomUID("vq"), (SharedQuantizer) null);
    }

    /**
     * Makes a model of a codebook.
     *
     * @param uid the stage's id
     * @param codebook {@code K x D} codewords, at least one, which should not change any more
     * @throws NsvqException if there is no codeword
     */
    public VQModel(String uid, FloatMatrix codebook) {
        this(uid, SharedQuantizer.vector(codebook, Device.AUTO));
    }

    /** Makes a model of a quantizer with one codebook. */
    VQModel(String uid, SharedQuantizer codebook) {
        super(uid, codebook, ParamSet::vq);
    }

    /** Returns the codebook, {@code K x D}, not copied. */
    public FloatMatrix codebook() {
        SharedQuantizer current = sharedOrNull();
        return current == null ? new FloatMatrix(0, 0, new float[0]) : current.codewords();
    }

    /** Returns the codewords as KMeans gives its centers. */
    public Vector[] clusterCenters() {
        FloatMatrix codebook = codebook();
        Vector[] centers = new Vector[codebook.rows()];
        for (int k = 0; k < centers.length; k++) {
            double[] center = new double[codebook.columns()];
            for (int i = 0; i < center.length; i++) {
                center[i] = codebook.values()[k * center.length + i];
            }
            centers[k] = Vectors.dense(center);
        }
        return centers;
    }

    /** Returns how many codewords equal one before them, and so can never be chosen. */
    public int duplicates() {
        FloatMatrix codebook = codebook();
        Set<FloatBuffer> seen = new HashSet<>();
        for (int k = 0; k < codebook.rows(); k++) {
            seen.add(FloatBuffer.wrap(codebook.row(k)));
        }
        return codebook.rows() - seen.size();
    }

    /**
     * Returns the index of a vector's nearest codeword.
     *
     * @throws InvalidVectorException if the vector is of another dimension, or {@link VectorColumn invalid} in a
     *     column
     */
    public int predict(Vector vector) {
        float[] row = valid(vector);
        int[] index = new int[1];
        quantizer().encode(row, 0, 1, index, 0);
        return index[0];
    }

    @Override
    Map<Field, String> columns() {
        return columns(this);
    }

    @Override
    List<Field> codeForms() {
        return List.of(Field.INDEX);
    }

    private static Map<Field, String> columns(VQParams<?> params) {
        return columns(params, Map.of(Field.INDEX, params.getPredictionCol()));
    }

    /** Returns a schema with the columns that a transform adds, or says why it cannot. */
    static StructType outputSchema(VQParams<?> params, StructType schema, int k) {
        return outputSchema(params, schema, columns(params), k);
    }

    /** {@inheritDoc} Codes are read from {@code predictionCol}. */
    @Override
    public Dataset<Row> decode(Dataset<?> codes) {
        NsvqException.unless(
                !getPredictionCol().isEmpty(), "predictionCol is empty: it must name the column to decode");
        return super.decode(codes);
    }

    @Override
    public VQModel copy(ParamMap extra) {
        return handOver(copyValues(new VQModel(uid(), sharedOrNull()), extra));
    }

    @Override
    public String toString() {
        return "VQModel: uid=" + uid() + ", k=" + codebook().rows() + ", dimension="
                + codebook().columns();
    }

    /** Returns a reader of saved models. */
    public static MLReader<VQModel> read() {
        return reader(VQModel.class, SharedQuantizer.Kind.VECTOR, VQModel::new);
    }

    /** Loads a saved model. */
    public static VQModel load(String path) {
        return read().load(path);
    }
}
