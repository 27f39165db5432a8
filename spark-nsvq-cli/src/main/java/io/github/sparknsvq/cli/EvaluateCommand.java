package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.cli.report.LineChart;
import io.github.sparknsvq.cli.report.ReportFile;
import io.github.sparknsvq.cli.report.ReportOptions;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.evaluation.TrueNeighbors;
import io.github.sparknsvq.ml.spark.DriverGauges;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq evaluate}: how well a model's codes stand for vectors, or an index finds them. */
@Command(
        name = "evaluate",
        description = {
            "With --model, measures the model's codes of --input: error, use of the codewords, bits, collisions and,"
                    + " with --queries and --truth, how often an exhaustive search over the codes finds the true"
                    + " nearest vector among the first K.",
            "With --index, searches the index for --queries: how often it finds the true nearest, and how fast."
        })
final class EvaluateCommand extends NsvqCommand {
    private static final List<String> MODEL_ALONE =
            List.of("--input", "--beam", "--search", "--metric", "--handle-invalid");
    private static final String NEIGHBORS = "__nsvq_neighbors";
    private static final List<String> INDEX_ALONE = List.of("--probes", "--slack", "--rerank", "--vectors");

    @Option(names = "--model", paramLabel = "DIR", description = "A model of train, or a KMeansModel of MLlib.")
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
            description = "With --index: lists that each query looks at; several numbers, several searches (default:"
                    + " as many as the index was saved with, 16 where nobody said).")
    List<Integer> probes = List.of();

    @Mixin
    SearchOptions searching;

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
            names = "--metric",
            paramLabel = "l2|ip",
            description = "With --model, what is nearest: the smallest distance (a cosine model scales vectors and"
                    + " queries to length 1), or the largest inner product (default: ${DEFAULT-VALUE}).")
    String metric = "l2";

    @Mixin
    ReportOptions report;

    @Mixin
    ModeOptions mode;

    @Override
    void check() {
        vectors.check(this);
        searching.check(this);
        mode.checkForReport(this, report);
        requireOne("--model", "--index");
        requireOneOf("--metric", metric, List.of("l2", "ip"));
        Encoding.checkSearch(this, search);
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
    ReportFile openReport(Configuration configuration) {
        return report.begin(configuration, mode.overwrites(), model, index, input, queries, truth, searching.vectors);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        return model == null ? evaluateIndex(spark, progress) : evaluateModel(spark, progress);
    }

    private Result evaluateIndex(SparkSession spark, Progress progress) {
        IvfIndexModel opened = SavedModels.loadIndex(spark, index, "--index");
        NsvqException.unless(
                !opened.listSchema().named(),
                "the ids of the index are strings, those of --truth are numbers: they cannot be compared");
        Dataset<Row> data = format.read(spark, queries, "--queries");
        vectors.checkColumns(data, queries);
        String id = Queries.idColumn(data, queries, vectors);
        Inputs.wholeNumbers(data, id, queries);
        searching.apply(spark, opened, format, vectors, id);
        opened.transformSchema(data.schema());
        checkedId(data, id, queries);
        long[] ids = Queries.nearest(spark, truth);
        TrueNeighbors nearest = TrueNeighbors.of(data, id, ids);
        checkThere(opened.ids(spark), ids, progress);
        List<Result> results = new ArrayList<>();
        for (int each : probes.isEmpty() ? List.of(opened.getProbes()) : probes) {
            progress.begin("searching " + index + " with " + each + " probes");
            results.add(
                    InvalidVectors.named(data, vectors, opened, () -> search(opened.setProbes(each), data, nearest)));
        }
        results.forEach(result -> putMetric(spark, result));
        progress.record().tell(page -> {
            page.section("Recall").table(List.copyOf(results.get(0).values().keySet()), rows(results));
            if (results.size() > 1) {
                page.chart(new LineChart("Recall by probes", "lists each query looks at", "recall", curves(results)));
            }
        });
        return results.size() == 1 ? results.get(0) : new Result().put("searches", results);
    }

    private static List<List<Object>> rows(List<Result> results) {
        return results.stream()
                .map(result -> List.copyOf(result.values().values()))
                .toList();
    }

    /** Returns the recall of several searches as curves, one for each number of neighbors. */
    private List<LineChart.Series> curves(List<Result> results) {
        double[] looked = probes.stream().mapToDouble(Integer::doubleValue).toArray();
        return k.stream()
                .limit(LineChart.MOST)
                .map(each -> "recall@" + each)
                .map(name -> new LineChart.Series(
                        name,
                        looked,
                        results.stream()
                                .mapToDouble(result -> ((Number) result.get(name)).doubleValue())
                                .toArray()))
                .toList();
    }

    /** Tells Spark's metrics the recall among the first of {@link #k}, where it was measured. */
    private void putMetric(SparkSession spark, Result result) {
        if (result.get("recall@" + k.get(0)) instanceof Double recall) {
            DriverGauges.of(spark.sparkContext()).found(recall, k.get(0));
        }
    }

    /** Refuses true neighbors of which the index has none, and says how many it lacks. */
    private void checkThere(Dataset<Row> there, long[] ids, Progress progress) {
        List<Long> asked = Arrays.stream(ids).distinct().boxed().toList();
        Dataset<Row> named =
                there.sparkSession().createDataset(asked, Encoders.LONG()).toDF(Queries.ID);
        long missing = asked.size() - there.join(broadcast(named), Queries.ID).count();
        NsvqException.unless(
                missing == 0 || missing < asked.size(),
                index + " (--index) has none of the vectors that " + truth
                        + " (--truth) names: do they belong together, and are these ids?");
        if (missing > 0) {
            progress.say(missing + " of the " + asked.size() + " vectors that " + truth + " names are not in " + index
                    + ": they count as not found");
        }
    }

    /** Searches an index, which is set to the queries' columns: how often it finds the true nearest, and how fast. */
    private Result search(IvfIndexModel opened, Dataset<Row> data, TrueNeighbors nearest) {
        Column id = VectorColumn.column(opened.getIdCol());
        Column vector = VectorColumn.column(opened.getFeaturesCol());
        long began = System.nanoTime();
        Dataset<Row> found = opened.setK(Collections.max(k))
                .setNeighborsCol(NEIGHBORS)
                .transform(data.select(id, vector))
                .select(id.cast("bigint"), col(NEIGHBORS + ".id"));
        long[] ranks = nearest.ranks(found);
        double seconds = (System.nanoTime() - began) / 1e9;
        Result result = new Result().put("rows", ranks.length).put("probes", opened.getProbes());
        if (opened.getSlack() > 0) {
            result.put("slack", opened.getSlack());
        }
        Queries.putRecall(ranks, k, result);
        return result.put("queriesPerSecond", ranks.length / seconds).put("seconds", seconds);
    }

    private Result evaluateModel(SparkSession spark, Progress progress) {
        QuantizerModel<?, ?> loaded = SavedModels.load(spark, model, "--model");
        Encoding encoder = new Encoding(Encoding.withSearch(Encoding.withBeam(loaded, beam), search), vectors);
        if (queries != null) {
            encoder.checkSearchable();
        }
        Dataset<Row> data = format.read(spark, input, "--input");
        vectors.checkColumns(data, input);
        VectorColumn.of(data.schema(), vectors.features, false);
        if (queries != null) {
            Inputs.wholeNumbers(data, vectors.requireId(data, input, " for --truth to mean"), input);
        }
        return InvalidVectors.named(data, vectors, encoder, () -> measure(spark, encoder, data, progress));
    }

    private Result measure(SparkSession spark, Encoding encoder, Dataset<Row> data, Progress progress) {
        boolean searches = queries != null;
        Queries searched = searches ? Queries.read(spark, queries, truth, format, vectors, encoder) : null;
        List<Column> ids = List.of();
        if (searches) {
            String id = vectors.requireId(data, input, " for --truth to mean");
            ids = List.of(checkedId(data, id, input).as(Queries.ID));
        }
        progress.begin("measuring " + input + (searches ? " and searching it" : ""));
        Encoding.Search how = new Encoding.Search(vectors.skipsInvalid(), metric.equals("ip"));
        Result result = encoder.evaluate(data, ids, searched, k, how);
        putMetric(spark, result);
        TrainCommand.tell(progress, encoder.use());
        return result;
    }

    private Column checkedId(Dataset<Row> data, String id, String path) {
        Column column = Inputs.wholeNumbers(data, id, path);
        if (!format.numbersRows(path)) {
            Inputs.requireUnique(data, id, path);
        }
        return column;
    }
}
