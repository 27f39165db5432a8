package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.FaissIndexImport;
import io.github.sparknsvq.ml.index.IndexDirectory;
import io.github.sparknsvq.ml.index.ListSchema;
import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.index.StoredIndex;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.param.IvfIndexParams;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.saving.OpenStages;
import io.github.sparknsvq.ml.saving.WholeWriter;
import io.github.sparknsvq.ml.spark.GivenTable;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * An index in a directory, as a Pipeline stage: {@link #transform} adds to each query its nearest neighbors. The
 * directory is the model: {@link #load} opens it, {@link #add}, {@link #delete} and {@link #compact} change it, and
 * {@link #write} copies it.
 *
 * <p>Queries of any number are searched on the executors, which read the lists from their files; see {@link
 * BatchSearch}. The plan of the queries is made, and stages that it shuffles through are run, when {@code transform}
 * is called; streams are not searched.
 */
public final class IvfIndexModel extends TrainedModel<IvfIndexModel, IvfIndexSummary>
        implements IvfIndexParams<IvfIndexModel> {
    private static final long serialVersionUID = 1L;

    private final ListSchema schema;
    private final String path;
    private SharedIndex index;
    private IvfIndexSummary.Training training;
    private transient Dataset<Row> allowed;
    private transient Dataset<Row> vectors;
    private transient StoredIndex stored;

    /** Makes a model without an index, for Spark Connect to find its class by. */
    public IvfIndexModel() {
        this(Identifiable$.MODULE$.randomUID("ivf"), null, null, "");
    }

    /** Makes a model of an index in a directory. */
    IvfIndexModel(String uid, SharedIndex index, ListSchema schema, String path) {
        super(uid, ParamSet::ivfIndex);
        this.index = index;
        this.schema = schema;
        this.path = path;
    }

    /**
     * Sets the ids that may be found; null takes that back. No Param: it is copied, but not saved, where {@code
     * allowedTable} is.
     *
     * @param ids a data set whose first column holds ids, numbers of which are taken as strings where the index's
     *     ids are strings; it is collected when queries are searched
     */
    public IvfIndexModel setAllowed(Dataset<Row> ids) {
        allowed = ids;
        return this;
    }

    /**
     * Sets the vectors that {@code rerank} ranks by, under the index's {@code idCol} and {@code featuresCol}; null
     * takes that back. No Param: it is copied, but not saved, where {@code vectorsTable} is. Where all queries
     * together have at most two million candidates (strings: 100,000), Parquet files sorted by id are read in part.
     */
    public IvfIndexModel setVectors(Dataset<Row> rows) {
        vectors = rows;
        return this;
    }

    /** Returns the index's directory. */
    public String path() {
        return path;
    }

    /**
     * Returns the centroids and codebooks, in the form in which they are sent to executors. Not API.
     *
     * @throws NsvqException if this model has no index
     */
    public synchronized SharedIndex shared() {
        if (index == null) {
            throw new NsvqException(
                    "model " + uid() + " has no index: make one with IvfIndex, or open one with IvfIndexModel.load");
        }
        index = index.withDevice(Device.of(getDevice()));
        return index;
    }

    /** Returns the centroids and codebooks as a quantizer, for this JVM. */
    public IvfQuantizer ivfQuantizer() {
        return shared().quantizer();
    }

    /**
     * Returns what the index keeps of its training; nothing of an index that an earlier release built, or that was
     * imported.
     */
    public Optional<IvfIndexSummary.Training> training() {
        return Optional.ofNullable(training);
    }

    IvfIndexModel withTraining(IvfIndexSummary.Training of) {
        training = of;
        return this;
    }

    /** Returns the columns of the lists. Not API. */
    public ListSchema listSchema() {
        return schema;
    }

    /**
     * Returns the number of lists.
     *
     * @throws NsvqException if this model has no index
     */
    public int lists() {
        return shared().lists();
    }

    /**
     * Returns the dimension of the vectors.
     *
     * @throws NsvqException if this model has no index
     */
    public int dimension() {
        return shared().dimension();
    }

    /** Returns the index in its directory. Not API. */
    public synchronized StoredIndex stored(SparkSession spark) {
        SharedIndex current = shared();
        if (stored == null || !stored.serves(spark, current)) {
            stored = new StoredIndex(spark, current, schema, new IndexDirectory(path, spark));
        }
        return stored;
    }

    private IndexColumns columns() {
        return new IndexColumns(this, shared().distance(), schema);
    }

    /**
     * Adds vectors to the index, as a segment of its own; nothing is trained anew.
     *
     * @param dataset has the columns {@code featuresCol}, {@code idCol} and {@code attributeCols}
     * @throws NsvqException if an id is null, there twice, or in the index already; then nothing is added
     */
    public IvfIndexModel add(Dataset<?> dataset) {
        Checks.notStreaming(dataset, "put into an index");
        VectorColumn column = columns().added(dataset.schema());
        SparkSession spark = dataset.sparkSession();
        JobLabels.run(
                spark,
                uid(),
                "adding vectors",
                () -> stored(spark).add(dataset, column, getIdCol(), skipsInvalid(), 0));
        return this;
    }

    /**
     * Deletes vectors from the index by their ids; ids that are not there do no harm. They may be added again.
     *
     * @param ids a data set with a column {@code idCol}
     */
    public IvfIndexModel delete(Dataset<?> ids) {
        Checks.notStreaming(ids, "taken for ids to delete");
        columns().checkDeleted(ids.schema());
        SparkSession spark = ids.sparkSession();
        JobLabels.run(spark, uid(), "deleting vectors", () -> stored(spark).delete(ids, getIdCol()));
        return this;
    }

    /**
     * Puts vectors into the index, in place of those with the same ids, and deletes others, in one commit: searches
     * see all of it or nothing.
     *
     * @param vectors has the columns {@code featuresCol}, {@code idCol} and {@code attributeCols}; null for none
     * @param deleted has a column {@code idCol} of ids to delete of those that were there before; null for none. An
     *     id that is in {@code vectors}, too, is in the index afterwards
     * @param position how far the source of both was read; null for a source that nobody asks about. Without vectors
     *     and ids it is written down alone
     * @return whether the index was changed: it was not, if the index has this position, or a later batch, already
     * @throws NsvqException if an id is null or there twice, or the index has a position of another kind of the same
     *     source; then nothing is changed
     */
    public boolean upsert(Dataset<?> vectors, Dataset<?> deleted, SourcePosition position) {
        NsvqException.unless(
                vectors != null || deleted != null || position != null,
                "there is nothing to change: give vectors, ids to delete or a position");
        if (deleted != null) {
            Checks.notStreaming(deleted, "taken for ids to delete");
            columns().checkDeleted(deleted.schema());
        }
        StoredIndex.Vectors rows = vectors == null ? null : toAdd(vectors);
        Dataset<?> either = vectors == null ? deleted : vectors;
        SparkSession spark = either == null ? SparkSession.active() : either.sparkSession();
        return JobLabels.run(
                spark, uid(), "upserting vectors", () -> stored(spark).upsert(rows, deleted, getIdCol(), position));
    }

    private StoredIndex.Vectors toAdd(Dataset<?> vectors) {
        Checks.notStreaming(vectors, "put into an index");
        return new StoredIndex.Vectors(vectors, columns().added(vectors.schema()), skipsInvalid());
    }

    /**
     * Puts those rows of a table into the index, in place of vectors with the same ids, whose {@code column} is
     * greater than it was in any row the time before, and writes down how far that goes, in one commit. Rows that
     * come later with a value that is not greater, and rows that were deleted, are not seen.
     *
     * @param table has the columns {@code featuresCol}, {@code idCol} and {@code attributeCols}, and {@code column}
     * @param column grows with each change of a row: a moment, a date, a whole number, a decimal or a string
     * @param source name of the table, by which the index keeps its position
     * @return whether the index was changed: it was not, if no row is newer
     * @throws NsvqException if {@code column} is null in a row, or as of {@link #upsert}; then nothing is changed
     */
    public boolean upsertNewer(Dataset<?> table, String column, String source) {
        StoredIndex.Vectors rows = toAdd(table);
        SparkSession spark = table.sparkSession();
        return JobLabels.run(
                spark,
                uid(),
                "upserting newer vectors",
                () -> stored(spark).upsertNewer(rows, column, source, getIdCol()));
    }

    /** Returns how far each source was read whose position a change of the index brought along, by its name. */
    public Map<String, SourcePosition> positions(SparkSession spark) {
        return stored(spark).positions();
    }

    /** Rewrites the index as one segment without what was deleted. */
    public IvfIndexModel compact(SparkSession spark) {
        JobLabels.run(spark, uid(), "compacting", () -> stored(spark).compact());
        return this;
    }

    /** Returns the ids that are in the index, in a column {@code id}. */
    public Dataset<Row> ids(SparkSession spark) {
        return stored(spark).ids();
    }

    /**
     * Searches for the neighbors of all queries, and gives a row for each neighbor: a query without neighbors has
     * none.
     *
     * @param queries has the columns {@code featuresCol} and {@code queryIdCol}
     * @param queryIdCol column that identifies queries
     * @return rows {@code queryIdCol, id, distance}; a {@code queryIdCol} named id or distance, in whatever case,
     *     comes back as {@code query}
     */
    public Dataset<Row> join(Dataset<?> queries, String queryIdCol) {
        VectorColumn.field(queries.schema(), queryIdCol);
        String found = getNeighborsCol();
        boolean taken = queryIdCol.equalsIgnoreCase("id") || queryIdCol.equalsIgnoreCase("distance");
        return transform(queries)
                .select(
                        VectorColumn.column(queryIdCol).as("query"),
                        functions.explode(VectorColumn.column(found)).as("neighbor"))
                .select("query", "neighbor.id", "neighbor.distance")
                .toDF(taken ? "query" : queryIdCol, "id", "distance");
    }

    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        IndexColumns columns = columns();
        found(dataset.schema(), dataset.sparkSession());
        if (dataset.isStreaming()) {
            throw new NsvqException("a stream of queries cannot be searched: use foreachBatch");
        }
        QueryReader reader = columns.reader(dataset.schema(), dimension());
        return search(dataset.sparkSession()).neighbors(dataset.toDF(), reader, getNeighborsCol());
    }

    /** Returns the search that the params describe. Not API. */
    public BatchSearch search(SparkSession spark) {
        BatchSearch.Options options = new BatchSearch.Options(
                getK(),
                getProbes(),
                getSlack(),
                getRerank(),
                allowed(spark),
                getFilter().isEmpty() ? null : getFilter(),
                getExcludeSelf());
        return new BatchSearch(stored(spark), options, rankedBy(spark));
    }

    /** Returns whether a setter or a table gives vectors that {@code rerank} can rank by. Not API. */
    public boolean hasRankingVectors() {
        return vectors != null || !getVectorsTable().isEmpty();
    }

    /** Returns the vectors to rank by, as (id, vector), or null for none. */
    private BatchSearch.RawVectors rankedBy(SparkSession spark) {
        if (getRerank() == 0) {
            return null; // and the table need not be there
        }
        return rankingVectors(spark, "rerank = " + getRerank(), ", or set rerank to 0");
    }

    /** Returns the vectors to rank by for {@code what}; says so where there are none, and what to do otherwise. */
    BatchSearch.RawVectors rankingVectors(SparkSession spark, String what, String otherwise) {
        Dataset<Row> rows = GivenTable.read(vectors, "setVectors", getVectorsTable(), "vectorsTable", spark);
        if (rows == null) {
            throw new NsvqException(
                    what + " ranks by the vectors themselves: give them with vectorsTable or setVectors" + otherwise);
        }
        VectorColumn column = columns().rankedBy(rows.schema());
        return new BatchSearch.RawVectors(rows, column, getIdCol());
    }

    /** Returns the ids that may be found, or null for all. */
    private Dataset<Row> allowed(SparkSession spark) {
        Dataset<Row> ids = GivenTable.read(allowed, "setAllowed", getAllowedTable(), "allowedTable", spark);
        if (ids != null) {
            columns().checkAllowed(ids.schema());
        }
        return ids;
    }

    @Override
    public StructType transformSchema(StructType given) {
        shared(); // a model without an index says so, whether there is a session or not
        return found(given, SparkSession.active());
    }

    private StructType found(StructType given, SparkSession spark) {
        IndexColumns columns = columns();
        StructType found = columns.found(given);
        rankedBy(spark);
        allowed(spark);
        if (!getFilter().isEmpty()) {
            BatchSearch.checkFilter(spark, schema, getFilter());
        }
        return found;
    }

    @Override
    public synchronized IvfIndexModel copy(ParamMap extra) {
        IvfIndexModel copy = copyValues(new IvfIndexModel(uid(), index, schema, path), extra);
        copy.stored = stored; // what it has on the executors is good for the copy, too
        return handOver(copy).withTraining(training).setAllowed(allowed).setVectors(vectors);
    }

    @Override
    public long estimatedSize() {
        return index == null ? 0 : 4L * index.centroids().values().length;
    }

    @Override
    public String toString() {
        return "IvfIndexModel: uid=" + uid() + ", " + (index == null ? "none" : lists() + " lists in " + path);
    }

    @Override
    public GeneralMLWriter write() {
        return new IvfIndexModelWriter(this);
    }

    /** Returns a reader of indexes. */
    public static MLReader<IvfIndexModel> read() {
        return new StageReader<>(IvfIndexModel.class, IndexFiles::load);
    }

    /** Opens an index. */
    public static IvfIndexModel load(String path) {
        return read().load(path);
    }

    /**
     * Opens an index, or returns it as it is open, with what it has on the executors. It is shared: copies take other
     * params. Not API.
     */
    public static IvfIndexModel open(String path, SparkSession spark) {
        return open(path, "", spark);
    }

    /** The same, searched on a device; empty for the saved one. */
    static IvfIndexModel open(String path, String device, SparkSession spark) {
        IvfIndexModel open = OpenStages.at(path, IvfIndexModel.class, device, spark, () -> {
            IvfIndexModel loaded = read().session(spark).load(path);
            return device.isEmpty() ? loaded : loaded.setDevice(device);
        });
        open.stored(spark); // on the executors once, for all copies
        return open;
    }

    /**
     * Brings an index file of FAISS into an index directory. Vectors by which the file ranks candidates again ({@code
     * IndexRefine}) are left out.
     *
     * @param file the file
     * @param directory the index's directory
     * @param overwrite whether it may replace what is there
     * @return the index
     * @throws NsvqException if the file cannot be read or holds what no index directory can hold, an id is there
     *     twice, or the directory is there and may not be replaced
     */
    public static IvfIndexModel importFaiss(String file, String directory, boolean overwrite, SparkSession spark) {
        return importFaiss(file, directory, null, overwrite, spark);
    }

    /**
     * Brings an index file of FAISS into an index directory, and the vectors by which it ranks candidates again
     * ({@code IndexRefine}) into another, for {@link #setVectors}: Parquet of {@code id} and {@code features}.
     *
     * @param file the file
     * @param directory the index's directory
     * @param vectors the vectors' directory; null leaves them out
     * @param overwrite whether they may replace what is there
     * @return the index
     * @throws NsvqException as above, or if the file has no such vectors
     */
    public static IvfIndexModel importFaiss(
            String file, String directory, String vectors, boolean overwrite, SparkSession spark) {
        try (FaissIndexImport source = FaissIndexImport.open(file, spark)) {
            IvfIndexModel model = new IvfIndexModel(
                    Identifiable$.MODULE$.randomUID("ivf"), source.index(), source.schema(), directory);
            model.setProbes(source.probes());
            WholeWriter.save(directory, spark, overwrite, beside -> {
                IndexFiles.save(model, beside, spark, source::addTo);
                if (vectors != null) {
                    WholeWriter.save(vectors, spark, overwrite, path -> source.writeVectors(spark, path));
                }
            });
            return read().session(spark).load(directory);
        }
    }
}
