package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codebooks cut from a line so that they are used evenly. */
class ResampledVQTest {
    private static final int ROWS = 480;
    private static final float[][] VECTORS = TestVectors.clustered(ROWS, 4, 8, 3);
    private static final StructType WEIGHTED =
            new StructType().add("features", TestVectors.FLOATS).add("w", DataTypes.FloatType);

    /** Its corners are rows: many rows are nearest to one of them, and so at the same position. */
    private static final SpaceFillingVQModel MODEL =
            new SpaceFillingVQModel("line", TestVectors.matrix(Arrays.copyOf(VECTORS, 12)));

    @TempDir
    Path directory;

    @AfterEach
    void nothingStaysInStorage() {
        assertTrue(SparkTestSession.get().sparkContext().getPersistentRDDs().isEmpty());
    }

    private static DenseVector vector(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return new DenseVector(doubles);
    }

    private record Placed(double position, float weight, float[] values) {}

    /** The codebook as the driver alone would find it. */
    private static float[][] expected(float[][] vectors, float[] weights, int parts, String of) {
        List<Placed> rows = new ArrayList<>();
        double total = 0;
        for (int i = 0; i < vectors.length; i++) {
            rows.add(new Placed(MODEL.position(vector(vectors[i])), weights[i], vectors[i]));
            total += weights[i];
        }
        rows.sort(Comparator.comparingDouble(Placed::position)
                .thenComparing(Placed::weight)
                .thenComparing(Placed::values, Arrays::compare));
        double[][] sums = new double[parts][4];
        double[] counts = new double[parts];
        double before = 0;
        for (Placed row : rows) {
            int part = (int) Math.floor((before + row.weight / 2) / total * parts);
            float[] point = row.values;
            if (of.equals("projected")) {
                point = new float[4];
                MODEL.curve().point(row.position, point, 0);
            }
            for (int j = 0; j < 4; j++) {
                sums[part][j] += row.weight * point[j];
            }
            counts[part] += row.weight;
            before += row.weight;
        }
        float[][] means = new float[parts][4];
        for (int p = 0; p < parts; p++) {
            for (int j = 0; j < 4; j++) {
                means[p][j] = (float) (sums[p][j] / counts[p]);
            }
        }
        return means;
    }

    private static float[] ones(int n) {
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static void assertCodewords(float[][] expected, VQModel found) {
        assertEquals(expected.length, found.codebook().rows());
        for (int k = 0; k < expected.length; k++) {
            assertArrayEquals(expected[k], found.codebook().row(k), 1e-4f, "codeword " + k);
        }
    }

    @ParameterizedTest
    @CsvSource({"projected, 16", "samples, 16", "projected, 7", "samples, 480", "samples, 1"})
    void codewordsAreMeansOfPartsOfEqualWeight(String of, int k) throws Exception {
        float[][] expected = expected(VECTORS, ones(ROWS), k, of);
        VQModel first = MODEL.resampled(TestVectors.frame(VECTORS, TestVectors.FLOATS, 1), k, of);
        assertCodewords(expected, first);
        for (int partitions : new int[] {2, 7}) {
            VQModel again = MODEL.resampled(TestVectors.frame(VECTORS, TestVectors.FLOATS, partitions), k, of);
            assertArrayEquals(first.codebook().values(), again.codebook().values());
        }
        List<float[]> shuffled = new ArrayList<>(List.of(VECTORS));
        Collections.shuffle(shuffled, new Random(1));
        VQModel other = MODEL.resampled(TestVectors.frame(shuffled, TestVectors.FLOATS, 3), k, of);
        assertArrayEquals(first.codebook().values(), other.codebook().values());

        VQSummary summary = first.summary();
        assertEquals(k, first.getK());
        assertEquals(k, summary.k());
        assertEquals(ROWS, summary.rows());
        assertEquals(ROWS, Arrays.stream(summary.clusterWeights()).sum());
        Dataset<Row> data = TestVectors.frame(VECTORS);
        double mse = new VQEvaluator()
                .setDistanceCol("d")
                .evaluate(first.setDistanceCol("d").transform(data));
        assertEquals(mse, summary.mse(), 1e-4 * (1 + mse));
        String path = directory.resolve("model").toString();
        first.write().save(path);
        assertArrayEquals(
                first.codebook().values(), VQModel.load(path).codebook().values());
    }

    @ParameterizedTest
    @ValueSource(strings = {"projected", "samples"})
    void rowsHaveTheirWeights(String of) {
        Random random = new Random(2);
        float[] weights = new float[ROWS];
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            weights[i] = 0.25f * (1 + random.nextInt(5));
            rows.add(RowFactory.create(VECTORS[i], weights[i]));
        }
        rows.add(7, RowFactory.create(new float[] {1e9f, 0, 0, 0}, 0f)); // counts for nothing
        SpaceFillingVQModel model = MODEL.copy(MODEL.extractParamMap());
        model.set(model.weightCol(), "w");
        float[][] expected = expected(VECTORS, weights, 10, of);
        for (int partitions : new int[] {1, 5}) {
            assertCodewords(expected, model.resampled(TestVectors.rows(rows, WEIGHTED, partitions), 10, of));
        }
    }

