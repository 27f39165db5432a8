package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.cli.quickstart.QuickstartData;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex.Neighbors;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.IvfIndexSummary;
import io.github.sparknsvq.ml.evaluation.TrueNeighbors;
import io.github.sparknsvq.ml.saving.StagedOutput;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The second half of a quickstart: an index of the vectors, searched on Spark and, exported, in this JVM. */
final class QuickstartIndex {
    /** Name of the exported file in the output. */
    static final String FILE = "index.faiss";

    private static final int MAX_ITER = 10;
    private static final int PROBES = 16;
    private static final int NEIGHBORS = 100;
    private static final int MOST_CODEBOOKS = 16;

    /** Fewer rows for each list, and centroids say nothing of other rows. */
    private static final int ROWS_PER_LIST = 39;

    private final SparkSession spark;
    private final QuickstartData files;
    private final StagedOutput staged;
    private final long seed;

    QuickstartIndex(SparkSession spark, QuickstartData files, StagedOutput staged, long seed) {
        this.spark = spark;
        this.files = files;
        this.staged = staged;
        this.seed = seed;
    }

    private Dataset<Row> read(String file) {
        return Inputs.read(spark, file, null, "--data");
    }

    /** Makes the index in the output and puts what it reaches. */
    void make(Progress progress, Result result) {
        IvfIndexModel model = build((int) result.get("dimension"), progress);
        IvfIndexSummary summary = model.summary();
        Result reached = SavedIndexes.describe(model).put("probes", PROBES).put("mse", summary.mse());
        progress.begin("searching the index");
        Dataset<Row> found = search(model, reached);
        TrueNeighbors truth = TrueNeighbors.of(found, Queries.ID, Queries.nearest(spark, files.truth()));
        Queries.putRecall(truth.ranks(found), QuickstartCommand.RECALL_AT, reached);
        reached.put("trainSeconds", summary.trainSeconds()).put("buildSeconds", summary.buildSeconds());
        progress.begin("exporting the index");
        ExportCommand.export(model, "faiss", false, false, staged.path(FILE));
        if (staged.files().getScheme().equals("file")) {
            progress.begin("searching the exported file");
            searchFile(found, reached);
        }
        result.put("index", reached);
    }

    private IvfIndexModel build(int dimension, Progress progress) {
        Dataset<Row> learn = read(files.learn());
        Dataset<Row> base = read(files.base());
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
    static int lists(long learn, long base) {
        return (int) Math.max(1, Math.min(Math.round(4 * Math.sqrt((double) base)), learn / ROWS_PER_LIST));
    }

    /** The most parts, up to 16, that vectors have. */
    static int codebooks(int dimension) {
        int most = Math.min(MOST_CODEBOOKS, dimension);
        while (dimension % most != 0) {
            most--;
        }
        return most;
    }

    /** Writes the neighbors of all queries, and returns the queries' ids with those of their neighbors. */
    private Dataset<Row> search(IvfIndexModel model, Result reached) {
        Dataset<Row> queries = read(files.query());
        String path = staged.path("neighbors");
        long began = System.nanoTime();
        model.transform(queries).drop(VectorOptions.DEFAULT_FEATURES).write().parquet(path);
        double seconds = (System.nanoTime() - began) / 1e9;
        Dataset<Row> written = spark.read().parquet(path);
        reached.put("queriesPerSecond", written.count() / seconds);
        return written.select(
                col(Queries.ID), col(model.getNeighborsCol() + ".id").as("found")); // else both are id
    }

    /** Searches the exported file with one thread, and counts how many of Spark's neighbors it finds. */
    private void searchFile(Dataset<Row> found, Result reached) {
        FloatMatrix queries = Queries.vectors(spark, files.query(), new FormatOptions(), new IdVectorOptions(), false);
        long same = 0;
        long all = 0;
        double seconds = 0;
        try (var index = FaissFiles.open(
                Path.of(new org.apache.hadoop.fs.Path(staged.path(FILE)).toUri().getPath()))) {
            for (Iterator<Row> rows = found.toLocalIterator(); rows.hasNext(); ) {
                Row row = rows.next();
                Set<Long> there = Set.copyOf(row.<Long>getList(1));
                long began = System.nanoTime();
                Neighbors neighbors = index.search(queries.row((int) row.getLong(0)), NEIGHBORS);
                seconds += (System.nanoTime() - began) / 1e9;
                all += there.size();
                same += Arrays.stream(neighbors.ids()).filter(there::contains).count();
            }
        }
        reached.put("fileQueriesPerSecond", queries.rows() / seconds).put("fileSameNeighbors", same / (double) all);
    }

    /** The result for people. */
    static void tell(Result result, Progress progress) {
        Map<?, ?> reached = (Map<?, ?>) result.get("index");
        progress.say(String.format(
                Locale.ROOT,
                "the index: %s lists, %s bytes a vector; true nearest among first 10 of %s probes: %s",
                reached.get("lists"),
                reached.get("codeBytes"),
                reached.get("probes"),
                reached.get("recall@10")));
    }
}
