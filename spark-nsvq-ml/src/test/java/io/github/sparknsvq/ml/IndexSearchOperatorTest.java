package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.index.QueryReader;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.sql.search.IndexSearch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.execution.ExplainMode;
import org.apache.spark.sql.execution.QueryExecution;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.Option;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The operator of plans that searches an index, beside {@link IvfIndexModel#transform}. */
class IndexSearchOperatorTest {
    @TempDir
    private static Path directory;

    private static IvfIndexModel model;
    private static String stored;

    private Dataset<Row> queries;

    @BeforeAll
    static void build() {
        model = IndexTestData.flat(directory.resolve("index"), TestVectors.frame(VECTORS));
        stored = directory.resolve("queries").toString();
        TestVectors.frame(QUERIES)
                .withColumn("text", expr("concat('query ', id)"))
                .withColumn("unused", expr("repeat('x', 100)"))
                .write()
                .parquet(stored);
    }

    @BeforeEach
    void read() {
        queries = SparkTestSession.get().read().parquet(stored);
    }

    @AfterEach
    void forget() {
        SparkTestSession.get().catalog().clearCache();
        SparkTestSession.get().conf().unset("spark.sql.adaptive.enabled");
    }

    private static QueryExecution execution(Dataset<Row> data) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) data).queryExecution();
    }

    private static Attribute column(LogicalPlan plan, String name) {
        return CollectionConverters.asJava(plan.output()).stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** Returns a plan's rows with their neighbors, by the operator, under a projection that gives them a new name. */
    private static Dataset<Row> searched(Dataset<Row> data, QueryReader.Invalid invalid, String self) {
        LogicalPlan given = execution(data).analyzed();
        Option<Attribute> own = Option.apply(self == null ? null : column(given, self));
        IvfIndexModel copy = model.copy(ParamMap.empty()).setExcludeSelf(self != null);
        IndexSearch search =
                IndexSearch.of(given, column(given, "features"), own, invalid, copy.search(data.sparkSession()), "");
        List<NamedExpression> columns = new ArrayList<>(CollectionConverters.asJava(given.output()));
        Seq<String> none = SparkInternals.scalaList(List.of());
        columns.add(
                new Alias(search.neighbors(), "neighbors", NamedExpression.newExprId(), none, Option.empty(), none));
        return org.apache.spark.sql.classic.Dataset.ofRows(
                (org.apache.spark.sql.classic.SparkSession) SparkTestSession.get(),
                new Project(SparkInternals.scalaList(columns), search));
    }

    private static Dataset<Row> searched(Dataset<Row> data) {
        return searched(data, QueryReader.Invalid.FAIL, null);
    }

    @ParameterizedTest
    @CsvSource({"true, 1", "true, 5", "false, 1", "false, 5"})
    void findsWhatTransformFinds(boolean adaptive, int partitions) {
        SparkTestSession.get().conf().set("spark.sql.adaptive.enabled", adaptive);
        Dataset<Row> shuffled = queries.repartition(partitions, col("id"));
        Dataset<Row> found = searched(shuffled);
        assertEquals(found(model.transform(queries)), found(found));
        assertEquals(QUERIES.length * 5L, found.selectExpr("explode(neighbors)").count());
        assertEquals(QUERIES.length, found.groupBy("text").count().count());
        assertTrue(execution(found)
                .explainString(ExplainMode.fromString("formatted"))
                .contains("k = 5, probes = 10 of 10 lists"));
    }

    @Test
    void readsNoColumnThatNobodyNeeds() {
        String all = execution(searched(queries).select("text", "neighbors"))
                .executedPlan()
                .toString();
        assertFalse(all.contains("unused"), all);
        assertTrue(all.contains("features"), all);
    }

    @Test
    void runsNothingBeforeItIsAskedTo() throws Throwable {
        int jobs = JobCounter.jobs(
                () -> execution(searched(queries.repartition(3))).executedPlan());
        assertEquals(0, jobs);
    }

    @Test
    void joinsItself() {
        Dataset<Row> found = searched(queries).select("id", "neighbors");
        Dataset<Row> both = found.as("a").join(found.as("b"), expr("a.id = b.id"));
        assertEquals(QUERIES.length, both.filter("a.neighbors = b.neighbors").count());
    }

    @Test
    void isCachedUnderTheSamePlan() {
        Dataset<Row> found = searched(queries);
        assertEquals(QUERIES.length, found.cache().count());
        String again = execution(searched(queries)).withCachedData().toString();
        assertTrue(again.startsWith("InMemoryRelation"), again);
        assertEquals(found(model.transform(queries)), found(found));
    }

    @Test
    void rowsWithoutAQueryStayWhereTheyShould() {
        Dataset<Row> some = queries.withColumn(
                "features",
                expr("case id when 3 then null when 4 then array_repeat(float('nan'), 8) else features end"));
        List<Row> kept =
                searched(some, QueryReader.Invalid.KEEP, null).orderBy("id").collectAsList();
        assertEquals(QUERIES.length, kept.size());
        for (Row row : kept) {
            int expected = row.<Long>getAs("id") == 3 || row.<Long>getAs("id") == 4 ? 0 : 5;
            assertEquals(expected, row.getList(row.fieldIndex("neighbors")).size(), row.toString());
        }
        assertEquals(
                QUERIES.length - 2,
                searched(some, QueryReader.Invalid.SKIP, null).count());
        IndexTestData.assertRefused(() -> searched(some).collect(), "features", "is null");
        Dataset<Row> shorter = some.withColumn("features", expr("slice(features, 1, 7)"));
        IndexTestData.assertRefused(
                () -> searched(shorter, QueryReader.Invalid.KEEP, null).collect(), "has 7 values, the index has 8");
    }

    @Test
    void leavesTheQueryItselfOut() {
        Dataset<Row> itself = TestVectors.frame(VECTORS);
        Dataset<Row> found = searched(itself, QueryReader.Invalid.FAIL, "id");
        assertEquals(VECTORS.length, found.filter("size(neighbors) = 5").count());
        assertEquals(0, found.filter("array_contains(neighbors.id, id)").count());
    }
}
