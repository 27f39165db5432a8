package io.github.sparknsvq.cli;

import io.github.sparknsvq.cli.report.Histogram;
import io.github.sparknsvq.cli.report.Report;
import io.github.sparknsvq.cli.report.ReportFile;
import io.github.sparknsvq.cli.report.ReportOptions;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.IvfIndexSummary;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.ingest.Increment;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/** {@code nsvq index}: makes an index of the vectors of an input, or changes one. */
@Command(
        name = "index",
        description = {
            "Trains an index of inverted lists and puts the vectors of --input into it.",
            "With --append, changes an index instead: adds the vectors of --input, deletes those of"
                    + " --delete, or compacts it."
        })
final class IndexCommand extends NsvqCommand {
    @Option(
            names = "--input",
            paramLabel = "PATH",
            description = "Vectors to add: a .fvecs, .bvecs or .npy file, or a directory or table that Spark reads.")
    String input;

    @Option(names = "--train", paramLabel = "PATH", description = "Vectors to train on (default: those of --input).")
    String train;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "Directory to write the index to; it appears whole or not at all.")
    String output;

    @Option(names = "--append", paramLabel = "DIR", description = "Index to change; nothing is trained anew.")
    String append;

    @Option(
            names = "--delete",
            paramLabel = "PATH",
            description = "With --append: a table whose id column names the vectors to delete; no vector file.")
    String delete;

    @Option(
            names = "--compact",
            description = "With --append: rewrite the index as one segment, without what was deleted.")
    boolean compact;

    @Option(
            names = "--since-column",
            paramLabel = "NAME",
            description = {
                "Column of --input that grows with each change of a row. The index keeps the greatest value, with"
                        + " which --append goes on: it adds the rows that are greater, in place of those with the"
                        + " same ids."
            })
    String sinceColumn;

    @Mixin
    FormatOptions format;

    @Mixin
    IdVectorOptions vectors;

    @Option(
            names = "--attributes",
            split = ",",
            paramLabel = "NAME",
            description = "Columns to keep beside the ids, for search --filter (default: none).")
    List<String> attributes = List.of();

    @Mixin
    ModeOptions mode;

    @Mixin
    IndexTrainingOptions training;

    @Mixin
    ReportOptions reports;

    private IvfIndex estimator;

    @Override
    void check() {
        vectors.check(this);
        mode.check(this);
        reports.check(spec.commandLine());
        if (append == null) {
            checkNew();
        } else {
            checkChange();
        }
    }

    private void checkNew() {
        refuse("a new index, but with --append", List.of("--delete", "--compact"));
        if (input == null || output == null) {
            throw usage("an index is made of --input and written to --output (or changed with --append)");
        }
        estimator = training.estimator(this);
    }

    private void checkChange() {
        requireOne("--input", "--delete", "--compact");
        refuse("--append", List.of("--train", "--output", "--attributes"));
        if (!reports.wanted()) {
            refuse("--append", List.of("--mode"));
        }
        List<String> trained = training.options(this).stream()
                .map(OptionSpec::longestName)
                .filter(name -> !name.equals("--device"))
                .toList();
        refuse("--append, which trains nothing", trained);
        if (delete != null && format.numbersRows(delete)) {
            throw usage("--delete needs a table whose id column names the vectors: " + delete
                    + " is a vector file, whose ids are the numbers of its rows");
        }
        if (input == null) {
            List<String> ofVectors = List.of("--features-col", "--handle-invalid", "--since-column");
            refuse(delete == null ? "--compact" : "--delete", ofVectors);
        }
        if (compact) {
            refuse("--compact", List.of("--id-col", "--format"));
        }
    }

    @Override
    ReportFile openReport(Configuration configuration) {
        return reports.begin(
                configuration, mode.overwrites(), output, append, input, train, delete, training.checkpoint);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        return append == null ? build(spark, progress) : change(spark, progress);
    }

    private Result build(SparkSession spark, Progress progress) {
        String resumed = training.checkpoint;
        Configuration configuration = spark.sparkContext().hadoopConfiguration();
        try (StagedOutput staged = ModeOptions.stage(configuration, output, mode.overwrites(), input, train, resumed);
                HadoopCheckpoint checkpoint = training.openCheckpoint(spark)) {
            Dataset<Row> all = format.read(spark, input, "--input");
            Optional<Increment> increment = since(all);
            Dataset<Row> data = increment.map(Increment::rows).orElse(all);
            Dataset<Row> learn = train == null ? data : format.readAnother(spark, train, "--train");
            vectors.checkColumns(data, input);
            Inputs.requireVectors(learn, vectors.features, train == null ? input : train + " (--train)");
            attributes.forEach(name -> Inputs.requireColumn(data, name, input, "--attributes"));
            estimator
                    .setFeaturesCol(vectors.features)
                    .setIdCol(id(data, input))
                    .setHandleInvalid(vectors.handleInvalid)
                    .setAttributeCols(attributes.toArray(String[]::new))
                    .check(learn, data);
            // the index refuses ids that are there twice, but only when it has them all: training comes before
            format.requireUnique(data, id(data, input), input, progress);
            progress.begin("training the index on " + (train == null ? input : train));
            IvfIndexModel model = estimator
                    .setIndexDir(staged.path().toString())
                    .setListener(progress)
                    .setKeepsCheckpoint(true)
                    .build(learn, data);
            increment.ifPresent(until -> model.upsert(null, null, until.position()));
            IndexContents contents = IndexContents.of(model.stored(spark));
            String reached = until(model); // the model knows the index where it is now
            staged.commit();
            if (checkpoint != null) {
                checkpoint.delete();
            }
            int lists = contents.sizes().length;
            if (lists > contents.vectors()) {
                progress.say("there are " + lists + " lists for " + contents.vectors()
                        + " vectors: most will stay empty, a smaller --lists would do");
            }
            progress.record().tell(page -> writeLists(page, contents));
            return report(model, contents, reached);
        }
    }

    /** Writes the sizes of an index's lists into a report. */
    static void writeLists(Report page, IndexContents contents) {
        double[] sizes = Arrays.stream(contents.sizes()).asDoubleStream().toArray();
        page.section("Lists").chart(new Histogram("Vectors of each list", "vectors in it", "lists", sizes));
    }

    /** Returns the rows of a new index's input up to the greatest value of --since-column. */
    private Optional<Increment> since(Dataset<Row> data) {
        if (sinceColumn == null) {
            return Optional.empty();
        }
        Inputs.requireColumn(data, sinceColumn, input, "--since-column");
        return Increment.newer(data, sinceColumn, source(), null);
    }

    /** Returns the name by which the index keeps how far the input was read. */
    private String source() {
        return input + "#" + sinceColumn;
    }

    private Result report(IvfIndexModel model, IndexContents contents, String reached) {
        IvfIndexSummary summary = model.summary();
        return new Result()
                .put("rows", contents.vectors())
                .putAll(SavedModels.describeIndex(model))
                .put("trainRows", summary.rows())
                .put("coarseMse", summary.coarseMse())
                .put("mse", summary.mse())
                .put("emptyLists", contents.empty())
                .put("imbalance", contents.imbalance())
                .put("trainSeconds", summary.trainSeconds())
                .put("buildSeconds", summary.buildSeconds())
                .put("until", reached)
                .put("seed", training.seed)
                .put("output", output);
    }

    private String id(Dataset<Row> data, String path) {
        return vectors.requireId(data, path, " to find vectors by");
    }

    private Result change(SparkSession spark, Progress progress) {
        IvfIndexModel model = SavedModels.loadIndex(spark, append, "--append")
                .setFeaturesCol(vectors.features)
                .setHandleInvalid(vectors.handleInvalid)
                .setDevice(training.device);
        long before = delete == null ? 0 : IndexContents.of(model.stored(spark)).vectors();
        long began = System.nanoTime();
        if (input != null) {
            add(spark, model, progress);
        } else if (delete != null) {
            progress.begin("deleting from " + append);
            Dataset<Row> ids = format.read(spark, delete, "--delete");
            String id = id(ids, delete);
            Inputs.requireColumn(ids, id, delete, "--id-col");
            model.setIdCol(id).delete(ids);
        } else {
            progress.begin("compacting " + append);
            model.compact(spark);
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        IndexContents contents = IndexContents.of(model.stored(spark));
        progress.record().tell(page -> writeLists(page, contents));
        if (delete != null && contents.vectors() == before) {
            progress.say("nothing was deleted: " + append + " holds no vector with an id of " + delete);
        }
        return new Result()
                .put("rows", contents.vectors())
                .putAll(SavedModels.describeIndex(model))
                .put("segments", contents.segments())
                .put("deleted", contents.deleted())
                .put("emptyLists", contents.empty())
                .put("imbalance", contents.imbalance())
                .put("buildSeconds", seconds)
                .put("until", until(model))
                .put("output", append);
    }

    private void add(SparkSession spark, IvfIndexModel model, Progress progress) {
        Dataset<Row> data = format.read(spark, input, "--input");
        vectors.checkColumns(data, input);
        model.setIdCol(id(data, input));
        for (String name : model.listSchema().attributes().fieldNames()) {
            if (!Inputs.hasColumn(data, name)) {
                throw Inputs.noColumn(data, name, input, ", which is an attribute of the index", "");
            }
        }
        progress.begin("adding " + input + " to " + append);
        if (sinceColumn == null) {
            InvalidVectors.named(data, vectors, model, () -> model.add(data));
            return;
        }
        Inputs.requireColumn(data, sinceColumn, input, "--since-column");
        boolean changed =
                InvalidVectors.named(data, vectors, model, () -> model.upsertNewer(data, sinceColumn, source()));
        if (!changed) {
            String last = until(model);
            progress.say("nothing was added: "
                    + (last == null ? input + " has no rows" : "no row of " + input + " is newer than " + last));
        }
    }

    /** Returns how far --since-column was read, null where nothing was. */
    private String until(IvfIndexModel model) {
        SourcePosition position = sinceColumn == null
                ? null
                : model.positions(SparkSession.active()).get(source());
        return position == null ? null : position.value();
    }
}
