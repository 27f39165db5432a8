package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.encoding.CodeColumnDecoder;
import io.github.sparknsvq.ml.encoding.CodeEncoder;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import io.github.sparknsvq.ml.encoding.LocalCodes;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.QuantizerParams;
import io.github.sparknsvq.ml.saving.QuantizerFiles;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What models with one or several codebooks have in common: {@link #transform} gives each vector its code, {@link
 * #decode} gives each code what it stands for.
 *
 * <p>Vectors are searched in batches where the session was started with this jar on its class path, several times
 * faster than one by one. In a session that was there before the jar, and in streams without batches, they are
 * searched one by one, with the same results.
 *
 * @param <M> the model itself
 * @param <S> what its training reached
 */
public abstract class QuantizerModel<M extends QuantizerModel<M, S>, S extends QuantizerSummary>
        extends TrainedModel<M, S> implements QuantizerParams<M> {
    private static final long serialVersionUID = 1L;

    private static final String ENCODED = "__nsvq_encoded";

    private SharedQuantizer codebooks;

    /** The codebooks on the executors of one Spark context. */
    private transient Broadcast<SharedQuantizer> broadcast;

    private transient SparkContext broadcastBy;

    /** Makes a model of codebooks; null for Spark Connect to find its class by. */
    QuantizerModel(String uid, SharedQuantizer codebooks, Function<Params, ParamSet> params) {
        super(uid, params);
        this.codebooks = codebooks;
    }

    /** Returns the names of the columns that a transform adds, in their order; empty names are left out. */
    abstract Map<Field, String> columns();

    /** Returns the names of columns for codes and for what all models find besides. */
    static Map<Field, String> columns(QuantizerParams<?> params, Map<Field, String> codes) {
        Map<Field, String> columns = new EnumMap<>(codes);
        columns.put(Field.DISTANCE, params.getDistanceCol());
        columns.put(Field.RECONSTRUCTION, params.getReconstructionCol());
        columns.values().removeIf(String::isEmpty);
        return columns;
    }

    /** Returns the codebooks with the search that the params now ask for. */
    SharedQuantizer searched(SharedQuantizer current) {
        return current.withDevice(Device.of(getDevice())).withWeights(scaling());
    }

    /** Returns the squared error at which a code may end, negative for codes with all levels. */
    double codeEnds() {
        return -1;
    }

    /**
     * Returns the dimension of the vectors.
     *
     * @throws NsvqException if this model has no codebooks
     */
    public int dimension() {
        return shared().dimension();
    }

    /**
     * Returns the bytes of a code with all codebooks.
     *
     * @throws NsvqException if this model has no codebooks
     */
    public int codeSize() {
        return shared().codeBits().codeSize();
    }

    /**
     * Returns the quantizer, which encodes and decodes in this JVM.
     *
     * @throws NsvqException if this model has no codebooks
     */
    public Quantizer quantizer() {
        return shared().quantizer();
    }

    /**
     * Returns the codebooks in the form in which they are sent to executors. Not API.
     *
     * @throws NsvqException if this model has no codebooks
     */
    public SharedQuantizer shared() {
        SharedQuantizer current = sharedOrNull();
        NsvqException.unless(
                current != null, "model " + uid() + " has no codebooks: fit an estimator, or load a model");
        return current;
    }

    /** Returns the same; null for a model without codebooks. */
    synchronized SharedQuantizer sharedOrNull() {
        SharedQuantizer searched = codebooks == null ? null : searched(codebooks);
        if (searched != codebooks) {
            codebooks = searched;
            broadcast = null;
        }
        return codebooks;
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        transformSchema(dataset.schema());
        Map<Field, String> columns = columns();
        VectorColumn vectors =
                VectorColumn.of(dataset.schema(), getFeaturesCol(), cosine()).weighted(scaling());
        CodeEncoder.Wanted wanted = new CodeEncoder.Wanted(columns.keySet(), cosine(), codeEnds(), true);
        CodeEncoder encoder =
                new CodeEncoder(vectors, broadcast(dataset.sparkSession().sparkContext()), wanted);
        boolean indexAlone = columns.keySet().equals(Set.of(Field.INDEX));
        Dataset<Row> result = skipsInvalid() ? dataset.toDF().filter(encoder.valid()) : dataset.toDF();
        result = indexAlone ? result : result.withColumn(ENCODED, encoder.encoded());
        for (Map.Entry<Field, String> each : columns.entrySet()) {
            StructField added = added(each.getKey(), each.getValue(), largest());
            Column found = indexAlone
                    ? encoder.index()
                    : VectorColumn.column(ENCODED).getField(each.getKey().name());
            result = result.withColumn(added.name(), found.as(added.name(), added.metadata()));
        }
        return result.drop(ENCODED);
    }

    /** Returns a vector's values as {@link #transform} reads them, or says why they cannot be taken. */
    float[] valid(Vector vector) {
        float[] row = VectorColumn.read(vector, cosine());
        if (vector != null && vector.size() != dimension()) {
            throw new InvalidVectorException(
                    "the vector has " + vector.size() + " values, the codebook " + dimension());
        }
        if (row == null) {
            throw new InvalidVectorException("the vector " + VectorColumn.problem(vector));
        }
        return row;
    }

    /**
     * Encodes a matrix in this JVM, on all its cores: bytes in and out, little-endian and row after row, as Python's
     * numpy has them. Vectors are checked, and scaled under cosine distance, as {@link #transform} does it.
     *
     * @param rows {@code n x dimension} float32
     * @return {@code n x codebooks} int32, the indices of codewords; of a space-filling curve {@code n x 1} float64,
     *     the positions on the line
     * @throws NsvqException if the bytes are no such rows, a vector is invalid, codes may end early ({@code
     *     errorThreshold}), or the codes take more than 2^31 - 9 bytes
     */
    public byte[] encodeLocal(byte[] rows) {
        refuseEarlyEnds();
        return local().encode(rows);
    }

    /**
     * Decodes a matrix of what {@link #encodeLocal} gives.
     *
     * @return {@code n x dimension} float32
     * @throws NsvqException if the bytes are no such codes, or no codeword has an index
     */
    public byte[] decodeLocal(byte[] codes) {
        return local().decode(codes);
    }

    /**
     * Encodes a matrix as {@link #encodeLocal} does, to packed codes.
     *
     * @param rows {@code n x dimension} float32
     * @return {@code n x codeSize} bytes, as {@code codeCol} has them
     * @throws NsvqException as above, and of a space-filling curve
     */
    public byte[] encodePacked(byte[] rows) {
        refuseEarlyEnds();
        return local().encodePacked(rows);
    }

    /**
     * Decodes a matrix of packed codes.
     *
     * @param codes {@code n x codeSize} bytes
     * @return {@code n x dimension} float32
     * @throws NsvqException if the bytes are no such codes, or no codeword has an index
     */
    public byte[] decodePacked(byte[] codes) {
        return local().decodePacked(codes);
    }

    private LocalCodes local() {
        return new LocalCodes(shared(), cosine());
    }

    private void refuseEarlyEnds() {
        NsvqException.unless(
                codeEnds() < 0,
                "with errorThreshold = " + codeEnds() + " codes end at different levels, so that they are no matrix:"
                        + " transform gives them, or set it to -1");
    }

    private int largest() {
        SharedQuantizer current = sharedOrNull();
        return current == null ? 0 : current.largest();
    }

    /**
     * Adds what codes stand for, in {@code reconstructionCol} or, where that is empty, in {@code features}.
     *
     * @param codes a data set with a column of codes; one that is null, of another length than this model's
     *     codes, or with an index that no codeword has, is an error when its row is read
     * @return the data set with a column {@code array<float>} more
     * @throws NsvqException if there is no column of codes, or the column to add is there
     */
    public Dataset<Row> decode(Dataset<?> codes) {
        Map<Field, String> columns = columns();
        Field form = codeForm();
        String added = columns.getOrDefault(Field.RECONSTRUCTION, "features");
        checkDecodable(codes.schema(), List.of(form), columns.get(form), added);
        return codes.toDF()
                .withColumn(
                        added,
                        decoded(form, columns.get(form), codes.sparkSession().sparkContext()));
    }

    /** Returns the forms in which this model gives codes. */
    abstract List<Field> codeForms();

    /** Returns the form of the first column of codes that a transform adds. */
    Field codeForm() {
        return columns().keySet().stream()
                .filter(codeForms()::contains)
                .findFirst()
                .orElseThrow(() -> new NsvqException("model " + uid() + " names no column of codes to decode"));
    }

    /**
     * Returns which of some forms a column of codes has.
     *
     * @param added the column to add
     * @throws NsvqException if the column is not there or has none of the forms, or the column to add is there
     */
    static Field checkDecodable(StructType schema, List<Field> forms, String name, String added) {
        String needed = forms.stream().map(form -> form.type().catalogString()).collect(Collectors.joining(" or "));
        DataType found = VectorColumn.type(
                schema,
                name,
                (forms.contains(Field.POSITION) ? "positions (" : "codes (") + needed + ")",
                type -> forms.stream().anyMatch(form -> hasType(form, type)));
        VectorColumn.checkAbsent(schema, added);
        return forms.stream().filter(form -> hasType(form, found)).findFirst().orElseThrow();
    }

    private static boolean hasType(Field form, DataType type) {
        return form.type().catalogString().equals(type.catalogString());
    }

    /** Returns a column with what the codes of a form in another column stand for. */
    Column decoded(Field form, String name, SparkContext spark) {
        CodeColumnDecoder decoder = new CodeColumnDecoder(broadcast(spark), name, codeEnds() >= 0);
        Column column = VectorColumn.column(name);
        Column indices = form == Field.INDEX ? functions.array(column) : column;
        return decoder.decoded(indices, form == Field.CODE);
    }

    /** Never destroyed: data sets that are evaluated later hold on to it, and Spark cleans it away after them. */
    synchronized Broadcast<SharedQuantizer> broadcast(SparkContext spark) {
        SharedQuantizer current = shared();
        if (broadcast == null || broadcastBy != spark) {
            broadcast = JavaSparkContext.fromSparkContext(spark).broadcast(current);
            broadcastBy = spark;
        }
        return broadcast;
    }

    @Override
    public StructType transformSchema(StructType schema) {
        return outputSchema(this, schema, columns(), largest());
    }

    /**
     * Returns a schema with the columns that a transform adds, or says why it cannot.
     *
     * @param columns their names
     * @param codewords of the only codebook, 0 if that is not known
     */
    static StructType outputSchema(
            QuantizerParams<?> params, StructType schema, Map<Field, String> columns, int codewords) {
        params.checkDistance();
        VectorColumn.of(schema, params.getFeaturesCol(), params.cosine());
        StructType result = schema;
        for (Map.Entry<Field, String> each : columns.entrySet()) {
            VectorColumn.checkAbsent(result, each.getValue());
            result = result.add(added(each.getKey(), each.getValue(), codewords));
        }
        return result;
    }

    /** Returns a column that is added; as with KMeans, an index says of how many codewords. */
    private static StructField added(Field field, String name, int codewords) {
        Metadata metadata = Metadata.empty();
        if (field == Field.INDEX) {
            NominalAttribute attribute = NominalAttribute.defaultAttr().withName(name);
            metadata = (codewords > 0 ? attribute.withNumValues(codewords) : attribute).toMetadata();
        }
        return new StructField(name, field.type(), false, metadata);
    }

    @Override
    public long estimatedSize() {
        SharedQuantizer current = sharedOrNull();
        return current == null ? 0 : 4L * current.codewords().values().length;
    }

    @Override
    public GeneralMLWriter write() {
        return new QuantizerModelWriter(this);
    }

    /** A method: initializing this class should not wait for its subclasses. */
    private static Map<String, Supplier<MLReader<? extends QuantizerModel<?, ?>>>> readers() {
        return Map.of(
                VQModel.class.getName(), VQModel::read,
                ProductVQModel.class.getName(), ProductVQModel::read,
                ResidualVQModel.class.getName(), ResidualVQModel::read,
                AdditiveVQModel.class.getName(), AdditiveVQModel::read,
                SpaceFillingVQModel.class.getName(), SpaceFillingVQModel::read);
    }

    /** Returns the names of the classes whose saved models {@link #open} reads. */
    public static Set<String> classNames() {
        return readers().keySet();
    }

    /**
     * Loads a saved model of whichever class.
     *
     * @throws NsvqException if there is none, or it is damaged
     */
    public static QuantizerModel<?, ?> open(String path, SparkSession spark) {
        String found = StageFiles.className(path, spark);
        NsvqException.unless(
                readers().containsKey(found),
                path + " holds " + Reason.withArticle(found.substring(found.lastIndexOf('.') + 1))
                        + ": a VQModel, ProductVQModel, ResidualVQModel, AdditiveVQModel or SpaceFillingVQModel is"
                        + " needed");
        return readers().get(found).get().session(spark).load(path);
    }

    /** Returns a reader of saved models. */
    static <M extends QuantizerModel<M, ?>> MLReader<M> reader(
            Class<M> type, SharedQuantizer.Kind kind, BiFunction<String, SharedQuantizer, M> make) {
        return new StageReader<>(type, (files, spark) -> {
            QuantizerFiles codebooks = new QuantizerFiles(files.path(), QuantizerModelWriter.CODEBOOKS, spark);
            return make.apply(files.uid(), codebooks.load(files, kind));
        });
    }
}
