package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.sql.search.IndexSearch;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Cast;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.EqualTo;
import org.apache.spark.sql.catalyst.expressions.Explode;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetArrayStructFields;
import org.apache.spark.sql.catalyst.expressions.Inline;
import org.apache.spark.sql.catalyst.expressions.KnownNotNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.MonotonicallyIncreasingID;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.First;
import org.apache.spark.sql.catalyst.plans.Inner$;
import org.apache.spark.sql.catalyst.plans.LeftOuter$;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.JoinHint;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.SubqueryAlias;
import org.apache.spark.sql.catalyst.plans.logical.View;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;

/**
 * The plan by which an index answers a join: the left side's rows look for candidates, candidates are joined with the
 * right side by id, and of each left row's candidates those are kept that are nearest by the ranking expression. From
 * there on it is Spark's own plan for such joins.
 *
 * @param join the join
 * @param ranking what it ranks by
 * @param right the right side with its column of ids
 * @param search finds candidates
 */
record NearestJoinPlan(
        NearestByNode join, Ranking ranking, SourceColumns.Carrying right, BatchSearch search) {
    private static final String ROW = "__nsvq_row";
    private static final String CANDIDATE = "__nsvq_candidate";
    private static final String MATCHES = "__nsvq_matches";

    LogicalPlan plan() {
        Alias row = Plans.named(new MonotonicallyIncreasingID(), ROW);
        LogicalPlan ranked = ranked(joined(candidates(row)), row.toAttribute());
        Attribute matches = ranked.output().last();
        List<Attribute> given = Plans.list(join.node().output());
        List<Attribute> of = Plans.list(join.right().output());
        List<Attribute> found = new ArrayList<>();
        for (Attribute column : of) {
            found.add(column(column.name(), column.dataType(), true));
        }
        LogicalPlan generated = new Generate(
                new Inline(matches),
                SparkInternals.scalaList(List.of()),
                join.outer(),
                Option.empty(),
                SparkInternals.scalaList(found),
                ranked);
        List<Attribute> inner = new ArrayList<>(Plans.list(ranked.output()).subList(1, ranked.output().length() - 1));
        inner.addAll(found);
        List<NamedExpression> output = new ArrayList<>();
        for (int i = 0; i < given.size(); i++) {
            output.add(as(inner.get(i), given.get(i)));
        }
        return new Project(SparkInternals.scalaList(output), generated);
    }

    /** Returns a column as one that the join has. */
    private static Alias as(Attribute from, Attribute column) {
        Seq<String> none = SparkInternals.scalaList(List.of());
        return new Alias(
                from.nullable() && !column.nullable() ? new KnownNotNull(from) : from,
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
    private LogicalPlan candidates(Alias row) {
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
        LogicalPlan numbered = project(join.left().output(), searched, row, ids);
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

    /** Joins candidates with the right side. */
    private LogicalPlan joined(LogicalPlan candidates) {
        Expression candidate = Plans.list(candidates.output()).get(candidates.output().length() - 1);
        Expression id = right.column();
        if (!id.dataType().equals(candidate.dataType())) {
            id = new Cast(id, candidate.dataType(), Option.empty());
        }
        return new Join(
                candidates,
                right.plan(),
                join.outer() ? LeftOuter$.MODULE$ : Inner$.MODULE$,
                Option.apply(new EqualTo(candidate, id)),
                JoinHint.NONE());
    }

    /** Keeps the nearest candidates of each row: the row's number, the left side's columns, and the matches. */
    private LogicalPlan ranked(LogicalPlan joined, Attribute row) {
        List<Expression> fields = new ArrayList<>();
        for (Attribute column : Plans.list(join.right().output())) {
            fields.add(Literal.create(column.name(), DataTypes.StringType));
            fields.add(column);
        }
        List<NamedExpression> columns = new ArrayList<>();
        columns.add(row);
        for (Attribute column : Plans.list(join.left().output())) {
            columns.add(Plans.named(new First(column, false).toAggregateExpression(), column.name()));
        }
        columns.add(Plans.named(join.nearest(new CreateNamedStruct(SparkInternals.scalaList(fields))), MATCHES));
        return new Aggregate(
                SparkInternals.scalaList(List.of(row)), SparkInternals.scalaList(columns), joined, Option.empty());
    }
}
