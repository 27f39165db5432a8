package io.github.sparknsvq.ml.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.training.Shipment;
import io.github.sparknsvq.ml.util.SparkInternals;
import io.github.sparknsvq.ml.util.VectorColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.functions;

/** An index in its directory: what changes it, and what reads it. */
public final class StoredIndex {
    /** The most ids that are deleted or allowed at once: they travel to all executors. */
    private static final int MOST_IDS = 50_000_000;

    /** Bytes that a file of a segment should not exceed by much. */
    private static final long FILE_BYTES = 64L << 20;

    private final SparkSession spark;
    private final SharedIndex index;
    private final ListSchema schema;
    private final IndexDirectory directory;
    private final Broadcast<Shipment<SharedIndex>> broadcast;

    /**
     * Opens an index.
     *
     * @param index what it is trained to
     * @param schema the columns of its lists
     * @param directory where it is
     */
    public StoredIndex(SparkSession spark, SharedIndex index, ListSchema schema, IndexDirectory directory) {
        this.spark = spark;
        this.index = index;
        this.schema = schema;
        this.directory = directory;
        // never destroyed: data sets that are evaluated later hold on to it, and Spark cleans it away after them
        this.broadcast = context().broadcast(new Shipment<>(index));
    }

    private JavaSparkContext context() {
        return JavaSparkContext.fromSparkContext(spark.sparkContext());
    }

    /** Whether this is an index in this state on the executors of a session. */
    public boolean serves(SparkSession other, SharedIndex current) {
        return index == current
                && spark.sparkContext() == other.sparkContext()
                && !spark.sparkContext().isStopped();
    }

    SparkSession spark() {
        return spark;
    }

    SharedIndex index() {
        return index;
    }

    Broadcast<Shipment<SharedIndex>> broadcast() {
        return broadcast;
    }

    /** Returns the columns of the lists. */
    public ListSchema schema() {
        return schema;
    }

    /** Returns where the index is. */
    public IndexDirectory directory() {
        return directory;
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
        Column id = VectorColumn.column(idCol);
        List<Column> columns = new ArrayList<>(List.of(vectors.column(), schema.named() ? id : id.cast("bigint")));
        if (schema.hasAttributes()) {
            columns.add(functions.struct(Arrays.stream(schema.attributes().fieldNames())
                    .map(VectorColumn::column)
                    .toArray(Column[]::new)));
        }
        JavaRDD<InternalRow> rows = SparkInternals.internalRows(data.select(columns.toArray(Column[]::new)));
        JavaRDD<InternalRow> coded =
                rows.mapPartitions(new IndexEncoder(vectors, idCol, schema, skipInvalid, broadcast));
        int partitions = partitions(rows.getNumPartitions(), expected);
        add(staged -> write(coded, partitions, staged), "column '" + idCol + "'");
    }

