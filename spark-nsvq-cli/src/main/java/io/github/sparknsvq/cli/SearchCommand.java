package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.size;

import io.github.sparknsvq.cli.report.ReportFile;
import io.github.sparknsvq.cli.report.ReportOptions;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nsvq search}: the nearest neighbors of all vectors of an input, as Parquet. */
@Command(
        name = "search",
        description = {
            "Finds the nearest vectors of an index for every query and writes them as Parquet: the id"
                    + " column, or all columns"
                    + " but the vectors where there is none, and neighbors: array<struct<id, distance: float>>.",
            "Distances are smaller for nearer vectors: squared Euclidean ones, inner products with their sign turned,"
                    + " or one minus the cosine."
        })
final class SearchCommand extends NsvqCommand {
    private static final IvfIndex DEFAULTS = new IvfIndex();
    private static final String ROWS = "rows";
    private static final String MOST = "most";

    @Option(names = "--index", required = true, paramLabel = "DIR", description = "An index that nsvq index made.")
    String index;

    @Option(
            names = "--queries",
            required = true,
            paramLabel = "PATH",
            description = "Vectors to search with: a .fvecs, .bvecs or .npy file, or what Spark reads.")
    String queries;

    @Mixin
    FormatOptions format;

    @Mixin
    IdVectorOptions vectors;

    @Mixin
    OutputOptions output;

    @Option(names = "--k", paramLabel = "K", description = "Neighbors of each query (default: ${DEFAULT-VALUE}).")
    int k = DEFAULTS.getK();

    @Option(
            names = "--probes",
            paramLabel = "P",
            description = "Lists that a query looks at; more than there are means all (default: as many as the index"
                    + " was saved with, 16 where nobody said).")
    Integer probes;

    @Mixin
    SearchOptions searching;

    @Option(
            names = "--filter",
            paramLabel = "SQL",
            description = "Condition on the index's attributes that neighbors meet, as in \"price < 10\".")
    String filter = "";

    @Option(names = "--exclude-self", description = "Leave out the vector that has the query's own id.")
    boolean excludeSelf;

    @Option(
            names = "--join",
            description = "Write a row (query, id, distance) for each neighbor, in place of a row for each query.")
    boolean join;

    @Option(
            names = "--neighbors-col",
            paramLabel = "NAME",
            description = "Column for the neighbors (default: ${DEFAULT-VALUE}).")
    String neighbors = DEFAULTS.getNeighborsCol();

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "Where to search for lists: auto, cpu or opencl (default: ${DEFAULT-VALUE}).")
    String device = DEFAULTS.getDevice();

    @Mixin
    ReportOptions report;

    @Override
    void check() {
        vectors.check(this);
        output.check(this);
        report.check(spec.commandLine());
        searching.check(this);
        requirePositive("--k", k);
        if (probes != null) {
            requirePositive("--probes", probes);
        }
        orUsage(() -> new IvfIndex().setDevice(device));
    }

    @Override
    ReportFile openReport(Configuration configuration) {
        return report.begin(configuration, output.overwrites(), output.output, index, queries, searching.vectors);
    }

    @Override
    Result run(SparkSession spark, Progress progress) {
        try (StagedOutput staged = output.stage(spark, index, queries, searching.vectors)) {
            IvfIndexModel model = SavedModels.loadIndex(spark, index, "--index");
            Dataset<Row> data = format.readAnother(spark, queries, "--queries");
            vectors.checkColumns(data, queries);
            if (join || excludeSelf) {
                vectors.requireId(data, queries, ", which " + (join ? "--join" : "--exclude-self") + " needs");
            }
            Optional<String> id = vectors.idColumn(data);
            searching.apply(spark, model, format, vectors, id.orElse(IdVectorOptions.DEFAULT_ID));
            set(model, spec.options());
            progress.begin("searching " + index + " for " + queries);
            long began = System.nanoTime();
            Written written = InvalidVectors.named(
                    data,
                    vectors,
                    model,
                    () -> write(model, data, id, staged.path().toString()));
            double seconds = (System.nanoTime() - began) / 1e9;
            staged.commit();
            long rows = written.queries();
            // counted only where all queries found fewer, as the vectors of an index are not known before
            long held =
                    written.most() < k ? IndexContents.of(model.stored(spark)).vectors() : k;
            if (held < k) {
                progress.say("there are " + held + " vectors in " + index + ": no query finds " + k
                        + " neighbors, a smaller --k would do");
            }
            return new Result()
                    .put("rows", rows)
                    .put("k", k)
                    .put("probes", model.getProbes())
                    .put("slack", searching.slack == 0 ? null : searching.slack)
                    .put("rerank", searching.rerank)
                    .put("queriesPerSecond", rows / seconds)
                    .put("seconds", seconds)
                    .put("output", output.output);
        }
    }

    /**
     * What was written.
     *
     * @param queries number of queries
     * @param most neighbors that a query found
     */
    private record Written(long queries, int most) {}

    /** Searches. */
    private Written write(IvfIndexModel model, Dataset<Row> data, Optional<String> id, String path) {
        Column vector = VectorColumn.column(vectors.features);
        Dataset<Row> asked = id.isPresent() ? data.select(VectorColumn.column(id.get()), vector) : data;
        Column each = VectorColumn.column(neighbors);
        Observation counted = new Observation();
        Dataset<Row> found = model.transform(asked)
                .observe(counted, count(lit(1)).as(ROWS), max(size(each)).as(MOST));
        if (join) {
            found = found.select(
                            VectorColumn.column(id.orElseThrow()).as("query"),
                            explode(each).as("neighbor"))
                    .select(col("query"), col("neighbor.id"), col("neighbor.distance"));
        } else {
            found = found.drop(vector);
        }
        found.write().parquet(path);
        try {
            Map<String, Object> seen = counted.getAsJava();
            long queries = (Long) seen.get(ROWS);
            return new Written(queries, queries == 0 ? k : (Integer) seen.get(MOST));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NsvqException("interrupted while searching", e);
        }
    }
}
