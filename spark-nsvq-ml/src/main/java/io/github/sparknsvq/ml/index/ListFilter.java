package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.ml.spark.Shipment;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.Serializable;
import java.util.Arrays;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.util.ArrayData;

/**
 * Which vectors of a list count: not those that were deleted, and, for a search, only those of a set of ids or of attributes
 * that meet a condition.
 *
 * @param deleted ids that were deleted, or null for none
 * @param allowed ids that count, or null for all
 * @param condition what attributes must meet, or null
 * @param attributes number of attributes
 */
record ListFilter(
        Broadcast<Shipment<Ids>> deleted,
        Broadcast<Shipment<Ids>> allowed,
        SparkInternals.ParsedCondition condition,
        int attributes)
        implements Serializable {

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

    /** Makes what decides, for one task. */
    Live live() {
        return new Live(
                deleted == null ? null : deleted.value().value(),
                allowed == null ? null : allowed.value().value(),
                condition == null ? null : condition.tester());
    }

    /** Decides. For one thread. */
    final class Live {
        private final Ids gone;
        private final Ids only;
        private final SparkInternals.RowCondition meets;

        private Live(Ids gone, Ids only, SparkInternals.RowCondition meets) {
            this.gone = gone;
            this.only = only;
            this.meets = meets;
        }

        /** Whether all vectors count. */
        boolean keepsAll() {
            return gone == null && only == null && meets == null;
        }

        /** Whether a vector of a segment counts. */
        boolean keeps(long id, int segment, ArrayData values, int at) {
            if (gone != null && gone.isGone(id, segment)) {
                return false;
            }
            return (only == null || only.has(id)) && (meets == null || meets.test(values.getStruct(at, attributes)));
        }
    }
}
