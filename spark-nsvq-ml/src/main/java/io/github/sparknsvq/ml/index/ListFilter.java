package io.github.sparknsvq.ml.index;

import static org.apache.spark.sql.functions.lit;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.StructType;

/**
 * Which vectors of a list count: not those that were deleted, and, for a search, only those of a set of ids or of
 * attributes that meet a condition.
 *
 * @param deleted ids that were deleted, or null for none
 * @param allowed ids that count, or null for all
 * @param condition what attributes must meet, or null
 * @param attributes number of attributes
 * @param named whether ids stand for strings
 */
record ListFilter(
        Broadcast<SerializedValue<Ids>> deleted,
        Broadcast<SerializedValue<Ids>> allowed,
        SparkInternals.ParsedCondition condition,
        int attributes,
        boolean named)
        implements Serializable {

    /** The most ids that are allowed at once: they travel to all executors. */
    private static final int MOST_ALLOWED = 50_000_000;

    /** The longest array that every JVM has. */
    private static final int MOST_IDS = Integer.MAX_VALUE - 8;

    /**
     * Ids.
     *
     * @param sorted the ids, ascending
     * @param until of deleted ids, the segment from which on each is back
     */
    @SuppressWarnings("ArrayRecordComponent") // is never compared
    record Ids(long[] sorted, int[] until) implements Serializable {
        boolean has(long id) {
            return Arrays.binarySearch(sorted, id) >= 0;
        }

        boolean isGone(long id, int segment) {
            int at = Arrays.binarySearch(sorted, id);
            return at >= 0 && segment < until[at];
        }
    }

    /**
     * Says which vectors count.
     *
     * @param ids the index's ids
     * @param snapshot knows what was deleted
     * @param allowed a data set whose first column has the ids that count, or null for all
     * @param condition SQL on the attributes, or null
     */
    static ListFilter of(IndexIds ids, IndexDirectory.Snapshot snapshot, Dataset<?> allowed, String condition) {
        StructType attributes = ids.schema().attributes();
        return new ListFilter(
                snapshot.tombstones().isEmpty() ? null : sent(ids.deleted(snapshot), "deleted", MOST_IDS),
                allowed == null
                        ? null
                        : sent(
                                ids.numbers(allowed, allowed.columns()[0]).withColumn(IndexIds.UNTIL, lit(0)),
                                "allowed",
                                MOST_ALLOWED),
                condition == null ? null : parsed(ids.spark(), condition, attributes),
                attributes.length(),
                ids.schema().named());
    }

    /** Parses a filter; refuses one that is no condition on the index's attributes. */
    static SparkInternals.ParsedCondition parsed(SparkSession spark, String sql, StructType attributes) {
        if (attributes.isEmpty()) {
            throw new NsvqException("the index has no attributes for the filter " + Reason.quoted(sql)
                    + ": build it with attributeCols");
        }
        return SparkInternals.condition(spark, sql, attributes);
    }

    /** Collects rows (id, segment) in the order of their ids, and sends them to the executors. */
    private static Broadcast<SerializedValue<Ids>> sent(Dataset<Row> ids, String what, int most) {
        long total = ids.count();
        NsvqException.unless(
                total <= most, total + " " + what + " ids are too many to send to every executor: at most " + most);
        long[] numbers = new long[(int) total];
        int[] until = new int[numbers.length];
        int at = 0;
        for (long[] part : Jobs.onPartitions(
                SparkInternals.internalRows(ids.orderBy(IndexIds.GONE)), (partition, rows) -> pairs(rows))) {
            for (int i = 0; i < part.length; i += 2) {
                numbers[at] = part[i];
                until[at++] = (int) part[i + 1];
            }
        }
        return SparkInternals.context(ids.sparkSession()).broadcast(new SerializedValue<>(new Ids(numbers, until)));
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

    /** Makes what decides, for one task. */
    Live live() {
        return new Live(
                deleted == null ? null : deleted.value().value(),
                allowed == null ? null : allowed.value().value(),
                condition == null ? null : condition.tester(named),
                attributes);
    }

    /**
     * Decides. For one thread.
     *
     * @param attributes number of attributes
     */
    record Live(Ids gone, Ids only, SparkInternals.RowCondition meets, int attributes) {
        /** Whether all vectors count. */
        boolean keepsAll() {
            return gone == null && only == null && meets == null;
        }

        /** Whether a vector of a segment counts. */
        boolean keeps(long id, int segment, ArrayData values, int at) {
            if (gone != null && gone.isGone(id, segment)) {
                return false;
            }
            return (only == null || only.has(id))
                    && (meets == null || meets.test(values.getStruct(at, attributes), id));
        }
    }
}
