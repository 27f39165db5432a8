package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertExact;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.flat;
import static io.github.sparknsvq.ml.IndexTestData.found;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids of vectors: numbers of all sizes, and strings. */
class IndexIdsTest {
    private final Dataset<Row> vectors = TestVectors.frame(VECTORS);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"int", "smallint", "bigint"})
    void numbersOfAllWidthsComeBackAsBigint(String type) {
        Dataset<Row> typed = vectors.withColumn("id", vectors.col("id").cast(type));
        IvfIndexModel model = flat(directory.resolve("index"), typed);
        Dataset<Row> answered = model.transform(TestVectors.frame(QUERIES));
        assertEquals(
                "array<struct<id:bigint,distance:float>>",
                answered.schema().apply("neighbors").dataType().catalogString());
        assertExact(found(answered), DistanceKind.L2, 5);
    }

    @Test
    void stringsComeBackAsTheyWere() {
        String street = "concat('Straße ', id, repeat('.', int(id % 20))) as id";
        Dataset<Row> named = vectors.selectExpr(street, "features");
        IvfIndexModel model = flat(directory.resolve("index"), named);
        IvfIndexModel numbered = flat(directory.resolve("numbered"), vectors);
        Dataset<Row> queries = TestVectors.frame(QUERIES);
        Dataset<Row> answered = model.transform(queries);
        assertEquals(
                "array<struct<id:string,distance:float>>",
                answered.schema().apply("neighbors").dataType().catalogString());
        List<List<Found>> expected = found(numbered.transform(queries)).stream()
                .map(of -> of.stream()
                        .map(one -> new Found(
                                "Straße " + one.id() + ".".repeat(Integer.parseInt(one.id()) % 20), one.distance()))
                        .toList())
                .toList();
        assertEquals(expected, found(answered));
        assertEquals(
                named.select("id").orderBy("id").collectAsList(),
                model.ids(SparkTestSession.get()).orderBy("id").collectAsList());
        Dataset<Row> lists = SparkTestSession.get()
                .read()
                .parquet(directory.resolve("index/lists").toString());
        assertTrue(lists.selectExpr("min(array_min(ids)) >= 0").first().getBoolean(0)); // as FAISS's ids are
    }

    @Test
    void theEndsOfTheRangeOfNumbersAreIdsAsAnyOther() {
        long[] ids = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE};
        List<Row> rows = IntStream.range(0, ids.length)
                .mapToObj(i -> RowFactory.create(ids[i], new float[] {i}))
                .toList();
        StructType schema = new StructType().add("id", DataTypes.LongType).add("features", TestVectors.FLOATS);
        Dataset<Row> four = TestVectors.rows(rows, schema, 2);
        IvfIndexModel model = IndexTestData.untrained(
                directory.resolve("index"), DistanceKind.L2, new float[][] {{0}, {2}}, null, four);
        assertEquals(
                List.of(
                        new Found("" + Long.MIN_VALUE, 0),
                        new Found("-1", 1),
                        new Found("0", 4),
                        new Found("" + Long.MAX_VALUE, 9)),
                IndexTestData.neighbors(model.transform(four.filter("id < -1")).first(), 2));
        model.setExcludeSelf(true);
        assertEquals(
                List.of("" + Long.MIN_VALUE, "-1", "0"),
                IndexTestData.ids(List.of(IndexTestData.neighbors(
                                model.setK(4).transform(four.filter("id > 0")).first(), 2)))
                        .get(0)
                        .stream()
                        .sorted(java.util.Comparator.comparingLong(Long::parseLong))
                        .toList());
        model.delete(four.filter("id > 0 or id < -1"));
        assertEquals(
                List.of(new Found("-1", 1)),
                IndexTestData.neighbors(model.transform(four.filter("id = 0")).first(), 2));
    }

    @ParameterizedTest
    @CsvSource({"string", "bigint"})
    void noIdIsRefused(String type) {
        Dataset<Row> one = vectors.selectExpr("nullif(id, 17L) as id", "features");
        Dataset<Row> typed = one.withColumn("id", one.col("id").cast(type));
        assertRefused(
                () -> flat(directory.resolve("index"), typed), "column 'id' holds null: every vector needs an id");
    }

    @ParameterizedTest
    @CsvSource({"double", "binary", "boolean", "'decimal(10,0)'"})
    void whatIsNeitherWholeNumberNorStringIsNoId(String type) {
        Dataset<Row> typed = vectors.limit(3)
                .withColumn("id", vectors.col("id").cast("string"))
                .selectExpr((type.equals("boolean") ? "true" : "cast(id as " + type + ")") + " as id", "features");
        assertRefused(
                () -> IndexTestData.estimator(directory.resolve("index")).fit(typed),
                "column 'id' should hold ids (whole numbers or strings), but is " + type);
        assertTrue(!Files.exists(directory.resolve("index")));
    }

    @Test
    void anotherKindOfIdsIsNotAdded() {
        IvfIndexModel model = flat(directory.resolve("index"), vectors);
        Dataset<Row> named = vectors.selectExpr("string(id + 1000) as id", "features");
        assertRefused(() -> model.add(named), "column 'id' holds strings, the ids of the index are numbers");
        assertRefused(() -> model.delete(named), "column 'id' holds strings, the ids of the index are numbers");
        assertRefused(
                () -> model.setExcludeSelf(true).transform(named),
                "excludeSelf: column 'id' of the queries holds strings, the ids of the index are numbers");
        assertRefused(() -> model.delete(vectors.selectExpr("nullif(id, 0L) as id")), "column 'id' holds null");
    }
}
