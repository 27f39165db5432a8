package io.github.sparknsvq.ml.sql.nearest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.index.ListSchema;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the rule of nearest-neighbor joins finds out about a right side. The joins themselves, which Spark has from
 * 4.2 on, are tested in {@code python/tests/nearest}.
 */
class RightSideTest {
    private static final StructType ATTRIBUTES = new StructType()
            .add("color", "string")
            .add("size", "int")
            .add("day", "date")
            .add("two words", "string");

    @TempDir
    private static Path directory;

    private static SparkSession spark;

    @BeforeAll
    static void tables() {
        spark = SparkTestSession.get().newSession();
        SparkSession.setActiveSession(spark);
        spark.sql("select 1L id, array(1f, 2f) features, 'red' color, 3 size, date'2024-05-06' day, 'x' `two words`,"
                        + " 1.5 price, bigint(7) count")
                .write()
                .parquet(directory.resolve("items").toString());
        spark.sql("create table items using parquet location '" + directory.resolve("items") + "'"
                + " tblproperties ('nsvq.index' = 'of the table')");
        spark.sql("create view renamed as select id as number, features as vector, size * 2 as twice from items");
        spark.read().parquet(directory.resolve("items").toString()).createOrReplaceTempView("files");
    }

    @AfterAll
    static void drop() {
        spark.sql("drop view renamed");
        spark.sql("drop table items");
        SparkTestSession.get();
    }

    private static SourceColumns side(String sql) {
        SparkSession.setActiveSession(spark);
        LogicalPlan plan = ((org.apache.spark.sql.classic.Dataset<?>) spark.sql(sql))
                .queryExecution()
                .analyzed();
        return SourceColumns.of(plan);
    }

