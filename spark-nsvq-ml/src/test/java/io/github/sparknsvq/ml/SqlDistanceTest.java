package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code nsvq_distance}, by table or not, is the distance from what the code is decoded to. */
class SqlDistanceTest {
    private static final int DIMENSION = 6;

    /** More rows than codewords, after which a vector is worth a table. */
    private static final float[][] VECTORS = TestVectors.clustered(700, DIMENSION, 20, 17);

    private static final String CONSTANT = "array(1.5F, -2F, 3F, 0.25F, 7F, -1F)";

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    private Path directory;

    private static <M extends QuantizerModel<M, ?>> M asCosine(M model) {
        model.set(model.distanceMeasure(), "cosine");
        return model;
    }

    private static VQModel vq() {
        return new VQModel("vq", TestVectors.matrix(Arrays.copyOf(VECTORS, 30)));
    }

    private static List<QuantizerModel<?, ?>> models() {
        float[] unit = TestVectors.matrix(Arrays.copyOf(VECTORS, 30)).values();
        UnitLength.normalize(unit, DIMENSION);
        List<QuantizerModel<?, ?>> models = new ArrayList<>(List.of(
                vq(),
                asCosine(new VQModel("vq", new FloatMatrix(30, DIMENSION, unit))),
                asCosine(CodeModels.product(DIMENSION, 3, 4)),
                CodeModels.residual(DIMENSION, 8, 8, 8).setErrorThreshold(60),
                new SpaceFillingVQModel("line", TestVectors.matrix(Arrays.copyOf(VECTORS, 9)))));
        models.addAll(CodeModels.all());
        return models;
    }

    private static double expected(List<Float> q, List<Float> decoded, boolean cosine) {
        double squared = 0;
        double product = 0;
        double length = 0;
        for (int j = 0; j < DIMENSION; j++) {
            double apart = (double) q.get(j) - decoded.get(j);
            squared += apart * apart;
            product += (double) q.get(j) * decoded.get(j);
            length += (double) q.get(j) * q.get(j);
        }
        return cosine ? 1 - product / Math.sqrt(length) : squared;
    }

    @Test
    void isTheDistanceFromTheDecodedCode() throws IOException {
        TestVectors.frame(VECTORS).createOrReplaceTempView("vectors");
        TestVectors.frame(Arrays.copyOf(VECTORS, 3)).createOrReplaceTempView("queries");
        for (QuantizerModel<?, ?> model : models()) {
            String path = directory.resolve("model").toString();
            model.write().overwrite().save(path);
            String result = model instanceof SpaceFillingVQModel ? ", 'position'" : "";
            spark.sql("SELECT id, features, nsvq_encode(features, '" + path + "'" + result + ") AS code FROM vectors")
                    .createOrReplaceTempView("coded");
            // one constant, another vector in each row, and three that come with many rows
            assertDistances("SELECT " + CONSTANT + " AS q, code FROM coded", path, model);
            assertDistances("SELECT features AS q, code FROM coded", path, model);
            assertDistances("SELECT q.features AS q, code FROM queries q CROSS JOIN coded", path, model);
        }
    }

    @Test
    void takesIndicesForACode() throws IOException {
        TestVectors.frame(VECTORS).createOrReplaceTempView("vectors");
        for (CodeModel<?> model : CodeModels.all()) {
            String path = directory.resolve("model").toString();
            model.write().overwrite().save(path);
            String call = "nsvq_distance(features, nsvq_encode(features, '" + path + "'%s), '" + path + "')";
            assertEquals(
                    0,
                    spark.sql("SELECT * FROM vectors WHERE " + call.formatted("") + " != "
                                    + call.formatted(", 'codes'"))
                            .count());
        }
    }

    private void assertDistances(String query, String path, QuantizerModel<?, ?> model) {
        List<Row> rows = spark.sql("SELECT q, nsvq_decode(code, '" + path + "'), nsvq_distance(q, code, '" + path
                        + "') FROM (" + query + ")")
                .collectAsList();
        for (Row row : rows) {
            double distance = expected(row.getList(0), row.getList(1), model.cosine());
            assertEquals(distance, row.getFloat(2), 2e-5 * (1 + Math.abs(distance)), model + " " + query);
        }
    }

    @Test
    void ordersCodesByTheirDistance() throws IOException {
        String path = directory.resolve("vq").toString();
        vq().write().overwrite().save(path);
        TestVectors.frame(VECTORS).createOrReplaceTempView("vectors");
        String call = "nsvq_distance(" + CONSTANT + ", nsvq_encode(features, '" + path + "'), '" + path + "')";
        List<Float> all = spark.sql("SELECT " + call + " FROM vectors").collectAsList().stream()
                .map(row -> row.getFloat(0))
                .sorted()
                .toList();
        Stream<Float> nearest =
                spark.sql("SELECT " + call + " AS d FROM vectors ORDER BY d LIMIT 5").collectAsList().stream()
                        .map(row -> row.getFloat(0));
        assertEquals(all.subList(0, 5), nearest.toList());
    }
}
