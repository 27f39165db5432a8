package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.evaluation.TrueNeighbors;
import java.util.ArrayList;
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

/** {@code nsvq evaluate}: how well a model's codes stand for vectors, or an index finds them. */
@Command(
        name = "evaluate",
        description = {
            "With --model, measures the model's codes of --input: error, use of the codewords, bits, collisions and, with"
                    + " --queries and --truth, how often an exhaustive search over the codes finds the true nearest vector"
                    + " among the first K.",
            "With --index, searches the index for --queries: how often it finds the true nearest, and how fast."
        })
final class EvaluateCommand extends NsvqCommand {
    private static final List<String> MODEL_ALONE = List.of("--input", "--beam", "--metric", "--handle-invalid");
    private static final List<String> INDEX_ALONE = List.of("--probes", "--rerank", "--vectors");

    @Option(names = "--model", paramLabel = "DIR", description = "A model that train wrote, or a KMeansModel of MLlib.")
    String model;

    @Option(names = "--index", paramLabel = "DIR", description = "An index that nsvq index made.")
    String index;

    @Option(
            names = "--input",
            paramLabel = "PATH",
            description = "With --model: a .fvecs, .bvecs or .npy file, or a directory or table that Spark reads.")
    String input;

    @Mixin
    FormatOptions format;

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
            description = "An .ivecs file: per query the ids of the nearest vectors, nearest first.")
    String truth;

    @Option(
            names = "--k",
            split = ",",
            paramLabel = "K",
            description = "Among how many the true nearest is looked for (default: 1,10,100).")
    List<Integer> k = List.of(1, 10, 100);

    @Option(
            names = "--probes",
            split = ",",
            paramLabel = "P",
            description =
                    "With --index: lists that each query looks at; several numbers, several searches (default: 16).")
    List<Integer> probes = List.of(new IvfIndex().getProbes());

    @Mixin
    SearchOptions searching;

    @Option(
            names = "--beam",
            paramLabel = "W",
            description = "Sums of codewords that the search for a code keeps, of rq and aq (default: the model's).")
    Integer beam;

    @Option(
            names = "--metric",
            paramLabel = "l2|ip",
            description =
                    "With --model, what is nearest: the smallest distance (a cosine model scales vectors and queries to"
                            + " length 1), or the largest inner product (default: ${DEFAULT-VALUE}).")
    String metric = "l2";

    @Override
    void check() {
        vectors.check(this);
        searching.check(this);
        requireOne("--model", "--index");
        Choices.check(this, "--metric", metric, List.of("l2", "ip"));
        k.forEach(each -> requirePositive("--k", each));
        probes.forEach(each -> requirePositive("--probes", each));
        if (model == null) {
            refuse("--index", MODEL_ALONE);
            if (queries == null || truth == null) {
                throw usage("--index is evaluated by --queries and --truth: give both");
            }
            return;
        }
        refuse("--model", INDEX_ALONE);
        if (input == null) {
            throw usage("--model is evaluated by --input, the vectors to encode with it");
        }
        if ((queries == null) != (truth == null)) {
            throw usage("--queries and --truth go together: give both for recall, or neither");
        }
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        return model == null ? evaluateIndex(spark, progress) : evaluateModel(spark, progress);
    }

    private Result evaluateIndex(SparkSession spark, Progress progress) {
        IvfIndexModel opened = SavedIndexes.load(spark, index, "--index");
        Dataset<Row> data = format.read(spark, queries, "--queries");
        vectors.checkColumns(data, queries);
        String id = Queries.idColumn(data, queries, vectors);
        Inputs.wholeNumbers(data, id, queries);
        if (!format.numbersRows(queries)) {
            Inputs.requireUnique(data, id, queries);
        }
        searching.apply(spark, opened, format, vectors, id);
        TrueNeighbors nearest = TrueNeighbors.of(data, id, Queries.nearest(spark, truth));
        IndexEvaluation evaluation = new IndexEvaluation(opened, data, id, nearest, k);
        InvalidVectors.Needed needed = InvalidVectors.Needed.of(opened);
        List<Result> results = new ArrayList<>();
        for (int each : probes) {
            progress.begin("searching " + index + " with " + each + " probes");
            results.add(InvalidVectors.named(data, vectors, needed, () -> evaluation.with(each)));
        }
        return results.size() == 1 ? results.get(0) : new Result().put("searches", results);
    }

    private Result evaluateModel(SparkSession spark, Progress progress) {
        Encoding encoder = new Encoding(Encoding.withBeam(SavedModels.load(spark, model, "--model"), beam), vectors);
        if (queries != null) {
            encoder.checkSearchable();
        }
        Dataset<Row> data = format.read(spark, input, "--input");
        vectors.checkColumns(data, input);
        return InvalidVectors.named(
                data, vectors, InvalidVectors.Needed.of(encoder), () -> measure(spark, encoder, data, progress));
    }

    private Result measure(SparkSession spark, Encoding encoder, Dataset<Row> data, Progress progress) {
        Result result = new Result();
        if (queries == null) {
            progress.begin("measuring " + input);
            Dataset<Row> codes = encoder.codes(data, List.of()).persist(StorageLevel.MEMORY_AND_DISK());
            try {
                encoder.measure(codes).report(result);
            } finally {
                codes.unpersist();
            }
            return result;
        }
        Queries searched = Queries.read(spark, queries, truth, format.format, vectors, encoder);
        Column id = idColumn(data);
        progress.begin("measuring " + input + " and searching it");
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
            throw new NsvqException(input + " has no column 'id' for --truth to mean: it has "
                    + String.join(", ", data.columns()) + "; name one with --id-col");
        }
        Column column = Inputs.wholeNumbers(data, id.get(), input);
        if (!format.numbersRows(input)) {
            Inputs.requireUnique(data, id.get(), input);
        }
        return column.as(Queries.ID);
    }
}