    private static Attribute column(SourceColumns side, String name) {
        return Plans.list(side.plan().output()).stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select number, vector from renamed | vector | features",
                "select cast(vector as array<float>) v from (select * from renamed where twice > 1) | v | features",
                "select id + 1 as id, features from items | id |",
                "select transform(features, x -> x) f from items | f |",
                "select cast(id as int) as i from items | i |",
            })
    void columnsAreThoseOfTheTable(String sql, String name, String expected) {
        SourceColumns side = side(sql);
        side.check();
        Attribute found = side.source(column(side, name));
        assertEquals(expected, found == null ? null : found.name());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "select * from items limit 3 | Limit",
                "select color, max(id) from items group by color | it has Aggregate",
                "select distinct color from items | it has Distinct",
                "select * from items union all select * from items | it has Union",
                "select a.id from items a join items b on a.id = b.id | it has Join",
                "select explode(features) from items | it has Generate",
                "select row_number() over (order by id) from items | it has Window",
            })
    void moreThanATableIsRefused(String sql, String what) {
        String message =
                assertThrows(NsvqException.class, () -> side(sql).check()).getMessage();
        assertTrue(message.contains(what), message);
    }

    @Test
    void aColumnIsCarriedThroughProjections() {
        SourceColumns side =
                side("select upper(color) c from (select color, size from items where size > 1) where size < 5");
        SourceColumns.Carrying carrying = side.carrying(side.named("ID"));
        assertEquals("id", carrying.column().name());
        assertTrue(carrying.plan().outputSet().contains(carrying.column()));
        assertTrue(carrying.plan().resolved());
        assertEquals(2, carrying.plan().output().length());
        SourceColumns renamed = side("select * from renamed");
        assertEquals("number", renamed.carrying(renamed.named("id")).column().name());
        assertEquals(renamed.plan(), renamed.carrying(renamed.named("id")).plan());
        assertNull(side.named("none"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "color = 'red' and size > 3 | ((color = 'red') AND (size > 3))",
                "size between 1 and 5 | ((size >= 1) AND (size <= 5))",
                "color in ('a', 'it''s') | (color IN ('a', 'it\\'s'))",
                "`two words` like 'a%' | `two words` LIKE 'a%'",
                "day > '2024-01-01' | (day > CAST('2024-01-01' AS DATE))",
                "size = 3L | (CAST(size AS BIGINT) = 3L)",
                "color is null or not size is null | ((color IS NULL) OR (NOT (size IS NULL)))",
                "coalesce(size, 1) = 1 | (coalesce(size, 1) = 1)",
            })
    void filtersAreThoseOfTheIndex(String sql, String expected) {
        SourceColumns side = side("select * from items where " + sql);
        assertEquals(expected, PushedFilter.of(side.conditions(), new ListSchema(false, ATTRIBUTES), spark));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "price > 1 | price, which is no attribute",
                "rand() < 2 | not decided by a row alone",
                "size in (select size from items) | not decided by a row alone",
                "color rlike 'r' | rlike",
                "repeat(color, 3) = 'x' | repeat",
                "count = 7 | count is bigint, the index's attribute is int",
            })
    void otherFiltersAreRefused(String sql, String reason) {
        SourceColumns side = side("select * from items where " + sql);
        ListSchema schema = new ListSchema(false, ATTRIBUTES.add("count", "int"));
        String message = assertThrows(NsvqException.class, () -> PushedFilter.of(side.conditions(), schema, spark))
                .getMessage();
        assertTrue(message.contains(reason), message);
    }

    @Test
    void filtersSeeThroughNames() {
        SourceColumns side = side("select * from renamed where twice > 4 and number is not null");
        ListSchema schema = new ListSchema(false, ATTRIBUTES.add("id", "bigint"));
        assertEquals(
                "((CAST((size * 2) AS INT) > 4) AND (CAST(id AS BIGINT) IS NOT NULL))",
                PushedFilter.of(side.conditions(), schema, spark));
        assertNull(PushedFilter.of(side("select * from items").conditions(), schema, spark));
    }

    @Test
    void indexesAreNamedBySettingsAndProperties() {
        assertEquals("of the table", NamedIndex.of(side("select * from items"), spark));
        assertEquals("of the table", NamedIndex.of(side("select * from renamed"), spark));
        assertNull(NamedIndex.of(side("select * from files"), spark));
        spark.conf().set("spark.nsvq.nearest.index", "of no table");
        assertEquals("of no table", NamedIndex.of(side("select * from files"), spark));
        assertEquals("of the table", NamedIndex.of(side("select * from items"), spark));
        spark.conf().set("spark.nsvq.nearest.index.files", "of files");
        assertEquals("of files", NamedIndex.of(side("select * from files"), spark));
        spark.conf().set("spark.nsvq.nearest.index.items", "set");
        assertEquals("set", NamedIndex.of(side("select * from items"), spark));
        spark.conf().set("spark.nsvq.nearest.index.default.renamed", "of the view");
        assertEquals("of the view", NamedIndex.of(side("select * from renamed"), spark));
        for (String name : new String[] {"", ".files", ".items", ".default.renamed"}) {
            spark.conf().unset("spark.nsvq.nearest.index" + name);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, true",
        "1, 0, true",
        "-1, 0, false",
        "-1, 2s, true",
        "-3000, 2s, false",
        "-9000000, 1d, true",
        "-9000000, unlimited, true",
    })
    void anIndexIsAsNewAsItsTable(long after, String bound, boolean taken) {
        LogicalPlan table = side("select * from items").source();
        long newest = directory
                .resolve("items")
                .toFile()
                .listFiles((folder, name) -> name.endsWith(".parquet"))[0]
                .lastModified();
        spark.conf().set("spark.nsvq.nearest.maxStaleness", bound);
        try {
            if (taken) {
                Freshness.check(newest + after, table, spark);
            } else {
                assertThrows(NsvqException.class, () -> Freshness.check(newest + after, table, spark));
            }
        } finally {
            spark.conf().unset("spark.nsvq.nearest.maxStaleness");
        }
    }

    @Test
    void whatHasNoFilesHasNoAge() {
        LogicalPlan rows = side("select * from values (1) as t(id)").source();
        String message = assertThrows(NsvqException.class, () -> Freshness.check(1L << 60, rows, spark))
                .getMessage();
        assertTrue(message.contains("unlimited"), message);
    }
}
