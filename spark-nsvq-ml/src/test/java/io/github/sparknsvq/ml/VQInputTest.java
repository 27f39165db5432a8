package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.UnitLength;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The kinds of columns: whatever holds the same vectors gives the same codebook and codes. */
class VQInputTest {
    private static final float[][] VECTORS = sparse(TestVectors.clustered(300, 5, 4, 3));

    @TempDir
    Path directory;

    private static float[][] sparse(float[][] vectors) {
        for (int i = 0; i < vectors.length; i++) {
            vectors[i][i % 5] = 0;
        }
        return vectors;
    }

    private static VQ vq() {
        return new VQ().setK(6).setMaxIter(4).setLloydIter(2).setDistanceCol("distance");
    }

    static Stream<Arguments> columns() {
        List<Vector> sparse = new ArrayList<>();
        List<Vector> mixed = new ArrayList<>();
        for (int i = 0; i < VECTORS.length; i++) {
            double[] values = new double[5];
            for (int j = 0; j < 5; j++) {
                values[j] = VECTORS[i][j];
            }
            DenseVector dense = new DenseVector(values);
            sparse.add(dense.toSparse());
            mixed.add(i % 2 == 0 ? dense : dense.toSparse());
        }
        return Stream.of(
                Arguments.of("dense", TestVectors.frame(VECTORS, TestVectors.VECTOR, 2)),
                Arguments.of("sparse", TestVectors.frame(sparse, TestVectors.VECTOR, 2)),
                Arguments.of("mixed", TestVectors.frame(mixed, TestVectors.VECTOR, 2)),
                Arguments.of("floats or null", TestVectors.frame(VECTORS, TestVectors.FLOATS_OR_NULL, 2)),
                Arguments.of("doubles or null", TestVectors.frame(VECTORS, TestVectors.DOUBLES, 2)),
                Arguments.of(
                        "doubles",
                        TestVectors.frame(VECTORS, TestVectors.FLOATS, 2)
                                .withColumn(
                                        "features",
                                        org.apache
                                                .spark
                                                .sql
                                                .functions
                                                .col("features")
                                                .cast("array<double>"))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("columns")
    void everyKindOfColumnGivesTheSame(String name, Dataset<Row> data) {
        Dataset<Row> plain = TestVectors.frame(VECTORS);
        VQModel expected = vq().fit(plain);
        List<Row> codes = codes(expected, plain);

        VQModel model = vq().fit(data);
        assertArrayEquals(expected.codebook().values(), model.codebook().values(), name);
        assertEquals(codes, codes(model, data));

        String path = directory.resolve("data").toString();
        data.coalesce(1).write().parquet(path);
        Dataset<Row> read = SparkTestSession.get().read().parquet(path).orderBy("id");
        assertTrue(data.schema().apply("features").dataType() == TestVectors.VECTOR
                || read.schema().apply("features").dataType().catalogString().startsWith("array<"));
        assertArrayEquals(
                expected.codebook().values(), vq().fit(read).codebook().values(), 1e-5f);
        assertEquals(codes, codes(model, read));
    }

    private static List<Row> codes(VQModel model, Dataset<Row> data) {
        return model.transform(data)
                .orderBy("id")
                .select("id", "prediction", "distance")
                .collectAsList();
    }

    @Test
    void readsColumnsWithDotsAndBackticks() {
        Dataset<Row> data = TestVectors.frame(VECTORS).withColumnRenamed("features", "a.b`c");
        VQModel model = vq().setFeaturesCol("a.b`c").setPredictionCol("p.q").fit(data);
        assertEquals(300, model.transform(data).select("`p.q`").count());
    }

    @Test
    void readsRowsThatCodegenDoesNotMake() {
        // rows of a local relation are encoded on the driver, by interpreted expressions
        StructType schema = new StructType().add("features", TestVectors.FLOATS);
        List<Row> rows = List.of(RowFactory.create(new float[] {1, 2}), RowFactory.create(new float[] {3, 5}));
        Dataset<Row> local = SparkTestSession.get().createDataFrame(rows, schema);
        VQModel model = new VQModel("m", TestVectors.matrix(new float[][] {{3, 5}, {1, 2}}));
        List<Row> codes = model.transform(local).select("prediction").collectAsList();
        assertEquals(List.of(RowFactory.create(1), RowFactory.create(0)), codes);
    }

    @Test
    void weightsDoAsDuplicatesDo() {
        List<Row> weighted = new ArrayList<>();
        List<Row> duplicated = new ArrayList<>();
        for (int i = 0; i < VECTORS.length; i++) {
            int weight = i % 4;
            weighted.add(RowFactory.create(VECTORS[i], weight));
            for (int copy = 0; copy < weight; copy++) {
                duplicated.add(RowFactory.create((Object) VECTORS[i]));
            }
        }
        StructType schema = new StructType().add("features", TestVectors.FLOATS);
        VQModel start = new VQModel("start", TestVectors.matrix(new float[][] {
            VECTORS[1], VECTORS[2], VECTORS[3], VECTORS[5], VECTORS[6], VECTORS[7]
        }));
        // full batches, since which rows make a batch depends on their position
        VQ vq = vq().setUpdater("lloyd").setInitialModel(start);
        VQModel byWeight = vq.copy(new ParamMap())
                .setWeightCol("w")
                .fit(TestVectors.rows(weighted, schema.add("w", DataTypes.IntegerType), 2));
        VQModel byDuplicates = vq.fit(TestVectors.rows(duplicated, schema, 2));
        assertArrayEquals(byDuplicates.codebook().values(), byWeight.codebook().values(), 1e-5f);
        double cost = byDuplicates.summary().trainingCost();
        assertEquals(cost, byWeight.summary().trainingCost(), 1e-6 * cost);
        assertEquals(225, byWeight.summary().rows());
        assertEquals(450, byDuplicates.summary().rows());
        assertArrayEquals(
                byDuplicates.summary().clusterWeights(), byWeight.summary().clusterWeights());
    }

    @Test
    void cosineDoesAsEuclidDoesOnRowsOfLengthOne() {
        float[][] unit = new float[VECTORS.length][];
        for (int i = 0; i < unit.length; i++) {
            unit[i] = VECTORS[i].clone();
            UnitLength.normalize(unit[i], 0, 5);
        }
        // Lloyd's means of unit vectors are shorter than 1: codewords differ by their length alone, so compare codes
        VQModel cosine = vq().setUpdater("lloyd").setDistanceMeasure("cosine").fit(TestVectors.frame(VECTORS));
        VQModel again = vq().setUpdater("lloyd").setDistanceMeasure("cosine").fit(TestVectors.frame(unit));
        assertArrayEquals(again.codebook().values(), cosine.codebook().values(), 1e-5f);
        VQModel euclid = new VQModel("euclid", cosine.codebook());
        List<Row> codes = codes(cosine, TestVectors.frame(VECTORS));
        List<Row> expected = euclid.setDistanceCol("distance")
                .transform(TestVectors.frame(unit))
                .collectAsList();
        double sum = 0;
        for (int i = 0; i < codes.size(); i++) {
            assertEquals(expected.get(i).getInt(2), codes.get(i).getInt(1));
            float distance = expected.get(i).getFloat(3);
            assertEquals(distance * distance / 2, codes.get(i).getFloat(2), 1e-5);
            assertEquals(codes.get(i).getInt(1), cosine.predict(vector(VECTORS[i])));
            sum += distance * distance;
        }
        assertEquals(sum, cosine.summary().trainingCost(), 1e-4 * sum);
        for (Vector center : cosine.clusterCenters()) {
            assertEquals(1, Vectors.norm(center, 2), 1e-5);
        }
    }

    private static Vector vector(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return Vectors.dense(doubles);
    }

    @Test
    void saysWhatItAddsAsKMeansDoes() {
        VQModel model = vq().setReconstructionCol("near").fit(TestVectors.frame(VECTORS));
        StructType schema = model.transformSchema(TestVectors.frame(VECTORS).schema());
        assertEquals(
                "struct<id:bigint,features:array<float>,prediction:int,distance:float,near:array<float>>",
                schema.catalogString());
        StructType real = model.transform(TestVectors.frame(VECTORS)).schema();
        assertEquals(schema.catalogString(), real.catalogString());
        assertEquals(DataTypes.IntegerType, real.apply("prediction").dataType());
        assertEquals(
                6L, real.apply("prediction").metadata().getMetadata("ml_attr").getLong("num_vals"));
        assertEquals(schema.apply("prediction"), real.apply("prediction"));
        Dataset<Row> only = model.copy(new ParamMap()).setPredictionCol("").transform(TestVectors.frame(VECTORS));
        assertEquals("id,features,distance,near", String.join(",", only.columns()));
    }
}
