package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows in their order along a line. */
class OrderedRowsTest {
    @TempDir
    private Path directory;

    private static final float[][] VECTORS = TestVectors.clustered(200, 3, 6, 1);

    private static SpaceFillingVQModel line() {
        float[][] corners = {{-20, 0, 0}, {0, 5, 0}, {20, 0, 5}};
        return new SpaceFillingVQModel("line", TestVectors.matrix(corners));
    }

    @Test
    void partitionsHoldRangesOfPositions() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        SpaceFillingVQModel line = line().setPositionCol("at").setDistanceCol("far");
        Dataset<Row> ordered = line.order(data, 4);
        assertEquals("id, features, at", String.join(", ", ordered.columns()));
        assertTrue(ordered.rdd().getNumPartitions() <= 4);
        double before = -1;
        Set<Long> ids = new HashSet<>();
        for (Row row : ordered.collectAsList()) { // in the order of the partitions
            assertTrue(row.getDouble(2) >= before);
            before = row.getDouble(2);
            assertTrue(ids.add(row.getLong(0)));
        }
        assertEquals(VECTORS.length, ids.size());
        assertEquals("far", line.getDistanceCol());
        assertEquals(VECTORS.length, line.order(data, 0).count());
    }

    /** The condition keeps the rows of the nearest segments, those on a corner between two besides. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void nearKeepsTheRowsOfTheNearestSegments(int segments) {
        float[][] corners = new float[8][];
        Arrays.setAll(corners, i -> new float[] {i % 2 * 12 - 6, i * 4 - 14, i % 3 * 5});
        SpaceFillingVQModel line = new SpaceFillingVQModel("line", TestVectors.matrix(corners));
        Vector query = Vectors.dense(VECTORS[7][0], VECTORS[7][1], VECTORS[7][2]);
        Dataset<Row> placed = line.transform(TestVectors.frame(VECTORS));
        List<Integer> nearest = Arrays.stream(line.curve().nearestSegments(VECTORS[7], segments))
                .boxed()
                .toList();
        assertEquals(segments, nearest.size());
        assertEquals(line.predict(query), nearest.get(0));
        List<Row> kept = placed.filter(line.near(query, segments)).collectAsList();
        for (Row row : placed.collectAsList()) {
            boolean onCorner = Arrays.stream(line.curve().nearestSegments(VECTORS[7], segments))
                    .anyMatch(s -> row.getDouble(3) == line.curve().position(s, 0)
                            || row.getDouble(3) == line.curve().position(s, 1));
            assertEquals(nearest.contains(row.getInt(2)) || onCorner, kept.contains(row), row.toString());
        }
        assertTrue(!kept.isEmpty() && kept.size() < VECTORS.length);
    }

    /** Spark hands the condition on to Parquet, whose row groups without such rows are not read. */
    @Test
    void nearIsPushedDown() {
        SpaceFillingVQModel line = line();
        String path = directory.resolve("near").toString();
        line.order(TestVectors.frame(VECTORS), 2).write().parquet(path);
        Vector query = Vectors.dense(-9, 1, 0);
        Dataset<Row> near = SparkTestSession.get().read().parquet(path).filter(line.near(query, 1));
        String plan = near.queryExecution().executedPlan().toString();
        assertTrue(plan.matches("(?s).*PushedFilters: \\[[^]]*position.*"), plan);
        assertTrue(near.count() > 0);
    }

    @Test
    void saysWhatCannotBeOrdered() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        assertRefused(() -> line().order(data, -1), "partitions = -1: at least 0 is needed");
        assertRefused(
                () -> line().setPositionCol("").order(data, 1),
                "positionCol is empty: it must name the column to order by");
        assertRefused(
                () -> line().setPositionCol("ID").order(data, 1),
                "output column 'ID' exists already: choose another name");
        assertRefused(() -> line().order(data.drop("features"), 1), "there is no column 'features'");
        Dataset<Row> stream = SparkTestSession.get().readStream().format("rate").load();
        assertRefused(() -> line().near(Vectors.dense(1, 2, 3), 0), "segments = 0: at least 1 is needed");
        assertRefused(() -> line().near(Vectors.dense(1, 2), 1), "the vector has 2 values");
        assertRefused(() -> line().order(stream, 1), "a stream cannot be ordered: use foreachBatch");
    }

    @Test
    void invalidRowsAreLeftOutIfAskedFor() {
        Dataset<Row> data = TestVectors.frame(
                List.of(VECTORS[0], new float[] {1, 2, Float.NaN}, VECTORS[1]), TestVectors.FLOATS, 2);
        assertEquals(2, line().setHandleInvalid("skip").order(data, 2).count());
    }

    /** Of more intervals than Spark's recursion has stack for, were they in a chain. */
    @Test
    void nearSegmentsMayBeMany() {
        float[] corners = new float[2 * 4096];
        Random random = new Random(1);
        for (int i = 0; i < corners.length; i++) {
            corners[i] = random.nextFloat();
        }
        SpaceFillingVQModel line = new SpaceFillingVQModel("many", new FloatMatrix(4096, 2, corners));
        Dataset<Row> rows = SparkTestSession.get().range(1).selectExpr("-1d as position");
        assertEquals(0, rows.filter(line.near(Vectors.dense(0.5, 0.5), 3000)).count());
    }
}
