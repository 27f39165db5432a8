package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.encoding.CodeEncoder.Field;
import io.github.sparknsvq.ml.param.CodeDecoderParams;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.saving.OpenStages;
import java.util.Map;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Adds what codes stand for, by a saved model that is named by its path: what {@link QuantizerModel#decode} does, as
 * a stage of params alone, which Pipelines and Spark Connect carry. The model stays open between calls, and is read
 * again once another one is at its path.
 */
public final class CodeDecoder extends Transformer implements CodeDecoderParams<CodeDecoder>, MLWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ParamSet params;

    /** Makes a stage with an id of its own. */
    public CodeDecoder() {
        this(Identifiable$.MODULE$.randomUID("codeDecoder"));
    }

    /**
     * Makes a stage.
     *
     * @param uid its id
     */
    public CodeDecoder(String uid) {
        this.uid = uid;
        this.params = ParamSet.codeDecoder(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public ParamSet paramSet() {
        return params;
    }

    /** A model with its column of codes, and their form. */
    private record Codes(QuantizerModel<?, ?> model, String name, Field form) {}

    private Codes codes(StructType schema, SparkSession spark) {
        NsvqException.unless(
                isSet(modelPath()) && !getModelPath().isEmpty(),
                "modelPath is not set: it must name the directory of a saved model");
        NsvqException.unless(
                !getReconstructionCol().isEmpty(), "reconstructionCol is empty: it must name the column to add");
        String path = getModelPath();
        QuantizerModel<?, ?> model =
                OpenStages.at(path, QuantizerModel.class, "", spark, () -> QuantizerModel.open(path, spark));
        String name = isSet(codeCol()) ? getCodeCol() : model.columns().get(model.codeForm());
        return new Codes(
                model, name, QuantizerModel.checkDecodable(schema, model.codeForms(), name, getReconstructionCol()));
    }

    /**
     * Adds what codes stand for.
     *
     * @param dataset has a column of codes; one that is null or not of the model is an error when its row is read
     * @return the data set with {@code reconstructionCol}, {@code array<float>}, more
     * @throws NsvqException if there is no such model or column, or the column to add is there
     */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        SparkSession spark = dataset.sparkSession();
        Codes codes = codes(dataset.schema(), spark);
        Column decoded = codes.model().decoded(codes.form(), codes.name(), spark.sparkContext());
        return dataset.toDF().withColumn(getReconstructionCol(), decoded);
    }

    @Override
    public StructType transformSchema(StructType schema) {
        codes(schema, SparkSession.active());
        return schema.add(getReconstructionCol(), Field.RECONSTRUCTION.type(), false);
    }

    @Override
    public CodeDecoder copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of());
    }

    /** Returns a reader of saved stages. */
    public static MLReader<CodeDecoder> read() {
        return new StageReader<>(CodeDecoder.class, (files, spark) -> new CodeDecoder(files.uid()));
    }

    /** Loads a saved stage. */
    public static CodeDecoder load(String path) {
        return read().load(path);
    }
}
