package io.github.sparknsvq.cli;

import io.github.sparknsvq.ml.advice.IndexTuner;
import io.github.sparknsvq.ml.advice.Tuning;
import io.github.sparknsvq.ml.advice.TuningSample;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq tune}: which settings an index should have. */
@Command(
        name = "tune",
        description = {
            "Tries quantizers, lists, probes and re-ranking on a sample of --input, in one JVM, and answers"
                    + " with the setting that reads least for a query of those that reach --target-recall with codes"
                    + " of --bytes at most; what it promises on queries held out, with the 95 %% interval; and the"
                    + " commands to run.",
            "Where no setting reaches the target, the result says \"reached\":false and has the best one. Where the"
                    + " sample is too small to promise, it has \"warnings\": with fewer than 2 / K of the rows, or"
                    + " fewer than 20 for each list."
        })
final class TuneCommand extends NsvqCommand {
    private static final TuningSample.Draw USUAL = TuningSample.Draw.usual("l2");
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_./:=@%+,-]+");

    @Mixin
    SourceOptions source;

    @Mixin
    IdVectorOptions vectors;

    @Option(
            names = "--queries",
            paramLabel = "PATH",
            description = "Vectors like those that the index will be searched for (default: rows of --input, which is"
                    + " right only if queries are like these).")
    String queries;

    @Option(
            names = "--target-recall",
            required = true,
            paramLabel = "SHARE",
            description = "Recall to reach, as .95: see --measure.")
    double targetRecall;

    @Option(
            names = "--measure",
            paramLabel = "NAME",
            description = "What recall is: intersection, the share of the K true neighbors that is among the K found,"
                    + " or recall, the share of queries whose true nearest is (default: ${DEFAULT-VALUE}).")
    String measure = IndexTuner.INTERSECTION;

    @Option(
            names = "--bytes",
            paramLabel = "N",
            description = "Bytes of a vector's code at most (default: ${DEFAULT-VALUE}).")
    int bytes = 32;

    @Option(names = "--k", paramLabel = "K", description = "Neighbors of a query (default: ${DEFAULT-VALUE}).")
    int k = 10;

    @Option(
            names = "--metric",
            paramLabel = "l2|ip|cosine",
            description = "What is nearest: the smallest distance, the largest inner product or the largest cosine"
                    + " (default: ${DEFAULT-VALUE}).")
    String metric = "l2";

    @Option(
            names = "--quantizers",
            split = ",",
            paramLabel = "NAME",
            description = "Which of pq, opq and rq are tried (default: all).")
    String[] quantizers = {"pq", "opq", "rq"};

    @Option(
            names = "--no-rerank",
            description = "Try no re-ranking: it reads vectors that have to be kept beside the index.")
    boolean noRerank;

    @Option(
            names = "--latency",
            paramLabel = "MS",
            description = "Milliseconds of a query at most (default: none). Timed are single queries on one thread of"
                    + " this machine, in an index in the memory of a JVM, with the vectors that --rerank needs: how"
                    + " an exported file is served, for which there is a third command, unless ids are strings. A"
                    + " job of nsvq search takes longer.")
    Double latency;

    @Option(
            names = "--sample",
            paramLabel = "ROWS",
            description = "Rows of --input that settings are tried on at most (default: ${DEFAULT-VALUE}).")
    int sample = USUAL.rows();

    @Option(
            names = "--sample-queries",
            paramLabel = "N",
            description =
                    "Queries at most, of which two thirds choose and one is held out (default: ${DEFAULT-VALUE}).")
    int sampleQueries = USUAL.queries();

    @Option(names = "--seed", paramLabel = "N", description = "Random seed (default: ${DEFAULT-VALUE}).")
    long seed;

    @Override
    void check() {
        vectors.check(this);
        requirePositive("--bytes", bytes);
        if (k < 1 || k > 1000) {
            throw usage("--k " + k + ": from 1 to 1000 are valid");
        }
        requireOneOf("--metric", metric, DistanceKind.NAMES);
        requireOneOf("--measure", measure, List.of(IndexTuner.INTERSECTION, IndexTuner.RECALL));
        for (String quantizer : quantizers) {
            requireOneOf("--quantizers", quantizer, List.of("pq", "opq", "rq"));
        }
        if (!(targetRecall > 0 && targetRecall <= 1)) {
            throw usage("--target-recall " + targetRecall + ": above 0, and 1 at most");
        }
        if (latency != null && !(latency > 0)) {
            throw usage("--latency " + latency + ": more than 0 milliseconds");
        }
        orUsage(this::draw);
    }

    private TuningSample.Draw draw() {
        return new TuningSample.Draw(vectors.features, metric, sample, sampleQueries, seed, vectors.skipsInvalid());
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        Dataset<Row> input = source.read(spark);
        vectors.checkColumns(input, source.input);
        Dataset<Row> asked = null;
        if (queries != null) {
            asked = source.readAnother(spark, queries, "--queries");
            Inputs.requireVectors(asked, vectors.features, queries + " (--queries)");
        }
        progress.begin("drawing a sample of " + source.input);
        try (TuningSample drawn = TuningSample.draw(input, asked, draw())) {
            IndexTuner tuner = new IndexTuner(drawn)
                    .setBytes(bytes)
                    .setK(k)
                    .setMeasure(measure)
                    .setQuantizers(quantizers)
                    .setReranks(!noRerank)
                    .setListener(progress::begin);
            if (latency != null) {
                tuner.setLatency(latency);
            }
            Tuning tuning = tuner.tune(targetRecall);
            say(tuning, progress);
            return new Result()
                    .put("input", source.input)
                    .putAll(tuning.values())
                    .put("commands", commands(tuning.setting(), exported(input, progress)));
        }
    }

    private void say(Tuning tuning, Progress progress) {
        tuning.warnings().forEach(warning -> progress.say("warning: " + warning));
        Tuning.Setting setting = tuning.setting();
        if (!tuning.reached() && tuning.selected().low() >= targetRecall) {
            progress.say(String.format(
                    Locale.ROOT,
                    "none of the ten settings that read least for a recall of %s answers in %s ms: the first takes"
                            + " %.3f ms",
                    targetRecall,
                    latency,
                    tuning.cost().milliseconds()));
        } else if (!tuning.reached()) {
            progress.say(String.format(
                    Locale.ROOT,
                    "no setting reaches a recall of %s with codes of %d bytes: the best, %s in %d lists with %d"
                            + " probes, comes to %.4f (95 %% interval from %.4f)%s",
                    targetRecall,
                    bytes,
                    setting.quantizer(),
                    setting.lists(),
                    setting.probes(),
                    tuning.selected().mean(),
                    tuning.selected().low(),
                    tuning.selected().high() >= targetRecall ? ": more --sample-queries may show that it does" : ""));
        }
        if (tuning.sample().sampled() < tuning.sample().rows() && queries == null) {
            progress.say("queries were rows of " + source.input + ": with others, give some with --queries");
        }
    }

    /** Whether an index is to be exported, which one whose ids are strings cannot be. */
    private boolean exported(Dataset<Row> input, Progress progress) {
        boolean named = vectors.idColumn(input)
                .map(id ->
                        input.select(VectorColumn.column(id)).schema().apply(0).dataType())
                .filter(DataTypes.StringType::equals)
                .isPresent();
        if (latency != null && named) {
            progress.say("no command exports the index: the ids of " + source.input
                    + " are strings, and FAISS has none but numbers");
        }
        return latency != null && !named;
    }

    /** Returns the commands that make the index and search it and, with a limit of time, export it to be served. */
    private List<String> commands(Tuning.Setting setting, boolean exported) {
        List<String> commands = new ArrayList<>(List.of(line(index(setting)), line(search(setting))));
        if (exported) {
            commands.add(line(export(setting)));
        }
        return commands;
    }

    private List<String> index(Tuning.Setting setting) {
        List<String> index = new ArrayList<>(List.of("nsvq", "index", "--input", source.input));
        inputOptions(index, List.of("--format", "--features-col", "--id-col", "--handle-invalid"));
        index.addAll(List.of("--lists", "" + setting.lists(), "--quantizer", setting.quantizer()));
        if (setting.codebooks() > 0) {
            index.addAll(List.of("--codebooks", "" + setting.codebooks(), "--bits", "" + setting.bits()));
        }
        index.addAll(List.of("--metric", metric, "--probes", "" + setting.probes()));
        index.addAll(List.of("--seed", "" + seed, "--output", "INDEX"));
        return index;
    }

    private List<String> search(Tuning.Setting setting) {
        List<String> search = new ArrayList<>(
                List.of("nsvq", "search", "--index", "INDEX", "--queries", queries == null ? "QUERIES" : queries));
        inputOptions(search, List.of("--format", "--features-col", "--handle-invalid"));
        search.addAll(List.of("--k", "" + setting.k(), "--probes", "" + setting.probes()));
        if (setting.rerank() > 0) {
            search.addAll(List.of("--rerank", "" + setting.rerank(), "--vectors", source.input));
        }
        search.addAll(List.of("--output", "FOUND"));
        return search;
    }

    private List<String> export(Tuning.Setting setting) {
        List<String> export = new ArrayList<>(List.of("nsvq", "export", "--index", "INDEX"));
        export.addAll(List.of("--probes", "" + setting.probes()));
        if (setting.rerank() > 0) {
            export.addAll(List.of("--vectors", source.input, "--refine", "flat"));
            if (source.format != null) {
                export.addAll(List.of("--vectors-format", source.format));
            }
            export.addAll(List.of("--k", "" + setting.k(), "--rerank", "" + setting.rerank()));
        }
        export.addAll(List.of("--output", "FILE"));
        return export;
    }

    private void inputOptions(List<String> words, List<String> options) {
        for (String option : options) {
            if (given(option)) {
                words.addAll(List.of(option, "" + spec.findOption(option).getValue()));
            }
        }
    }

    /** Returns words as a shell takes them. */
    private static String line(List<String> words) {
        return String.join(
                " ",
                words.stream()
                        .map(word -> PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'")
                        .toList());
    }
}
