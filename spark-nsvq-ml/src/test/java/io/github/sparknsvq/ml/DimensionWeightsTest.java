package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A distance with weights is the plain one of rows that are scaled, wherever a stage measures or searches. */
class DimensionWeightsTest {
    /** Powers of two, so that scaling rounds nothing. */
    private static final double[] WEIGHTS = {8, 0.25, 1, 2, 0.5, 4};

    private static final Scaling SCALING = new Scaling(WEIGHTS);
    private static final float[][] VECTORS = TestVectors.clustered(300, 6, 20, 3);

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    private Path directory;

    private static float[][] scaled() {
        float[][] rows = new float[VECTORS.length][6];
        for (int i = 0; i < rows.length; i++) {
            SCALING.apply(VECTORS[i], 0, 1, rows[i], 0);
        }
        return rows;
    }

    private static VQ vq() {
        return new VQ()
                .setK(9)
                .setMaxIter(4)
                .setSeed(5)
                .setDistanceCol("distance")
                .setReconstructionCol("near");
    }

    private static <E extends CodeEstimator<E, ?>> E coded(E estimator) {
        return estimator
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(3)
                .setSeed(3)
                .setCodesCol("codes")
                .setErrorsCol("errors")
                .setDistanceCol("distance")
                .setReconstructionCol("near");
    }

    static List<TrainingEstimator<?, ?>> estimators() {
        return List.of(
                vq(),
                vq().setUpdater("lloyd").setInitMode("k-means++"),
                coded(new ProductVQ()),
                coded(new ProductVQ()).setRotation("opq").setRotationIter(2),
                coded(new ResidualVQ()).setJointIter(2).setBeam(3),
                coded(new ResidualVQ()).setJointIter(0).setCodeCol("").setErrorThreshold(400),
                coded(new ResidualVQ()).setBalanced(true).setBalanceIter(2),
                coded(new AdditiveVQ()).setJointIter(2).setBeam(3));
    }

    private static List<Row> rows(QuantizerModel<?, ?> model, float[][] vectors) {
        return model.transform(TestVectors.frame(vectors))
                .orderBy("id")
                .drop("id", "features")
                .collectAsList();
    }

    private static double mse(QuantizerModel<?, ?> model) {
        return model.summary().mse();
    }

    @ParameterizedTest
    @MethodSource("estimators")
    void trainsAndEncodesAsOnScaledRows(TrainingEstimator<?, ?> plain) throws Exception {
        QuantizerModel<?, ?> expected = (QuantizerModel<?, ?>) plain.fit(TestVectors.frame(scaled()));
        TrainingEstimator<?, ?> weighted =
                (TrainingEstimator<?, ?>) plain.copy(new org.apache.spark.ml.param.ParamMap());
        weighted.set(weighted.dimensionWeights(), WEIGHTS);
        QuantizerModel<?, ?> model = (QuantizerModel<?, ?>) weighted.fit(TestVectors.frame(VECTORS));
        assertEquals(mse(expected), mse(model));
        List<Row> scaled = rows(expected, scaled());
        List<Row> found = rows(model, VECTORS);
        for (int i = 0; i < found.size(); i++) {
            float[] near = CodeModels.floats(scaled.get(i), "near");
            SCALING.reverse(near, 0, 1, near, 0);
            assertArrayEquals(near, CodeModels.floats(found.get(i), "near"), 1e-4f, "in the units of the data");
            for (String column : List.of("prediction", "codes", "errors", "distance")) {
                if (List.of(found.get(i).schema().fieldNames()).contains(column)) {
                    assertEquals(
                            scaled.get(i).<Object>getAs(column), found.get(i).<Object>getAs(column), column);
                }
            }
        }
        String path = directory.resolve("model").toString();
        model.write().save(path);
        QuantizerModel<?, ?> loaded = QuantizerModel.open(path, spark);
        assertEquals(texts(found), texts(rows(loaded, VECTORS)), "after load");
        assertEquals(
                texts(found), texts(rows(model.copy(new org.apache.spark.ml.param.ParamMap()), VECTORS)), "a copy");
        assertSqlAgrees(loaded, path, found);
        assertDecodesAlike(loaded, found);
    }

    private static List<String> texts(List<Row> rows) {
        return rows.stream()
                .map(row -> row.mkString(" ").replaceAll("\\[B@\\w+", ""))
                .toList();
    }

