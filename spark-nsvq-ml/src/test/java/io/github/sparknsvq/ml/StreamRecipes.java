package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.struct;

import io.github.sparknsvq.ml.ingest.SourcePosition;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;

/** The Java of {@code docs/streams.md}, word for word: {@link StreamsDocumentTest} compares them. */
final class StreamRecipes {
    private StreamRecipes() {}

    /** Puts the changes of one micro-batch into the index: rows (id, features, version, deleted). */
    static void apply(IvfIndexModel index, Dataset<Row> batch, long batchId) {
        Dataset<Row> last = newest(batch, struct(col("version"))).persist();
        try {
            Dataset<Row> kept = last.filter("deleted IS NOT TRUE"); // with null, too: no row is lost
            index.upsert(kept, last.filter("deleted"), SourcePosition.batch("photos", batchId));
        } finally {
            last.unpersist();
        }
    }

    /** The newest row of each id by a struct, in which null is the oldest: the others were overtaken in the batch. */
    static Dataset<Row> newest(Dataset<Row> changes, Column version) {
        return changes.groupBy("id")
                .agg(max_by(struct("*"), version).as("newest"))
                .select("newest.*");
    }

    static StreamingQuery start(IvfIndexModel index, Dataset<Row> changes, String state) throws TimeoutException {
        return changes.writeStream()
                .option("checkpointLocation", state)
                .foreachBatch((VoidFunction2<Dataset<Row>, Long>) (batch, id) -> apply(index, batch, id))
                .start();
    }

    static boolean followSnapshots(IvfIndexModel index, String table, SparkSession spark) {
        Row main = spark.table(table + ".refs").filter("name = 'main'").head();
        SourcePosition now = SourcePosition.snapshot(table, main.getAs("snapshot_id"));
        SourcePosition before = index.positions(spark).get(table);
        if (before == null) {
            return index.upsert(spark.sql("SELECT * FROM " + table + " VERSION AS OF " + now.value()), null, now);
        }
        if (before.covers(now)) {
            return false;
        }
        Dataset<Row> changes = spark.read()
                .option("start-snapshot-id", before.value())
                .option("end-snapshot-id", now.value())
                .table(table + ".changes");
        Column order =
                expr("struct(_change_ordinal, _change_type = 'INSERT')"); // a row's new version after its old one
        Dataset<Row> last = newest(changes, order).persist();
        try {
            return index.upsert(last.filter("_change_type = 'INSERT'"), last.filter("_change_type = 'DELETE'"), now);
        } finally {
            last.unpersist();
        }
    }
}
