package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.encoding.CodeDecoder;
import io.github.sparknsvq.ml.encoding.CodeEncoder;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.CodeParams;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What models with several codebooks have in common: {@link #transform} gives each vector its code, {@link #decode} gives
 * each code what it stands for.
 *
 * <p>Vectors are searched in batches where the session was started with this jar on its class path; elsewhere one by one,
 * with the same results.
 *
 * @param <M> the model itself
 */
public abstract class CodeModel<M extends CodeModel<M>> extends Model<M> implements CodeParams<M>, MLWritable {
    private static final long serialVersionUID = 1L;

    private static final String ENCODED = "__nsvq_encoded";

    private SharedQuantizer codebooks;
    private CodeSummary summary;

    /** The codebooks on the executors of one Spark context. */
    private transient Broadcast<SharedQuantizer> broadcast;

    private transient SparkContext broadcastBy;

    /** Makes a model of codebooks; null for Spark Connect to find its class by. */
    CodeModel(SharedQuantizer codebooks) {
        this.codebooks = codebooks;
    }

    /** Returns this, as what it is. */
    abstract M self();

    /** Returns the codebooks with the search that the params now ask for. */
    abstract SharedQuantizer searched(SharedQuantizer current);

    /** Returns the number of codebooks. */
    public int codebooks() {
        return codebooks.layout().codebooks();
    }

    /** Returns a copy of a codebook, {@code K_m x dimension}. */
    public FloatMatrix codebook(int m) {
        return codebooks.layout().codebook(codebooks.codewords().values(), m);
    }

    /** Returns the dimension of the vectors. */
    public int dimension() {
        return codebooks.dimension();
    }

    /** Returns the bytes of a code with all codebooks. */
    public int codeSize() {
        return quantizer().codeSize();
    }

    /** Returns the quantizer, which encodes and decodes in this JVM. */
    public Quantizer quantizer() {
        return current().quantizer();
    }

    /** Returns the codebooks in the form in which they travel to executors. */
    public SharedQuantizer shared() {
        return current();
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
    public CodeSummary summary() {
        if (summary == null) {
            throw new NsvqException("model " + uid() + " has no summary: it was loaded, and summaries are not saved");
        }
        return summary;
    }

    M withSummary(CodeSummary of) {
        summary = of;
        return self();
    }

    /** Gives a copy what is no Param. */
    M handOver(M copy) {
        copy.withSummary(summary);
        return copy.setParent(parent());
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        VectorColumn vectors = VectorColumn.of(dataset.schema(), getFeaturesCol(), cosine());
        CodeEncoder encoder =
                new CodeEncoder(vectors, broadcast(dataset.sparkSession().sparkContext()), wanted());
        Dataset<Row> result = skipsInvalid() ? dataset.toDF().filter(encoder.valid()) : dataset.toDF();
        result = result.withColumn(ENCODED, encoder.encoded());
        result = with(result, getCodeCol(), CodeEncoder.CODE);
        result = with(result, getCodesCol(), CodeEncoder.CODES);
        result = with(result, getErrorsCol(), CodeEncoder.ERRORS);
        result = with(result, getDistanceCol(), CodeEncoder.DISTANCE);
        result = with(result, getReconstructionCol(), CodeEncoder.RECONSTRUCTION);
        return result.drop(ENCODED);
    }

    private CodeEncoder.Wanted wanted() {
        return new CodeEncoder.Wanted(
                !getCodesCol().isEmpty(),
                !getErrorsCol().isEmpty(),
                !getDistanceCol().isEmpty(),
                !getReconstructionCol().isEmpty(),
                codeEnds());
    }

    /** Returns the squared error at which a code may end, negative for codes with all levels. */
    double codeEnds() {
        return -1;
    }

    /** Adds a column, unless its name is empty. */
    private static Dataset<Row> with(Dataset<Row> rows, String name, String field) {
        return name.isEmpty()
                ? rows
                : rows.withColumn(name, VectorColumn.column(ENCODED).getField(field));
    }

    /**
     * Adds what codes stand for, in {@code reconstructionCol} or, where that is empty, in {@code features}. Codes are read
     * from {@code codeCol} or, where that is empty, from {@code codesCol}.
     *
     * @param codes a data set with a column of codes; one that is null, of another length than this model's codes, or with
     *     an index that no codeword has, is an error when its row is read
     * @return the data set with a column {@code array<float>} more
     * @throws NsvqException if there is no column of codes, or the column to add is there
     */
    public Dataset<Row> decode(Dataset<?> codes) {
        boolean packed = !getCodeCol().isEmpty();
        String name = packed ? getCodeCol() : getCodesCol();
        if (name.isEmpty()) {
            throw new NsvqException("codeCol and codesCol are both empty: one must name the column to decode");
        }
        DataType type = VectorColumn.field(codes.schema(), name).dataType();
        String needed = packed ? "binary" : "array<int>";
        if (!type.catalogString().equals(needed)) {
            throw new NsvqException(
                    "column '" + name + "' should hold codes (" + needed + "), but is " + type.catalogString());
        }
        String result = getReconstructionCol().isEmpty() ? "features" : getReconstructionCol();
        refuse(codes.schema(), result);
        CodeDecoder decoder = new CodeDecoder(broadcast(codes.sparkSession().sparkContext()), name, variableLength());
        return codes.toDF().withColumn(result, decoder.decoded(packed));
    }

    private synchronized SharedQuantizer current() {
        if (codebooks == null) {
            return null;
        }
        SharedQuantizer searched = searched(codebooks);
        if (searched != codebooks) {
            codebooks = searched;
            broadcast = null;
        }
        return codebooks;
    }

    /** Never destroyed: data sets that are evaluated later hold on to it, and Spark cleans it away after them. */
    private synchronized Broadcast<SharedQuantizer> broadcast(SparkContext spark) {
        SharedQuantizer current = current();
        if (broadcast == null || broadcastBy != spark) {
            broadcast = JavaSparkContext.fromSparkContext(spark).broadcast(current);
            broadcastBy = spark;
        }
        return broadcast;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        return outputSchema(this, schema);
    }

    /** Returns a schema with the columns that a transform adds, or says why it cannot. */
    static StructType outputSchema(CodeParams<?> params, StructType schema) {
        VectorColumn.of(schema, params.getFeaturesCol(), params.cosine());
        List<StructField> fields = new ArrayList<>();
        add(fields, params.getCodeCol(), DataTypes.BinaryType);
        add(fields, params.getCodesCol(), DataTypes.createArrayType(DataTypes.IntegerType, false));
        add(fields, params.getErrorsCol(), DataTypes.createArrayType(DataTypes.FloatType, false));
        add(fields, params.getDistanceCol(), DataTypes.FloatType);
        add(fields, params.getReconstructionCol(), DataTypes.createArrayType(DataTypes.FloatType, false));
        StructType result = schema;
        for (StructField field : fields) {
            refuse(result, field.name());
            result = result.add(field);
        }
        return result;
    }

    private static void add(List<StructField> fields, String name, DataType type) {
        if (!name.isEmpty()) {
            fields.add(new StructField(name, type, false, Metadata.empty()));
        }
    }

    private static void refuse(StructType schema, String added) {
        for (String name : schema.fieldNames()) {
            if (name.equalsIgnoreCase(added)) {
                throw new NsvqException("output column '" + added + "' exists already: choose another name");
            }
        }
    }

    @Override
    public long estimatedSize() {
        return codebooks == null ? 0 : 4L * codebooks.codewords().values().length;
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + ": uid=" + uid() + ", codebooks="
                + (codebooks == null ? "none" : codebooks.layout());
    }

    @Override
    public GeneralMLWriter write() {
        return new CodeModelWriter(self());
    }
}
