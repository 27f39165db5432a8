package io.github.sparknsvq.ml.sql;

import io.github.sparknsvq.ml.encoding.BatchedSearchRule;
import io.github.sparknsvq.ml.sql.functions.SqlFunctions;
import io.github.sparknsvq.ml.sql.nearest.IndexNotUsedStrategy;
import io.github.sparknsvq.ml.sql.nearest.NearestJoinRule;
import io.github.sparknsvq.ml.sql.search.IndexSearchStrategy;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.SparkPlan;
import scala.runtime.BoxedUnit;

/**
 * Gives every session what spark-nsvq adds to Spark SQL. Spark finds it by {@link java.util.ServiceLoader} when a
 * session starts with this jar on its class path; {@code spark.sql.extensions} may name it as well, and twice does no
 * harm. In a session that was there before the jar, models search row by row, with the same results.
 */
public final class NsvqExtensions implements SparkSessionExtensionsProvider {

    /** Makes the extensions; called by reflection. */
    public NsvqExtensions() {}

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        addBatchedSearch(extensions);
        addIndexSearch(extensions);
        addNearestJoin(extensions);
        SqlFunctions.addTo(extensions);
        return BoxedUnit.UNIT;
    }

    /** The rule by which models search in batches. */
    private static void addBatchedSearch(SparkSessionExtensions extensions) {
        // Spark's name for rules on plans that are ready but for code generation
        extensions.injectColumnar(session -> new ColumnarRule() {
            @Override
            public Rule<SparkPlan> preColumnarTransitions() {
                return new BatchedSearchRule();
            }
        });
    }

    /** The operator that searches an index. */
    private static void addIndexSearch(SparkSessionExtensions extensions) {
        extensions.injectPlannerStrategy(session -> new IndexSearchStrategy());
    }

    /** The rule by which an index answers nearest-neighbor joins, which Spark has from 4.2 on. */
    private static void addNearestJoin(SparkSessionExtensions extensions) {
        extensions.injectPostHocResolutionRule(NearestJoinRule::new);
        extensions.injectPlannerStrategy(session -> new IndexNotUsedStrategy());
    }
}
