package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.encoding.Codebook;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Model;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq decode}: from codes back to vectors. */
@Command(
        name = "decode",
        description = "Writes what every code stands for as Parquet: features, an array<float>, and the"
                + " input's columns"
                + " but the code.")
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
            Model<?> loaded = SavedModels.load(spark, model, "--model");
            Dataset<Row> codes = source.read(spark);
            progress.begin("decoding " + source.input);
            Result described = new Result();
            Dataset<Row> decoded;
            if (loaded instanceof CodeModel<?> code) {
                decoded = decode(codes, code);
                CodeEncoding.describe(code, described);
            } else {
                FloatMatrix codebook = ((VQModel) loaded).codebook();
                checkColumns(codes);
                checkCodes(codes, codebook.rows());
                decoded = decode(spark, codes, codebook);
                described.put("dimension", codebook.columns()).put("codewords", codebook.rows());
            }
            long began = System.nanoTime();
            decoded.write().parquet(staged.path().toString());
            double seconds = (System.nanoTime() - began) / 1e9;
            long rows = spark.read().parquet(staged.path().toString()).count();
            staged.commit();
            return new Result()
                    .put("rows", rows)
                    .putAll(described)
                    .put("decodeSeconds", seconds)
                    .put("output", output.output);
        }
    }

    /** Decodes what models of several codebooks encoded: packed codes or, where there are none, indices. */
    private Dataset<Row> decode(Dataset<Row> codes, CodeModel<?> code) {
        List<String> columns = Arrays.asList(codes.columns());
        boolean packed = columns.contains(CodeEncoding.CODE);
        if (!packed && !columns.contains(CodeEncoding.CODES)) {
            throw noCodes(codes, CodeEncoding.CODE);
        }
        if (id != null) {
            Inputs.requireColumn(codes, id, source.input, "--id-col");
        }
        if (packed && !code.variableLength()) {
            checkLengths(codes, code.codeSize());
        }
        code.setCodeCol(packed ? CodeEncoding.CODE : "")
                .setCodesCol(CodeEncoding.CODES)
                .setReconstructionCol(FEATURES);
        return code.decode(codes).drop(CodeEncoding.CODE, CodeEncoding.CODES);
    }

    /** Refuses codes of another length than the model's, before anything is written. */
    private void checkLengths(Dataset<Row> codes, int codeSize) {
        Column code = VectorColumn.column(CodeEncoding.CODE);
        if (!codes.schema().apply(CodeEncoding.CODE).dataType().equals(DataTypes.BinaryType)) {
            return; // the decoder says what type the column should have
        }
        Column length = functions.octet_length(code);
        Dataset<Row> wrong = codes.filter(code.isNull().or(length.notEqual(codeSize)));
        for (Row row : named(wrong, codes, length).takeAsList(1)) {
            throw new NsvqException("column '" + CodeEncoding.CODE + "' of " + source.input + " has "
                    + (row.isNullAt(0) ? "null" : row.get(0) + " bytes") + where(codes, row)
                    + ": the model's codes have "
                    + codeSize);
        }
    }

    private NsvqException noCodes(Dataset<Row> codes, String column) {
        return Inputs.noColumn(codes, column, source.input, "", "; decode reads what encode wrote");
    }

    private String idColumn() {
        return id != null ? id : IdVectorOptions.DEFAULT_ID;
    }

    private boolean hasIds(Dataset<Row> codes) {
        return Arrays.asList(codes.columns()).contains(idColumn());
    }

    /** Selects a column, and the id where there is one. */
    private Dataset<Row> named(Dataset<Row> rows, Dataset<Row> codes, Column column) {
        return hasIds(codes) ? rows.select(column, VectorColumn.column(idColumn())) : rows.select(column);
    }

    private String where(Dataset<Row> codes, Row row) {
        return hasIds(codes) ? " in the row with " + idColumn() + " " + row.get(1) : " in some row";
    }

    private void checkColumns(Dataset<Row> codes) {
        if (!Arrays.asList(codes.columns()).contains(CodewordEncoding.PREDICTION)) {
            throw noCodes(codes, CodewordEncoding.PREDICTION);
        }
        Inputs.wholeNumbers(codes, CodewordEncoding.PREDICTION, source.input);
        if (id != null) {
            Inputs.requireColumn(codes, id, source.input, "--id-col");
        }
    }

    /**
     * Refuses codes that the model does not have, in one pass over a column of numbers, before anything is written.
     */
    private void checkCodes(Dataset<Row> codes, int codewords) {
        Column code = VectorColumn.column(CodewordEncoding.PREDICTION);
        Dataset<Row> wrong = codes.filter(code.isNull().or(code.lt(0)).or(code.geq(codewords)));
        for (Row row : named(wrong, codes, code).takeAsList(1)) {
            throw new NsvqException("column '" + CodewordEncoding.PREDICTION + "' of " + source.input + " is "
                    + row.get(0) + where(codes, row) + ": the model's codes are 0 to " + (codewords - 1));
        }
    }

    private static Dataset<Row> decode(SparkSession spark, Dataset<Row> codes, FloatMatrix codebook) {
        Broadcast<Codebook> broadcast =
                JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(new Codebook(codebook, "auto"));
        ArrayType vector = DataTypes.createArrayType(DataTypes.FloatType, false);
        Column code = VectorColumn.column(CodewordEncoding.PREDICTION).cast(DataTypes.IntegerType);
        Codewords codewords = new Codewords(broadcast);
        Column decoded = SparkInternals.call(codewords, "codeword", vector, code, DataTypes.IntegerType);
        return codes.withColumn(FEATURES, decoded).drop(CodewordEncoding.PREDICTION);
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
