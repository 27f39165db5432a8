package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.cli.quickstart.QuickstartData;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.saving.StagedOutput;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.apache.commons.lang3.StringUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code nsvq quickstart}: everything once, on the user's vectors or on synthetic ones. */
@Command(
        name = "quickstart",
        description = {
            "Trains a codebook of 256 codewords and encodes vectors with it; then makes an index of them, searches"
                    + " it, exports it to a file for FAISS and searches that: and says how well.",
            "Without --data it makes vectors that look like SIFT descriptors, but are synthetic."
        })
final class QuickstartCommand extends NsvqCommand {
    private static final int K = 256;
    static final List<Integer> RECALL_AT = List.of(1, 10, 100);
    private static final Encoding.Search SEARCH = new Encoding.Search(false, false);
    private static final String DEFAULT_OUTPUT = "quickstart-output";

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = {
                "Directory of base and query (.fvecs, .bvecs or .npy) and groundtruth.ivecs;",
                "trains on learn if it is there, too, else on base."
            })
    String data;

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = {
                "Directory to write, which should not exist",
                "(default: " + DEFAULT_OUTPUT + ", then " + DEFAULT_OUTPUT + "-2 and so on)."
            })
    String output;

    @Option(names = "--seed", paramLabel = "N", description = "Random seed (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(names = "--baseline", paramLabel = "mllib", description = "Train MLlib's KMeans, too, and compare.")
    String baseline;

    @Override
    void check() {
        if (baseline != null) {
            requireOneOf("--baseline", baseline, MllibBaseline.NAMES);
        }
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        Configuration configuration = spark.sparkContext().hadoopConfiguration();
        String directory = output == null ? unusedDirectory(configuration) : output;
        try (StagedOutput staged = Outputs.stageNew(configuration, directory)) {
            QuickstartData files = data(configuration, staged, progress);
            Dataset<Row> learn = Inputs.read(spark, files.learn(), null, "--data");
            Dataset<Row> base = Inputs.read(spark, files.base(), null, "--data");
            VQ estimator = new VQ().setK(K).setSeed(seed);
            progress.begin("training " + K + " codewords");
            VQModel model = estimator.setListener(progress).fit(learn);
            TrainCommand.save(model, staged.path("model"));

            Encoding encoder = new Encoding(model, new VectorOptions());
            progress.begin("encoding base");
            Encoding.Quality quality = encoder.write(base, List.of(col("id")), false, staged.path("codes"));
            progress.begin("searching the codes");
            Result result = new Result().put("data", data == null ? "synthetic" : data);
            quality.report(result);
            Queries queries = Queries.read(
                    spark, files.query(), files.truth(), new FormatOptions(), new IdVectorOptions(), encoder);
            Dataset<Row> codes = spark.read().parquet(staged.path("codes"));
            queries.putRecall(codes, encoder, RECALL_AT, SEARCH, result);
            result.put("trainRows", model.summary().rows())
                    .put("trainSeconds", model.summary().trainSeconds())
                    .put("encodeSeconds", quality.seconds());
            new QuickstartIndex(spark, files, staged, seed).make(progress, result);
            if (baseline != null) {
                progress.begin("training " + K + " codewords with MLlib's KMeans");
                MllibBaseline.Trained trained = MllibBaseline.train(learn, estimator);
                TrainCommand.save(trained.model(), staged.path("baseline-model"));
                progress.begin("measuring them");
                Encoding other = new Encoding(trained.codebook(), new VectorOptions());
                compare(trained, other.evaluate(base, List.of(col("id")), queries, RECALL_AT, SEARCH), result);
            }
            staged.commit();
            result.put("exported", directory + "/" + QuickstartIndex.FILE)
                    .put("seed", seed)
                    .put("output", directory);
            tell(result, progress);
            return result;
        }
    }

    /** A plain quickstart can be run again and again; what earlier ones wrote stays. */
    private static String unusedDirectory(Configuration configuration) {
        try {
            String name = DEFAULT_OUTPUT;
            for (int i = 2; new Path(name).getFileSystem(configuration).exists(new Path(name)); i++) {
                name = DEFAULT_OUTPUT + "-" + i;
            }
            return name;
        } catch (IOException e) {
            throw new NsvqException("cannot look for " + DEFAULT_OUTPUT + ": " + e.getMessage(), e);
        }
    }

    private QuickstartData data(Configuration configuration, StagedOutput staged, Progress progress) {
        if (data != null) {
            return QuickstartData.find(configuration, data);
        }
        progress.say("no --data: the vectors are synthetic, made to look like SIFT descriptors from seed " + seed);
        progress.begin("making vectors and their true neighbors");
        try {
            return QuickstartData.make(staged.files(), staged.path("data"), seed);
        } catch (IOException e) {
            throw new NsvqException("cannot write the synthetic data: " + Failures.firstLine(e.getMessage()), e);
        }
    }

    private static void compare(MllibBaseline.Trained trained, Result measured, Result result) {
        result.put("baseline", MllibBaseline.NAME).put("baselineTrainSeconds", trained.seconds());
        for (String key : List.of("mse", "perplexity", "dead", "recall@1", "recall@10", "recall@100")) {
            result.put("baseline" + StringUtils.capitalize(key), measured.get(key));
        }
    }

    /** The result for people. */
    private static void tell(Result result, Progress progress) {
        boolean compared = result.get("baseline") != null;
        progress.say(compared ? row("", "nsvq", "MLlib KMeans") : "reached:");
        tell("training, seconds", "trainSeconds", "%.2f", result, progress);
        tell("squared error of a vector (mse)", "mse", "%.1f", result, progress);
        tell("codewords in use, effectively", "perplexity", "%.1f", result, progress);
        tell("codewords never used", "dead", "%d", result, progress);
        for (int k : RECALL_AT) {
            tell("true nearest among first " + k, "recall@" + k, "%.3f", result, progress);
        }
        QuickstartIndex.tell(result, progress);
        String made = result.get("data").equals("synthetic") ? " and synthetic data" : "";
        progress.say("model, codes, index, neighbors, file for FAISS" + made + ": " + result.get("output"));
    }

    private static void tell(String what, String key, String format, Result result, Progress progress) {
        Object mllib = result.get("baseline" + StringUtils.capitalize(key));
        progress.say(row(
                what,
                String.format(Locale.ROOT, format, result.get(key)),
                mllib == null ? "" : String.format(Locale.ROOT, format, mllib)));
    }

    private static String row(String what, String nsvq, String mllib) {
        return String.format(Locale.ROOT, "  %-32s %12s %14s", what, nsvq, mllib)
                .stripTrailing();
    }
}
