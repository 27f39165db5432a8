package io.github.sparknsvq.ml.index;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What is in an index's lists.
 *
 * @param sizes of the lists in vectors, those that were deleted but not yet compacted away included: what a search
 *     reads
 * @param vectors number of vectors that are in the index
 * @param segments number of segments that have lists
 * @param bytes of all files of lists
 * @param deletedIds number of ids that were deleted or replaced since the last compaction, those that the index never
 *     held among them: what {@link #mostDeleted} limits
 * @param deletions number of commits since then that deleted or replaced; every search reads the files of each
 */
@SuppressWarnings("ArrayRecordComponent") // is never compared
public record IndexContents(long[] sizes, long vectors, int segments, long bytes, long deletedIds, int deletions) {
    /** Spark's setting of {@link #mostDeleted}. */
    static final String DELETED_SETTING = "spark.nsvq.maxDeletedIds";

    private static final int MOST_DELETED = 50_000_000;

    /**
     * Returns how many deleted ids an index may hold between compactions: with a search they travel to all executors,
     * 12 bytes each. {@value #DELETED_SETTING} says it, 50,000,000 by default.
     *
     * @throws NsvqException if the setting is no whole number above 0
     */
    public static long mostDeleted(SparkSession spark) {
        return wholeNumber(spark, DELETED_SETTING, MOST_DELETED);
    }

    /** Reads a setting of Spark's that is a whole number above 0. */
    static long wholeNumber(SparkSession spark, String setting, long usual) {
        String given = spark.conf().get(setting, "" + usual).strip();
        NsvqException.unless(
                given.matches("[1-9]\\d{0,17}"),
                setting + " = " + Reason.quoted(given) + " should be a whole number above 0");
        return Long.parseLong(given);
    }

    /** Counts what is in an index now; reads no codes, and ids only where some were deleted. */
    public static IndexContents of(StoredIndex index) {
        SparkSession spark = index.spark();
        IndexDirectory.Snapshot snapshot = index.directory().snapshot();
        long[] sizes = new long[index.index().lists()];
        if (!snapshot.files().isEmpty()) {
            StructType columns = new StructType(new StructField[] {
                index.schema().stored().apply(ListSchema.LIST),
                index.schema().stored().apply(ListSchema.IDS)
            });
            Dataset<Row> counted = SegmentRows.read(spark, columns, snapshot.listFiles(), "lists")
                    .groupBy(ListSchema.LIST)
                    .agg(functions.sum(functions.size(col(ListSchema.IDS))));
            for (Row row : counted.collectAsList()) {
                if (row.getInt(0) < 0 || row.getInt(0) >= sizes.length) {
                    throw new NsvqException("the index in " + index.directory().path() + " is damaged: it has list "
                            + row.getInt(0) + " of " + sizes.length);
                }
                sizes[row.getInt(0)] = row.getLong(1);
            }
        }
        long stored = Arrays.stream(sizes).sum();
        long live = snapshot.tombstones().isEmpty() || stored == 0
                ? stored
                : index.ids().count();
        int deletions = (int) snapshot.tombstones().stream()
                .mapToInt(StoredFile::segment)
                .distinct()
                .count();
        long deletedIds = deletions == 0
                ? 0
                : new IndexIds(spark, index.schema()).deleted(snapshot).count();
        return new IndexContents(sizes, live, snapshot.segments(), snapshot.bytes(), deletedIds, deletions);
    }

    /**
     * Reads all of an index: every list as a search does, and all ids.
     *
     * @throws NsvqException if a list is none, ids are not unique, or there are more or fewer than were written
     */
    public static IndexContents verified(StoredIndex index) {
        IndexDirectory.Snapshot snapshot = index.directory().snapshot();
        IndexContents contents = of(index);
        long stored = Arrays.stream(contents.sizes()).sum();
        long written = snapshot.state().live().stream()
                .filter(segment -> segment.part().equals(IndexDirectory.LISTS))
                .mapToLong(segment -> segment.crc32c() == null ? Long.MIN_VALUE / 2 : segment.ids())
                .sum();
        String damaged = "the index in " + index.directory().path() + " is damaged: ";
        NsvqException.unless(
                written < 0 || stored == written,
                damaged + "its lists hold " + stored + " vectors, and its manifests say " + written);
        ListReader reader = index.reader(snapshot, null, null);
        long live = index.bins(Bins.of(snapshot.files(), contents.sizes().length, Bins.most(index.spark())))
                .map(bin -> vectors(reader.lists(bin, true)))
                .reduce(Long::sum);
        NsvqException.unless(
                live == contents.vectors(),
                damaged + live + " vectors of its lists are not deleted, but " + contents.vectors() + " ids");
        for (Row twice :
                index.ids().groupBy(ListSchema.ID).count().filter("count > 1").takeAsList(1)) {
            throw new NsvqException(damaged + "the id " + twice.get(0) + " is there " + twice.getLong(1) + " times");
        }
        return contents;
    }

    private static long vectors(Iterator<LoadedList> lists) {
        long vectors = 0;
        while (lists.hasNext()) {
            vectors += lists.next().ids().length;
        }
        return vectors;
    }

    /** Returns how many vectors were deleted, but are still in files. */
    public long deleted() {
        return Arrays.stream(sizes).sum() - vectors;
    }

    /** Returns the number of lists without vectors. */
    public long empty() {
        return Arrays.stream(sizes).filter(size -> size == 0).count();
    }

    /** Returns the vectors of the largest list. */
    public long largest() {
        return Arrays.stream(sizes).max().orElse(0);
    }

    /**
     * Returns by how much longer searches take than with lists of equal size, if queries are spread as vectors are:
     * as FAISS counts it. NaN without vectors.
     */
    public double imbalance() {
        double sum = 0;
        double squares = 0;
        for (long size : sizes) {
            sum += size;
            squares += (double) size * size;
        }
        return squares * sizes.length / (sum * sum);
    }
}
