package io.github.sparknsvq.cli;

import io.github.sparknsvq.cli.report.ReportFile;
import io.github.sparknsvq.cli.report.ReportOptions;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq encode}: the codes of an input as Parquet. */
@Command(
        name = "encode",
        description = "Writes the code of every vector as Parquet: the id column, or all columns but the vectors"
                + " where there is none, and prediction, the index of the nearest codeword (with position, of the"
                + " nearest segment of a line and the nearest point's place on it), or code, the packed indices of"
                + " several codebooks.")
final class EncodeCommand extends NsvqCommand {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A model that train wrote, or a KMeansModel of MLlib.")
    String model;

    @Mixin
    SourceOptions source;

    @Mixin
    IdVectorOptions vectors;

    @Mixin
    OutputOptions output;

    @Option(
            names = "--beam",
            paramLabel = "W",
            description = "Sums of codewords that the search for a code keeps, of rq and aq (default: the model's).")
    Integer beam;

    @Option(
            names = "--search",
            paramLabel = "NAME",
            description = "Segments of the line of sfvq that are looked at for the nearest: exact, all of them, or"
                    + " corners, the two beside the nearest corner (default: what the model says).")
    String search;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "Where to search: auto, cpu or opencl (default: where the model says).")
    String device;

    @Option(names = "--codes", description = "Write the indices, too, as codes: array<int> (several codebooks).")
    boolean codes;

    @Option(
            names = "--entropy",
            description = "Write the codes entropy-coded, in blocks with frequency tables beside them: about as many"
                    + " bytes as bits says. decode reads them.")
    boolean entropy;

    @Mixin
    ReportOptions report;

    @Override
    void check() {
        vectors.check(this);
        output.check(this);
        report.check(spec.commandLine());
        Encoding.checkSearch(this, search);
        if (entropy) {
            refuse("--entropy, which keeps one form of the codes alone", List.of("--codes"));
        }
        if (device != null) {
            orUsage(() -> new VQ().setDevice(device));
        }
    }

    @Override
    ReportFile openReport(Configuration configuration) {
        return report.begin(configuration, output.overwrites(), output.output, source.input, model);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        try (StagedOutput staged = output.stage(spark, source.input, model)) {
            Encoding encoder = new Encoding(asked(SavedModels.load(spark, model, "--model")), vectors);
            Dataset<Row> data = source.read(spark);
            vectors.checkColumns(data, source.input);
            Optional<String> id = vectors.idColumn(data);
            id.ifPresent(column -> source.requireUnique(data, column, source.input, progress));
            progress.begin("encoding " + source.input);
            Result result = new Result();
            double seconds = InvalidVectors.named(
                    data,
                    vectors,
                    encoder,
                    () -> entropy
                            ? EntropyOutput.write(
                                    encoder, data, kept(data), staged.path().toString(), result)
                            : encoder.write(
                                    data, kept(data), codes, staged.path().toString(), result));
            staged.commit();
            TrainCommand.tell(progress, encoder.use());
            return result.put("encodeSeconds", seconds).put("output", output.output);
        }
    }

    private QuantizerModel<?, ?> asked(QuantizerModel<?, ?> loaded) {
        if (device != null) {
            NsvqException.unless(
                    !(loaded instanceof SpaceFillingVQModel),
                    "--device is for models of codebooks: vectors are projected on a line by the CPU");
            loaded.setDevice(device);
        }
        NsvqException.unless(
                !codes || loaded instanceof CodeModel,
                "--codes is for models of several codebooks: " + model + " has "
                        + (loaded instanceof SpaceFillingVQModel ? "a line" : "one"));
        NsvqException.unless(
                !entropy || !(loaded instanceof SpaceFillingVQModel),
                "--entropy is for models of codebooks: the positions on the line of " + model + " are no codes");
        return Encoding.withSearch(Encoding.withBeam(loaded, beam), search);
    }

    private List<Column> kept(Dataset<Row> data) {
        Optional<String> id = vectors.idColumn(data);
        Stream<String> names = id.isPresent()
                ? id.stream()
                : Arrays.stream(data.columns()).filter(name -> !name.equals(vectors.features));
        return names.map(VectorColumn::column).toList();
    }
}
