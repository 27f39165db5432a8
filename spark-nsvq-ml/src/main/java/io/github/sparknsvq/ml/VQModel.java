package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.ml.encoding.Codebook;
import io.github.sparknsvq.ml.encoding.CodewordEncoder;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.VQParams;
import io.github.sparknsvq.ml.saving.CodebookFiles;
import io.github.sparknsvq.ml.saving.ModelWriter;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A trained codebook as a Pipeline stage: gives each vector the index of its nearest codeword and, if asked for, the
 * distance from it and the codeword itself.
 *
 * <p>Vectors are searched in batches where the session was started with this jar on its class path, several times faster
 * than one by one. In a session that was there before the jar, and in streams without batches, they are searched one by
 * one, with the same results.
 *
 * <p>Saved as {@code metadata/} and {@code data/} (Parquet: {@code index, codeword}).
 */
public final class VQModel extends Model<VQModel> implements VQParams<VQModel>, MLWritable {
    private static final long serialVersionUID = 1L;

    private static final String ENCODED = "__nsvq_encoded";

    private final String uid;
    private final ParamSet params;
    private Codebook codebook;
    private VQSummary summary;

    /** The codebook on the executors of one Spark context. */
    private transient Broadcast<Codebook> broadcast;

    private transient SparkContext broadcastBy;

    /** Makes a model without a codebook, for Spark Connect to find its class by. */
    public VQModel() {
        this(Identifiable$.MODULE$.randomUID("vq"), new FloatMatrix(0, 0, new float[0]));
    }

