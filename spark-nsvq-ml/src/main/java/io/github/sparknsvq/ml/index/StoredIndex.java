package io.github.sparknsvq.ml.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Shipment;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
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
import org.apache.spark.sql.types.StructType;

/** An index in its directory: what changes it, and what reads it. */
public final class StoredIndex {
    /** The most ids that are deleted or allowed at once: they travel to all executors. */
    private static final int MOST_IDS = 50_000_000;

    /** Bytes that a file of a segment should not exceed by much. */
    private static final long FILE_BYTES = 64L << 20;

    private static final String SEGMENT = "segment";
    private static final String GONE = "gone";
    private static final String UNTIL = "until";
    private static final StructType TOMBSTONES = new StructType().add(GONE, "bigint", false);

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
        directory.addLists(before, staged -> {
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
        Dataset<Row> lists = spark.read().schema(schema.stored()).parquet(paths).withColumn(SEGMENT, segment());
        return schema.named()
                ? lists.select(
                                explode(functions.arrays_zip(col(ListSchema.IDS), col(ListSchema.NAMES)))
                                        .as("both"),
                                col(SEGMENT))
                        .select(
                                col("both.ids").as(ListSchema.ID),
                                col("both.names").as("name"),
                                col(SEGMENT))
                : lists.select(explode(col(ListSchema.IDS)).as(ListSchema.ID), col(SEGMENT))
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
                throw new NsvqException(where + " holds " + row.<String>getAs("name")
                        + ", which is in the index already: delete it from the index first");
            }
        }
    }

    /** Returns the ids that are in the index at a moment, and the strings they stand for; null if there is no segment. */
    private Dataset<Row> liveIds(IndexDirectory.Snapshot snapshot) {
        if (snapshot.files().isEmpty()) {
            return null;
        }
        Dataset<Row> ids =
                ids(snapshot.files().stream().map(ListFile::path).distinct().toArray(String[]::new));
        if (snapshot.tombstones().isEmpty()) {
            return ids;
        }
        Dataset<Row> gone = deleted(snapshot);
        return ids.join(
                gone,
                ids.col(ListSchema.ID)
                        .equalTo(gone.col(GONE))
                        .and(ids.col(SEGMENT).lt(gone.col(UNTIL))),
                "left_anti");
    }

    /** Returns the ids that were deleted, each with the segment from which on it is back. */
    private Dataset<Row> deleted(IndexDirectory.Snapshot snapshot) {
        String[] paths = snapshot.tombstones().stream()
                .map(IndexDirectory.Tombstones::path)
                .toArray(String[]::new);
        return spark.read()
                .schema(TOMBSTONES)
                .parquet(paths)
                .groupBy(GONE)
                .agg(functions.max(segment()).as(UNTIL));
    }

    /** The segment of the file that a row is read from. */
    private static Column segment() {
        return functions
                .regexp_extract(col("_metadata.file_path"), "/segment=(\\d+)/[^/]*$", 1)
                .try_cast("int"); // null where nothing is a segment yet
    }

    /**
     * Returns the ids that are in the index.
     *
     * @return a data set with a column {@code id}, as it was when vectors were added
     */
    public Dataset<Row> ids() {
        Dataset<Row> live = liveIds(directory.snapshot());
        String type = schema.named() ? "string" : "bigint";
        if (live == null) {
            return spark.createDataFrame(List.of(), new StructType().add(ListSchema.ID, type));
        }
        return live.select(col(schema.named() ? "name" : ListSchema.ID).as(ListSchema.ID));
    }

    /**
     * Deletes vectors by their ids; unknown ids do no harm.
     *
     * @param ids a data set
     * @param idCol its column of ids
     */
    public void delete(Dataset<?> ids, String idCol) {
        JavaRDD<InternalRow> numbers = numbers(ids, idCol);
        directory.addDeleted(
                directory.snapshot(),
                staged -> SparkInternals.dataFrame(spark, numbers, TOMBSTONES)
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
        directory.replaceLists(snapshot, staged -> write(coded, partitions(bins.count(), 0), staged));
    }

    private static Iterator<InternalRow> flattened(ListReader reader, ListReader.Bin bin, ListSchema schema) {
        Iterator<LoadedList> lists = reader.lists(bin, true);
        return new Iterator<>() {
            private LoadedList list;
            private int next;

            @Override
            public boolean hasNext() {
                while ((list == null || next == list.ids().length) && lists.hasNext()) {
                    list = lists.next();
                    next = 0;
                }
                return list != null && next < list.ids().length;
            }

            @Override
            public InternalRow next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                return coded(list, next++, reader.codeSize(), schema);
            }
        };
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
        List<byte[]> all = new ArrayList<>(); // as bytes: spark.serializer may be Kryo, which knows no records
        for (int bin = 0; bin < bins.count(); bin++) {
            all.add(SparkInternals.serialize(
                    new ListReader.Bin(bin, bins.start(bin), bins.start(bin + 1), bins.files(bin))));
        }
        return context().parallelize(all, all.size()).map(SparkInternals::deserialize);
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
        ListFilter.Ids gone = snapshot.tombstones().isEmpty() ? null : sorted(deleted(snapshot), "deleted");
        ListFilter.Ids only = allowed == null
                ? null
                : sorted(
                        SparkInternals.dataFrame(spark, numbers(allowed, allowed.columns()[0]), TOMBSTONES)
                                .distinct()
                                .withColumn(UNTIL, lit(0)),
                        "allowed");
        return new ListFilter(
                gone == null ? null : context().broadcast(new Shipment<>(gone)),
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

    /** Collects rows (id, segment) in the order of their ids. */
    private static ListFilter.Ids sorted(Dataset<Row> ids, String what) {
        long total = ids.count();
        if (total > MOST_IDS) {
            throw new NsvqException(total + " " + what + " ids are too many to send to every executor: at most "
                    + MOST_IDS + (what.equals("deleted") ? "; compact the index" : ""));
        }
        long[] numbers = new long[(int) total];
        int[] until = new int[numbers.length];
        int at = 0;
        for (long[] part : SparkInternals.internalRows(ids.orderBy(GONE))
                .mapPartitions(rows -> List.of(pairs(rows)).iterator())
                .collect()) {
            for (int i = 0; i < part.length; i += 2) {
                numbers[at] = part[i];
                until[at++] = (int) part[i + 1];
            }
        }
        return new ListFilter.Ids(numbers, until);
    }

    private static long[] pairs(Iterator<InternalRow> rows) {
        long[] pairs = new long[64];
        int n = 0;
        while (rows.hasNext()) {
            InternalRow row = rows.next();
            pairs = n == pairs.length ? Arrays.copyOf(pairs, 2 * n) : pairs;
            pairs[n++] = row.getLong(0);
            pairs[n++] = row.getInt(1);
        }
        return Arrays.copyOf(pairs, n);
    }
}
