package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.sql.search.IndexSearch;
import io.github.sparknsvq.ml.vectors.VectorForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Add;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeReference;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.FunctionTableSubqueryArgumentExpression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.IsNotNull;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.PosExplode;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructType;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * {@code nsvq_search(TABLE(queries), index, ...)}: a row for each neighbor that an index finds for each query, the
 * query's columns first.
 */
final class SearchFunction {
    static final String NAME = "nsvq_search";
    static final Signature SIGNATURE = new Signature(
            NAME,
            2,
            List.of(
                    "queries",
                    "index",
                    "k",
                    "probes",
                    "filter",
                    "features",
                    "exclude_self",
                    "id_col",
                    "rerank",
                    "vectors",
                    "allowed",
                    "handle_invalid"));

    /** The columns that are added. */
    private static final List<String> ADDED = List.of("neighbor_id", "distance", "rank");

    private final Constants given;
    private final SparkSession spark = SparkSession.active();
    private final IvfIndexModel index;
    private final LogicalPlan queries;
    private final StructType schema;

    private SearchFunction(Constants given) {
        this.given = given;
        this.queries = queries(given.argument("queries"));
        OpenModel.checkThere(given.text("index"), spark);
        this.index = IvfIndexModel.open(given.text("index"), spark);
        this.schema = queries.schema();
    }

    /** Returns the plan of a call. */
    static LogicalPlan plan(Seq<Expression> arguments) {
        return new SearchFunction(new Constants(SIGNATURE, arguments)).plan();
    }

    private static LogicalPlan queries(Expression argument) {
        if (!(argument instanceof FunctionTableSubqueryArgumentExpression table)) {
            throw SqlErrors.wrongArgument(NAME, 1, "TABLE", argument);
        }
        NsvqException.unless(
                !table.hasRepartitioning() && table.orderByExpressions().isEmpty(),
                NAME + " searches for each row by itself: leave out PARTITION BY and ORDER BY");
        NsvqException.unless(
                table.outerAttrs().isEmpty(),
                NAME + " searches for a whole table: its queries cannot refer to columns outside of TABLE(...)");
        NsvqException.unless(!table.plan().isStreaming(), "a stream of queries cannot be searched: use foreachBatch");
        return table.plan();
    }

    private LogicalPlan plan() {
        for (String added : ADDED) {
            NsvqException.unless(
                    Arrays.stream(schema.fieldNames()).noneMatch(added::equalsIgnoreCase),
                    NAME + " adds a column '" + added + "', which the queries have already: rename theirs in"
                            + " TABLE(SELECT ...)");
        }
        IvfIndexModel searched = index.copy(ParamMap.empty());
        given.integer("k").ifPresent(searched::setK);
        given.integer("probes").ifPresent(searched::setProbes);
        given.optionalText("filter").ifPresent(searched::setFilter);
        given.truth("exclude_self").ifPresent(searched::setExcludeSelf);
        given.optionalText("handle_invalid").ifPresent(searched::setHandleInvalid);
        String vectors = featuresColumn();
        String id = given.optionalText("id_col").orElse(index.getIdCol());
        checkColumns(searched, vectors, id);
        given.integer("rerank").ifPresent(searched::setRerank);
        given.optionalText("vectors").map(spark::table).ifPresent(searched::setVectors);
        given.optionalText("allowed").map(spark::table).ifPresent(searched::setAllowed);
        Attribute vector = attribute(vectors);
        Option<Attribute> self = searched.getExcludeSelf() ? Option.apply(attribute(id)) : Option.empty();
        QueryReader.Invalid invalid = searched.skipsInvalid() ? QueryReader.Invalid.SKIP : QueryReader.Invalid.FAIL;
        LogicalPlan asked = vector.nullable() ? new Filter(new IsNotNull(vector), queries) : queries;
        return rows(IndexSearch.of(asked, vector, self, invalid, searched.search(spark), NAME));
    }

    /** Refuses columns that the index does not take, with what a transform says. */
    private void checkColumns(IvfIndexModel searched, String vectors, String id) {
        searched.copy(ParamMap.empty())
                .setFeaturesCol(vectors)
                .setIdCol(id)
                .setNeighborsCol("__nsvq_neighbors")
                .setRerank(0)
                .transformSchema(schema);
    }

    /** The column that is named, the one that is named as the index's, or the only one with vectors. */
    private String featuresColumn() {
        String named = given.optionalText("features").orElse(index.getFeaturesCol());
        List<String> names = Arrays.asList(schema.fieldNames());
        if (given.argument("features") != null || names.contains(named)) {
            return named;
        }
        List<String> vectors = Arrays.stream(schema.fields())
                .filter(field -> VectorForm.of(field.dataType()) != null)
                .map(field -> field.name())
                .toList();
        NsvqException.unless(
                vectors.size() == 1,
                NAME + ": the queries have "
                        + (vectors.isEmpty()
                                ? "no column of vectors"
                                : "several columns of vectors, "
                                        + vectors.stream().collect(Collectors.joining(", "))
                                        + ": name one with features => '...'"));
        return vectors.get(0);
    }

    private Attribute attribute(String name) {
        return queries.output().apply(schema.fieldIndex(name));
    }

    /** Gives each neighbor a row of its own. */
    private static LogicalPlan rows(IndexSearch search) {
        AttributeReference position = column("pos", DataTypes.IntegerType);
        AttributeReference neighbor = column(
                "neighbor",
                ((org.apache.spark.sql.types.ArrayType) search.neighbors().dataType()).elementType());
        LogicalPlan exploded = new Generate(
                new PosExplode(search.neighbors()),
                SparkInternals.scalaList(List.of()),
                false,
                Option.empty(),
                SparkInternals.scalaList(List.of(position, neighbor)),
                search);
        List<NamedExpression> columns = new ArrayList<>();
        CollectionConverters.asJava(search.child().output()).forEach(column -> columns.add((NamedExpression) column));
        columns.add(alias(new GetStructField(neighbor, 0, Option.empty()), ADDED.get(0)));
        columns.add(alias(new GetStructField(neighbor, 1, Option.empty()), ADDED.get(1)));
        columns.add(alias(new Add(position, Literal.create(1, DataTypes.IntegerType)), ADDED.get(2)));
        return new Project(SparkInternals.scalaList(columns), exploded);
    }

    private static AttributeReference column(String name, DataType type) {
        Seq<String> none = SparkInternals.scalaList(List.of());
        return new AttributeReference(name, type, false, Metadata.empty(), NamedExpression.newExprId(), none);
    }

    private static Alias alias(Expression expression, String name) {
        Seq<String> none = SparkInternals.scalaList(List.of());
        return new Alias(expression, name, NamedExpression.newExprId(), none, Option.empty(), none);
    }
}
