package io.github.sparknsvq.cli;

import io.github.sparknsvq.cli.report.LineChart;
import io.github.sparknsvq.cli.report.Report;
import io.github.sparknsvq.cli.report.ReportFile;
import io.github.sparknsvq.cli.report.ReportOptions;
import io.github.sparknsvq.core.evaluation.Interval;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.advice.HealthCheck;
import io.github.sparknsvq.ml.advice.IndexHealth;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nsvq health}: whether an index is still good, and what to do if it is not. */
@Command(
        name = "health",
        description = {
            "Says whether an index is still good: how even its lists are, what share is deleted, whether new vectors"
                    + " are still like those it was trained on, how many of a sample's ten true neighbors it finds,"
                    + " with 95 %% intervals, and what to do: compact, retrain, raise probes,"
                    + " raise slack, rerank or nothing.",
            "Without --vectors and --sample only the lists are looked at."
        })
final class HealthCommand extends NsvqCommand {
    @Parameters(arity = "0..1", paramLabel = "DIR", description = "An index that nsvq index made.")
    String path;

    @Option(names = "--index", paramLabel = "DIR", description = "The same, as an option.")
    String index;

    @Option(
            names = "--vectors",
            paramLabel = "PATH",
            description = "All vectors of the index, with the columns that it was built from: recall is measured"
                    + " against exact search among them.")
    String vectorsPath;

    @Option(
            names = "--sample",
            paramLabel = "PATH|ROWS",
            description = "Rows to measure with: new ones, or queries; of more than 1000 so many are drawn. A number"
                    + " draws as many rows of --vectors (default: 1000), or of an index of quantizer flat, and"
                    + " searches each without itself.")
    String sample;

    @Option(
            names = "--exclude-self",
            description = "The rows of --sample are in the index under their ids, and not to be found themselves.")
    boolean excludeSelf;

    @Mixin
    FormatOptions format;

    @Mixin
    IdVectorOptions vectors;

    @Option(
            names = "--probes",
            paramLabel = "P",
            description = "Lists that searches of the index look at (default: as it was saved).")
    Integer probes;

    @Option(
            names = "--slack",
            paramLabel = "S",
            description = "As in search (default: as the index was saved; 0 for all lists).")
    Double slack;

    @Option(
            names = "--rerank",
            paramLabel = "R",
            description = "Neighbors found by their codes that searches rank again, with --vectors (default: as the"
                    + " index was saved).")
    Integer rerank;

    @Option(
            names = "--target-recall",
            paramLabel = "SHARE",
            description = "Share of the ten true neighbors that should be found, for advice (default: what more"
                    + " probes would find).")
    Double targetRecall;

    @Option(names = "--seed", paramLabel = "N", description = "Random seed of the sample (default: 0).")
    long seed;

    @Mixin
    ReportOptions report;

    @Mixin
    ModeOptions mode;

    @Override
    void check() {
        vectors.check(this);
        mode.checkForReport(this, report);
        if (probes != null) {
            requirePositive("--probes", probes);
        }
        if ((path == null) == (index == null)) {
            throw usage("give one index, as DIR or with --index");
        }
        index = index == null ? path : index;
        if (slack != null && !(slack >= 0)) {
            throw usage("--slack " + slack + ": 0, for all lists, or more");
        }
        if (rerank != null) {
            requirePositive("--rerank", rerank);
            if (vectorsPath == null) {
                throw usage("--rerank needs --vectors, by which the neighbors are ranked again");
            }
        }
        rows().ifPresent(rows -> {
            requirePositive("--sample", rows);
            if (excludeSelf) {
                throw usage("--exclude-self goes with a path as --sample: rows of the index are never found"
                        + " themselves");
            }
        });
        if (excludeSelf && sample == null) {
            throw usage("--exclude-self goes with --sample PATH");
        }
        if (targetRecall != null && !(targetRecall > 0 && targetRecall <= 1)) {
            throw usage("--target-recall " + targetRecall + ": above 0, and 1 at most");
        }
    }

    /** Returns how many rows of the index are asked for, if {@code --sample} is a number. */
    private Optional<Integer> rows() {
        return sample != null && sample.matches("\\d{1,9}") ? Optional.of(Integer.valueOf(sample)) : Optional.empty();
    }

