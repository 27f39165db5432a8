package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Vectors to test with, and data frames of them. */
final class TestVectors {
    static final DataType FLOATS = DataTypes.createArrayType(DataTypes.FloatType, false);
    static final DataType FLOATS_OR_NULL = DataTypes.createArrayType(DataTypes.FloatType, true);
    static final DataType DOUBLES = DataTypes.createArrayType(DataTypes.DoubleType, true);
    static final DataType VECTOR = SQLDataTypes.VectorType();

    private TestVectors() {}

    /** Gaussian clumps around random centers: float32 values. */
    static float[][] clustered(int rows, int dimension, int clumps, long seed) {
        Random random = new Random(seed);
        float[][] centers = new float[clumps][dimension];
        for (float[] center : centers) {
            for (int j = 0; j < dimension; j++) {
                center[j] = (float) (10 * random.nextGaussian());
            }
        }
        float[][] vectors = new float[rows][dimension];
        for (float[] vector : vectors) {
            float[] center = centers[random.nextInt(clumps)];
            for (int j = 0; j < dimension; j++) {
                vector[j] = (float) (center[j] + random.nextGaussian());
            }
        }
        return vectors;
    }

    static FloatMatrix matrix(float[][] vectors) {
        return FloatMatrix.of(vectors);
    }

    /** A frame (id, features) of float vectors in order, in some partitions; a null vector gives a null. */
    static Dataset<Row> frame(float[][] vectors, DataType type, int partitions) {
        List<Object> values = new ArrayList<>();
        for (float[] vector : vectors) {
            values.add(vector == null ? null : value(vector, type));
        }
        return frame(values, type, partitions);
    }

    static Dataset<Row> frame(float[][] vectors) {
        return frame(vectors, FLOATS, 2);
    }

    /** A frame (id, features) of any values. */
    static Dataset<Row> frame(List<?> values, DataType type, int partitions) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            rows.add(RowFactory.create((long) i, values.get(i)));
        }
        return rows(rows, new StructType().add("id", DataTypes.LongType, false).add("features", type), partitions);
    }

    /** A frame of rows in order. */
    static Dataset<Row> rows(List<Row> rows, StructType schema, int partitions) {
        SparkSession spark = SparkTestSession.get();
        return spark.createDataFrame(
                JavaSparkContext.fromSparkContext(spark.sparkContext()).parallelize(rows, partitions), schema);
    }

    private static Object value(float[] vector, DataType type) {
        double[] doubles =
                IntStream.range(0, vector.length).mapToDouble(i -> vector[i]).toArray();
        if (type.equals(VECTOR)) {
            return Vectors.dense(doubles);
        }
        return type.equals(DOUBLES) ? doubles : vector;
    }
}