    /**
     * Makes a model of a codebook.
     *
     * @param uid the stage's id
     * @param codebook {@code K x D} codewords, which should not change any more
     */
    public VQModel(String uid, FloatMatrix codebook) {
        this.uid = uid;
        this.params = ParamSet.vq(this);
        this.codebook = new Codebook(codebook, Device.of(getDevice()));
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public ParamSet paramSet() {
        return params;
    }

    /** Returns the codebook, {@code K x D}, not copied. */
    public FloatMatrix codebook() {
        return codebook.matrix();
    }

    /** Returns the codewords as KMeans gives its centres. */
    public Vector[] clusterCenters() {
        Vector[] centers = new Vector[codebook().rows()];
        for (int k = 0; k < centers.length; k++) {
            float[] codeword = codebook.codeword(k);
            double[] center = new double[codeword.length];
            for (int i = 0; i < center.length; i++) {
                center[i] = codeword[i];
            }
            centers[k] = Vectors.dense(center);
        }
        return centers;
    }

    /**
     * Returns the index of a vector's nearest codeword.
     *
     * @throws InvalidVectorException if the vector is of another dimension, or {@link VectorColumn invalid} in a column
     */
    public int predict(Vector vector) {
        float[] row = VectorColumn.read(vector, cosine());
        if (vector != null && vector.size() != codebook.dimension()) {
            throw new InvalidVectorException(
                    "the vector has " + vector.size() + " values, the codebook " + codebook.dimension());
        }
        if (row == null) {
            throw new InvalidVectorException("the vector " + VectorColumn.problem(vector));
        }
        int[] index = new int[1];
        prepared().search().nearest(row, 0, 1, index, new float[1]);
        return index[0];
    }

    /** Whether this model comes from a training, not from a file. */
    public boolean hasSummary() {
        return summary != null;
    }

    /**
     * Returns what the training reached.
     *
     * @throws NsvqException if this model was loaded: summaries are not saved
     */
    public VQSummary summary() {
        if (summary == null) {
            throw new NsvqException("model " + uid + " has no summary: it was loaded, and summaries are not saved");
        }
        return summary;
    }

    VQModel withSummary(VQSummary of) {
        summary = of;
        return this;
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        VectorColumn vectors = VectorColumn.of(dataset.schema(), getFeaturesCol(), cosine());
        boolean reconstructs = !getReconstructionCol().isEmpty();
        CodewordEncoder encoder =
                new CodewordEncoder(vectors, broadcast(dataset.sparkSession().sparkContext()), cosine(), reconstructs);
        Dataset<Row> valid = skipsInvalid() ? dataset.toDF().filter(encoder.valid()) : dataset.toDF();
        Dataset<Row> result;
        if (getDistanceCol().isEmpty() && !reconstructs) {
            result = with(valid, getPredictionCol(), nominal(encoder.index()));
        } else {
            result = valid.withColumn(ENCODED, encoder.encoded());
            result = with(result, getPredictionCol(), nominal(field(CodewordEncoder.INDEX)));
            result = with(result, getDistanceCol(), field(CodewordEncoder.DISTANCE));
            result = with(result, getReconstructionCol(), field(CodewordEncoder.CODEWORD));
            result = result.drop(ENCODED);
        }
        return result;
    }

    private Column nominal(Column index) {
        String name = getPredictionCol();
        return name.isEmpty()
                ? index
                : index.as(name, predictionField(name, codebook().rows()).metadata());
    }

    private static Column field(String name) {
        return VectorColumn.column(ENCODED).getField(name);
    }

    /** Adds a column, unless its name is empty. */
    private static Dataset<Row> with(Dataset<Row> rows, String name, Column column) {
        return name.isEmpty() ? rows : rows.withColumn(name, column);
    }

    private synchronized Codebook prepared() {
        if (codebook.device() != Device.of(getDevice())) {
            codebook = new Codebook(codebook.matrix(), Device.of(getDevice()));
            broadcast = null;
        }
        return codebook;
    }

    /**
     * Never destroyed: the data sets that transform returns are evaluated later, and may be again and again. They hold on
     * to the broadcast by their plans, and Spark's ContextCleaner removes it from the executors once neither they nor this
     * model are left.
     */
    private synchronized Broadcast<Codebook> broadcast(SparkContext spark) {
        Codebook current = prepared();
        if (broadcast == null || broadcastBy != spark) {
            broadcast = JavaSparkContext.fromSparkContext(spark).broadcast(current);
            broadcastBy = spark;
        }
        return broadcast;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        return outputSchema(this, schema, codebook().rows());
    }

    /** Returns a schema with the columns that a transform adds, or says why it cannot. */
    static StructType outputSchema(VQParams<?> params, StructType schema, int k) {
        VectorColumn.of(schema, params.getFeaturesCol(), params.cosine());
        List<StructField> fields = new ArrayList<>();
        if (!params.getPredictionCol().isEmpty()) {
            fields.add(predictionField(params.getPredictionCol(), k));
        }
        if (!params.getDistanceCol().isEmpty()) {
            fields.add(new StructField(params.getDistanceCol(), DataTypes.FloatType, false, Metadata.empty()));
        }
        if (!params.getReconstructionCol().isEmpty()) {
            fields.add(new StructField(
                    params.getReconstructionCol(),
                    DataTypes.createArrayType(DataTypes.FloatType, false),
                    false,
                    Metadata.empty()));
        }
        StructType result = schema;
        for (StructField field : fields) {
            for (String name : result.fieldNames()) {
                if (name.equalsIgnoreCase(field.name())) {
                    throw new NsvqException("output column '" + field.name() + "' exists already: choose another name");
                }
            }
            result = result.add(field);
        }
        return result;
    }

    private static StructField predictionField(String name, int k) {
        NominalAttribute attribute = NominalAttribute.defaultAttr().withName(name);
        Metadata metadata = k > 0 ? attribute.withNumValues(k).toMetadata() : attribute.toMetadata();
        return new StructField(name, DataTypes.IntegerType, false, metadata);
    }

    @Override
    public VQModel copy(ParamMap extra) {
        VQModel copy = copyValues(new VQModel(uid, codebook.matrix()), extra).withSummary(summary);
        return copy.setParent(parent());
    }

    @Override
    public long estimatedSize() {
        return 4L * codebook().values().length;
    }

    @Override
    public String toString() {
        return "VQModel: uid=" + uid + ", k=" + codebook().rows() + ", dimension=" + codebook.dimension();
    }

    @Override
    public GeneralMLWriter write() {
        return new Writer(this);
    }

    /** Returns a reader of saved models. */
    public static MLReader<VQModel> read() {
        return new Reader();
    }

    /** Loads a saved model. */
    public static VQModel load(String path) {
        return read().load(path);
    }

    private static final String CODEWORDS_KEY = "codewords";
    private static final String DIMENSION_KEY = "dimension";

    private static String data(String path) {
        return path + "/data";
    }

    /** Writes metadata and codebook. */
    static final class Writer extends ModelWriter {
        private final VQModel model;

        Writer(VQModel model) {
            super(model);
            this.model = model;
        }

        @Override
        protected void saveForFaiss(String path) {
            FaissExport.writeEmpty(new VectorQuantizer(model.codebook()), model.cosine(), path, sparkSession());
        }

        @Override
        protected void saveInternal(String path) {
            FloatMatrix codebook = model.codebook();
            StageFiles.save(
                    model,
                    path,
                    sparkSession(),
                    Map.of(CODEWORDS_KEY, codebook.rows(), DIMENSION_KEY, codebook.columns()));
            CodebookFiles.save(codebook, data(path), sparkSession());
        }
    }

    private static final class Reader extends MLReader<VQModel> {
        @Override
        public VQModel load(String path) {
            StageFiles files = StageFiles.load(path, sparkSession(), VQModel.class);
            FloatMatrix codebook = CodebookFiles.load(
                    data(path), files.intValue(CODEWORDS_KEY), files.intValue(DIMENSION_KEY), sparkSession());
            return files.withParams(new VQModel(files.uid(), codebook));
        }
    }
}
