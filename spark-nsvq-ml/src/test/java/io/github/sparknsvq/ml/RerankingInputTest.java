package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static io.github.sparknsvq.ml.IndexTestData.ids;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a search is given besides queries: vectors to rank by, allowed ids and deleted ones, of any type. */
class RerankingInputTest {
    @TempDir
    private static Path directory;

    private static IvfIndexModel numbers;
    private static IvfIndexModel strings;

    private final Dataset<Row> queries = TestVectors.frame(Arrays.copyOf(QUERIES, 5));

    @BeforeAll
    static void build() {
        numbers = IndexTestData.flat(directory.resolve("numbers"), TestVectors.frame(VECTORS));
        strings = IndexTestData.flat(
                directory.resolve("strings"), TestVectors.frame(VECTORS).selectExpr("string(id) as id", "features"));
    }

    @AfterEach
    void strict() {
        SparkTestSession.get().conf().unset("spark.sql.ansi.enabled");
    }

    private static IvfIndexModel index(boolean named) {
        return (named ? strings : numbers).copy(ParamMap.empty());
    }

    private static Dataset<Row> vectors(String id) {
        return TestVectors.frame(VECTORS).selectExpr(id + " as id", "features");
    }

    private static void ansi(boolean on) {
        SparkSession.active().conf().set("spark.sql.ansi.enabled", on);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "false | int(id)",
                "false | if(id < 128, tinyint(id % 128), smallint(id))",
                "false | id",
                "true | string(id)",
            })
    void idsOfTheSameKindRankWhateverTheirWidth(boolean named, String id) {
        IvfIndexModel ranked = index(named).setRerank(30).setVectors(vectors(id));
        assertEquals(ids(found(index(named).transform(queries))), ids(found(ranked.transform(queries))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true | false | string(id) | holds strings, the ids of the index are numbers",
                "false | false | string(id) | holds strings, the ids of the index are numbers",
                "true | false | concat('x', id) | holds strings, the ids of the index are numbers",
                "false | false | concat('x', id) | holds strings, the ids of the index are numbers",
                "true | true | id | holds numbers, the ids of the index are strings",
                "false | true | id | holds numbers, the ids of the index are strings",
                "false | true | int(id) | holds numbers, the ids of the index are strings",
                "true | true | smallint(id) | holds numbers, the ids of the index are strings",
                "true | false | double(id) | should hold ids (whole numbers or strings), but is double",
                "true | false | decimal(id) | should hold ids (whole numbers or strings), but is decimal(10,0)",
                "false | true | array(id) | should hold ids (whole numbers or strings), but is array<bigint>",
                "true | true | binary(string(id)) | should hold ids (whole numbers or strings), but is binary",
                "true | false | date'2020-01-01' | should hold ids (whole numbers or strings), but is date",
            })
    void idsOfAnotherKindAreRefusedBeforeAnyJob(boolean ansi, boolean named, String id, String problem)
            throws Throwable {
        ansi(ansi);
        IvfIndexModel model = index(named).setRerank(30).setVectors(vectors(id));
        int jobs = JobCounter.jobs(() -> {
            assertRefused(() -> model.transform(queries), "column 'id'", problem);
            assertRefused(() -> model.transformSchema(queries.schema()), "column 'id'", problem);
        });
        assertEquals(0, jobs);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "true | false | string(id) | of the allowed ids holds strings, the ids of the index are numbers",
                "false | false | string(id) | of the allowed ids holds strings, the ids of the index are numbers",
                "true | false | double(id) | should hold ids (whole numbers or strings), but is double",
                "true | true | boolean(id) | should hold ids (whole numbers or strings), but is boolean",
            })
    void allowedAndDeletedIdsAreComparedToo(boolean ansi, boolean named, String id, String problem) throws Throwable {
        ansi(ansi);
        IvfIndexModel model = index(named).setAllowed(vectors(id));
        int jobs = JobCounter.jobs(() -> {
            assertRefused(() -> model.transform(queries), "column 'id'", problem);
            assertRefused(() -> model.delete(vectors(id)), "column 'id'", problem.replace("of the allowed ids ", ""));
        });
        assertEquals(0, jobs);
    }

    @Test
    void numbersAreTakenAsStringsWhereAllowedIdsAreStringsAndDeletedOnesRefused() {
        String refused = "column 'id' holds numbers, the ids of the index are strings";
        assertRefused(() -> index(true).delete(vectors("id")), refused);
        for (List<IndexTestData.Found> of : found(index(true)
                .setAllowed(vectors("int(id)").filter("id in (7, 8)"))
                .transform(queries))) {
            assertEquals(
                    List.of("7", "8"),
                    of.stream().map(IndexTestData.Found::id).sorted().toList());
        }
    }

    @Test
    void allowedIdsNeedAColumn() {
        assertRefused(
                () -> index(false).setAllowed(queries.select()).transform(queries), "the allowed ids have no column");
    }

    @ParameterizedTest
    @CsvSource({"error", "skip"})
    void vectorsOfAnotherDimensionAreRefusedByALookAtTheFirst(String handleInvalid) throws Throwable {
        Dataset<Row> shorter = TestVectors.frame(VECTORS).selectExpr("id", "slice(features, 1, 7) as features");
        IvfIndexModel model = index(false).setRerank(30).setVectors(shorter).setHandleInvalid(handleInvalid);
        int jobs = JobCounter.jobs(() -> assertRefused(
                () -> model.transform(queries),
                "column 'features' of the vectors to rank by has vectors of dimension 7, the index has 8"));
        assertTrue(jobs <= 2, jobs + " jobs");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "slice(features, 1, 7) | has 7 values, the index has 8",
                "null | is null",
                "transform(features, (x, i) -> if(i = 2, float('nan'), x)) | has NaN at element 2",
                "transform(features, (x, i) -> if(i = 2, float(2e18), x)) | beyond 1.0E18 in magnitude",
            })
    void invalidVectorsOfCandidatesAreNamedOrLeftOut(String bad, String problem) {
        List<List<IndexTestData.Found>> right = found(index(false).setK(9).transform(queries));
        String nearest = right.get(0).get(0).id();
        Dataset<Row> vectors = TestVectors.frame(VECTORS)
                .selectExpr("id", "if(id = " + nearest + ", " + bad + ", features) as features");
        for (boolean named : new boolean[] {false, true}) {
            Dataset<Row> typed = named ? vectors.selectExpr("string(id) as id", "features") : vectors;
            IvfIndexModel model = index(named).setK(8).setRerank(9).setVectors(typed);
            assertRefused(
                    () -> found(model.transform(queries)),
                    "column 'features' of the vectors to rank by holds a vector, of id "
                            + (named ? "'" + nearest + "'" : nearest) + ", that ",
                    problem + (problem.startsWith("beyond") ? "" : " (handleInvalid = skip leaves such rows out)"));
            List<List<IndexTestData.Found>> rest =
                    found(model.setHandleInvalid("skip").transform(queries));
            assertEquals(
                    right.get(0).subList(1, 9).stream()
                            .map(IndexTestData.Found::id)
                            .toList(),
                    rest.get(0).stream().map(IndexTestData.Found::id).toList());
        }
    }

    @Test
    void invalidVectorsThatAreNotInTheIndexDoNoHarm() {
        Dataset<Row> more = TestVectors.frame(VECTORS)
                .union(TestVectors.frame(new float[][] {null, {1, 2}}).selectExpr("id + 5000 as id", "features"));
        IvfIndexModel ranked = index(false).setRerank(30).setVectors(more);
        assertEquals(ids(found(index(false).transform(queries))), ids(found(ranked.transform(queries))));
    }
}
