package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.refusal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Filters are conditions on one row's attributes, and nothing that costs more than it says. */
class FilterRulesTest {
    @TempDir
    private static Path directory;

    private static IvfIndexModel shared;

    private final IvfIndexModel model = shared.copy(ParamMap.empty());
    private final Dataset<Row> queries = TestVectors.frame(Arrays.copyOf(QUERIES, 3));

    @BeforeAll
    static void build() {
        Dataset<Row> data = TestVectors.frame(VECTORS)
                .selectExpr(
                        "id",
                        "features",
                        "array('red', 'green', 'blue', null)[id % 4] as color",
                        "int(id % 10) as size",
                        "date_add(date'2024-01-01', int(id)) as made",
                        "array('a', string(id % 3)) as tags",
                        "named_struct('lang', 'en', 'n', id) as meta",
                        "map('k', id) as more",
                        "decimal(id) / 7 as price",
                        "timestamp'2024-01-01 10:00:00' as seen",
                        "id % 2 = 0 as even");
        String[] attributes = {"color", "size", "made", "tags", "meta", "more", "price", "seen", "even"};
        shared = IndexTestData.flat(directory.resolve("shared"), data, attributes);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "length(repeat('x', 2000000000)) > 1 ~ it calls repeat, which is not allowed",
                "size(sequence(1, 500000000)) > 1 ~ it calls sequence, which is not allowed",
                "aggregate(sequence(1, 100000000), 0L, (a, x) -> a + x) > 1 ~ it calls aggregate, which is not",
                "size(array_repeat(1, 500000000)) > 1 ~ it calls array_repeat",
                "lpad('x', 2000000000, 'y') = color ~ it calls lpad",
                "rpad(color, 2000000000) = color ~ it calls rpad",
                "space(2000000000) = color ~ it calls space",
                "format_string('%2000000000d', 1) = color ~ it calls format_string",
                "replace(replace(color, 'e', color), 'e', color) = 'x' ~ it calls replace",
                "regexp_like(color, '(a+)+b') ~ it calls regexp_like",
                "regexp_replace(color, '(a*)*', '') = '' ~ it calls regexp_replace",
                "color rlike '(a+)+$' ~ it uses rlike (use like), which is not allowed",
                "color regexp '(a+)+$' ~ it uses rlike (use like)",
                "color like '%a%a%a%a%a%a%a%a%b' ~ the pattern of a like has 9 %, it may have 3",
                "color like any ('%a%a%a%a%b') ~ the pattern of a like has 5 %, it may have 3",
                "color like concat('%', color) ~ the pattern of a like must be written out",
                "like(color, '%a%a%a%a%') ~ the pattern of a like has 5 %",
                "round(price, 2000000000) = 1 ~ round takes a number of digits that is written out, up to 38",
                "floor(price, size) = 1 ~ floor takes a number of digits that is written out",
                "price < 1e2000000000bd ~ it has a number with an exponent of three digits or more",
                "exists(tags, t -> t = 'a') ~ it calls exists",
                "size(transform(tags, t -> t)) = 1 ~ it calls transform",
                "size(filter(tags, t -> true)) = 1 ~ it calls filter",
                "size in (select 1) ~ it uses a subquery",
                "exists(select 1) ~ it uses a subquery",
                "(select max(id) from range(9)) > size ~ it uses a subquery",
                "java_method('java.lang.System', 'exit', 1) = '' ~ it calls java_method",
                "reflect('java.lang.System', 'getenv', 'PATH') = '' ~ it calls reflect",
                "try_reflect('java.lang.System', 'getenv', 'PATH') = '' ~ it calls try_reflect",
                "rand() < 0.5 ~ it calls rand",
                "uuid() = color ~ it calls uuid",
                "current_user() = color ~ it calls current_user",
                "session_user() = color ~ it calls session_user",
                "input_file_name() = color ~ it calls input_file_name",
                "raise_error('no') ~ it calls raise_error",
                "from_json(color, 'a int').a = 1 ~ it calls from_json",
                "system.builtin.repeat(color, 9) = '' ~ it calls system.builtin.repeat",
                "spark_catalog.default.f(color) ~ it calls spark_catalog.default.f",
                "a_udf(size) = 1 ~ it calls a_udf",
                "max(size) = 1 ~ it calls max",
                "count(distinct size) = 1 ~ it calls count",
                "row_number() over (order by size) = 1 ~ it uses a window function",
                "explode(tags) = 'a' ~ it calls explode",
                "size = :n ~ it uses a parameter",
                "cast(tags as array<int>)[0] = 1 ~ it casts to array<int>, which is not allowed",
                "current_user = color ~ there is no attribute 'current_user'",
                "user = color ~ there is no attribute 'user'",
                "id = 1 ~ there is no attribute 'id'",
            })
    void isRefusedAtOnce(String filter, String problem) throws Throwable {
        int jobs = JobCounter.jobs(() -> {
            String said = refusal(() -> model.setFilter(filter).transform(queries));
            assertTrue(said.startsWith("the filter '" + filter.substring(0, Math.min(90, filter.length()))), said);
            assertTrue(said.contains(problem), said);
            assertFalse(said.contains("\n") || said.contains("SQLSTATE") || said.contains(": ["), said);
        });
        assertEquals(0, jobs);
    }

    static Stream<Arguments> large() {
        return Stream.of(
                Arguments.of("size > 0" + " or size > 0".repeat(1000), "it has 12008 characters, a filter at most"),
                Arguments.of("size in (1" + ", 1".repeat(2500) + ")", "it has more than 2000 parts"),
                Arguments.of("(".repeat(100) + "even" + ")".repeat(100), "nested more than 64 deep"),
                Arguments.of("not ".repeat(500) + "even", "nested more than 64 deep"),
                Arguments.of("- ".repeat(3000) + "size > 0", "nested more than 64 deep"),
                Arguments.of(
                        "case when ".repeat(400) + "even" + " then even end".repeat(400),
                        "it is nested too deep to be parsed"),
                Arguments.of("size" + " + 1".repeat(200) + " > 0", "nested more than 64 deep"),
                Arguments.of("concat(color" + ", color".repeat(40) + ") = ''", "it puts 41 texts together"),
                Arguments.of("color" + " || color".repeat(40) + " = ''", "texts together"));
    }

    @ParameterizedTest
    @MethodSource("large")
    void isRefusedWhereItIsTooLarge(String filter, String problem) {
        assertRefused(() -> model.setFilter(filter).transform(queries), problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "size between 3 and 5 ~ 90",
                "size not in (1, 2, 3) and color is not null ~ 165",
                "color in ('red', 'green') or size >= 9 ~ 165",
                "lower(color) like 'gr%n' ~ 75",
                "color ilike '%RE%' ~ 150",
                "substring(color, 1, 1) = 'b' ~ 75",
                "color || '!' = 'red!' ~ 75",
                "concat(color, '-', size) = 'red-4' ~ 15",
                "year(made) = 2024 and month(made) = 2 ~ 29",
                "made >= date'2024-03-01' ~ 240",
                "extract(month from made) = 1 ~ 31",
                "date_add(made, 1) > date'2024-10-26' ~ 1",
                "made < current_date and seen < current_timestamp() ~ 300",
                "array_contains(tags, '2') ~ 100",
                "size(tags) = 2 and tags[1] = '0' ~ 100",
                "element_at(tags, 2) = '1' ~ 100",
                "arrays_overlap(tags, array('1', '2')) ~ 200",
                "meta.lang = 'en' and meta.n < 10 ~ 10",
                "more['k'] = 7 ~ 1",
                "price > 10.5 and round(price, 2) < 20 ~ 66",
                "case when size > 5 then even else color = 'red' end ~ 105",
                "if(size > 5, true, false) ~ 120",
                "coalesce(color, 'none') = 'none' ~ 75",
                "size % 2 = 1 and abs(-size) > 6 ~ 60",
                "cast(size as string) = '7' ~ 30",
                "size::double / 2 > 4 ~ 30",
                "try_cast(color as int) is null ~ 300",
                "even <=> true ~ 150",
                "not even ~ 150",
                "1 < 2 ~ 300",
                "(color, size) in (('red', 0), ('red', 4)) ~ 30",
                "`size` & 1 = 1 ~ 150",
                "SIZE > 8 ~ 30",
                "hash(size) is not null ~ 300",
                "upper(trim(both ' ' from color)) = 'RED' ~ 75",
                "seen > '2023-01-01' ~ 300",
            })
    void legitimateFiltersWork(String filter, int meeting) {
        model.setFilter(filter).setK(300);
        assertEquals(
                meeting,
                model.transform(queries.limit(1))
                        .selectExpr("size(neighbors)")
                        .first()
                        .getInt(0));
    }

    @Test
    void aLongTextDoesNotTakeTheStack() {
        model.setFilter("color <> '" + "a".repeat(9_900) + "'").setK(300);
        assertEquals(
                225,
                model.transform(queries.limit(1))
                        .selectExpr("size(neighbors)")
                        .first()
                        .getInt(0));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "size / (size - 5) > 1 ~ Division by zero.",
                "cast(color as int) > 1 ~ cannot be cast to",
                "tags[size] = 'a' ~ is out of bounds",
                "smallint(size * 10000) > 1 ~ overflow",
            })
    void namesTheFilterThatFailsOnARow(String filter, String reason) {
        String said = refusal(() -> model.setFilter(filter).transform(queries).count());
        String problem = "' fails on the attributes of the vector with id ";
        assertTrue(said.startsWith("the filter '" + filter + problem), said);
        assertTrue(said.matches(".* with id \\d+: .*"), said);
        assertTrue(said.contains(reason), said);
        assertFalse(said.contains("SQLSTATE") || said.contains("\n") || said.contains("=="), said);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            quoteCharacter = '`',
            value = {
                "color = ~ Syntax error at or near end of input",
                "size + ~ Syntax error at or near end of input",
                "color = 'red ~ Syntax error at or near '''",
                "size > > 3 ~ Syntax error at or near '>'",
                "selekt ~ there is no attribute 'selekt'",
                ") ~ Syntax error at or near ')'",
                "color ! red ~ Syntax error at or near '!'",
                "`\nsize\n=` ~ Syntax error at or near end of input",
                "size < 3 and ~ the word 'and' at its end does not belong to the condition",
                "size < 3 or ~ the word 'or' at its end does not belong to the condition",
                "size < 3 foo ~ the word 'foo' at its end does not belong to the condition",
                "and size ~ the word 'size' at its end does not belong to the condition: an operator before it",
                "struct(size as s).s = 1 ~ it uses 'as', which is not allowed",
                "size < 'abc' ~ The value 'abc' of the type",
                "\"size\" < 5 ~ The value 'size' of the type",
                "substring(color, 'a') = 'x' ~ The value 'a' of the type",
            })
    void saysWhereAFilterDoesNotParse(String filter, String reason) {
        String said = refusal(() -> model.setFilter(filter).transform(queries));
        assertTrue(
                said.startsWith("the filter '" + filter.replace("\n", "\\n")
                        + "' is no condition on the index's attributes, color, size, made, "),
                said);
        assertTrue(said.contains(": " + reason), said);
        assertFalse(Stream.of("\n", "SQLSTATE", "==", ": [").anyMatch(said::contains), said);
    }

    @Test
    void aStrangersFunctionIsNotCalled() {
        UDF1<Integer, Integer> same = x -> x;
        SparkTestSession.get().udf().register("a_udf", same, DataTypes.IntegerType);
        assertRefused(() -> model.setFilter("a_udf(size) = 1").transform(queries), "it calls a_udf, which is not");
        SparkTestSession.get().sql("drop temporary function a_udf");
    }
}
