package io.github.sparknsvq.ml.sql.search;

import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeMap$;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.AttributeSet$;
import org.apache.spark.sql.catalyst.expressions.ExpressionSet;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Statistics;
import org.apache.spark.sql.catalyst.plans.logical.UnaryNode;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.types.Metadata;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.math.BigInt;

/**
 * A search of an index in a logical plan: the child's rows, each with a column of its vector's neighbors behind its
 * own, {@code array<struct<id, distance>>}, nearest first and never null. Nothing is searched before the plan runs.
 *
 * <p>Catalyst gives attributes of a plan that is joined with itself new ids where a {@code Project} names them: put
 * one with an alias of the neighbors above this node, where they leave it.
 */
public final class IndexSearch extends LogicalPlan implements UnaryNode {
    private static final long serialVersionUID = 1L;

    private final Attribute vector;
    private final Option<Attribute> self;
    private final QueryReader.Invalid invalid;
    private final AttributeReference neighbors;
    private final BatchSearch search;
    private final String purpose;
    private final LogicalPlan child;

    /**
     * Makes the node. Public because Catalyst copies nodes by reflection.
     *
     * @param vector the child's column of queries
     * @param self the child's column of the queries' own ids, which the search excludes; none where it does not
     * @param invalid what becomes of rows with invalid vectors
     * @param neighbors the column to add
     * @param search what to search, and how
     * @param purpose what EXPLAIN says of it; empty for nothing
     * @param child the queries
     */
    public IndexSearch(
            Attribute vector,
            Option<Attribute> self,
            QueryReader.Invalid invalid,
            AttributeReference neighbors,
            BatchSearch search,
            String purpose,
            LogicalPlan child) {
        this.vector = vector;
        this.self = self;
        this.invalid = invalid;
        this.neighbors = neighbors;
        this.search = search;
        this.purpose = purpose;
        this.child = child;
    }

    /** Makes the node, with a new column of the name {@code neighbors}. */
    public static IndexSearch of(
            LogicalPlan child,
            Attribute vector,
            Option<Attribute> self,
            QueryReader.Invalid invalid,
            BatchSearch search,
            String purpose) {
        AttributeReference neighbors = new AttributeReference(
                "neighbors",
                BatchSearch.neighborsType(search.stored().schema().named()),
                false,
                Metadata.empty(),
                NamedExpression.newExprId(),
                SparkInternals.scalaList(List.of()));
        return new IndexSearch(vector, self, invalid, neighbors, search, purpose, child);
    }

    /** Returns the operator that does this. */
    IndexSearchExec planned(SparkPlan queries) {
        return new IndexSearchExec(vector, self, invalid, neighbors, search, purpose, queries);
    }

    /** Returns the column that this adds. */
    public AttributeReference neighbors() {
        return neighbors;
    }

    /** Returns what is searched, and how. */
    public BatchSearch search() {
        return search;
    }

    @Override
    public LogicalPlan child() {
        return child;
    }

    /** Returns a child's columns and those of neighbors. */
    static Seq<Attribute> output(Seq<Attribute> given, Attribute neighbors) {
        List<Attribute> columns = new ArrayList<>(CollectionConverters.asJava(given));
        columns.add(neighbors);
        return SparkInternals.scalaList(columns);
    }

    @Override
    public Seq<Attribute> output() {
        return output(child.output(), neighbors);
    }

    @Override
    public AttributeSet producedAttributes() {
        return AttributeSet$.MODULE$.apply(neighbors);
    }

    @Override
    public ExpressionSet validConstraints() {
        return child.constraints();
    }

    /** As if each neighbor were a row of its own, which is what mostly follows: no plan should send it all along. */
    @Override
    public Statistics stats() {
        return new Statistics(
                child.stats()
                        .sizeInBytes()
                        .$times(BigInt.int2bigInt(Math.max(1, search.options().k()))),
                Option.empty(),
                AttributeMap$.MODULE$.empty(),
                false);
    }

    @Override
    public Option<Object> maxRows() {
        return child.maxRows();
    }

    @Override
    public Seq<LogicalPlan> children() {
        return SparkInternals.scalaList(List.of(child));
    }

    @Override
    public LogicalPlan withNewChildInternal(LogicalPlan other) {
        return new IndexSearch(vector, self, invalid, neighbors, search, purpose, other);
    }

    @Override
    public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> others) {
        return withNewChildInternal(others.head());
    }

    @Override
    public String argString(int maxFields) {
        return argString(vector, neighbors, search, purpose);
    }

    /** Says what is searched, for EXPLAIN. */
    static String argString(Attribute vector, Attribute neighbors, BatchSearch search, String purpose) {
        BatchSearch.Options options = search.options();
        SharedIndex index = search.stored().index();
        StringBuilder text = new StringBuilder("[" + vector + ", " + neighbors + "] ")
                .append(purpose + (purpose.isEmpty() ? "" : ", "))
                .append("index " + search.stored().directory().path() + ", " + index.distance())
                .append(", k = " + options.k())
                .append(", probes = " + Math.min(options.probes(), index.lists()))
                .append(" of " + index.lists() + " lists");
        if (options.slack() > 0) {
            text.append(", slack = ").append(options.slack());
        }
        if (search.raw() != null) {
            text.append(", rerank = ").append(options.rerank());
        }
        if (options.condition() != null) {
            text.append(", filter ").append(Reason.quoted(options.condition()));
        }
        if (options.allowed() != null) {
            text.append(", allowed ids only");
        }
        return text.append(options.excludeSelf() ? ", without the query itself" : "")
                .toString();
    }

    // Catalyst expects a case class: these methods are what Scala generates for one.

    @Override
    public int productArity() {
        return 7;
    }

    @Override
    public Object productElement(int n) {
        return switch (n) {
            case 0 -> vector;
            case 1 -> self;
            case 2 -> invalid;
            case 3 -> neighbors;
            case 4 -> search;
            case 5 -> purpose;
            case 6 -> child;
            default -> throw new IndexOutOfBoundsException(n);
        };
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof IndexSearch;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IndexSearch that
                && vector.equals(that.vector)
                && self.equals(that.self)
                && invalid == that.invalid
                && neighbors.equals(that.neighbors)
                && search.equals(that.search)
                && purpose.equals(that.purpose)
                && child.equals(that.child);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