    /** Decoding a column and in this JVM give what transform reconstructs, and so do codes that this JVM made. */
    private void assertDecodesAlike(QuantizerModel<?, ?> model, List<Row> found) {
        Dataset<Row> coded = model.transform(TestVectors.frame(VECTORS)).drop("near");
        List<Row> decoded = model.decode(coded).orderBy("id").select("near").collectAsList();
        boolean whole = model.codeEnds() < 0;
        ByteBuffer bytes = ByteBuffer.allocate(VECTORS.length * 6 * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] vector : VECTORS) {
            for (float value : vector) {
                bytes.putFloat(value);
            }
        }
        byte[] local = whole ? model.decodeLocal(model.encodeLocal(bytes.array())) : null;
        for (int i = 0; i < found.size(); i++) {
            float[] near = CodeModels.floats(found.get(i), "near");
            assertArrayEquals(near, CodeModels.floats(decoded.get(i), "near"));
            if (whole) {
                float[] here = new float[6];
                ByteBuffer.wrap(local, 24 * i, 24)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(here);
                assertArrayEquals(near, here);
            }
        }
    }

    /** The functions give the code, and the squared weighted distance from what it stands for. */
    private void assertSqlAgrees(QuantizerModel<?, ?> model, String path, List<Row> found) {
        model.transform(TestVectors.frame(VECTORS)).createOrReplaceTempView("weighted");
        String code = model instanceof VQModel ? "prediction" : "codes";
        String one = model instanceof VQModel ? "" : ", 'codes'";
        List<Row> sql = spark.sql("SELECT nsvq_encode(features, '" + path + "'" + one + ") = " + code + " AS same,"
                        + " nsvq_distance(features, " + code + ", '" + path + "') AS squared FROM weighted"
                        + " ORDER BY id")
                .collectAsList();
        for (int i = 0; i < sql.size(); i++) {
            assertTrue(sql.get(i).getBoolean(0));
            float distance = found.get(i).getAs("distance");
            assertEquals(distance * distance, sql.get(i).getFloat(1), 1e-3 * (1 + distance * distance));
        }
    }

    @Test
    void takesTheCodewordOfLeastWeightedDistance() {
        double[] weights = {3, 0.1, 1, 20, 0.7, 1.3};
        VQModel model = vq().setDimensionWeights(weights).fit(TestVectors.frame(VECTORS));
        List<Row> found = rows(model, VECTORS);
        double total = 0;
        for (int i = 0; i < VECTORS.length; i++) {
            double least = Double.POSITIVE_INFINITY;
            double taken = 0;
            int index = found.get(i).getAs("prediction");
            for (int k = 0; k < 9; k++) {
                double squared = 0;
                for (int j = 0; j < 6; j++) {
                    double apart = (float) weights[j] * (VECTORS[i][j] - model.clusterCenters()[k].apply(j));
                    squared += apart * apart;
                }
                least = Math.min(least, squared);
                taken = k == index ? squared : taken;
            }
            assertEquals(least, taken, 1e-3 * least);
            assertEquals(Math.sqrt(taken), (float) found.get(i).getAs("distance"), 1e-3 * Math.sqrt(taken));
            assertArrayEquals(model.codebook().row(index), CodeModels.floats(found.get(i), "near"));
            assertEquals(index, model.predict(dense(VECTORS[i])));
            total += least;
        }
        assertEquals(
                total / VECTORS.length,
                model.summary().mse(),
                1e-3 * model.summary().mse(),
                "mse is weighted");
    }

    private static org.apache.spark.ml.linalg.Vector dense(float[] vector) {
        double[] values = new double[vector.length];
        for (int j = 0; j < values.length; j++) {
            values[j] = vector[j];
        }
        return Vectors.dense(values);
    }

    @Test
    void startsFromAModelInTheUnitsOfTheData() {
        VQModel start = new VQModel("start", TestVectors.matrix(java.util.Arrays.copyOf(VECTORS, 9)));
        VQModel unmoved = vq().setDimensionWeights(WEIGHTS)
                .setMaxIter(0)
                .setInitialModel(start)
                .fit(TestVectors.frame(VECTORS));
        assertArrayEquals(start.codebook().values(), unmoved.codebook().values());
    }

    @Test
    void saysWhatIsWrong() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        refuses(
                "dimensionWeights has 2 weights, but column 'features' has vectors of dimension 6: one for each is"
                        + " needed",
                () -> vq().setDimensionWeights(1, 2).fit(data));
        refuses(
                "dimensionWeights has NaN for dimension 1: it must be positive and finite, as float32 too",
                () -> vq().setDimensionWeights(1, Double.NaN));
        refuses(
                "dimensionWeights has 0.0 for dimension 0: it must be positive and finite, as float32 too",
                () -> new ProductVQ().setDimensionWeights(List.of(0.0)));
        String cosine = "dimensionWeights belong to distanceMeasure euclidean: cosine distance has none";
        refuses(
                cosine,
                () -> vq().setDimensionWeights(WEIGHTS)
                        .setDistanceMeasure("cosine")
                        .fit(data));
        VQModel model = new VQModel("m", new FloatMatrix(1, 2, new float[] {1, 2}));
        model.set(model.dimensionWeights(), new double[] {1, 2, 3});
        refuses(
                "dimensionWeights has 3 weights, but the model's vectors have 2 dimensions: one for each is needed",
                model::codeSize);
        Exception e = assertThrows(
                InvalidVectorException.class,
                () -> vq().setDimensionWeights(1e30, 1, 1, 1, 1, 1).fit(data));
        assertTrue(
                e.getMessage().contains("is longer than 1.0E18 after multiplication by dimensionWeights"),
                e::getMessage);
    }

    private static void refuses(String message, org.junit.jupiter.api.function.Executable what) {
        assertEquals(message, assertThrows(NsvqException.class, what).getMessage());
    }
}