    /** Adds a segment of lists that {@code write} writes; {@code where} names what the ids come from. */
    void add(Consumer<String> write, String where) {
        IndexDirectory.Snapshot before = directory.snapshot();
        directory.addLists(staged -> {
            write.accept(staged);
            checkIds(staged, before, where);
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
        Dataset<Row> byList = SparkInternals.dataFrame(spark, coded, schema.coded())
                .repartitionById(
                        partitions,
                        expr("int(bigint(" + ListSchema.LIST + ") * " + partitions + " div " + index.lists() + ")"))
                .sortWithinPartitions(ListSchema.LIST, ListSchema.ID);
        JavaRDD<InternalRow> lists = SparkInternals.internalRows(byList)
                .mapPartitions(new ListGrouper(schema, index.quantizer().codeSize()));
        SparkInternals.dataFrame(spark, lists, schema.stored()).write().parquet(path);
    }

    /** Ids, and the strings they stand for, of files or directories of lists. */
    private Dataset<Row> ids(String... paths) {
        Dataset<Row> lists = spark.read().schema(schema.stored()).parquet(paths);
        return schema.named()
                ? lists.select(explode(functions.arrays_zip(col(ListSchema.IDS), col(ListSchema.NAMES)))
                                .as("both"))
                        .select(
                                col("both.ids").as(ListSchema.ID),
                                col("both.names").as("name"))
                : lists.select(explode(col(ListSchema.IDS)).as(ListSchema.ID))
                        .withColumn("name", col(ListSchema.ID).cast("string"));
    }

    private void checkIds(String staged, IndexDirectory.Snapshot before, String where) {
        Dataset<Row> added = ids(staged);
        List<Row> twice = added.groupBy(ListSchema.ID)
                .agg(
                        count(lit(1)).as("rows"),
                        functions.min("name").as("a"),
                        functions.max("name").as("b"))
                .filter("rows > 1")
                .orderBy("a")
                .takeAsList(1);
        for (Row row : twice) {
            String name = row.getString(2);
            throw new NsvqException(
                    name.equals(row.getString(3))
                            ? where + " holds " + name + " in " + row.getLong(1) + " rows: ids must be unique"
                            : "ids '" + name + "' and '" + row.getString(3) + "' of " + where
                                    + " get the same number: change one of them");
        }
        Dataset<Row> live = liveIds(before);
        if (live != null) {
            for (Row row : added.join(live.select(ListSchema.ID), ListSchema.ID)
                    .orderBy(ListSchema.ID)
                    .takeAsList(1)) {
                throw new NsvqException(where + " holds " + row.getString(1)
                        + ", which is in the index already: delete it from the index first");
            }
        }
    }

    /** Returns the ids that are in the index at a moment, and the strings they stand for; null if there is no segment. */
    private Dataset<Row> liveIds(IndexDirectory.Snapshot snapshot) {
        Dataset<Row> all = null;
        int[] segments =
                snapshot.files().stream().mapToInt(ListFile::segment).distinct().toArray();
        for (int segment : segments) {
            String[] files = snapshot.files().stream()
                    .filter(file -> file.segment() == segment)
                    .map(ListFile::path)
                    .toArray(String[]::new);
            Dataset<Row> ids = ids(files);
            for (IndexDirectory.Tombstones gone : snapshot.tombstones()) {
                if (segment < gone.segment()) {
                    ids = ids.join(
                            spark.read().parquet(gone.path()),
                            ids.col(ListSchema.ID).equalTo(col("gone")),
                            "left_anti");
                }
            }
            all = all == null ? ids : all.union(ids);
        }
        return all;
    }

    /**
     * Returns the ids that are in the index.
     *
     * @return a data set with a column {@code id}, as it was when vectors were added, or null if there are none
     */
    public Dataset<Row> ids() {
        Dataset<Row> live = liveIds(directory.snapshot());
        return live == null || !schema.named() ? live : live.select(col("name").as(ListSchema.ID));
    }

    /**
     * Deletes vectors by their ids; unknown ids do no harm.
     *
     * @param ids a data set
     * @param idCol its column of ids
     */
    public void delete(Dataset<?> ids, String idCol) {
        JavaRDD<InternalRow> numbers = numbers(ids, idCol);
        directory.addDeleted(staged -> SparkInternals.dataFrame(
                        spark, numbers, new org.apache.spark.sql.types.StructType().add("gone", "bigint", false))
                .distinct()
                .write()
                .parquet(staged));
    }

    /** Returns a column of ids as numbers. */
    private JavaRDD<InternalRow> numbers(Dataset<?> ids, String idCol) {
        boolean named = schema.named();
        Column id = VectorColumn.column(idCol);
        return SparkInternals.internalRows(ids.select(named ? id.cast("string") : id.cast("bigint")))
                .map(row -> {
                    if (row.isNullAt(0)) {
                        throw new NsvqException("column '" + idCol + "' holds null, which is no id");
                    }
                    long number = named ? NameHash.of(row.getUTF8String(0)) : row.getLong(0);
                    return new GenericInternalRow(new Object[] {number});
                });
    }

    /** Rewrites all segments as one, without what was deleted; nothing happens if there is one segment and no deleted id. */
    public void compact() {
        IndexDirectory.Snapshot snapshot = directory.snapshot();
        if (snapshot.segments() <= 1 && snapshot.tombstones().isEmpty()) {
            return;
        }
        Bins bins = Bins.of(snapshot.files(), index.lists());
        ListReader reader = reader(filter(snapshot, null, null));
        ListSchema columns = schema;
        JavaRDD<InternalRow> coded = bins(bins).flatMap(bin -> flattened(reader, bin, columns));
        directory.replaceLists(staged -> write(coded, partitions(bins.count(), 0), staged));
    }

    private static Iterator<InternalRow> flattened(ListReader reader, ListReader.Bin bin, ListSchema schema) {
        List<LoadedList> lists = new ArrayList<>();
        reader.read(bin, true, lists::add);
        return lists.stream()
                .flatMap(list -> java.util.stream.IntStream.range(0, list.ids().length)
                        .mapToObj(i -> coded(list, i, reader.codeSize(), schema)))
                .iterator();
    }

    private static InternalRow coded(LoadedList list, int i, int size, ListSchema schema) {
        GenericInternalRow row = new GenericInternalRow(schema.width());
        row.setInt(ListSchema.LIST_AT, list.list());
        row.setLong(ListSchema.IDS_AT, list.ids()[i]);
        row.update(ListSchema.CODES_AT, Arrays.copyOfRange(list.codes(), i * size, (i + 1) * size));
        if (schema.named()) {
            row.update(ListSchema.NAMES_AT, list.names()[i]);
        }
        if (schema.hasAttributes()) {
            row.update(schema.attributesAt(), list.attributes()[i]);
        }
        return row;
    }

    /** Returns bins as partitions. */
    JavaRDD<ListReader.Bin> bins(Bins bins) {
        List<ListReader.Bin> all = new ArrayList<>();
        for (int bin = 0; bin < bins.count(); bin++) {
            all.add(new ListReader.Bin(bin, bins.start(bin), bins.start(bin + 1), bins.files(bin)));
        }
        return context().parallelize(all, all.size());
    }

    ListReader reader(ListFilter filter) {
        return new ListReader(
                SparkInternals.parquetRows(spark, schema.stored()),
                schema,
                index.quantizer().codeSize(),
                filter);
    }

    /**
     * Says which vectors count.
     *
     * @param snapshot knows what was deleted
     * @param allowed a data set whose first column has the ids that count, or null for all
     * @param condition SQL on the attributes, or null
     */
    ListFilter filter(IndexDirectory.Snapshot snapshot, Dataset<?> allowed, String condition) {
        List<ListFilter.Ids> deleted = new ArrayList<>();
        for (IndexDirectory.Tombstones gone : snapshot.tombstones()) {
            Dataset<Row> ids = spark.read().parquet(gone.path());
            deleted.add(new ListFilter.Ids(gone.segment(), sorted(SparkInternals.internalRows(ids), "deleted")));
        }
        ListFilter.Ids[] only = allowed == null
                ? null
                : new ListFilter.Ids[] {new ListFilter.Ids(0, sorted(numbers(allowed, allowed.columns()[0]), "allowed"))
                };
        return new ListFilter(
                deleted.isEmpty() ? null : context().broadcast(new Shipment<>(deleted.toArray(ListFilter.Ids[]::new))),
                only == null ? null : context().broadcast(new Shipment<>(only)),
                condition == null ? null : condition(condition),
                schema.attributes().length());
    }

    private SparkInternals.ParsedCondition condition(String sql) {
        if (!schema.hasAttributes()) {
            throw new NsvqException("the index has no attributes for the filter '" + sql
                    + "' to speak of: build it with attributeCols");
        }
        try {
            return SparkInternals.condition(spark, sql, schema.attributes());
        } catch (Exception e) { // AnalysisException and ParseException are checked, but not declared
            throw new NsvqException(
                    "the filter '" + sql + "' is no condition on the index's attributes, "
                            + String.join(", ", schema.attributes().fieldNames()) + ": "
                            + e.getMessage().lines().findFirst().orElse(""),
                    e);
        }
    }

    private static long[] sorted(JavaRDD<InternalRow> ids, String what) {
        List<long[]> parts = ids.mapPartitions(rows -> {
                    long[] part = new long[64];
                    int n = 0;
                    while (rows.hasNext()) {
                        part = n == part.length ? Arrays.copyOf(part, 2 * n) : part;
                        part[n++] = rows.next().getLong(0);
                    }
                    return List.of(Arrays.copyOf(part, n)).iterator();
                })
                .collect();
        long total = parts.stream().mapToLong(part -> part.length).sum();
        if (total > MOST_IDS) {
            throw new NsvqException(total + " " + what + " ids are too many to send to every executor: at most "
                    + MOST_IDS + (what.equals("deleted") ? "; compact the index" : ""));
        }
        return parts.stream().flatMapToLong(Arrays::stream).sorted().distinct().toArray();
    }
}
