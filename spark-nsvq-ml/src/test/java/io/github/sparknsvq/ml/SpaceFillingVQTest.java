package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.verification.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.linalg.DenseVector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A line through the data as a stage: what it finds, and how it is trained, saved and gone on with. */
class SpaceFillingVQTest {
    private static final int ROWS = 500;
    private static final float[][] VECTORS = TestVectors.clustered(ROWS, 5, 8, 1);

    @TempDir
    Path directory;

    private final Dataset<Row> data = TestVectors.frame(VECTORS);

    private static SpaceFillingVQ small() {
        return new SpaceFillingVQ().setK(16).setMaxIter(2).setBatchSize(250).setSeed(5);
    }

    /** A line of chance, whose corners are rows. */
    private static SpaceFillingVQModel model(int corners) {
        return new SpaceFillingVQModel("m", TestVectors.matrix(Arrays.copyOf(VECTORS, corners)));
    }

    private static SpaceFillingVQModel withColumns(SpaceFillingVQModel model) {
        return model.setDistanceCol("distance").setReconstructionCol("near");
    }

    /** The point of a segment that is nearest to a row, slowly. */
    private static double[] nearest(FloatMatrix corners, int segment, float[] row) {
        float[] a = corners.row(segment);
        float[] b = corners.row(segment + 1);
        double along = 0;
        double squared = 0;
        for (int j = 0; j < row.length; j++) {
            along += (row[j] - a[j]) * (double) (b[j] - a[j]);
            squared += Math.pow(b[j] - a[j], 2);
        }
        double share = squared == 0 ? 0 : Math.max(0, Math.min(1, along / squared));
        double[] point = new double[row.length];
        Arrays.setAll(point, j -> (1 - share) * a[j] + share * b[j]);
        return point;
    }

    private static double squaredDistance(double[] point, float[] row) {
        double sum = 0;
        for (int j = 0; j < row.length; j++) {
            sum += Math.pow(point[j] - row[j], 2);
        }
        return sum;
    }

