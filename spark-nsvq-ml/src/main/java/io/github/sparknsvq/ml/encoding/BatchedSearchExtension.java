package io.github.sparknsvq.ml.encoding;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.SparkPlan;
import scala.runtime.BoxedUnit;

/**
 * Gives every session the rule by which models search in batches. Spark finds it by {@link java.util.ServiceLoader}
 * when a session starts with this jar on its class path; in a session that was there before the jar, models search
 * row by row, with the same results.
 */
public final class BatchedSearchExtension implements SparkSessionExtensionsProvider {

    /** Makes the extension; called by reflection. */
    public BatchedSearchExtension() {}

    @Override
    public BoxedUnit apply(SparkSessionExtensions extensions) {
        // Spark's name for rules on plans that are ready but for code generation
        extensions.injectColumnar(session -> new ColumnarRule() {
            @Override
            public Rule<SparkPlan> preColumnarTransitions() {
                return new BatchedSearchRule();
            }
        });
        return BoxedUnit.UNIT;
    }
}
