package io.github.sparknsvq.ml.cli;

import io.github.sparknsvq.core.NsvqException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq evaluate}: how well a model's codes stand for the vectors. */
@Command(
        name = "evaluate",
        description =
                "Measures a model's codes of the input: error, use of the codewords, bits, collisions and, with --queries and"
                        + " --truth, how often an exhaustive search over the codes finds the true nearest vector among the first K.")
final class EvaluateCommand extends NsvqCommand {
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

    @Option(
            names = "--queries",
            paramLabel = "PATH",
            description = "Vectors to search with, like --input; a table is taken in the order of its id column.")
    String queries;

    @Option(
            names = "--truth",
            paramLabel = "FILE",
            description = "An .ivecs file: per query the ids of the input's nearest vectors, nearest first.")
    String truth;

    @Option(
            names = "--k",
            split = ",",
            paramLabel = "K",
            description = "Among how many the true nearest is looked for (default: 1,10,100).")
    List<Integer> k = List.of(1, 10, 100);

    @Option(
            names = "--beam",
            paramLabel = "W",
            description = "Sums of codewords that the search for a code keeps, of rq and aq (default: the model's).")
    Integer beam;

    @Option(
            names = "--metric",
            paramLabel = "l2|ip",
            description =
                    "What is nearest: the smallest distance (a cosine model scales vectors and queries to length 1), or"
                            + " the largest inner product (default: ${DEFAULT-VALUE}).")
    String metric = "l2";

    @Override
    void check() {
        vectors.check(this);
        Choices.check(this, "--metric", metric, List.of("l2", "ip"));
        if ((queries == null) != (truth == null)) {
            throw usage("--queries and --truth go together: give both for recall, or neither");
        }
        for (int each : k) {
            if (each < 1) {
                throw usage("--k " + each + ": at least 1 is needed");
            }
        }
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        Encoding encoder = Encoding.of(Encoding.withBeam(SavedModels.load(spark, model, "--model"), beam), vectors);
        if (queries != null && encoder instanceof CodeEncoding codes) {
            codes.checkSearchable();
        }
        Dataset<Row> data = source.read(spark);
        vectors.checkColumns(data, source.input);
        return InvalidVectors.named(data, vectors, encoder, () -> measure(spark, encoder, data, progress));
    }

    private Result measure(SparkSession spark, Encoding encoder, Dataset<Row> data, Progress progress) {
        Result result = new Result();
        if (queries == null) {
            progress.begin("measuring " + source.input);
            Dataset<Row> codes = encoder.codes(data, List.of()).persist(StorageLevel.MEMORY_AND_DISK());
            try {
                encoder.measure(codes).report(result);
            } finally {
                codes.unpersist();
            }
            return result;
        }
        Queries searched = Queries.read(spark, queries, truth, source.format, vectors, encoder);
        Column id = idColumn(data);
        progress.begin("measuring " + source.input + " and searching it");
        Dataset<Row> codes = encoder.codes(data, List.of(id)).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            Encoding.Quality quality = encoder.measure(codes);
            quality.report(result);
            searched.report(
                    codes, quality, k, new Encoding.Search(vectors.skipsInvalid(), metric.equals("ip")), result);
        } finally {
            codes.unpersist();
        }
        return result;
    }

    private Column idColumn(Dataset<Row> data) {
        Optional<String> id = vectors.idColumn(data);
        if (id.isEmpty()) {
            throw new NsvqException(source.input + " has no column 'id' for --truth to mean: it has "
                    + String.join(", ", data.columns()) + "; name one with --id-col");
        }
        Column column = Inputs.wholeNumbers(data, id.get(), source.input);
        if (!source.numbersRows()) {
            Inputs.requireUnique(data, id.get(), source.input);
        }
        return column.as(Queries.ID);
    }
}