    @Test
    void trainsEncodesSavesAndLoads() throws Exception {
        SpaceFillingVQModel model = withColumns(small().fit(data));
        assertTrue(SparkTestSession.get().sparkContext().getPersistentRDDs().isEmpty());
        FloatMatrix corners = model.corners();
        assertEquals(16, corners.rows());
        List<Row> rows = model.transform(data).collectAsList();
        double cost = 0;
        double[] sizes = new double[15];
        for (int i = 0; i < ROWS; i++) {
            Row row = rows.get(i);
            double least = Double.MAX_VALUE;
            for (int s = 0; s < 15; s++) {
                least = Math.min(least, squaredDistance(nearest(corners, s, VECTORS[i]), VECTORS[i]));
            }
            int segment = row.getAs("prediction");
            double[] point = nearest(corners, segment, VECTORS[i]);
            assertEquals(least, squaredDistance(point, VECTORS[i]), 1e-4 * (1 + least));
            assertEquals(Math.sqrt(least), row.<Float>getAs("distance"), 1e-4);
            assertArrayEquals(floats(point), CodeModels.floats(row, "near"), 1e-3f);
            double position = row.getAs("position");
            assertTrue(position >= 0 && position <= model.curve().length());
            assertEquals(segment, model.predict(vector(VECTORS[i])));
            assertEquals(position, model.position(vector(VECTORS[i])), 1e-4);
            cost += least;
            sizes[segment]++;
        }
        SpaceFillingVQSummary summary = model.summary();
        assertEquals(cost, summary.trainingCost(), 1e-4 * cost);
        assertEquals(cost / ROWS, summary.mse(), 1e-4 * cost);
        assertArrayEquals(sizes, summary.segmentSizes());
        assertEquals(Arrays.stream(sizes).filter(size -> size == 0).count(), summary.dead());
        assertEquals(ROWS, summary.rows());
        assertEquals(model.curve().length(), summary.length());
        assertEquals(7, summary.numIter(), "passes: 2 for 4, 8 and 16 corners each, and an exact one");

        String path = directory.resolve("model").toString();
        model.write().save(path);
        SpaceFillingVQModel loaded = SpaceFillingVQModel.load(path);
        assertFalse(loaded.hasSummary());
        assertArrayEquals(corners.values(), loaded.corners().values());
        assertEquals(rows, loaded.transform(data).collectAsList());
        Verification verified = Verification.of(path, SparkTestSession.get());
        assertEquals("model", verified.kind());
        assertTrue(verified.manifest());
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static DenseVector vector(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return new DenseVector(doubles);
    }

    @Test
    void thePartitioningDoesNotShow() {
        SpaceFillingVQModel one = small().fit(TestVectors.frame(VECTORS, TestVectors.FLOATS, 1));
        for (int partitions : new int[] {2, 7}) {
            Dataset<Row> split = TestVectors.frame(VECTORS, TestVectors.FLOATS, partitions);
            assertArrayEquals(
                    one.corners().values(), small().fit(split).corners().values(), partitions + " partitions");
        }
        SpaceFillingVQModel other = small().setSeed(6).fit(data);
        assertFalse(Arrays.equals(one.corners().values(), other.corners().values()));
    }

    @Test
    void decodesPositions() {
        SpaceFillingVQModel model = withColumns(model(9));
        Dataset<Row> encoded = model.transform(data);
        assertEquals(
                encoded.select("id", "near").collectAsList(),
                model.decode(encoded.select("id", "position"))
                        .select("id", "near")
                        .collectAsList());
        Dataset<Row> features = model.setReconstructionCol("").decode(encoded.select("id", "position"));
        assertEquals(
                "struct<id:bigint,position:double,features:array<float>>",
                features.schema().catalogString());
        double length = model.curve().length();
        for (String bad : List.of("-1e-9d", length + 1 + "d", "double('NaN')", "cast(null as double)")) {
            Dataset<Row> wrong = encoded.selectExpr("id", bad + " as position");
            String problem = CodeModels.failure(() -> model.decode(wrong).collectAsList());
            assertTrue(problem.startsWith("column 'position' holds a position that is "), problem);
        }
        Dataset<Row> text = encoded.selectExpr("cast(position as string) as position");
        assertEquals(
                "column 'position' should hold positions (double), but is string",
                assertThrows(NsvqException.class, () -> model.decode(text)).getMessage());
        assertEquals(
                "positionCol is empty: it must name the column to decode",
                assertThrows(NsvqException.class, () -> model.setPositionCol("").decode(encoded))
                        .getMessage());
    }

    @Test
    void whatItAddsIsUpToItsColumns() {
        SpaceFillingVQModel model = withColumns(model(9));
        StructType schema = model.transformSchema(data.schema());
        assertEquals(
                "struct<id:bigint,features:array<float>,prediction:int,position:double,distance:float,"
                        + "near:array<float>>",
                schema.catalogString());
        StructType real = model.transform(data).schema();
        assertEquals(schema, real);
        assertEquals(
                8L, real.apply("prediction").metadata().getMetadata("ml_attr").getLong("num_vals"));
        List<Row> all = model.transform(data).select("id", "position").collectAsList();
        model.setPredictionCol("").setDistanceCol("").setReconstructionCol("");
        assertEquals(all, model.transform(data).select("id", "position").collectAsList());
        assertEquals(
                List.of("id", "features", "position"),
                List.of(model.transform(data).columns()));
    }

    /** Rows of a local relation are projected one by one, by Spark's optimizer. */
    @Test
    void rowsGetInABatchWhatTheyGetAlone() {
        for (String search : List.of("exact", "corners")) {
            for (int corners : new int[] {2, 37}) {
                SpaceFillingVQModel model = withColumns(model(corners)).setSearch(search);
                Dataset<Row> local = SparkTestSession.get().createDataFrame(data.collectAsList(), data.schema());
                Dataset<Row> batched = model.transform(data);
                assertEquals(model.transform(local).collectAsList(), batched.collectAsList(), search);
                Dataset<Row> index = model.copy(model.extractParamMap())
                        .setPositionCol("")
                        .setDistanceCol("")
                        .setReconstructionCol("")
                        .transform(data);
                assertEquals(
                        batched.select("prediction").collectAsList(),
                        index.select("prediction").collectAsList());
            }
        }
    }

    @Test
    void theFastSearchIsMeasured() {
        SpaceFillingVQModel model = model(40);
        List<Row> exact = withColumns(model).transform(data).select("distance").collectAsList();
        List<Row> fast =
                model.setSearch("corners").transform(data).select("distance").collectAsList();
        long missed = 0;
        double mse = 0;
        for (int i = 0; i < ROWS; i++) {
            missed += fast.get(i).getFloat(0) > exact.get(i).getFloat(0) ? 1 : 0;
            mse += Math.pow(fast.get(i).getFloat(0), 2) / ROWS;
        }
        CornerSearch measured = model.cornerSearch(data);
        assertEquals(missed, measured.missed());
        assertTrue(missed > 0 && measured.missRate() == missed / (double) ROWS, measured.toString());
        assertEquals(mse, measured.mse(), 1e-6 * mse);
        assertTrue(measured.exactMse() < measured.mse());
        assertEquals("corners", model.getSearch());
        assertEquals(0, model.cornerSearch(data.limit(0)).missRate());
    }

    @Test
    void equallySpacedPointsAreACodebook() {
        SpaceFillingVQModel model = model(9).setFeaturesCol("features").setHandleInvalid("skip");
        VQModel spaced = model.equallySpaced(5);
        assertEquals(5, spaced.getK());
        assertEquals("skip", spaced.getHandleInvalid());
        assertArrayEquals(model.corners().row(0), spaced.codebook().row(0));
        assertArrayEquals(model.corners().row(8), spaced.codebook().row(4));
        for (int m = 0; m < 5; m++) {
            float[] point = new float[5];
            model.curve().point(m * model.curve().length() / 4, point, 0);
            assertArrayEquals(point, spaced.codebook().row(m), 1e-4f);
        }
        assertEquals(ROWS, spaced.transform(data).count());
        assertEquals(
                "m = 1 codewords: 2 to 16777216 are valid",
                assertThrows(NsvqException.class, () -> model.equallySpaced(1)).getMessage());
        model.set(model.distanceMeasure(), "cosine");
        for (int m = 0; m < 3; m++) {
            float[] codeword = model.equallySpaced(3).codebook().row(m);
            assertEquals(1, Vectors.norm(vector(codeword), 2), 1e-5);
        }
    }

    @Test
    void cosineScalesVectorsAndNotTheLine() {
        float[][] unit = new float[ROWS][];
        for (int i = 0; i < ROWS; i++) {
            unit[i] = VECTORS[i].clone();
            UnitLength.normalize(unit[i], 0, 5);
        }
        SpaceFillingVQModel cosine =
                withColumns(small().setDistanceMeasure("cosine").fit(data));
        SpaceFillingVQModel euclid = withColumns(small().fit(TestVectors.frame(unit)));
        assertArrayEquals(euclid.corners().values(), cosine.corners().values(), 1e-6f);
        List<Row> expected = euclid.transform(TestVectors.frame(unit))
                .select("prediction", "position", "distance")
                .collectAsList();
        List<Row> found = cosine.transform(data)
                .select("prediction", "position", "distance")
                .collectAsList();
        for (int i = 0; i < ROWS; i++) {
            assertEquals(expected.get(i).getDouble(1), found.get(i).getDouble(1), 1e-4);
            assertEquals(expected.get(i).getFloat(2), found.get(i).getFloat(2), 1e-4);
        }
        assertTrue(cosine.summary().mse() < 1);
    }

    @Test
    void worksInAPipelineBeforeAndAfterSaving() throws Exception {
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {small().setPredictionCol("segment")});
        String saved = directory.resolve("pipeline").toString();
        pipeline.write().save(saved);
        PipelineModel model = Pipeline.load(saved).fit(data);
        String path = directory.resolve("model").toString();
        model.write().save(path);
        assertEquals(
                model.transform(data).collectAsList(),
                PipelineModel.load(path).transform(data).collectAsList());
        assertEquals(1, Verification.of(path, SparkTestSession.get()).stages());
    }

