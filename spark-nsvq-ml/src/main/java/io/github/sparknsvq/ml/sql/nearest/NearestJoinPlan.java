package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.sql.search.IndexSearch;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Ascending$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CurrentRow$;
import org.apache.spark.sql.catalyst.expressions.Descending$;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Explode;
import org.apache.spark.sql.catalyst.expressions.ExprId;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetArrayStructFields;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.KnownNullable;
import org.apache.spark.sql.catalyst.expressions.LessThanOrEqual;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.MonotonicallyIncreasingID;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.NullsLast$;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.RowFrame$;
import org.apache.spark.sql.catalyst.expressions.RowNumber;
import org.apache.spark.sql.catalyst.expressions.SortDirection;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.SpecifiedWindowFrame;
import org.apache.spark.sql.catalyst.expressions.UnboundedPreceding$;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.expressions.WindowSpecDefinition;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.LeftOuter$;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.JoinHint;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.catalyst.plans.logical.Window;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;

/**
 * The plan by which an index answers a join: the left side's rows look for candidates, candidates are joined with the
 * right side by id, and of each left row's candidates those are kept that are nearest by the ranking expression,
 * candidates at the same distance by id. Candidates whose rank is null are none, as in Spark's own plan.
 *
 * @param join the join
 * @param ranking what it ranks by
 * @param right the right side with its column of ids
 * @param search finds candidates
 */
record NearestJoinPlan(NearestByNode join, Ranking ranking, SourceColumns.Carrying right, BatchSearch search) {
    private static final String ROW = "__nsvq_row";
    private static final String CANDIDATE = "__nsvq_candidate";
    private static final String RANK = "__nsvq_rank";
    private static final String PLACE = "__nsvq_place";

    LogicalPlan plan() {
        Alias row = Plans.named(new MonotonicallyIncreasingID(), ROW);
        Map<ExprId, Attribute> renamed = new HashMap<>();
        LogicalPlan candidates = candidates(row, renamed(join.left(), renamed));
        Attribute candidate = candidates.output().last();
        LogicalPlan matches = new Project(SparkInternals.scalaList(renamed(right.plan(), renamed)), right.plan());
        Expression rank = replaced(join.ranking(), renamed);
        LogicalPlan joined = new Join(
                candidates,
                matches,
                join.outer() ? LeftOuter$.MODULE$ : Inner$.MODULE$,
                Option.apply(new And(
                        new EqualTo(candidate, id(renamed.get(right.column().exprId()), candidate.dataType())),
                        new IsNotNull(rank))),
                JoinHint.NONE());
        List<NamedExpression> output = new ArrayList<>();
        for (Attribute column : Plans.list(join.node().output())) {
            output.add(as(renamed.get(column.exprId()), column));
        }
        return new Project(SparkInternals.scalaList(output), nearest(joined, rank, row.toAttribute(), candidate));
    }

    /** Returns a side's columns under new ids: the join's output has theirs, and may be null where they are not. */
    private static List<NamedExpression> renamed(LogicalPlan side, Map<ExprId, Attribute> renamed) {
        List<NamedExpression> columns = new ArrayList<>();
        for (Attribute column : Plans.list(side.output())) {
            Alias alias = Plans.named(column, column.name());
            renamed.put(column.exprId(), alias.toAttribute());
            columns.add(alias);
        }
        return columns;
    }

    private static Expression replaced(Expression expression, Map<ExprId, Attribute> by) {
        return expression.transformUp(Plans.<Expression>function(
                part -> part instanceof Attribute column ? by.getOrDefault(column.exprId(), column) : part));
    }

    private static Expression id(Attribute column, DataType type) {
        return column.dataType().equals(type) ? column : new Cast(column, type, Option.empty());
    }

    /** Returns a column as one that the join has. */
    private static Alias as(Attribute from, Attribute column) {
        Seq<String> none = SparkInternals.scalaList(List.of());
        return new Alias(
                column.nullable() && !from.nullable() ? new KnownNullable(from) : from,
                column.name(),
                column.exprId(),
                column.qualifier(),
                Option.apply(column.metadata()),
                none);
    }

