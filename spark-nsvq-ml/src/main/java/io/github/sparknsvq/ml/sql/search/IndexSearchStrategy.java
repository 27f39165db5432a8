package io.github.sparknsvq.ml.sql.search;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.immutable.Seq;

/** Plans an {@link IndexSearch} as an {@link IndexSearchExec}. */
public final class IndexSearchStrategy extends SparkStrategy {
    private static final long serialVersionUID = 1L;

    /** Makes the strategy. */
    public IndexSearchStrategy() {}

    @Override
    public Seq<SparkPlan> apply(LogicalPlan plan) {
        return SparkInternals.scalaList(
                plan instanceof IndexSearch search ? List.of(search.planned(planLater(search.child()))) : List.of());
    }
}
