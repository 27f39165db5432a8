package io.github.sparknsvq.ml.ingest;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.Serializable;
import java.util.Locale;

/**
 * How far a source of vectors was read. A change of an index carries it: the index has the position from the moment
 * on at which it has the vectors, so that a change that comes again after a crash is known to be there.
 *
 * @param source name of the source, such as that of a stream or a table; the index keeps one position for each
 * @param kind what {@code value} is
 * @param value the position
 */
public record SourcePosition(String source, Kind kind, String value) implements Serializable {
    /** What a position is. */
    public enum Kind {
        /** The number of a stream's micro-batch: an index that has one has all before. */
        BATCH,
        /** The id of a table's snapshot, or its version: an index has that very one. */
        SNAPSHOT,
        /** The greatest value of a table's column that grows with each change of a row. */
        WATERMARK;

        /** Returns the name that files and the command line have. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /**
         * The inverse of {@link #label}.
         *
         * @throws NsvqException if there is no such kind
         */
        public static Kind of(String label) {
            for (Kind kind : values()) {
                if (kind.label().equals(label)) {
                    return kind;
                }
            }
            throw new NsvqException(
                    "a position of the kind " + Reason.quoted(label) + ": batch, snapshot and watermark are known");
        }
    }

    /**
     * Makes a position.
     *
     * @throws NsvqException if a part is empty, or the value of a batch is no number of a batch
     */
    public SourcePosition {
        NsvqException.unless(
                source != null && !source.isBlank() && kind != null && value != null && !value.isEmpty(),
                "a position needs the name of its source, its kind and its value: source " + source + ", kind " + kind
                        + ", value " + value);
        NsvqException.unless(
                kind != Kind.BATCH || value.matches("\\d{1,18}"),
                "the batch " + Reason.quoted(value) + " of source " + Reason.quoted(source)
                        + " is no number of a batch: 0 and more are");
    }

    /**
     * Returns the position after a micro-batch of a stream.
     *
     * @param source name of the stream; a stream that starts from a new checkpoint counts from 0 again, and needs a
     *     new one
     * @param batchId as {@code foreachBatch} gives it
     */
    public static SourcePosition batch(String source, long batchId) {
        return new SourcePosition(source, Kind.BATCH, Long.toString(batchId));
    }

    /**
     * Returns the position of a table as it is in a snapshot.
     *
     * @param source name of the table
     * @param snapshotId the snapshot's id in Iceberg, the table's version in Delta
     */
    public static SourcePosition snapshot(String source, long snapshotId) {
        return new SourcePosition(source, Kind.SNAPSHOT, Long.toString(snapshotId));
    }

    /**
     * Returns the position after all rows of a table up to some value of a column.
     *
     * @param source name of the table
     * @param value the greatest value; a moment in ISO 8601
     */
    public static SourcePosition watermark(String source, String value) {
        return new SourcePosition(source, Kind.WATERMARK, value);
    }

    /**
     * Whether an index that has this position has another one of the same source, too: that one, or a batch before.
     *
     * @throws NsvqException if the other is of another kind
     */
    public boolean covers(SourcePosition other) {
        requireKind(other.kind);
        return kind == Kind.BATCH ? Long.parseLong(value) >= Long.parseLong(other.value) : value.equals(other.value);
    }

    /** Refuses to take this position for one of another kind. */
    void requireKind(Kind other) {
        NsvqException.unless(
                kind == other,
                "the index has " + this + ", which is no " + other.label() + ": give the source another name");
    }

    @Override
    public String toString() {
        return kind.label() + " " + value + " of " + source;
    }
}
