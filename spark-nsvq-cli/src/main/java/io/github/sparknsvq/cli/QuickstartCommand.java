package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.cli.quickstart.QuickstartData;
import io.github.sparknsvq.cli.quickstart.RecallCurve;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex.Neighbors;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.IvfIndexSummary;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.evaluation.TrueNeighbors;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.commons.lang3.StringUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
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
    private static final List<Integer> RECALL_AT = List.of(1, 10, 100);
    private static final Encoding.Search SEARCH = new Encoding.Search(false, false);
    private static final String DEFAULT_OUTPUT = "quickstart-output";

    /** Name of the exported index in the output. */
    private static final String FILE = "index.faiss";

    private static final int MAX_ITER = 10;
    private static final int PROBES = 16;
    private static final int NEIGHBORS = 100;
    private static final int MOST_CODEBOOKS = 16;

    /** Trained on fewer rows per list, centroids would fit only those rows. */
    private static final int ROWS_PER_LIST = 39;

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

    private SparkSession spark;
    private Progress progress;
    private StagedOutput staged;
    private QuickstartData files;
    private RecallCurve curve;

    @Override
    void check() {
        if (baseline != null) {
            requireOneOf("--baseline", baseline, MllibBaseline.NAMES);
        }
    }

    @Override
    Result run(SparkSession session, Progress shown) {
        spark = session;
        progress = shown;
        Configuration configuration = spark.sparkContext().hadoopConfiguration();
        String directory = output == null ? unusedDirectory(configuration) : output;
        try (StagedOutput made = ModeOptions.stageNew(configuration, directory)) {
            staged = made;
            files = data == null ? synthetic() : QuickstartData.find(configuration, data);
            Result result = new Result().put("data", data == null ? "synthetic" : data);
            Result codebook = new Result();
            Result index = codes(codebook);
            staged.commit();
            result.put("index", index).putAll(codebook); // what users look for comes first
            result.put("exported", directory + "/" + FILE).put("seed", seed).put("output", directory);
            tell(result);
            return result;
        }
    }

    /** A plain quickstart can be run again and again; what earlier ones wrote stays. */
    private static String unusedDirectory(Configuration configuration) {
        String name = DEFAULT_OUTPUT;
        for (int i = 2; Inputs.exists(configuration, name); i++) {
            name = DEFAULT_OUTPUT + "-" + i;
        }
        return name;
    }

    private QuickstartData synthetic() {
        progress.say("no --data: the vectors are synthetic, made to look like SIFT descriptors from seed " + seed);
        progress.begin("making vectors and their true neighbors");
        try {
            return QuickstartData.make(staged.files(), staged.path("data"), seed);
        } catch (IOException e) {
            throw new NsvqException("cannot write the synthetic data: " + Reason.of(e), e);
        }
    }

    private Dataset<Row> read(String file) {
        return Inputs.read(spark, file, null, "--data");
    }

    /**
     * Makes codebook, codes and index, and with --baseline MLlib's codebook for comparison.
     *
     * @param result where the figures of codebooks go
     * @return the figures of the index
     */
    private Result codes(Result result) {
        Dataset<Row> learn = read(files.learn());
        Dataset<Row> base = read(files.base());
        List<Column> ids = List.of(col(Queries.ID));
        VQ estimator = new VQ().setK(K).setSeed(seed);
        progress.begin("training " + K + " codewords");
        VQModel model = estimator.setListener(progress).fit(learn);
        TrainCommand.save(model, staged.path("model"));

        Encoding encoder = new Encoding(model, new VectorOptions());
        progress.begin("encoding base");
        double seconds = encoder.write(base, ids, false, staged.path("codes"), result);
        progress.begin("searching the codes");
        FormatOptions format = new FormatOptions();
        Queries queries = Queries.read(spark, files.query(), files.truth(), format, new IdVectorOptions(), encoder);
        Dataset<Row> codes = spark.read().parquet(SparkInternals.literal(staged.path("codes")));
        queries.putRecall(codes, encoder, RECALL_AT, SEARCH, result);
        result.put("trainRows", model.summary().rows())
                .put("trainSeconds", model.summary().trainSeconds())
                .put("encodeSeconds", seconds);
        Result index = index(model.dimension(), learn, base);
        if (baseline != null) {
            progress.begin("training " + K + " codewords with MLlib's KMeans");
            MllibBaseline.Trained trained = MllibBaseline.train(learn, estimator);
            TrainCommand.save(trained.model(), staged.path("baseline-model"));
            progress.begin("measuring them");
            Encoding other = new Encoding(trained.codebook(), new VectorOptions());
            Result measured = other.evaluate(base, ids, queries, RECALL_AT, SEARCH);
            result.put("baseline", MllibBaseline.NAME).put("baselineTrainSeconds", trained.seconds());
            for (String key : List.of("mse", "perplexity", "dead", "recall@1", "recall@10", "recall@100")) {
                result.put("baseline" + StringUtils.capitalize(key), measured.get(key));
            }
        }
        return index;
    }

    /** Makes an index, searches it on Spark and, exported, in this JVM, and says what it reaches. */
    private Result index(int dimension, Dataset<Row> learn, Dataset<Row> base) {
        IvfIndexModel model = build(dimension, learn, base);
        IvfIndexSummary summary = model.summary();
        Result reached = SavedModels.describeIndex(model).put("probes", PROBES).put("mse", summary.mse());
        progress.begin("searching the index");
        Dataset<Row> found = search(model, reached);
        TrueNeighbors truth = TrueNeighbors.of(found, Queries.ID, Queries.nearest(spark, files.truth()));
        Queries.putRecall(truth.ranks(found), RECALL_AT, reached);
        reached.put("trainSeconds", summary.trainSeconds()).put("buildSeconds", summary.buildSeconds());
        progress.begin("exporting the index");
        ExportCommand.export(model, new ExportCommand.Form("faiss", false, "none", false), false, staged.path(FILE));
        if (staged.files().getScheme().equals("file")) {
            progress.begin("searching the exported file");
            searchFile(found, reached);
        }
        return reached;
    }

    private IvfIndexModel build(int dimension, Dataset<Row> learn, Dataset<Row> base) {
        int codebooks = codebooks(dimension);
        IvfIndex estimator = new IvfIndex()
                .setNumLists(lists(learn.count(), base.count()))
                .setQuantizer(codebooks > 1 ? "pq" : "flat")
                .setNumCodebooks(codebooks)
                .setMaxIter(MAX_ITER)
                .setSeed(seed)
                .setProbes(PROBES)
                .setK(NEIGHBORS)
                .setIndexDir(staged.path("index"))
                .setListener(progress);
        progress.begin("training an index of " + estimator.getNumLists() + " lists");
        return estimator.build(learn, base);
    }

    /** Four times the square root of the rows, as long as there are enough rows to train them. */
    private static int lists(long learn, long base) {
        return (int) Math.max(1, Math.min(Math.round(4 * Math.sqrt((double) base)), learn / ROWS_PER_LIST));
    }

    /** The most parts, up to 16, that vectors have. */
    private static int codebooks(int dimension) {
        int most = Math.min(MOST_CODEBOOKS, dimension);
        while (dimension % most != 0) {
            most--;
        }
        return most;
    }

    /** Writes the neighbors of all queries, and returns the queries' ids with those of their neighbors. */
    private Dataset<Row> search(IvfIndexModel model, Result reached) {
        String path = staged.path("neighbors");
        long began = System.nanoTime();
        model.transform(read(files.query()))
                .drop(VectorOptions.DEFAULT_FEATURES)
                .write()
                .parquet(path);
        double seconds = (System.nanoTime() - began) / 1e9;
        Dataset<Row> written = spark.read().parquet(SparkInternals.literal(path));
        reached.put("queriesPerSecond", written.count() / seconds);
        return written.select(
                col(Queries.ID), col(model.getNeighborsCol() + ".id").as("found")); // else both are id
    }

    /** Searches the exported file with one thread, and counts how many of Spark's neighbors it finds. */
    private void searchFile(Dataset<Row> found, Result reached) {
        FormatOptions format = new FormatOptions();
        FloatMatrix queries = Queries.vectors(spark, files.query(), format, new IdVectorOptions(), false);
        long same = 0;
        long all = 0;
        double seconds = 0;
        String file = new Path(staged.path(FILE)).toUri().getPath();
        try (var index = FaissFiles.open(java.nio.file.Path.of(file))) {
            for (Iterator<Row> rows = found.toLocalIterator(); rows.hasNext(); ) {
                Row row = rows.next();
                Set<Long> there = Set.copyOf(row.<Long>getList(1));
                float[] query = queries.row((int) row.getLong(0));
                long began = System.nanoTime();
                Neighbors neighbors = index.search(query, SearchOptions.nearest(NEIGHBORS));
                seconds += (System.nanoTime() - began) / 1e9;
                all += there.size();
                same += Arrays.stream(neighbors.ids()).filter(there::contains).count();
            }
            curve = RecallCurve.of(index, queries, Queries.nearest(spark, files.truth()));
        }
        reached.put("byProbes", curve.values());
        reached.put("fileQueriesPerSecond", queries.rows() / seconds).put("fileSameNeighbors", same / (double) all);
    }

    /** The result for people: the index first, which is what they came for. */
    private void tell(Result result) {
        Map<?, ?> index = (Map<?, ?>) result.get("index");
        progress.say(String.format(
                Locale.ROOT,
                "the index: %,d vectors in %,d lists, %d bytes each instead of %d",
                whole(result.get("rows")),
                whole(index.get("lists")),
                whole(index.get("codeBytes")),
                whole(result.get("dimension")) * Float.BYTES));
        if (curve != null) {
            curve.picture().forEach(progress::say);
        } else {
            progress.say("nearest vector among the first 10, of " + index.get("probes") + " lists: "
                    + index.get("recall@10"));
        }
        boolean compared = result.get("baseline") != null;
        progress.say(compared ? row("", "nsvq", "MLlib KMeans") : "a codebook of " + K + " codewords:");
        tell("training, seconds", "trainSeconds", "%.2f", result);
        tell("squared error of a vector (mse)", "mse", "%.1f", result);
        tell("codewords in use, effectively", "perplexity", "%.1f", result);
        tell("codewords never used", "dead", "%d", result);
        String made = data == null ? " and synthetic data" : "";
        progress.say("model, codes, index, neighbors, file for FAISS" + made + ": " + result.get("output"));
    }

    private static long whole(Object number) {
        return ((Number) number).longValue();
    }

    private void tell(String what, String key, String format, Result result) {
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
