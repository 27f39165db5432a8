package io.github.sparknsvq.ml.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.encoding.Codebook;
import io.github.sparknsvq.ml.util.SparkInternals;
import io.github.sparknsvq.ml.util.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq decode}: from codes back to vectors. */
@Command(
        name = "decode",
        description = "Writes the codeword of every code as Parquet: features, an array<float>, and the input's columns"
                + " but prediction.")
final class DecodeCommand extends NsvqCommand {
    private static final String FEATURES = "features";

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "The model that the input was encoded with.")
    String model;

    @Mixin
    SourceOptions source;

    @Option(
            names = "--id-col",
            paramLabel = "NAME",
            description = "Column that errors name a row by (default: id, where there is such a column).")
    String id;

    @Mixin
    OutputOptions output;

    @Override
    void check() {
        output.check(this);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        try (StagedOutput staged = output.stage(spark, null, source.input, model)) {
            FloatMatrix codebook = SavedModels.load(spark, model, "--model").codebook();
            Dataset<Row> codes = source.read(spark);
            checkColumns(codes);
            progress.begin("decoding " + source.input);
            checkCodes(codes, codebook.rows());
            long began = System.nanoTime();
            decode(spark, codes, codebook).write().parquet(staged.path().toString());
            double seconds = (System.nanoTime() - began) / 1e9;
            long rows = spark.read().parquet(staged.path().toString()).count();
            staged.commit();
            return new Result()
                    .put("rows", rows)
                    .put("dimension", codebook.columns())
                    .put("codewords", codebook.rows())
                    .put("decodeSeconds", seconds)
                    .put("output", output.output);
        }
    }

    private void checkColumns(Dataset<Row> codes) {
        if (!Arrays.asList(codes.columns()).contains(Encoder.PREDICTION)) {
            throw new NsvqException(source.input + " has no column '" + Encoder.PREDICTION + "': it has "
                    + String.join(", ", codes.columns()) + "; decode reads what encode wrote");
        }
        Inputs.wholeNumbers(codes, Encoder.PREDICTION, source.input);
        if (id != null) {
            Inputs.requireColumn(codes, id, source.input, "--id-col");
        }
    }

    /** Refuses codes that are none of the model's: one look at a column of numbers, before anything is written. */
    private void checkCodes(Dataset<Row> codes, int codewords) {
        Column code = VectorColumn.column(Encoder.PREDICTION);
        String idColumn = id != null ? id : IdVectorOptions.DEFAULT_ID;
        boolean named = Arrays.asList(codes.columns()).contains(idColumn);
        Dataset<Row> wrong = codes.filter(code.isNull().or(code.lt(0)).or(code.geq(codewords)));
        wrong = named ? wrong.select(code, VectorColumn.column(idColumn)) : wrong.select(code);
        for (Row row : wrong.takeAsList(1)) {
            throw new NsvqException("column '" + Encoder.PREDICTION + "' of " + source.input + " is " + row.get(0)
                    + (named ? " in the row with " + idColumn + " " + row.get(1) : " in some row")
                    + ": the model's codes are 0 to " + (codewords - 1));
        }
    }

    private static Dataset<Row> decode(SparkSession spark, Dataset<Row> codes, FloatMatrix codebook) {
        Broadcast<Codebook> broadcast =
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(new Codebook(codebook, "auto"));
        ArrayType vector = DataTypes.createArrayType(DataTypes.FloatType, false);
        Column code = VectorColumn.column(Encoder.PREDICTION).cast(DataTypes.IntegerType);
        return codes.withColumn(
                        FEATURES,
                        SparkInternals.call(new Codewords(broadcast), "codeword", vector, code, DataTypes.IntegerType))
                .drop(Encoder.PREDICTION);
    }

    /** Looks codewords up on the executors. */
    public static final class Codewords implements Serializable {
        private static final long serialVersionUID = 1L;

        private final Broadcast<Codebook> codebook;

        Codewords(Broadcast<Codebook> codebook) {
            this.codebook = codebook;
        }

        /** Called by Spark: the codeword of a code, as Spark holds an array. */
        public ArrayData codeword(int code) {
            return UnsafeArrayData.fromPrimitiveArray(codebook.value().codeword(code));
        }
    }
}
