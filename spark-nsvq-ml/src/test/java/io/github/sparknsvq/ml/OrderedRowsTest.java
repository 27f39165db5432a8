package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Rows in their order along a line. */
class OrderedRowsTest {
    private static final float[][] VECTORS = TestVectors.clustered(200, 3, 6, 1);

    private static SpaceFillingVQModel line() {
        return new SpaceFillingVQModel("line", TestVectors.matrix(new float[][] {{-20, 0, 0}, {0, 5, 0}, {20, 0, 5}}));
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
        assertRefused(() -> line().order(stream, 1), "a stream cannot be ordered: use foreachBatch");
    }

    @Test
    void invalidRowsAreLeftOutIfAskedFor() {
        Dataset<Row> data = TestVectors.frame(
                List.of(VECTORS[0], new float[] {1, 2, Float.NaN}, VECTORS[1]), TestVectors.FLOATS, 2);
        assertEquals(2, line().setHandleInvalid("skip").order(data, 2).count());
    }
}
