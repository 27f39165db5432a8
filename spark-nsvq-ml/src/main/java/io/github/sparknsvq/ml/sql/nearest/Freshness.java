package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.FileStatusWithMetadata;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitionDirectory;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.execution.datasources.v2.FileTable;
import scala.collection.immutable.Seq;

/** Whether an index is as new as its table, by the times of their files. */
final class Freshness {
    private static final String SETTING = "spark.nsvq.nearest.maxStaleness";
    private static final String UNLIMITED = "unlimited";

    private Freshness() {}

    /**
     * Refuses an index that is older than the table by more than the session's bound.
     *
     * @param committed when the index was last changed, in milliseconds since 1970
     * @throws NsvqException that says so, or that the table's age cannot be known
     */
    static void check(long committed, LogicalPlan table, SparkSession spark) {
        String bound = spark.conf().get(SETTING, "0").strip();
        if (bound.equalsIgnoreCase(UNLIMITED)) {
            return;
        }
        OptionalLong changed = changed(table);
        NsvqException.unless(
                changed.isPresent(),
                "when the right side's " + table.nodeName() + " last changed cannot be known: " + SETTING + " = "
                        + UNLIMITED + " takes the index whatever its age");
        long behind = changed.getAsLong() - committed;
        NsvqException.unless(
                behind <= milliseconds(bound),
                "the index is of " + Instant.ofEpochMilli(committed) + " and the table's newest file of "
                        + Instant.ofEpochMilli(changed.getAsLong()) + ": build or add to the index anew, or set "
                        + SETTING
                        + " to how far it may be behind");
    }

    private static long milliseconds(String bound) {
        try {
            long most = JavaUtils.timeStringAs(bound, TimeUnit.MILLISECONDS);
            NsvqException.unless(most >= 0, SETTING + " = " + bound + ": at least 0 is needed, or " + UNLIMITED);
            return most;
        } catch (NumberFormatException e) {
            throw new NsvqException(
                    SETTING + " = " + bound + " is no time, as 0, 10min or 1d, and not " + UNLIMITED, e);
        }
    }

    /** Returns the time of a table's newest file, as far as it is one of files. */
    private static OptionalLong changed(LogicalPlan table) {
        if (table instanceof LogicalRelation relation && relation.relation() instanceof HadoopFsRelation files) {
            return newest(files.location());
        }
        if (table instanceof DataSourceV2Relation relation && relation.table() instanceof FileTable files) {
            return newest(files.fileIndex());
        }
        return OptionalLong.empty();
    }

    private static OptionalLong newest(FileIndex index) {
        Seq<Expression> all = SparkInternals.scalaList(List.of());
        long newest = 0;
        for (PartitionDirectory directory : Plans.list(index.listFiles(all, all))) {
            for (FileStatusWithMetadata file : Plans.list(directory.files())) {
                newest = Math.max(newest, file.getModificationTime());
            }
        }
        return OptionalLong.of(newest);
    }
}
