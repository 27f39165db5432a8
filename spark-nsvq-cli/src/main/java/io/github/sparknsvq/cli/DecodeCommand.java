package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.entropy.EntropyCodes;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
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
        description = "Writes what every code stands for as Parquet: features, an array<float>, and the input's"
                + " columns but the code.")
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
        try (StagedOutput staged = output.stage(spark, source.input, model)) {
            QuantizerModel<?, ?> loaded = SavedModels.load(spark, model, "--model");
            loaded.setDevice("cpu"); // nothing is searched
            Dataset<Row> codes = codes(spark, loaded);
            progress.begin("decoding " + source.input);
            Dataset<Row> decoded = decode(codes, loaded);
            long began = System.nanoTime();
            decoded.write().parquet(staged.path().toString());
            double seconds = (System.nanoTime() - began) / 1e9;
            long rows = spark.read()
                    .parquet(SparkInternals.literal(staged.path().toString()))
                    .count();
            staged.commit();
            return new Result()
                    .put("rows", rows)
                    .putAll(described(loaded))
                    .put("decodeSeconds", seconds)
                    .put("output", output.output);
        }
    }

    /** Opens the input, entropy-coded or not. */
    private Dataset<Row> codes(SparkSession spark, QuantizerModel<?, ?> loaded) {
        if (source.format != null
                || Inputs.fileFormat(source.input).isPresent()
                || !EntropyCodes.isAt(source.input, spark)) {
            return source.read(spark);
        }
        return EntropyOutput.read(spark, source.input, loaded);
    }

    private static Result described(QuantizerModel<?, ?> model) {
        if (!(model instanceof VQModel)) {
            return Encoding.describe(model);
        }
        int codewords = model.shared().layout().total();
        return new Result().put("dimension", model.dimension()).put("codewords", codewords);
    }

    private Dataset<Row> decode(Dataset<Row> codes, QuantizerModel<?, ?> loaded) {
        if (loaded instanceof SpaceFillingVQModel line) {
            return decode(codes, line);
        }
        return loaded instanceof CodeModel<?> code ? decode(codes, code) : decode(codes, (VQModel) loaded);
    }

    /** Decodes positions on a line. */
    private Dataset<Row> decode(Dataset<Row> codes, SpaceFillingVQModel line) {
        require(codes, Encoding.POSITION, Encoding.POSITION);
        checkId(codes);
        Column position = VectorColumn.column(Encoding.POSITION);
        double length = line.curve().length();
        // of another type, the model says what the column should have
        if (codes.schema().apply(Encoding.POSITION).dataType().equals(DataTypes.DoubleType)) {
            Column wrong = functions.not(position.between(0, length));
            refuse(codes, Encoding.POSITION, position, wrong, "is", "", "are 0 to " + length);
        }
        line.setPositionCol(Encoding.POSITION).setReconstructionCol(FEATURES);
        return line.decode(codes.drop(FEATURES)).drop(Encoding.POSITION, Encoding.PREDICTION);
    }

    /** Decodes what models of several codebooks encoded: packed codes or, where there are none, indices. */
    private Dataset<Row> decode(Dataset<Row> codes, CodeModel<?> code) {
        boolean packed = Inputs.hasColumn(codes, Encoding.CODE);
        if (!packed) {
            require(codes, Encoding.CODES, Encoding.CODE);
        }
        checkId(codes);
        boolean binary =
                packed && codes.schema().apply(Encoding.CODE).dataType().equals(DataTypes.BinaryType);
        if (binary && !code.variableLength()) { // of another type, the decoder says what the column should have
            Column length = functions.octet_length(VectorColumn.column(Encoding.CODE));
            Column wrong = length.notEqual(code.codeSize());
            refuse(codes, Encoding.CODE, length, wrong, "has", " bytes", "have " + code.codeSize());
        }
        code.setCodeCol(packed ? Encoding.CODE : "").setCodesCol(Encoding.CODES).setReconstructionCol(FEATURES);
        return code.decode(codes).drop(Encoding.CODE, Encoding.CODES);
    }

    /** Decodes what models of one codebook encoded. */
    private Dataset<Row> decode(Dataset<Row> codes, VQModel one) {
        require(codes, Encoding.PREDICTION, Encoding.PREDICTION);
        Column code = Inputs.wholeNumbers(codes, Encoding.PREDICTION, source.input);
        checkId(codes);
        int last = one.shared().layout().total() - 1;
        refuse(codes, Encoding.PREDICTION, code, functions.not(code.between(0, last)), "is", "", "are 0 to " + last);
        one.setPredictionCol(Encoding.PREDICTION).setReconstructionCol(FEATURES);
        Dataset<Row> indices = codes.drop(FEATURES).withColumn(Encoding.PREDICTION, code.cast(DataTypes.IntegerType));
        return one.decode(indices).drop(Encoding.PREDICTION);
    }

    /** Refuses codes without a column, saying that another is missing. */
    private void require(Dataset<Row> codes, String column, String missing) {
        if (!Inputs.hasColumn(codes, column)) {
            throw Inputs.noColumn(codes, missing, source.input, "", "; decode reads what encode wrote");
        }
    }

    private void checkId(Dataset<Row> codes) {
        if (id != null) {
            Inputs.requireColumn(codes, id, source.input, "--id-col");
        }
    }

    /**
     * Refuses codes that the model does not have, in one pass over their column, before anything is written.
     *
     * @param value what is wrong with the first of them, or null
     * @param wrong whether it is
     * @param verb with {@code unit} around the value, for the message
     * @param valid what the model's codes do, for the message
     */
    private void refuse(
            Dataset<Row> codes, String column, Column value, Column wrong, String verb, String unit, String valid) {
        String named = id != null ? id : IdVectorOptions.DEFAULT_ID;
        boolean hasIds = Inputs.hasColumn(codes, named);
        Column row = hasIds ? VectorColumn.column(named) : functions.lit("");
        for (Row first :
                codes.filter(value.isNull().or(wrong)).select(value, row).takeAsList(1)) {
            throw new NsvqException("column '" + column + "' of " + source.input + " " + verb + " "
                    + (first.isNullAt(0) ? "null" : first.get(0) + unit)
                    + (hasIds ? " in the row with " + named + " " + first.get(1) : " in some row")
                    + ": the model's codes " + valid);
        }
    }
}
