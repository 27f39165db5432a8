package io.github.sparknsvq.ml.sql.search;

import io.github.sparknsvq.ml.index.BatchSearch;
import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.AttributeSet$;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The operator that does an {@link IndexSearch}, by {@link BatchSearch}: the child's partitions and the order of
 * their rows stay. It evaluates the child twice.
 */
public final class IndexSearchExec extends SparkPlan {
    private static final long serialVersionUID = 1L;
    private static final String ROWS = "numOutputRows";

    private final Attribute vector;
    private final Option<Attribute> self;
    private final QueryReader.Invalid invalid;
    private final AttributeReference neighbors;
    private final transient BatchSearch search;
    private final String purpose;
    private final SparkPlan child;
    private transient scala.collection.immutable.Map<String, SQLMetric> metrics;

    /** Makes the operator, of what {@link IndexSearch} says. Public because Catalyst copies by reflection. */
    public IndexSearchExec(
            Attribute vector,
            Option<Attribute> self,
            QueryReader.Invalid invalid,
            AttributeReference neighbors,
            BatchSearch search,
            String purpose,
            SparkPlan child) {
        this.vector = vector;
        this.self = self;
        this.invalid = invalid;
        this.neighbors = neighbors;
        this.search = search;
        this.purpose = purpose;
        this.child = child;
    }

    @Override
    public synchronized scala.collection.immutable.Map<String, SQLMetric> metrics() {
        if (metrics == null) {
            metrics = scala.collection.immutable.Map.from(CollectionConverters.asScala(
                    Map.of(ROWS, SQLMetrics.createMetric(sparkContext(), "number of output rows"))));
        }
        return metrics;
    }

    @Override
    public RDD<InternalRow> doExecute() {
        SQLMetric rows = longMetric(ROWS);
        StructType schema = schema();
        JavaRDD<InternalRow> found = search.neighbors(child.execute().toJavaRDD(), reader());
        return found.mapPartitions(part -> unsafe(part, schema, rows), true).rdd();
    }

    /** Makes rows of what operators take. */
    private static Iterator<InternalRow> unsafe(Iterator<InternalRow> part, StructType schema, SQLMetric rows) {
        UnsafeProjection projection = UnsafeProjection.create(schema);
        projection.initialize(0);
        return Iterators.map(part, row -> {
            rows.add(1);
            return projection.apply(row);
        });
    }

    private QueryReader reader() {
        SharedIndex index = search.stored().index();
        StructType one = new StructType().add(vector.name(), vector.dataType());
        int selfAt = self.isEmpty() ? -1 : ordinal(self.get());
        DataType selfType = self.isEmpty() ? DataTypes.LongType : self.get().dataType();
        return new QueryReader(
                VectorColumn.of(one, vector.name(), index.distance() == DistanceKind.COSINE),
                ordinal(vector),
                selfAt,
                selfType,
                index.dimension(),
                invalid);
    }

    private int ordinal(Attribute column) {
        return child.output().indexWhere(other -> other.exprId().equals(column.exprId()));
    }

    @Override
    public Seq<Attribute> output() {
        return IndexSearch.output(child.output(), neighbors);
    }

    @Override
    public AttributeSet producedAttributes() {
        return AttributeSet$.MODULE$.apply(neighbors);
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
        return new IndexSearchExec(vector, self, invalid, neighbors, search, purpose, children.head());
    }

    @Override
    public String argString(int maxFields) {
        return IndexSearch.argString(vector, neighbors, search, purpose);
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
        return other instanceof IndexSearchExec;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IndexSearchExec that
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