    @Test
    void manyRowsAtOnePlaceMakeEqualCodewords() {
        List<float[]> rows = new ArrayList<>(Collections.nCopies(60, VECTORS[20]));
        rows.addAll(Arrays.asList(VECTORS).subList(0, 40));
        for (String of : List.of("projected", "samples")) {
            VQModel model = MODEL.resampled(TestVectors.frame(rows, TestVectors.FLOATS, 3), 10, of);
            assertEquals(10, model.codebook().rows());
            assertTrue(model.duplicates() >= 4, of + " " + model.duplicates());
        }
        VQModel few = MODEL.resampled(TestVectors.frame(List.of(VECTORS[20]), TestVectors.FLOATS, 3), 4);
        assertEquals(3, few.duplicates());
        assertEquals(3, few.summary().dead());
        assertEquals(0, MODEL.equallySpaced(5).duplicates());
    }

    @Test
    void heavyRowsFillSeveralParts() {
        List<Row> rows = List.of(
                RowFactory.create(VECTORS[0], 1f),
                RowFactory.create(VECTORS[5], 6f),
                RowFactory.create(VECTORS[11], 1f));
        SpaceFillingVQModel model = MODEL.copy(MODEL.extractParamMap());
        model.set(model.weightCol(), "w");
        VQModel resampled = model.resampled(TestVectors.rows(rows, WEIGHTED, 2), 8);
        assertEquals(5, resampled.duplicates());
        for (float value : resampled.codebook().values()) {
            assertTrue(Float.isFinite(value));
        }
    }

    @Test
    void aTrainedLineGivesAnEvenCodebook() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        SpaceFillingVQModel line =
                new SpaceFillingVQ().setK(32).setMaxIter(4).setBatchSize(120).fit(data);
        VQSummary even = line.resampled(data, 8).summary();
        assertEquals(0, even.dead());
        assertTrue(even.perplexity() > 6.5, "perplexity " + even.perplexity());
    }

    @ParameterizedTest
    @CsvSource({"projected, euclidean", "samples, euclidean", "projected, cosine"})
    void movedCutsMakeItMoreEven(String of, String measure) {
        SpaceFillingVQModel model = MODEL.copy(MODEL.extractParamMap());
        model.set(model.distanceMeasure(), measure);
        Dataset<Row> data = TestVectors.frame(VECTORS);
        double before = model.resampled(data, 12, of).summary().perplexity();
        VQModel even = model.resampled(data, 12, of, 10);
        double after = even.summary().perplexity();
        assertTrue(after > 1.02 * before, before + ", then " + after);
        VQModel again = model.resampled(TestVectors.frame(VECTORS, TestVectors.FLOATS, 5), 12, of, 10);
        assertArrayEquals(even.codebook().values(), again.codebook().values());
    }

    @Test
    void cosineCodewordsHaveLengthOne() {
        SpaceFillingVQModel cosine = MODEL.copy(MODEL.extractParamMap());
        cosine.set(cosine.distanceMeasure(), "cosine");
        Dataset<Row> data = TestVectors.frame(VECTORS);
        FloatMatrix codebook = cosine.resampled(data, 6, "samples").codebook();
        for (int k = 0; k < 6; k++) {
            assertEquals(1, Vectors.norm(vector(codebook.row(k)), 2), 1e-5);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0; projected; k = 0 codewords: 1 to 16777216 are valid",
                "4; rows; of = 'rows': must be one of projected, samples"
            })
    void refusesWhatCannotBe(int k, String of, String message) {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        assertEquals(
                message,
                assertThrows(NsvqException.class, () -> MODEL.resampled(data, k, of))
                        .getMessage());
    }

    @Test
    void saysWhatIsWrongWithRows() {
        Dataset<Row> longer = TestVectors.frame(new float[3][5]);
        assertEquals(
                "column 'features' has vectors of dimension 5, but the line has 4: they must be equal",
                assertThrows(NsvqException.class, () -> MODEL.resampled(longer, 2))
                        .getMessage());
        List<float[]> some = new ArrayList<>(Arrays.asList(VECTORS).subList(0, 9));
        some.add(3, null);
        Dataset<Row> invalid = TestVectors.frame(some, TestVectors.FLOATS_OR_NULL, 2);
        Exception e = assertThrows(InvalidVectorException.class, () -> MODEL.resampled(invalid, 2));
        assertTrue(e.getMessage().contains("first row 3 (counted from 0), which is null"), e.getMessage());
        SpaceFillingVQModel skipping = MODEL.copy(MODEL.extractParamMap()).setHandleInvalid("skip");
        assertEquals(9, skipping.resampled(invalid, 2).summary().rows());
        Dataset<Row> empty = TestVectors.frame(List.of(), TestVectors.FLOATS, 2);
        e = assertThrows(NsvqException.class, () -> MODEL.resampled(empty, 2));
        assertEquals("column 'features' of the training data has no rows", e.getMessage());
        skipping.set(skipping.weightCol(), "w");
        e = assertThrows(NsvqException.class, () -> skipping.resampled(empty, 2));
        assertEquals("there is no column 'w': the data has id, features", e.getMessage());
        e = assertThrows(NsvqException.class, () -> MODEL.resampled(TestVectors.frame(VECTORS), 2, "samples", -1));
        assertEquals("evenIter = -1: at least 0 is needed", e.getMessage());
        Dataset<Row> stream = SparkTestSession.get().readStream().format("rate").load();
        e = assertThrows(NsvqException.class, () -> MODEL.resampled(stream, 2));
        assertEquals("a stream cannot be resampled: use foreachBatch", e.getMessage());
    }
}
