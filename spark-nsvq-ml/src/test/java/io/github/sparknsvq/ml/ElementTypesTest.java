package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Arrays of every type of number are vectors, and give what the same numbers as floats give. */
class ElementTypesTest {
    private static final List<String> TYPES = List.of(
            "tinyint",
            "smallint",
            "int",
            "bigint",
            "double",
            "decimal(3,0)",
            "decimal(18,5)",
            "decimal(19,2)",
            "decimal(38,10)");

    /** Whole numbers from -100 to 100. */
    private static final float[][] VECTORS = whole();

    @TempDir
    private Path directory;

    private static float[][] whole() {
        Random random = new Random(5);
        float[][] vectors = new float[120][6];
        for (float[] vector : vectors) {
            for (int j = 0; j < vector.length; j++) {
                vector[j] = random.nextInt(201) - 100;
            }
        }
        return vectors;
    }

    static List<String> columns() {
        List<String> columns = new ArrayList<>();
        for (String type : TYPES) {
            columns.add("cast(features as array<" + type + ">)"); // whose elements may not be null
            columns.add("transform(features, x -> if(x = 1000, null, cast(x as " + type + ")))"); // may be null
        }
        return columns;
    }

    private static Dataset<Row> vectors(String column) {
        return TestVectors.frame(VECTORS).selectExpr("id", column + " as features");
    }

    @ParameterizedTest
    @MethodSource("columns")
    void trainEncodeIndexAndSearchAsFloatsDo(String column) {
        Dataset<Row> floats = TestVectors.frame(VECTORS);
        Dataset<Row> data = vectors(column);
        VQ vq = new VQ().setK(4).setMaxIter(2).setLloydIter(1).setSeed(1);
        VQModel model = vq.fit(floats);
        assertArrayEquals(model.codebook().values(), vq.fit(data).codebook().values());
        assertEquals(codes(model, floats), codes(model, data));

        IvfIndexModel index = IndexTestData.untrained(
                directory.resolve("index"), DistanceKind.L2, Arrays.copyOf(VECTORS, 3), null, data);
        List<List<IndexTestData.Found>> expected = IndexTestData.found(index.transform(floats));
        assertEquals("0", expected.get(0).get(0).id());
        assertEquals(expected, IndexTestData.found(index.transform(data)));
        index.setRerank(20).setVectors(data);
        assertEquals(expected, IndexTestData.found(index.transform(data)));
    }

    private static List<Row> codes(VQModel model, Dataset<Row> data) {
        return model.transform(data).orderBy("id").select("prediction").collectAsList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tinyint", "smallint", "int", "bigint", "decimal(9,2)", "decimal(30,2)"})
    void nullsAmongThemAreNamed(String type) {
        Dataset<Row> data = vectors("transform(features, (x, i) -> if(i = 2, null, cast(x as " + type + ")))");
        assertRefused(() -> new VQ().setK(2).fit(data), "column 'features'", "has a null at element 2");
        assertEquals(
                0,
                new VQModel("m", TestVectors.matrix(new float[][] {VECTORS[0]}))
                        .setHandleInvalid("skip")
                        .transform(data)
                        .count());
    }

    @Test
    void largeNumbersAreRoundedAsFloatsAre() {
        Dataset<Row> data = SparkTestSession.get()
                .sql("select array(16777217L, 922337203685477580L, -9007199254740993L) as l,"
                        + " array(0.1, 12345678901234568.0, -0.00000001) as d");
        for (String column : List.of("l", "d")) {
            VectorColumn vectors = VectorColumn.of(data.schema(), column, false);
            float[] read = SparkInternals.internalRows(data.select(vectors.column()))
                    .map(row -> vectors.read(row, 0))
                    .first();
            float[] expected = column.equals("l")
                    ? new float[] {16777217L, 922337203685477580L, -9007199254740993L}
                    : new float[] {0.1f, 12345678901234568L, -0.00000001f};
            assertArrayEquals(expected, read);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "array('1')",
                "array(true)",
                "array(array(1f))",
                "array(date'2020-01-01')",
                "array(x'00')",
                "array(null)",
                "1f",
                "1",
                "map(1, 1f)",
                "named_struct('a', 1f)"
            })
    void otherTypesAreRefusedBeforeAnyJob(String column) throws Throwable {
        Dataset<Row> data = vectors(column);
        String type = data.schema().apply("features").dataType().catalogString();
        int jobs = JobCounter.jobs(() -> {
            for (var stage : List.of(
                    new VQ(),
                    new ProductVQ(),
                    new ResidualVQ(),
                    new AdditiveVQ(),
                    new SpaceFillingVQ(),
                    new IvfIndex())) {
                assertRefused(
                        () -> stage.fit(data),
                        "column 'features' should hold vectors (vector, or an array of numbers), but is " + type);
            }
        });
        assertEquals(0, jobs);
    }
}
