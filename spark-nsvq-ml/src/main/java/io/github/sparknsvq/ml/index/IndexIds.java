package io.github.sparknsvq.ml.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lit;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The ids in an index's files: which are there, which were deleted, and which are there twice.
 *
 * @param spark the session
 * @param schema the columns of the index's lists
 */
record IndexIds(SparkSession spark, ListSchema schema) {
    /** Column of deleted ids, as numbers. */
    static final String GONE = "gone";

    /** Column of the number of the segment from which on a deleted id is back. */
    static final String UNTIL = "until";

    private static final String SEGMENT = SegmentRows.SEGMENT;
    private static final StructType TOMBSTONES = new StructType().add(GONE, "bigint", false);

    /** Returns ids of files or directories of lists: as numbers, and as the user gave them. */
    private Dataset<Row> of(List<StoredFile> files) {
        StructType columns = new StructType(new StructField[] {schema.stored().apply(ListSchema.IDS)});
        columns = schema.named() ? columns.add(schema.stored().apply(ListSchema.NAMES)) : columns;
        Dataset<Row> lists = SegmentRows.read(spark, columns, files, "lists");
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

    /**
     * Makes sure that ids are unique.
     *
     * @param staged files of a new segment of lists
     * @param before the index that it is added to
     * @param where names what the ids come from
     * @throws NsvqException if an id is there twice, or in the index already
     */
    void checkNew(List<StoredFile> staged, IndexDirectory.Snapshot before, String where) {
        Dataset<Row> added = checkUnique(staged, where);
        Dataset<Row> live = live(before);
        if (live != null) {
            for (Row row : SegmentRows.joined(added, staged)
                    .join(live.select(ListSchema.ID), ListSchema.ID)
                    .orderBy(ListSchema.ID)
                    .takeAsList(1)) {
                throw new NsvqException(where + " holds " + shown(row.getAs("name"))
                        + ", which is in the index already: delete it from the index first");
            }
        }
    }

    /** Returns the ids of a new segment of lists; refuses one that is there twice. */
    private Dataset<Row> checkUnique(List<StoredFile> staged, String where) {
        Dataset<Row> added = of(staged);
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
                            ? where + " holds " + shown(name) + " in " + row.getLong(1) + " rows: ids must be unique"
                            : "ids " + shown(name) + " and " + shown(row.getString(3)) + " of " + where
                                    + " get the same number: change one of them");
        }
        return added;
    }

    /**
     * Finds the ids whose vectors new ones take the place of.
     *
     * @param staged files of a new segment of lists
     * @param before the index that it is added to
     * @param where names what the ids come from
     * @return numbers of ids, each once, as a column {@value #GONE}
     * @throws NsvqException if a new id is there twice, or has the number of another one in the index
     */
    Dataset<Row> replaced(List<StoredFile> staged, IndexDirectory.Snapshot before, String where) {
        Dataset<Row> added = checkUnique(staged, where);
        Dataset<Row> live = live(before);
        if (live == null) {
            return none();
        }
        Dataset<Row> both = SegmentRows.joined(added, staged)
                .join(live.select(col(ListSchema.ID), col("name").as("other")), ListSchema.ID);
        if (schema.named()) {
            for (Row row : both.filter("name <> other").takeAsList(1)) {
                throw new NsvqException("the id " + shown(row.getAs("name")) + " of " + where + " gets the number of "
                        + shown(row.getAs("other")) + ", which is in the index: change it");
            }
        }
        return both.select(col(ListSchema.ID).as(GONE));
    }

    /** Returns no ids, as a column {@value #GONE}. */
    Dataset<Row> none() {
        return spark.createDataFrame(List.of(), TOMBSTONES);
    }

    private String shown(String id) {
        return schema.named() ? Reason.quoted(id) : id;
    }

    /** Returns the ids that are in the index at a moment, as {@link #of} does; null if there is no segment. */
    Dataset<Row> live(IndexDirectory.Snapshot snapshot) {
        if (snapshot.files().isEmpty()) {
            return null;
        }
        Dataset<Row> ids = of(snapshot.listFiles());
        if (snapshot.tombstones().isEmpty()) {
            return ids;
        }
        Dataset<Row> gone = SegmentRows.joined(deleted(snapshot), snapshot.tombstones());
        return ids.join(
                gone,
                ids.col(ListSchema.ID)
                        .equalTo(gone.col(GONE))
                        .and(ids.col(SEGMENT).lt(gone.col(UNTIL))),
                "left_anti");
    }

    /** Returns the ids that were deleted, each with the number of the segment from which on it is back. */
    Dataset<Row> deleted(IndexDirectory.Snapshot snapshot) {
        return SegmentRows.read(spark, TOMBSTONES, snapshot.tombstones(), "deleted ids")
                .groupBy(GONE)
                .agg(functions.max(SEGMENT).as(UNTIL));
    }

    /**
     * Makes sure that an index does not hold more deleted ids than searches can send to executors.
     *
     * @param paths of all files of deleted ids, those of the commit to come among them
     * @param rows in these files; an id that was deleted twice counts twice
     * @throws NsvqException if it does
     */
    static void checkDeleted(SparkSession spark, List<String> paths, long rows) {
        long most = IndexContents.mostDeleted(spark);
        if (rows <= most) {
            return;
        }
        long ids = spark.read()
                .schema(TOMBSTONES)
                .parquet(paths.toArray(String[]::new))
                .distinct()
                .count();
        NsvqException.unless(
                ids <= most,
                "the index would hold " + ids + " deleted ids, which travel to every executor, and at most " + most
                        + " are allowed (" + IndexContents.DELETED_SETTING + "): compact the index, or replace and"
                        + " delete fewer vectors at once and compact in between");
    }

    /**
     * Returns the numbers of a column of ids, each once, as a column {@value #GONE}.
     *
     * @throws NsvqException in the tasks, if an id is null
     */
    Dataset<Row> numbers(Dataset<?> ids, String idCol) {
        boolean named = schema.named();
        Column id = VectorColumn.column(idCol);
        JavaRDD<InternalRow> numbers = SparkInternals.internalRows(
                        ids.select(named ? id.cast("string") : id.cast("bigint")))
                .map(row -> {
                    if (row.isNullAt(0)) {
                        throw new NsvqException("column '" + idCol + "' holds null, which is no id");
                    }
                    long number = named ? NameHash.of(row.getUTF8String(0)) : row.getLong(0);
                    return new GenericInternalRow(new Object[] {number});
                });
        return SparkInternals.dataFrame(spark, numbers, TOMBSTONES).distinct();
    }
}
