package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.param.DistinctCodesParams;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
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
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Adds a last digit to codes that tells rows with equal codes apart: 0, 1, 2 and so on in the order of their ids.
 * This makes semantic IDs of the {@code codesCol} of {@link ResidualVQModel}. All rows are shuffled by their codes
 * once.
 */
public final class DistinctCodes extends Transformer implements DistinctCodesParams<DistinctCodes>, MLWritable {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ParamSet params;

    /** Makes a stage with an id of its own. */
    public DistinctCodes() {
        this(Identifiable$.MODULE$.randomUID("distinctCodes"));
    }

    /**
     * Makes a stage.
     *
     * @param uid its id
     */
    public DistinctCodes(String uid) {
        this.uid = uid;
        this.params = ParamSet.distinctCodes(this);
    }

    @Override
    public String uid() {
        return uid;
    }

    @Override
    public ParamSet paramSet() {
        return params;
    }

    /**
     * Adds the digits.
     *
     * @param encoded has the columns {@code codesCol} and {@code idCol}, and is no stream
     * @return the data set, with one element more in {@code codesCol}
     * @throws NsvqException if a column is not there or of another type
     */
    @Override
    public Dataset<Row> transform(Dataset<?> encoded) {
        transformSchema(encoded.schema());
        NsvqException.unless(
                !encoded.isStreaming(), "rows of a stream cannot be told apart by their codes: use foreachBatch");
        Column codes = VectorColumn.column(getCodesCol());
        WindowSpec sameCode = Window.partitionBy(codes).orderBy(VectorColumn.column(getIdCol()));
        Column digit = functions.row_number().over(sameCode).minus(1);
        return encoded.toDF().withColumn(getCodesCol(), functions.concat(codes, functions.array(digit)));
    }

    @Override
    public StructType transformSchema(StructType schema) {
        DataType type = VectorColumn.type(
                schema,
                getCodesCol(),
                "codes (array<int>)",
                found -> found instanceof ArrayType array && array.elementType().equals(DataTypes.IntegerType));
        VectorColumn.field(schema, getIdCol());
        return new StructType(Arrays.stream(schema.fields())
                .map(field -> field.name().equals(getCodesCol())
                        ? DataTypes.createStructField(field.name(), type, field.nullable())
                        : field)
                .toArray(StructField[]::new));
    }

    @Override
    public DistinctCodes copy(ParamMap extra) {
        return defaultCopy(extra);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of());
    }

    /** Returns a reader of saved stages. */
    public static MLReader<DistinctCodes> read() {
        return new StageReader<>(DistinctCodes.class, (files, spark) -> new DistinctCodes(files.uid()));
    }

    /** Loads a saved stage. */
    public static DistinctCodes load(String path) {
        return read().load(path);
    }
}
