package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.AttributeSet$;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The operator of a physical plan that searches batches of rows: its child's rows, in their order, with one column
 * more for the result. The rows are not {@code UnsafeRow}s and are reused, so only a projection or filter may stand
 * above it.
 */
public final class BatchedSearchExec extends SparkPlan {
    private static final long serialVersionUID = 1L;

    private final Invoke search;
    private final Attribute vector;
    private final AttributeReference result;
    private final SparkPlan child;

    /**
     * Makes the operator. Public because Catalyst copies operators by reflection.
     *
     * @param search the expression that it stands for: a method of a {@link VectorEncoder} called with a vector
     * @param vector the child's column that holds the vector
     * @param result the column for what the method would return
     * @param child the plan that gives the rows
     */
    public BatchedSearchExec(Invoke search, Attribute vector, AttributeReference result, SparkPlan child) {
        this.search = search;
        this.vector = vector;
        this.result = result;
        this.child = child;
    }

    Invoke search() {
        return search;
    }

    Attribute result() {
        return result;
    }

    SparkPlan child() {
        return child;
    }

    @Override
    public RDD<InternalRow> doExecute() {
        VectorEncoder encoder = (VectorEncoder) ((Literal) search.targetObject()).value();
        boolean alone = search.functionName().equals(VectorEncoder.INDEX_OF);
        boolean keepsNulls = search.propagateNull();
        StructType schema = child.schema();
        int ordinal = child.output().indexWhere(column -> column.exprId().equals(vector.exprId()));
        return child.execute()
                .toJavaRDD()
                .mapPartitions(part -> new BatchedSearch(part, schema, encoder, ordinal, alone, keepsNulls), true)
                .rdd();
    }

    @Override
    public Seq<Attribute> output() {
        List<Attribute> columns = new ArrayList<>(CollectionConverters.asJava(child.output()));
        columns.add(result);
        return SparkInternals.scalaList(columns);
    }

    @Override
    public AttributeSet producedAttributes() {
        return AttributeSet$.MODULE$.apply(result);
    }

    @Override
    public Partitioning outputPartitioning() {
        return child.outputPartitioning();
    }

    @Override
    public Seq<SortOrder> outputOrdering() {
        return child.outputOrdering();
    }

    @Override
    public Seq<SparkPlan> children() {
        return SparkInternals.scalaList(List.of(child));
    }

    @Override
    public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> children) {
        return new BatchedSearchExec(search, vector, result, children.head());
    }

    // Catalyst expects a case class: these methods are what Scala generates for one.

    @Override
    public int productArity() {
        return 4;
    }

    @Override
    public Object productElement(int n) {
        return switch (n) {
            case 0 -> search;
            case 1 -> vector;
            case 2 -> result;
            case 3 -> child;
            default -> throw new IndexOutOfBoundsException(n);
        };
    }

    @Override
    public boolean canEqual(Object other) {
        return other instanceof BatchedSearchExec;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof BatchedSearchExec that
                && search.equals(that.search)
                && vector.equals(that.vector)
                && result.equals(that.result)
                && child.equals(that.child);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}
