package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.StoredIndex;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has an index answer joins {@code APPROX NEAREST}: after their names are resolved, and before Spark's optimizer
 * makes a cross join of them. Where an index is named and cannot be used, the join stays as it is, and its plan says
 * why.
 */
public final class NearestJoinRule extends Rule<LogicalPlan> {
    private static final Logger LOG = LoggerFactory.getLogger(NearestJoinRule.class);

    private static final String ENABLED = "spark.nsvq.nearest.enabled";
    private static final String PROBES = "spark.nsvq.nearest.probes";
    private static final String OVERFETCH = "spark.nsvq.nearest.overfetch";

    /** Candidates for each neighbor where lists hold codes, whose distances are not the vectors' own. */
    private static final int CODES_OVERFETCH = 4;

    private final SparkSession spark;

    /** Makes the rule for a session. */
    public NearestJoinRule(SparkSession spark) {
        this.spark = spark;
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        return plan.resolveOperatorsUp(Plans.function(this::answered));
    }

    private LogicalPlan answered(LogicalPlan node) {
        if (!NearestByNode.is(node) || !node.resolved()) {
            return node;
        }
        NearestByNode join = NearestByNode.of(node);
        boolean enabled = Boolean.parseBoolean(spark.conf().get(ENABLED, "true"));
        if (!enabled || !join.approximate() || join.right() instanceof IndexNotUsed) {
            return node;
        }
        String path = null;
        try {
            SourceColumns right = SourceColumns.of(join.right());
            path = NamedIndex.of(right, spark);
            return path == null ? node : new Answer(join, right, path).plan();
        } catch (Exception | LinkageError | AssertionError e) { // whatever it is, Spark can answer the query itself
            String reason = "index " + (path == null ? "" : path + " ") + "not used: " + Reason.of(e);
            LOG.warn("nearest-neighbor join by {}: {}", join.ranking().sql(), reason);
            return note(node, reason);
        }
    }

    private static LogicalPlan note(LogicalPlan join, String reason) {
        LogicalPlan right = new IndexNotUsed(reason, join.children().last());
        return join.withNewChildren(
                SparkInternals.scalaList(List.of(join.children().head(), right)));
    }

    /** Makes the plan by an index, or refuses it by an {@link NsvqException}. */
    private final class Answer {
        private final NearestByNode join;
        private final SourceColumns right;
        private final Ranking ranking;
        private final IvfIndexModel index;
        private final StoredIndex stored;

        Answer(NearestByNode join, SourceColumns right, String path) {
            right.check();
            this.join = join;
            this.right = right;
            this.ranking = Ranking.of(join);
            this.index = IvfIndexModel.open(path, spark);
            this.stored = index.stored(spark);
            stored.directory().check();
        }

        LogicalPlan plan() {
            NsvqException.unless(
                    !join.node().isStreaming(), "a stream is joined, and an index answers batches of queries");
            NsvqException.unless(
                    join.left().deterministic(), "the left side is not the same each time that it is evaluated");
            DistanceKind distance = index.shared().distance();
            NsvqException.unless(
                    distance == ranking.distance(),
                    "it compares by " + name(distance) + ", the join by " + name(ranking.distance()));
            checkVectors();
            Attribute id = id();
            String filter = PushedFilter.of(right.conditions(), stored.schema(), spark);
            Freshness.check(stored.directory().committed(), right.source(), spark);
            int candidates = candidates();
            BatchSearch search = new BatchSearch(
                    stored, new BatchSearch.Options(candidates, probes(), 0, 0, null, filter, false), null);
            return new NearestJoinPlan(join, ranking, right.carrying(id), search).plan();
        }

        private static String name(DistanceKind distance) {
            return distance.toString().toLowerCase(Locale.ROOT);
        }

        private void checkVectors() {
            Attribute vector = right.source(ranking.vector());
            NsvqException.unless(
                    vector != null && vector.name().equalsIgnoreCase(index.getFeaturesCol()),
                    "it is of the column " + index.getFeaturesCol() + ", the join ranks by "
                            + ranking.vector().name() + (vector == null ? ", which is calculated" : ""));
        }

        private Attribute id() {
            Attribute id = right.named(index.getIdCol());
            NsvqException.unless(
                    id != null, "the right side's table has no column " + index.getIdCol() + ", the index's ids");
            boolean named = stored.schema().named();
            DataType type = id.dataType();
            NsvqException.unless(
                    named ? type.equals(DataTypes.StringType) : type instanceof IntegralType,
                    "the right side's " + id.name() + " is " + type.catalogString() + ", the index's ids are "
                            + (named ? "strings" : "whole numbers"));
            return id;
        }

        private int probes() {
            String given = spark.conf().get(PROBES, "");
            if (given.isEmpty()) {
                return index.getProbes();
            }
            double probes = number(PROBES, given, Integer.MAX_VALUE);
            NsvqException.unless(probes == Math.rint(probes), PROBES + " = " + given + " is no whole number");
            return (int) probes;
        }

        private int candidates() {
            String given = spark.conf().get(OVERFETCH, "");
            double each = given.isEmpty()
                    ? (index.shared().codes() == null ? 1 : CODES_OVERFETCH)
                    : number(OVERFETCH, given, 1000);
            return (int) Math.min(Integer.MAX_VALUE, Math.ceil(each * join.k()));
        }
    }

    private static double number(String setting, String given, double most) {
        try {
            double value = Double.parseDouble(given);
            NsvqException.unless(value >= 1 && value <= most, setting + " = " + given + ": at least 1 is needed");
            return value;
        } catch (NumberFormatException e) {
            throw new NsvqException(setting + " = " + given + " is no number", e);
        }
    }
}