    @Override
    ReportFile openReport(Configuration configuration) {
        return report.begin(configuration, mode.overwrites(), index, vectorsPath, rows().isPresent() ? null : sample);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        IvfIndexModel model = SavedModels.loadIndex(spark, index, "--index");
        String id = vectors.id == null ? IdVectorOptions.DEFAULT_ID : vectors.id;
        HealthCheck check = new HealthCheck(model).setSeed(seed).setExcludeSelf(excludeSelf);
        if (vectorsPath != null) {
            check.setVectors(allVectors(spark, model, id));
        } else if (rows().isPresent() && model.shared().codes() != null) {
            throw usage("--sample " + sample + " draws rows of --vectors, for the index holds codes: give it, or a"
                    + " path of rows");
        }
        setParams(model, id);
        rows().ifPresentOrElse(check::setSampleRows, () -> {
            if (sample != null) {
                check.setSample(sample(spark));
            }
        });
        if (targetRecall != null) {
            check.setTargetRecall(targetRecall);
        }
        progress.begin("looking at " + index);
        IndexHealth health = check.run(spark);
        progress.record().tell(page -> write(page, health));
        return new Result().put("index", index).putAll(health.values()).put("seed", seed);
    }

    /** Sets how the index is searched; what no option says stays as it was saved. */
    private void setParams(IvfIndexModel model, String id) {
        model.setFeaturesCol(vectors.features).setIdCol(id).setHandleInvalid(vectors.handleInvalid);
        if (probes != null) {
            model.setProbes(probes);
        }
        if (slack != null) {
            model.setSlack(slack);
        }
        if (rerank != null) {
            model.setRerank(rerank);
        }
    }

    private Dataset<Row> allVectors(SparkSession spark, IvfIndexModel model, String id) {
        Dataset<Row> rows = format.readAnother(spark, vectorsPath, "--vectors");
        String features =
                SearchOptions.column(rows, vectorsPath, model.getFeaturesCol(), VectorOptions.DEFAULT_FEATURES);
        Inputs.requireVectors(rows, features, vectorsPath + " (--vectors)");
        String ids = SearchOptions.column(rows, vectorsPath, model.getIdCol(), IdVectorOptions.DEFAULT_ID);
        return rows.select(
                VectorColumn.column(ids).as(id), VectorColumn.column(features).as(vectors.features));
    }

    private Dataset<Row> sample(SparkSession spark) {
        Dataset<Row> rows = format.readAnother(spark, sample, "--sample");
        vectors.checkColumns(rows, sample);
        if (excludeSelf) {
            vectors.requireId(rows, sample, ", which --exclude-self needs");
        }
        return rows;
    }

    private static void write(Report page, IndexHealth health) {
        page.section("Advice")
                .table(
                        List.of("action", "reason"),
                        health.advice().stream()
                                .map(advice -> List.of(advice.action(), advice.reason()))
                                .toList());
        IndexCommand.writeLists(page, health.info().contents());
        if (health.search() == null) {
            return;
        }
        IndexHealth.Search search = health.search();
        List<IndexHealth.Point> points = search.points();
        String share = "intersection@" + search.k();
        page.section("Neighbors found")
                .note(share + ": which share of the " + search.k() + " true neighbors is among the first "
                        + search.k() + "; recall@" + search.k()
                        + ": how often the nearest is. Low and high: ends of the 95 %"
                        + " interval.")
                .chart(new LineChart(
                        share,
                        "probes",
                        "share",
                        List.of(
                                series(share, points, Interval::mean),
                                series("low", points, Interval::low),
                                series("high", points, Interval::high))))
                .table(
                        List.of(
                                "probes",
                                share,
                                "low",
                                "high",
                                "recall@" + search.k(),
                                "low",
                                "high",
                                "queries",
                                "slack"),
                        points.stream()
                                .map(point -> List.of(
                                        point.probes(),
                                        point.intersection().mean(),
                                        point.intersection().low(),
                                        point.intersection().high(),
                                        point.recall().mean(),
                                        point.recall().low(),
                                        point.recall().high(),
                                        point.recall().count(),
                                        point.slack()))
                                .toList());
    }

    private static LineChart.Series series(
            String name, List<IndexHealth.Point> points, ToDoubleFunction<Interval> value) {
        return new LineChart.Series(
                name,
                points.stream().mapToDouble(IndexHealth.Point::probes).toArray(),
                points.stream()
                        .mapToDouble(point -> value.applyAsDouble(point.intersection()))
                        .toArray());
    }
}
