package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Arrays;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq order}: the rows of an input in their order along a line. */
@Command(
        name = "order",
        description = "Writes all columns of the input as Parquet, with the vectors' positions on a space-filling"
                + " curve and sorted by them, so that vectors that are near each other share files and row groups.")
final class OrderCommand extends NsvqCommand {
    /** Parquet's own setting; its other limits, by size, hold besides. */
    private static final String ROW_GROUP_ROWS = "parquet.block.row.count.limit";

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A model that train --quantizer sfvq wrote, without --resample.")
    String model;

    @Mixin
    SourceOptions source;

    @Mixin
    IdVectorOptions vectors;

    @Mixin
    OutputOptions output;

    @Option(
            names = "--position-col",
            paramLabel = "NAME",
            description = "Column to add, the position on the curve: double (default: ${DEFAULT-VALUE}).")
    String position = Encoding.POSITION;

    @Option(
            names = "--search",
            paramLabel = "NAME",
            description = "Segments that are looked at for the nearest: exact or corners (default: what the model"
                    + " says).")
    String search;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            description = "Files to write, at most (default: as many as Spark makes).")
    Integer partitions;

    @Option(
            names = "--row-group-rows",
            paramLabel = "N",
            description = "Rows of a row group, at most (default: as many as Parquet takes, about 128 MB).")
    Integer rowGroupRows;

    @Override
    void check() {
        vectors.check(this);
        output.check(this);
        Encoding.checkSearch(this, search);
        if (position.isEmpty()) {
            throw usage("--position-col is empty: name the column to add");
        }
        if (partitions != null) {
            requirePositive("--partitions", partitions);
        }
        if (rowGroupRows != null) {
            requirePositive("--row-group-rows", rowGroupRows);
        }
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        try (StagedOutput staged = output.stage(spark, source.input, model)) {
            Encoding encoder =
                    new Encoding(Encoding.withSearch(SavedModels.load(spark, model, "--model"), search), vectors);
            NsvqException.unless(
                    encoder.model instanceof SpaceFillingVQModel,
                    model + " (--model) has no line to order by: train one with --quantizer sfvq, without"
                            + " --resample");
            SpaceFillingVQModel line = ((SpaceFillingVQModel) encoder.model).setPositionCol(position);
            Dataset<Row> data = source.read(spark);
            vectors.checkColumns(data, source.input);
            NsvqException.unless(
                    Arrays.stream(data.columns()).noneMatch(position::equalsIgnoreCase),
                    source.input + " has a column '" + position + "' already: name another with --position-col");
            progress.begin("ordering " + source.input);
            Dataset<Row> ordered = line.order(data, partitions == null ? 0 : partitions);
            long began = System.nanoTime();
            String path = staged.path().toString();
            long rows = InvalidVectors.named(data, vectors, encoder, () -> {
                write(ordered, path);
                return spark.read().parquet(SparkInternals.literal(path)).count();
            });
            double seconds = (System.nanoTime() - began) / 1e9;
            staged.commit();
            return new Result()
                    .put("rows", rows)
                    .putAll(Encoding.describe(line))
                    .put("positionCol", position)
                    .put("orderSeconds", seconds)
                    .put("output", output.output);
        }
    }

    private void write(Dataset<Row> ordered, String path) {
        DataFrameWriter<Row> writer = ordered.write();
        (rowGroupRows == null ? writer : writer.option(ROW_GROUP_ROWS, rowGroupRows)).parquet(path);
    }
}
