package io.github.sparknsvq.ml.ingest;

import static org.apache.spark.sql.functions.udf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.SparkTestSession;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF0;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rows are newer, for each type of column that can say so. */
class IncrementTest {
    private static final AtomicLong THERE = new AtomicLong();

    private final SparkSession spark = SparkTestSession.get();

    /** Five rows whose column grows with their id, the last two alike. */
    private Dataset<Row> table(String expression) {
        return spark.range(5).selectExpr("id", expression.replace("N", "least(id, 3)") + " as changed");
    }

    private static Increment newer(Dataset<Row> table, SourcePosition last) {
        return Increment.newer(table, "changed", "photos", last).orElseThrow();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        N * 10                                              | 30
        cast(N as tinyint)                                  | 3
        cast(N + 0.25 as decimal(20, 2))                    | 3.25
        date_add(date'2026-02-27', int(N))                  | 2026-03-02
        timestamp_micros(1796000000000000 + N)              | 2026-11-30T00:53:20.000003Z
        timestamp_ntz'2026-11-30 01:02:03' + make_interval(0, 0, 0, 0, int(N)) | 2026-11-30 04:02:03
        format_string('v%04d', N)                           | v0003
        """)
    void rowsThatAreNewerAndNoOthers(String expression, String value) {
        Dataset<Row> table = table(expression);
        Increment all = newer(table, null);
        assertEquals(SourcePosition.watermark("photos", value), all.position());
        assertEquals(5, all.rows().count());
        assertTrue(Increment.newer(table, "changed", "photos", all.position()).isEmpty(), "nothing is newer");
        SourcePosition second = newer(table.filter("id <= 1"), null).position();
        Increment rest = newer(table, second);
        assertEquals(all.position(), rest.position());
        assertEquals(
                "[[2], [3], [4]]",
                rest.rows().select("id").orderBy("id").collectAsList().toString());
    }

    @Test
    void aMomentIsTheSameInEveryTimeZone() {
        SparkSession other = spark.newSession();
        other.conf().set("spark.sql.session.timeZone", "Asia/Kolkata");
        String moments = "SELECT timestamp_micros(1796000000000000 + id) AS changed FROM range(3)";
        SourcePosition here = newer(spark.sql(moments), null).position();
        assertEquals(here, newer(other.sql(moments), null).position());
        assertTrue(
                Increment.newer(other.sql(moments), "changed", "photos", here).isEmpty());
    }

    @Test
    void anEmptyTableHasNothingNew() {
        assertTrue(Increment.newer(table("N").filter("id < 0"), "changed", "photos", null)
                .isEmpty());
    }

    @Test
    void rowsThatComeMeanwhileWaitForTheNextTime() {
        spark.udf()
                .register(
                        "rows_there",
                        udf((UDF0<Long>) THERE::get, DataTypes.LongType).asNondeterministic());
        THERE.set(2);
        Dataset<Row> table = table("N * 10").filter("id < rows_there()");
        Increment before = newer(table, null);
        THERE.set(5);
        assertEquals(5, table.count());
        assertEquals("10", before.position().value());
        assertEquals(2, before.rows().count());
        assertEquals(3, newer(table, before.position()).rows().count());
    }

    private static void assertRefused(Dataset<Row> table, SourcePosition last, String message) {
        NsvqException e = assertThrows(NsvqException.class, () -> Increment.newer(table, "changed", "photos", last));
        assertEquals(message, e.getMessage());
    }

    @Test
    void whatNeverGrowsIsRefused() {
        assertRefused(
                table("N / 2"),
                null,
                "column 'changed' should hold a watermark (a moment, a date, a whole number, a decimal or a string),"
                        + " but is double");
        assertRefused(
                table("nullif(N, 2)"),
                null,
                "column 'changed' is null in 1 rows, which would never be newer than others: fill it");
        assertRefused(
                table("nullif(N, 2)"),
                SourcePosition.watermark("photos", "3"),
                "column 'changed' is null in 1 rows, which would never be newer than others: fill it");
    }

    @Test
    void aPositionOfSomethingElseIsRefused() {
        assertRefused(
                table("N"),
                SourcePosition.watermark("photos", "2026-11-30"),
                "the index has watermark 2026-11-30 of photos, which is no bigint as column 'changed' is: give the"
                        + " source another name");
        assertRefused(
                table("N"),
                SourcePosition.batch("photos", 3),
                "the index has batch 3 of photos, which is no watermark: give the source another name");
    }
}
