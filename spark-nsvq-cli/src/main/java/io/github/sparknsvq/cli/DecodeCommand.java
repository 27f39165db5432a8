package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
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
            QuantizerModel<?, ?> loaded = SavedModels.load(spark, model, "--model");
            loaded.setDevice("cpu"); // nothing is searched
            Dataset<Row> codes = source.read(spark);
            progress.begin("decoding " + source.input);
            Result described = new Result();
            Dataset<Row> decoded;
            if (loaded instanceof CodeModel<?> code) {
                decoded = decode(codes, code);
                Encoding.describe(code, described);
            } else {
                int codewords = loaded.shared().layout().total();
                checkColumns(codes);
                checkCodes(codes, codewords);
                decoded = decode(codes, (VQModel) loaded);
                described.put("dimension", loaded.dimension()).put("codewords", codewords);
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
        boolean packed = columns.contains(Encoding.CODE);
        if (!packed && !columns.contains(Encoding.CODES)) {
            throw noCodes(codes, Encoding.CODE);
        }
        if (id != null) {
            Inputs.requireColumn(codes, id, source.input, "--id-col");
        }
        if (packed && !code.variableLength()) {
            checkLengths(codes, code.codeSize());
        }
        code.setCodeCol(packed ? Encoding.CODE : "").setCodesCol(Encoding.CODES).setReconstructionCol(FEATURES);
        return code.decode(codes).drop(Encoding.CODE, Encoding.CODES);
    }

    /** Refuses codes of another length than the model's, before anything is written. */
    private void checkLengths(Dataset<Row> codes, int codeSize) {
        Column code = VectorColumn.column(Encoding.CODE);
        if (!codes.schema().apply(Encoding.CODE).dataType().equals(DataTypes.BinaryType)) {
            return; // the decoder says what type the column should have
        }
        Column length = functions.octet_length(code);
        Dataset<Row> wrong = codes.filter(code.isNull().or(length.notEqual(codeSize)));
        for (Row row : named(wrong, codes, length).takeAsList(1)) {
            throw new NsvqException("column '" + Encoding.CODE + "' of " + source.input + " has "
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
        if (!Arrays.asList(codes.columns()).contains(Encoding.PREDICTION)) {
            throw noCodes(codes, Encoding.PREDICTION);
        }
        Inputs.wholeNumbers(codes, Encoding.PREDICTION, source.input);
        if (id != null) {
            Inputs.requireColumn(codes, id, source.input, "--id-col");
        }
    }

    /**
     * Refuses codes that the model does not have, in one pass over a column of numbers, before anything is written.
     */
    private void checkCodes(Dataset<Row> codes, int codewords) {
        Column code = VectorColumn.column(Encoding.PREDICTION);
        Dataset<Row> wrong = codes.filter(code.isNull().or(code.lt(0)).or(code.geq(codewords)));
        for (Row row : named(wrong, codes, code).takeAsList(1)) {
            throw new NsvqException("column '" + Encoding.PREDICTION + "' of " + source.input + " is " + row.get(0)
                    + where(codes, row) + ": the model's codes are 0 to " + (codewords - 1));
        }
    }

    private static Dataset<Row> decode(Dataset<Row> codes, VQModel one) {
        Column code = VectorColumn.column(Encoding.PREDICTION).cast(DataTypes.IntegerType);
        one.setPredictionCol(Encoding.PREDICTION).setReconstructionCol(FEATURES);
        Dataset<Row> indices = codes.drop(FEATURES).withColumn(Encoding.PREDICTION, code);
        return one.decode(indices).drop(Encoding.PREDICTION);
    }
}
