package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code nsvq_encode}, {@code nsvq_decode} and {@code nsvq_distance} give what the models themselves give. */
class SqlModelFunctionsTest {
    private static final int DIMENSION = 6;
    private static final float[][] VECTORS = TestVectors.clustered(400, DIMENSION, 20, 17);

    private static final double[] WEIGHTS = {3, 0.1, 1, 20, 0.7, 1.3};

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    static Path directory;

    @BeforeEach
    void registerVectors() {
        TestVectors.frame(VECTORS).createOrReplaceTempView("vectors");
    }

    private static String save(MLWritable model, String name) {
        String path = directory.resolve(name).toString();
        try {
            model.write().overwrite().save(path);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return path;
    }

    private static VQModel vq(int k) {
        return new VQModel("vq", TestVectors.matrix(Arrays.copyOf(VECTORS, k)))
                .setDistanceCol("distance")
                .setReconstructionCol("near");
    }

    private static VQModel cosine(int k) {
        FloatMatrix codebook = TestVectors.matrix(Arrays.copyOf(VECTORS, k));
        float[] values = codebook.values().clone();
        UnitLength.normalize(values, DIMENSION);
        VQModel model = new VQModel("cos", new FloatMatrix(k, DIMENSION, values))
                .setDistanceCol("distance")
                .setReconstructionCol("near");
        model.set(model.distanceMeasure(), "cosine");
        return model;
    }

    private static VQModel weighted(int k) {
        VQModel model = vq(k);
        model.set(model.dimensionWeights(), WEIGHTS);
        return model;
    }

    private static SpaceFillingVQModel line() {
        return new SpaceFillingVQModel("line", TestVectors.matrix(Arrays.copyOf(VECTORS, 9)))
                .setPositionCol("position")
                .setDistanceCol("distance")
                .setReconstructionCol("near");
    }

    private static List<CodeModel<?>> codeModels() {
        List<CodeModel<?>> models = new ArrayList<>();
        CodeModels.all().forEach(model -> models.add(CodeModels.withColumns(model)));
        models.add(
                CodeModels.withColumns(CodeModels.residual(DIMENSION, 8, 8, 9)).setErrorThreshold(60));
        for (CodeModel<?> model : List.of(
                CodeModels.product(DIMENSION, 3, 4),
                CodeModels.residual(DIMENSION, 8, 8, 9).setErrorThreshold(60))) {
            model.set(model.dimensionWeights(), WEIGHTS);
            models.add(CodeModels.withColumns(model));
        }
        return models;
    }

    private static List<String> texts(Dataset<Row> rows) {
        return rows.orderBy("id").collectAsList().stream()
                .map(row -> IntStream.range(1, row.length())
                        .mapToObj(i -> row.get(i) instanceof byte[] bytes ? Arrays.toString(bytes) : "" + row.get(i))
                        .collect(Collectors.joining(" ")))
                .toList();
    }

    private static String plan(Dataset<Row> data) {
        return ((org.apache.spark.sql.classic.Dataset<Row>) data)
                .queryExecution()
                .executedPlan()
                .toString();
    }

    /** Runs the query, which should search in batches, with and without generated code. */
    private List<String> batched(String query) {
        Dataset<Row> rows = spark.sql(query);
        assertTrue(plan(rows).contains("BatchedSearch"), plan(rows));
        List<String> found = texts(rows);
        try {
            spark.conf().set("spark.sql.codegen.wholeStage", "false");
            spark.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
            assertEquals(found, texts(spark.sql(query)), query);
        } finally {
            spark.conf().unset("spark.sql.codegen.wholeStage");
            spark.conf().unset("spark.sql.codegen.factoryMode");
        }
        return found;
    }

    /** Compares each result of {@code nsvq_encode} with the column of {@code transform} that has it. */
    private void assertEncodesAs(QuantizerModel<?, ?> model, String path, String... resultsAndColumns) {
        List<Column> columns = new ArrayList<>(List.of(col("id")));
        StringBuilder query = new StringBuilder("SELECT id");
        for (int i = 0; i < resultsAndColumns.length; i += 2) {
            String result = resultsAndColumns[i].isEmpty() ? "" : ", '" + resultsAndColumns[i] + "'";
            query.append(", nsvq_encode(features, '")
                    .append(path)
                    .append("'")
                    .append(result)
                    .append(") AS c")
                    .append(i);
            columns.add(col(resultsAndColumns[i + 1]));
        }
        Dataset<Row> expected = model.transform(spark.table("vectors")).select(columns.toArray(Column[]::new));
        assertEquals(texts(expected), batched(query + " FROM vectors"), "" + model);
    }

    @Test
    void codesAreThoseOfTransform() {
        for (VQModel model : List.of(vq(30), cosine(30), weighted(30))) {
            assertEncodesAs(
                    model,
                    save(model, "vq"),
                    "",
                    "prediction",
                    "INDEX",
                    "prediction",
                    "distance",
                    "distance",
                    "reconstruction",
                    "near");
        }
        SpaceFillingVQModel line = line();
        assertEncodesAs(
                line,
                save(line, "line"),
                "",
                "prediction",
                "position",
                "position",
                "distance",
                "distance",
                "reconstruction",
                "near");
        for (CodeModel<?> model : codeModels()) {
            assertEncodesAs(
                    model,
                    save(model, "codes"),
                    "",
                    "code",
                    "codes",
                    "codes",
                    "errors",
                    "errors",
                    "distance",
                    "distance",
                    "reconstruction",
                    "near");
        }
    }

    @Test
    void codesThatDoNotTellTheirLevelsAreNotPacked() {
        ResidualVQModel model = CodeModels.withColumns(CodeModels.residual(DIMENSION, 8, 4, 3))
                .setErrorThreshold(60)
                .setCodeCol("");
        assertEncodesAs(model, save(model, "codes"), "", "codes", "reconstruction", "near");
    }

    @Test
    void decodesToWhatTransformReconstructs() {
        VQModel vq = vq(30);
        String vqPath = save(vq, "vq");
        vq.transform(spark.table("vectors")).createOrReplaceTempView("encoded");
        List<String> nearest = texts(spark.sql("SELECT id, near FROM encoded"));
        List<String> ofAnyType = Stream.of("tinyint", "smallint", "int", "bigint")
                .map(type -> "nsvq_decode(CAST(prediction AS " + type + "), '" + vqPath + "')")
                .toList();
        assertAllAre(nearest, ofAnyType);
        SpaceFillingVQModel line = line();
        String linePath = save(line, "line");
        line.transform(spark.table("vectors")).createOrReplaceTempView("encoded");
        assertEquals(
                texts(line.setReconstructionCol("again")
                        .decode(spark.sql("SELECT id, position FROM encoded"))
                        .select("id", "again")),
                texts(spark.sql("SELECT id, nsvq_decode(position, '" + linePath + "') FROM encoded")));
        for (CodeModel<?> model : codeModels()) {
            String path = save(model, "codes");
            model.transform(spark.table("vectors")).createOrReplaceTempView("encoded");
            List<String> near = texts(spark.sql("SELECT id, near FROM encoded"));
            List<String> calls = Stream.of("code", "codes", "CAST(codes AS array<bigint>)")
                    .map(codes -> "nsvq_decode(" + codes + ", '" + path + "')")
                    .toList();
            assertAllAre(near, calls);
        }
    }

    /** Asserts what all of some calls give for the rows of {@code encoded}. */
    private void assertAllAre(List<String> expected, List<String> calls) {
        List<String> same = expected.stream()
                .map(text -> String.join(" ", Collections.nCopies(calls.size(), text)))
                .toList();
        assertEquals(same, texts(spark.sql("SELECT id, " + String.join(", ", calls) + " FROM encoded")));
    }

    @Test
    void nullsStayNullsAndShareABatch() {
        String path = save(vq(30), "vq");
        List<float[]> vectors = new ArrayList<>(Arrays.asList(VECTORS));
        for (int i = 0; i < vectors.size(); i += 3) {
            vectors.set(i, null);
        }
        Dataset<Row> given = TestVectors.frame(vectors.toArray(float[][]::new), TestVectors.FLOATS, 2);
        given.createOrReplaceTempView("holes");
        List<String> all = batched("SELECT id, nsvq_encode(features, '" + path + "') FROM vectors");
        List<String> some = batched("SELECT id, nsvq_encode(features, '" + path + "') FROM holes");
        List<String> structs = batched("SELECT id, nsvq_encode(features, '" + path + "', 'distance') FROM holes");
        for (int i = 0; i < VECTORS.length; i++) {
            assertEquals(i % 3 == 0 ? "null" : all.get(i), some.get(i));
            assertEquals(i % 3 == 0, structs.get(i).equals("null"));
        }
        Row nulls = spark.sql("SELECT nsvq_encode(NULL, '" + path + "'), nsvq_decode(NULL, '" + path + "'),"
                        + " nsvq_decode(CAST(NULL AS int), '" + path + "'), nsvq_distance(NULL, 1, '" + path + "'),"
                        + " nsvq_distance(array(1, 2, 3, 4, 5, 6), NULL, '" + path + "')")
                .first();
        for (int i = 0; i < nulls.length(); i++) {
            assertTrue(nulls.isNullAt(i));
        }
        assertEquals(
                DataTypes.IntegerType,
                spark.sql("SELECT nsvq_encode(NULL, '" + path + "')")
                        .schema()
                        .fields()[0]
                        .dataType());
    }

    @Test
    void anyColumnOfVectorsIsTaken() {
        String path = save(vq(30), "vq");
        List<String> expected = batched("SELECT id, nsvq_encode(features, '" + path + "') FROM vectors");
        for (DataType type : List.of(TestVectors.DOUBLES, TestVectors.VECTOR, TestVectors.FLOATS_OR_NULL)) {
            TestVectors.frame(VECTORS, type, 2).createOrReplaceTempView("others");
            assertEquals(expected, batched("SELECT id, nsvq_encode(features, '" + path + "') FROM others"));
        }
        assertEquals(
                spark.sql("SELECT nsvq_encode(transform(array(1, 2, 3, 4, 5, 6), x -> CAST(x AS float)), '" + path
                                + "')")
                        .collectAsList(),
                spark.sql("SELECT nsvq_encode(array(1Y, 2Y, 3Y, 4Y, 5Y, 6Y), '" + path + "')")
                        .collectAsList());
        assertEquals(
                spark.sql("SELECT nsvq_encode(array(1, 2, 3, 4, 5, 6), '" + path + "')")
                        .collectAsList(),
                spark.sql("SELECT nsvq_encode(array(1.0, 2.0, 3.0, 4.0, 5.0, 6.0), '" + path + "')")
                        .collectAsList());
    }

    @Test
    void standsInAllClauses() {
        String call = "nsvq_encode(features, '" + save(vq(5), "vq") + "')";
        List<Row> codes = spark.sql("SELECT id, " + call + " AS c FROM vectors").collectAsList();
        long first = codes.stream().filter(row -> row.getInt(1) == 2).count();
        assertEquals(
                first,
                spark.sql("SELECT id FROM vectors WHERE " + call + " = 2").count());
        List<Row> groups = spark.sql("SELECT " + call + " AS c, count(*) AS n FROM vectors v GROUP BY " + call
                        + " HAVING count(*) > 1 ORDER BY " + call)
                .collectAsList();
        assertEquals(first, groups.get(2).getLong(1));
        assertEquals(
                groups,
                spark.sql("SELECT " + call + " AS c, count(*) AS n FROM vectors v GROUP BY ALL ORDER BY c")
                        .collectAsList());
        List<Row> sorted = spark.sql("SELECT id FROM vectors ORDER BY " + call + " DESC, id LIMIT 3")
                .collectAsList();
        long last = codes.stream()
                .filter(row -> row.getInt(1) == 4)
                .mapToLong(row -> row.getLong(0))
                .min()
                .orElseThrow();
        assertEquals(last, sorted.get(0).getLong(0));
        Dataset<Row> twice = spark.sql("SELECT id, " + call + " FROM vectors WHERE " + call + " < 3");
        assertEquals(1, plan(twice).split("BatchedSearch ", -1).length - 1, plan(twice));
        assertEquals(
                texts(spark.sql("SELECT id, " + call + " FROM vectors")),
                texts(spark.table("vectors").select(col("id"), expr(call))));
    }

    @Test
    void hasTheNameOfItsText() {
        String path = save(vq(5), "vq");
        assertEquals(
                List.of("nsvq_encode(features, " + path + ")", "nsvq_decode(1, " + path + ")"),
                List.of(spark.sql("SELECT nsvq_encode(features, '" + path + "'), nsvq_decode(1, '" + path
                                + "') FROM vectors")
                        .columns()));
    }

    @Test
    void takesNamedArgumentsParametersAndVariables() {
        String path = save(vq(5), "vq");
        List<String> expected = texts(spark.sql("SELECT id, nsvq_encode(features, '" + path + "') FROM vectors"));
        assertEquals(
                expected,
                texts(spark.sql("SELECT id, nsvq_encode(model => '" + path + "', V => features) FROM vectors")));
        assertEquals(
                expected,
                texts(spark.sql(
                        "SELECT id, nsvq_encode(features, :model) FROM vectors", java.util.Map.of("model", path))));
        assertEquals(
                expected,
                texts(spark.sql(
                        "SELECT id, nsvq_encode(features, concat('" + directory + "', '/', 'vq')) FROM vectors")));
        spark.sql("DECLARE OR REPLACE VARIABLE model STRING DEFAULT '" + path + "'");
        assertEquals(expected, texts(spark.sql("SELECT id, nsvq_encode(features, model) FROM vectors")));
    }

    @Test
    void aReplacedModelIsSeen() {
        String path = save(vq(5), "replaced");
        String query = "SELECT id, nsvq_encode(features, '" + path + "') FROM vectors";
        List<String> before = texts(spark.sql(query));
        save(vq(50), "replaced");
        List<String> after = texts(spark.sql(query));
        assertNotEquals(before, after);
        assertEquals(texts(vq(50).transform(spark.table("vectors")).select("id", "prediction")), after);
    }

    @Test
    void opensAModelOnce() throws Throwable {
        String path = save(vq(5), "once");
        String query = "SELECT id, nsvq_encode(features, '" + path + "') FROM vectors";
        spark.sql(query);
        assertEquals(0, JobCounter.jobs(() -> spark.sql(query)));
    }

    @Test
    void worksInTemporaryViews() {
        String call = "nsvq_encode(features, '" + save(vq(5), "vq") + "')";
        List<String> expected = texts(spark.sql("SELECT id, " + call + " FROM vectors"));
        spark.sql("CREATE OR REPLACE TEMP VIEW coded AS SELECT id, " + call + " AS c FROM vectors");
        assertEquals(expected, texts(spark.table("coded")));
    }

    @Test
    void streamsAreEncoded() throws Exception {
        String path = save(vq(5), "vq");
        String call = "nsvq_encode(features, '" + path + "')";
        String parquet = directory.resolve("parquet").toString();
        spark.table("vectors").write().mode("overwrite").parquet(parquet);
        Dataset<Row> stream =
                spark.readStream().schema(spark.table("vectors").schema()).parquet(parquet);
        stream.createOrReplaceTempView("stream");
        StreamingQuery query = spark.sql("SELECT id, " + call + " AS c FROM stream")
                .writeStream()
                .format("memory")
                .queryName("streamed")
                .start();
        query.processAllAvailable();
        query.stop();
        assertEquals(texts(spark.sql("SELECT id, " + call + " FROM vectors")), texts(spark.table("streamed")));
        assertFalse(texts(spark.table("streamed")).isEmpty());
    }
}