    @Test
    void predictSaysWhatIsWrongWithAVector() {
        SpaceFillingVQModel model = model(4);
        assertEquals(
                "the vector has 2 values, the codebook 5",
                assertThrows(InvalidVectorException.class, () -> model.predict(Vectors.dense(1, 2)))
                        .getMessage());
        assertEquals(
                "the vector is null",
                assertThrows(InvalidVectorException.class, () -> model.position(null))
                        .getMessage());
    }

    @Test
    void goesOnAfterItWasKilled() throws Exception {
        SpaceFillingVQModel expected = small().fit(data);
        Path checkpoint = directory.resolve("checkpoint");
        for (int death : new int[] {1, 3, 9, 14}) {
            SpaceFillingVQ keeping = small().setCheckpointDir(checkpoint.toString());
            AtomicInteger heard = new AtomicInteger();
            keeping.setListener(progress -> {
                if (heard.incrementAndGet() == death) {
                    throw new IllegalStateException("killed");
                }
            });
            assertThrows(IllegalStateException.class, () -> keeping.fit(data));
            keeping.setListener(TrainingListener.NONE);
            if (death > 2) { // a pass was done
                SpaceFillingVQ other = small().setSeed(4).setCheckpointDir(checkpoint.toString());
                Exception e = assertThrows(NsvqException.class, () -> other.fit(data));
                assertTrue(e.getMessage().contains("is of another training"), e.getMessage());
            }
            SpaceFillingVQModel resumed = keeping.fit(data);
            assertArrayEquals(expected.corners().values(), resumed.corners().values());
            assertEquals(expected.summary().mse(), resumed.summary().mse());
            assertEquals(7, resumed.summary().numIter());
            try (Stream<Path> left = Files.list(directory)) {
                assertEquals(List.of(), left.toList());
            }
        }
    }

    @Test
    void exportToFaissIsRefused() throws IOException {
        Path file = directory.resolve("a.faiss");
        Exception e = assertThrows(
                NsvqException.class, () -> model(4).write().format("faiss").save(file.toString()));
        assertTrue(e.getMessage().contains("equallySpaced"), e.getMessage());
        assertFalse(Files.exists(file));
    }
}
