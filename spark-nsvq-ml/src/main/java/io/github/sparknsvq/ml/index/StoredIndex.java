package io.github.sparknsvq.ml.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.ingest.Increment;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.saving.SavedFiles;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * An index in its directory: what changes it, and what reads it.
 *
 * @param spark the session
 * @param index its trained parts: centroids and codebooks
 * @param schema the columns of its lists
 * @param directory where it is
 * @param broadcast the trained parts, on all executors
 */
public record StoredIndex(
        SparkSession spark,
        SharedIndex index,
        ListSchema schema,
        IndexDirectory directory,
        Broadcast<SerializedValue<SharedIndex>> broadcast) {
    /** Bytes that a file of a segment should not exceed by much. */
    private static final long FILE_BYTES = 64L << 20;

    /** Bytes of a file's group of rows: where a list has many, several groups say so. */
    private static final long GROUP_BYTES = 32L << 20;

    /** Rows after which Parquet first looks at a group's bytes: it would wait for 100, of up to 16 MB each. */
    private static final long ROWS_BEFORE_CHECK = 2;

    /**
     * Opens an index.
     *
     * @param index its trained parts: centroids and codebooks
     * @param schema the columns of its lists
     * @param directory where it is
     */
    public StoredIndex(SparkSession spark, SharedIndex index, ListSchema schema, IndexDirectory directory) {
        // never destroyed: data sets that are evaluated later hold on to it, and Spark cleans it away after them
        this(spark, index, schema, directory, SparkInternals.context(spark).broadcast(new SerializedValue<>(index)));
    }

    /** Whether this is an index in this state on the executors of a session. */
    public boolean serves(SparkSession other, SharedIndex current) {
        return index == current
                && spark.sparkContext() == other.sparkContext()
                && !spark.sparkContext().isStopped();
    }

    private IndexIds indexIds() {
        return new IndexIds(spark, schema);
    }

    /**
     * Adds vectors as a segment, whole or not at all.
     *
     * @param data a data set with columns of vectors and of ids, and the index's attributes
     * @param vectors the column of vectors
     * @param idCol the column of ids
     * @param skipInvalid whether invalid vectors are left out rather than ending the work
     * @param expected number of vectors, as far as it is known; 0 if it is not
     * @throws NsvqException if an id is null, there twice, or in the index already
     */
    public void add(Dataset<?> data, VectorColumn vectors, String idCol, boolean skipInvalid, long expected) {
        JavaRDD<InternalRow> rows = rows(data, vectors, idCol);
        JavaRDD<InternalRow> coded = coded(rows, vectors, idCol, skipInvalid);
        int partitions = partitions(rows.getNumPartitions(), expected);
        add(staged -> write(coded, partitions, staged), where(idCol));
    }

    private static String where(String idCol) {
        return "column '" + idCol + "'";
    }

    /** Returns the columns that go into the lists. */
    private JavaRDD<InternalRow> rows(Dataset<?> data, VectorColumn vectors, String idCol) {
        Column id = VectorColumn.column(idCol);
        List<Column> columns = new ArrayList<>(List.of(vectors.column(), schema.named() ? id : id.cast("bigint")));
        if (schema.hasAttributes()) {
            columns.add(functions.struct(Arrays.stream(schema.attributes().fieldNames())
                    .map(VectorColumn::column)
                    .toArray(Column[]::new)));
        }
        return SparkInternals.internalRows(data.select(columns.toArray(Column[]::new)));
    }

    private JavaRDD<InternalRow> coded(
            JavaRDD<InternalRow> rows, VectorColumn vectors, String idCol, boolean skipInvalid) {
        return rows.mapPartitions(new IndexEncoder(vectors, idCol, schema, skipInvalid, broadcast));
    }

    /** Adds a segment of lists that {@code write} writes; {@code where} names what the ids come from. */
    void add(Consumer<String> write, String where) {
        IndexDirectory.Snapshot before = directory.snapshot();
        directory.addLists(before, null, staged -> {
            write.accept(staged);
            indexIds().checkNew(directory.staged(staged), before, where);
        });
    }

    /** Returns how many files a segment gets: enough for all cores, and small enough for a task to hold one. */
    private int partitions(int inputs, long vectors) {
        long bytes = vectors * (index.quantizer().codeSize() + Long.BYTES);
        long enough = Math.max(2L * spark.sparkContext().defaultParallelism(), inputs);
        return (int) Math.min(Math.max(enough, bytes / FILE_BYTES), index.lists());
    }

    /** Brings rows of {@link ListSchema#coded} to their lists and writes them. */
    private void write(JavaRDD<InternalRow> coded, int partitions, String path) {
        Dataset<Row> byList = SparkInternals.repartitionById(
                        SparkInternals.dataFrame(spark, coded, schema.coded()),
                        partitions,
                        expr("int(bigint(" + ListSchema.LIST + ") * " + partitions + " div " + index.lists() + ")"))
                .sortWithinPartitions(ListSchema.LIST, ListSchema.ID);
        JavaRDD<InternalRow> lists = SparkInternals.internalRows(byList)
                .mapPartitions(ListGrouper.of(schema, index.quantizer().codeSize(), Bins.most(spark)));
        SparkInternals.dataFrame(spark, lists, schema.stored())
                .write()
                .option("parquet.block.size", GROUP_BYTES)
                .option("parquet.page.size.row.check.min", ROWS_BEFORE_CHECK) // of groups, too
                .parquet(path);
    }

    /**
     * Returns the ids that are in the index.
     *
     * @return a data set with a column {@code id}, as it was when vectors were added
     */
    public Dataset<Row> ids() {
        Dataset<Row> live = indexIds().live(directory.snapshot());
        String type = schema.named() ? "string" : "bigint";
        if (live == null) {
            return spark.createDataFrame(List.of(), new StructType().add(ListSchema.ID, type));
        }
        return live.select(col(schema.named() ? "name" : ListSchema.ID).as(ListSchema.ID));
    }

    /**
     * Returns the vectors that are in an index whose lists hold them as they are; of length 1 for cosines.
     *
     * @return a data set with columns {@code id}, as {@link #ids} has it, and {@code vector}, an array of floats
     * @throws NsvqException if lists hold codes
     */
    public Dataset<Row> vectors() {
        NsvqException.unless(
                index.codes() == null,
                "the index in " + directory.path() + " holds codes, and not the vectors that they are of");
        IndexDirectory.Snapshot snapshot = directory.snapshot();
        Bins bins = Bins.of(snapshot.files(), index.lists(), Bins.most(spark));
        ListReader reader = reader(snapshot, null, null);
        Broadcast<SerializedValue<SharedIndex>> trained = broadcast;
        JavaRDD<InternalRow> rows = bins(bins)
                .flatMap(bin -> Iterators.flatten(Iterators.map(
                        reader.lists(bin, false),
                        list -> list.vectors(trained.value().value().quantizer()))));
        StructType columns = new StructType()
                .add(ListSchema.ID, schema.named() ? "string" : "bigint", false)
                .add("vector", "array<float>", false);
        return SparkInternals.dataFrame(spark, rows, columns);
    }

    /**
     * Deletes vectors by their ids; unknown ids do no harm.
     *
     * @param ids a data set
     * @param idCol its column of ids
     */
    public void delete(Dataset<?> ids, String idCol) {
        Dataset<Row> numbers = indexIds().numbers(ids, idCol);
        directory.addDeleted(
                directory.snapshot(), null, staged -> numbers.write().parquet(staged));
    }

    /**
     * Vectors that take the place of those with the same ids.
     *
     * @param data a data set with columns of vectors and of ids, and the index's attributes
     * @param column of vectors
     * @param skipsInvalid whether invalid vectors are left out rather than ending the work
     */
    public record Vectors(Dataset<?> data, VectorColumn column, boolean skipsInvalid) {}

    /**
     * Puts vectors in, in place of those with the same ids, and deletes others, in one commit.
     *
     * @param vectors to put in; null for none
     * @param deleted a data set of ids to delete of those that were there before; null for none
     * @param idCol the column of ids of both
     * @param position how far their source was read; null for one that nobody asks about
     * @return whether the index was changed; it is not if it has the position already
     * @throws NsvqException if an id is null or there twice
     */
    public boolean upsert(Vectors vectors, Dataset<?> deleted, String idCol, SourcePosition position) {
        IndexDirectory.Snapshot before = directory.snapshot();
        SourcePosition last = position == null ? null : before.positions().get(position.source());
        if (last != null && last.covers(position)) {
            return false;
        }
        upsert(before, vectors, deleted, idCol, position);
        return true;
    }

    private void upsert(
            IndexDirectory.Snapshot before,
            Vectors vectors,
            Dataset<?> deleted,
            String idCol,
            SourcePosition position) {
        IndexIds ids = indexIds();
        Dataset<Row> gone = deleted == null ? ids.none() : ids.numbers(deleted, idCol);
        if (vectors == null) {
            directory.addDeleted(before, position, staged -> gone.write().parquet(staged));
            return;
        }
        JavaRDD<InternalRow> rows = rows(vectors.data(), vectors.column(), idCol);
        JavaRDD<InternalRow> coded = coded(rows, vectors.column(), idCol, vectors.skipsInvalid());
        int partitions = partitions(rows.getNumPartitions(), 0);
        directory.addLists(before, position, staged -> {
            write(coded, partitions, staged);
            Dataset<Row> replaced = ids.replaced(directory.staged(staged), before, where(idCol));
            Dataset<Row> all = deleted == null ? replaced : replaced.union(gone).distinct();
            all.write().parquet(staged + "/" + SavedFiles.DELETED);
        });
    }

    /**
     * Puts those rows of a table in that are newer than what was read of it before.
     *
     * @param table the table, with its columns as {@link #upsert} takes them
     * @param column of the table that grows with each change of a row
     * @param source name of the table in the index
     * @param idCol the column of ids
     * @return whether the index was changed; it is not if nothing is newer
     */
    public boolean upsertNewer(Vectors table, String column, String source, String idCol) {
        IndexDirectory.Snapshot before = directory.snapshot();
        SourcePosition last = before.positions().get(source);
        Optional<Increment> newer = Increment.newer(table.data(), column, source, last);
        newer.ifPresent(increment -> {
            Vectors rows = new Vectors(increment.rows(), table.column(), table.skipsInvalid());
            upsert(before, rows, null, idCol, increment.position());
        });
        return newer.isPresent();
    }

    /** Returns how far sources were read, by their names. */
    public Map<String, SourcePosition> positions() {
        return directory.positions();
    }

    /**
     * Rewrites all segments as one, without deleted vectors; does nothing if there is one segment with
     * checksums and no deleted id.
     */
    public void compact() {
        IndexDirectory.Snapshot snapshot = directory.snapshot();
        if (snapshot.state().live().size() <= 1 // commits of a position alone count, too
                && snapshot.tombstones().isEmpty()
                && snapshot.state().hasChecksums()) {
            directory.finish(snapshot);
            return;
        }
        Bins bins = Bins.of(snapshot.files(), index.lists(), Bins.most(spark));
        ListReader reader = reader(snapshot, null, null);
        ListSchema columns = schema;
        JavaRDD<InternalRow> coded = bins(bins)
                .flatMap(bin -> Iterators.flatten(Iterators.map(
                        reader.lists(bin, true),
                        list -> IntStream.range(0, list.ids().length)
                                .mapToObj(i -> list.coded(i, reader.codeSize(), columns))
                                .iterator())));
        directory.replaceLists(snapshot, staged -> write(coded, partitions(bins.count(), 0), staged));
    }

    /** Returns bins as partitions. */
    JavaRDD<ListReader.Bin> bins(Bins bins) {
        // as bytes: spark.serializer may be Kryo, which knows no records
        List<byte[]> all = bins.all().stream().map(SparkInternals::serialize).toList();
        return SparkInternals.context(spark).parallelize(all, all.size()).map(SparkInternals::deserialize);
    }

    /**
     * Returns what reads the lists.
     *
     * @param snapshot knows what was deleted
     * @param allowed a data set whose first column has the ids that count, or null for all
     * @param condition SQL on the attributes that vectors meet, or null
     */
    ListReader reader(IndexDirectory.Snapshot snapshot, Dataset<?> allowed, String condition) {
        return new ListReader(
                SparkInternals.parquetRows(spark, schema.stored()),
                schema,
                index.quantizer().codeSize(),
                ListFilter.of(indexIds(), snapshot, allowed, condition));
    }
}
