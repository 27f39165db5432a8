package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code nsvq_search} and {@code nsvq_index_info}, beside {@link IvfIndexModel}. */
class SqlSearchTest {
    private static final String ROWS = "neighbor_id, distance";

    @TempDir
    private static Path directory;

    private static IvfIndexModel model;
    private static String index;

    private final SparkSession spark = SparkTestSession.get();

    @BeforeAll
    static void build() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS).withColumn("even", expr("id % 2 = 0"));
        model = IndexTestData.flat(directory.resolve("index"), vectors, "even");
        index = model.path();
        vectors.createOrReplaceTempView("base");
        TestVectors.frame(QUERIES)
                .withColumn("text", expr("concat('query ', id)"))
                .createOrReplaceTempView("q");
    }

    private List<Row> joined(IvfIndexModel searched) {
        return searched.join(spark.table("q"), "id")
                .toDF("id", "neighbor_id", "distance")
                .orderBy("id", "distance", "neighbor_id")
                .collectAsList();
    }

    private static IvfIndexModel copy() {
        return model.copy(ParamMap.empty());
    }

    private List<Row> searched(String call) {
        return spark.sql("SELECT id, " + ROWS + " FROM " + call)
                .orderBy("id", "distance", "neighbor_id")
                .collectAsList();
    }

    private String search(String arguments) {
        return "nsvq_search(" + arguments.replace("INDEX", "'" + index + "'") + ")";
    }

    @Test
    void findsWhatTheModelFinds() {
        List<Row> expected = joined(copy().setK(3).setProbes(4));
        for (String arguments : List.of(
                "TABLE(q), INDEX, 3, 4",
                "TABLE(q), INDEX, k => 3, probes => 4",
                "TABLE(SELECT * FROM q), INDEX, 3L, 2 + 2",
                "queries => TABLE(SELECT id, features FROM q), probes => 4, k => 3, index => INDEX",
                "TABLE(SELECT id, text, features AS other FROM q), INDEX, 3, 4",
                "TABLE(SELECT id, features AS a, array(1.0, 2.0) AS b FROM q), INDEX, 3, 4, features => 'a'")) {
            assertEquals(expected, searched(search(arguments)), arguments);
        }
        assertEquals(joined(copy()), searched(search("TABLE(q), INDEX")));
        assertEquals(joined(copy().setK(4)), searched(search("TABLE(q), INDEX, 4")));
        assertEquals(joined(copy().setK(4)), searched(search("TABLE(q), INDEX, 4, NULL")));
    }

    @Test
    void hasTheColumnsOfTheQueriesAndTheRank() {
        Dataset<Row> found = spark.sql("SELECT * FROM " + search("TABLE(q), INDEX, 3"));
        assertEquals(List.of("id", "features", "text", "neighbor_id", "distance", "rank"), List.of(found.columns()));
        for (Row row : found.where("id = 7").orderBy("rank").collectAsList()) {
            assertEquals("query 7", row.getAs("text"));
        }
        assertEquals(
                List.of(1, 2, 3),
                found.where("id = 7").orderBy("distance").select("rank").collectAsList().stream()
                        .map(row -> row.getInt(0))
                        .toList());
    }

    @Test
    void filtersAndRanksAgain() {
        assertEquals(joined(copy().setFilter("even")), searched(search("TABLE(q), INDEX, filter => 'even'")));
        assertEquals(joined(copy().setExcludeSelf(true)), searched(search("TABLE(q), INDEX, exclude_self => true")));
        assertEquals(
                joined(copy().setExcludeSelf(true)),
                spark.sql("SELECT self AS id, " + ROWS + " FROM "
                                + search("TABLE(SELECT id AS self, features FROM q), INDEX, exclude_self => true,"
                                        + " id_col => 'self'"))
                        .orderBy("id", "distance", "neighbor_id")
                        .collectAsList());
        assertEquals(
                joined(copy().setRerank(20).setVectors(spark.table("base"))),
                searched(search("TABLE(q), INDEX, rerank => 20, vectors => 'base'")));
        spark.sql("SELECT id FROM base WHERE id < 50").createOrReplaceTempView("few");
        assertEquals(
                joined(copy().setAllowed(spark.table("few"))), searched(search("TABLE(q), INDEX, allowed => 'few'")));
    }

    @ParameterizedTest
    @CsvSource({"true,true", "true,false", "false,true"})
    void joinsAndGroups(String adaptive, String codegen) {
        spark.conf().set("spark.sql.adaptive.enabled", adaptive);
        spark.conf().set("spark.sql.codegen.wholeStage", codegen);
        try {
            String call = search("TABLE(q), INDEX, 3");
            List<Row> expected = joined(copy().setK(3));
            // the same search twice in one query
            assertEquals(
                    expected.size(),
                    spark.sql("SELECT a.id FROM " + call + " a JOIN " + call + " b ON a.id = b.id AND a.rank = b.rank"
                                    + " WHERE a.neighbor_id = b.neighbor_id")
                            .count());
            long even = expected.stream().filter(row -> row.getLong(1) % 2 == 0).count();
            assertEquals(
                    even,
                    spark.sql("SELECT count(*) FROM " + call
                                    + " s JOIN base ON s.neighbor_id = base.id WHERE base.even")
                            .first()
                            .getLong(0));
            assertEquals(
                    QUERIES.length,
                    spark.sql("SELECT id, min(distance) FROM " + call + " GROUP BY id")
                            .count());
            assertEquals(
                    1,
                    spark.sql("SELECT rank FROM " + call + " WHERE id = 3 ORDER BY distance LIMIT 1")
                            .first()
                            .getInt(0));
            assertEquals(
                    List.of(3L),
                    spark
                            .sql("WITH s AS (SELECT * FROM " + call
                                    + ") SELECT DISTINCT count(*) OVER (PARTITION BY id) FROM s")
                            .collectAsList()
                            .stream()
                            .map(row -> row.getLong(0))
                            .toList());
        } finally {
            spark.conf().unset("spark.sql.adaptive.enabled");
            spark.conf().unset("spark.sql.codegen.wholeStage");
        }
    }

    @Test
    void aQueryWithoutVectorHasNoNeighbors() {
        assertEquals(
                joined(copy()).stream().filter(row -> row.getLong(0) % 2 == 1).toList(),
                searched(search("TABLE(SELECT id, IF(id % 2 = 0, NULL, features) AS features FROM q), INDEX")));
        String broken = "TABLE(SELECT id, IF(id = 0, array(float('NaN')), features) AS features FROM q), INDEX";
        Exception e = assertThrows(Exception.class, () -> searched(search(broken)));
        assertTrue(io.github.sparknsvq.ml.spark.Reason.of(e).contains("NaN at element 0"), e.getMessage());
        assertEquals(
                joined(copy()).stream().filter(row -> row.getLong(0) > 0).toList(),
                searched(search(broken + ", handle_invalid => 'skip'")));
    }

    @Test
    void seesWhatChangesInTheIndex() {
        IvfIndexModel other = IndexTestData.flat(directory.resolve("changing"), TestVectors.frame(VECTORS));
        String call = "nsvq_search(TABLE(q), '" + other.path() + "', 1)";
        spark.sql("CREATE OR REPLACE TEMP VIEW nearest AS SELECT id, neighbor_id, distance FROM " + call);
        Row before = spark.table("nearest").where("id = 5").first();
        other.delete(spark.sql("SELECT " + before.getLong(1) + "L AS id"));
        assertTrue(spark.table("nearest").where("id = 5").first().getLong(1) != before.getLong(1));
        Row info = spark.sql("SELECT * FROM nsvq_index_info('" + other.path() + "')")
                .first();
        assertEquals(VECTORS.length - 1L, info.<Long>getAs("vectors"));
        assertEquals(1L, info.<Long>getAs("deleted"));
    }

    @Test
    void tellsOfTheIndex() {
        Row info = spark.sql("SELECT * FROM nsvq_index_info(index => '" + index + "')")
                .first();
        assertEquals("[" + index + ",l2,8,300,0,10,0", info.toString().replaceAll("^((?:[^,]*,){6}[^,]*).*", "$1"));
        assertEquals("flat", info.getAs("quantizer"));
        assertEquals(32, info.<Integer>getAs("code_bytes"));
        assertEquals(1, info.<Integer>getAs("segments"));
        assertEquals("bigint", info.getAs("id_type"));
        assertEquals("even BOOLEAN", info.getAs("attributes"));
        assertEquals(1, info.<Integer>getAs("format_version"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nsvq_search(TABLE(q))|WRONG_NUM_ARGS",
                "nsvq_search('q', INDEX)|UNEXPECTED_INPUT_TYPE",
                "nsvq_search(TABLE(q), INDEX, 'k')|UNEXPECTED_INPUT_TYPE",
                "nsvq_search(TABLE(q), INDEX, 5000000000)|UNEXPECTED_INPUT_TYPE",
                "nsvq_search(TABLE(q), 17)|UNEXPECTED_INPUT_TYPE",
                "nsvq_search(TABLE(q), INDEX, rand())|UNEXPECTED_INPUT_TYPE",
                "nsvq_search(TABLE(q), string(rand()))|NON_FOLDABLE_ARGUMENT",
                "nsvq_search(TABLE(q), INDEX, many => 3)|UNRECOGNIZED_PARAMETER_NAME",
                "nsvq_search(TABLE(q), INDEX, k => 3, k => 4)|DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT",
                "nsvq_search(TABLE(q), INDEX, 3, k => 4)|DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT",
                "nsvq_search(TABLE(q), index => INDEX, 4)|UNEXPECTED_POSITIONAL_ARGUMENT",
                "nsvq_search(TABLE(q), k => 4)|REQUIRED_PARAMETER_NOT_FOUND",
                "nsvq_search(TABLE(q), '/no/such/index')|PATH_NOT_FOUND",
                "nsvq_search(TABLE(nothing), INDEX)|TABLE_OR_VIEW_NOT_FOUND",
                "nsvq_index_info()|WRONG_NUM_ARGS",
                "nsvq_index_info('/no/such/index')|PATH_NOT_FOUND",
            })
    void refusesInSparksWords(String call, String condition) {
        String query = "SELECT * FROM " + call.replace("INDEX", "'" + index + "'");
        AnalysisException e = assertThrows(AnalysisException.class, () -> spark.sql(query));
        assertTrue(e.getCondition().startsWith(condition), e.getMessage());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TABLE(q), ''|the path of a saved model or index is empty",
                "TABLE(q), INDEX, 0|k",
                "TABLE(q), INDEX, 1, -1|probes",
                "TABLE(q), INDEX, filter => 'color = 1'|the filter 'color = 1' is no condition",
                "TABLE(q), INDEX, features => 'text'|column 'text' should hold vectors",
                "TABLE(q), INDEX, features => 'none'|there is no column 'none'",
                "TABLE(SELECT id FROM q), INDEX|the queries have no column of vectors",
                "TABLE(SELECT features AS a, features AS b FROM q), INDEX|several columns of vectors, a, b",
                "TABLE(SELECT features, text AS rank FROM q), INDEX|adds a column 'rank'",
                "TABLE(SELECT features FROM q), INDEX, exclude_self => true|there is no column 'id'",
                "TABLE(q) PARTITION BY (id), INDEX|leave out PARTITION BY",
                "TABLE(q), INDEX, rerank => 10|ranks by the vectors themselves",
            })
    void refusesInOneSentence(String arguments, String sentence) {
        NsvqException e = assertThrows(NsvqException.class, () -> spark.sql("SELECT * FROM " + search(arguments)));
        assertTrue(e.getMessage().contains(sentence), e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsvq_search", "nsvq_index_info"})
    void describesItself(String function) {
        String text = spark.sql("DESCRIBE FUNCTION EXTENDED " + function)
                .collectAsList()
                .toString();
        assertTrue(text.contains("Usage: " + function + "("), text);
        assertTrue(text.contains("SELECT"), text);
    }
}