    private static Attribute column(String name, DataType type, boolean nullable) {
        Seq<String> none = SparkInternals.scalaList(List.of());
        return new AttributeReference(name, type, nullable, Metadata.empty(), NamedExpression.newExprId(), none);
    }

    /** Returns the left side, with a number for each row, and a row for each candidate. */
    private LogicalPlan candidates(Alias row, List<NamedExpression> columns) {
        LogicalPlan left = repeatable(join.left());
        Attribute query;
        if (ranking.query() instanceof Attribute column) {
            query = column;
        } else {
            Alias calculated = Plans.named(ranking.query(), "query");
            left = project(left.output(), left, calculated);
            query = calculated.toAttribute();
        }
        IndexSearch searched = IndexSearch.of(
                left,
                query,
                Option.empty(),
                QueryReader.Invalid.KEEP,
                search,
                "the nearest " + join.k() + " of " + search.options().k() + " candidates");
        ArrayType type = (ArrayType) searched.neighbors().dataType();
        StructType neighbor = (StructType) type.elementType();
        Alias ids = Plans.named(
                new GetArrayStructFields(searched.neighbors(), neighbor.apply("id"), 0, neighbor.length(), false),
                CANDIDATE + "s");
        columns.addAll(List.of(row, ids));
        LogicalPlan numbered = new Project(SparkInternals.scalaList(columns), searched);
        Attribute candidate = column(CANDIDATE, neighbor.apply("id").dataType(), join.outer());
        return new Generate(
                new Explode(ids.toAttribute()),
                SparkInternals.scalaList(List.of()),
                join.outer(),
                Option.empty(),
                SparkInternals.scalaList(List.of(candidate)),
                numbered);
    }

    private static LogicalPlan project(Seq<Attribute> columns, LogicalPlan child, Alias... more) {
        List<NamedExpression> all = new ArrayList<>(Plans.list(columns));
        all.addAll(List.of(more));
        return new Project(SparkInternals.scalaList(all), child);
    }

    /**
     * The search evaluates its queries twice. What does more than to read and to filter is done once, and kept as a
     * shuffle's files: it may take long, or, as a limit, give other rows the second time.
     */
    private static LogicalPlan repeatable(LogicalPlan left) {
        LogicalPlan node = left;
        while (node instanceof SubqueryAlias
                || node instanceof View
                || node instanceof Project
                || node instanceof Filter) {
            node = node.children().head();
        }
        return node.children().isEmpty()
                ? left
                : new RepartitionByExpression(
                        SparkInternals.scalaList(List.of()), left, Option.empty(), Option.empty());
    }

    /** Keeps the nearest candidates of each row. */
    private LogicalPlan nearest(LogicalPlan joined, Expression rank, Attribute row, Attribute candidate) {
        Alias ranked = Plans.named(rank, RANK);
        SortDirection direction = join.similarity() ? Descending$.MODULE$ : Ascending$.MODULE$;
        Seq<SortOrder> order = SparkInternals.scalaList(
                List.of(order(ranked.toAttribute(), direction), order(candidate, Ascending$.MODULE$)));
        Seq<Expression> rows = SparkInternals.scalaList(List.of(row));
        Alias place = Plans.named(
                new WindowExpression(
                        new RowNumber(),
                        new WindowSpecDefinition(
                                rows,
                                order,
                                new SpecifiedWindowFrame(
                                        RowFrame$.MODULE$, UnboundedPreceding$.MODULE$, CurrentRow$.MODULE$))),
                PLACE);
        LogicalPlan placed = new Window(
                SparkInternals.scalaList(List.of(place)),
                rows,
                order,
                project(joined.output(), joined, ranked),
                Option.empty());
        Expression kept = upTo(place, join.k());
        if (join.outer()) { // a row that has matches needs none without
            kept = new And(kept, new Or(new IsNotNull(ranked.toAttribute()), upTo(place, 1)));
        }
        return new Filter(kept, placed);
    }

    private static SortOrder order(Expression by, SortDirection direction) {
        return new SortOrder(by, direction, NullsLast$.MODULE$, SparkInternals.scalaList(List.of()));
    }

    private static Expression upTo(Alias place, int last) {
        return new LessThanOrEqual(place.toAttribute(), Literal.create(last, DataTypes.IntegerType));
    }
}
