package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VQTest {
    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    private static VQ small() {
        return new VQ().setK(8).setMaxIter(6).setLloydIter(3).setSeed(5);
    }

    @Test
    void trainsEncodesSavesAndLoads() throws Exception {
        float[][] vectors = TestVectors.clustered(500, 7, 8, 1);
        Dataset<Row> data = TestVectors.frame(vectors);
        VQModel model =
                small().setDistanceCol("distance").setReconstructionCol("near").fit(data);
        assertTrue(spark.sparkContext().getPersistentRDDs().isEmpty());
        assertTrue(model.hasSummary());

        List<Row> rows = model.transform(data).collectAsList();
        assertEquals(500, rows.size());
        double cost = 0;
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            int best = -1;
            double least = Double.MAX_VALUE;
            for (int k = 0; k < 8; k++) {
                double d = 0;
                for (int j = 0; j < 7; j++) {
                    d += Math.pow(vectors[i][j] - model.codebook().get(k, j), 2);
                }
                if (d < least) {
                    least = d;
                    best = k;
                }
            }
            cost += least;
            assertEquals(best, row.getInt(row.fieldIndex("prediction")));
            assertEquals(Math.sqrt(least), row.getFloat(row.fieldIndex("distance")), 1e-4);
            List<Float> near = row.getList(row.fieldIndex("near"));
            for (int j = 0; j < 7; j++) {
                assertEquals(model.codebook().get(best, j), near.get(j));
            }
        }
        assertEquals(cost, model.summary().trainingCost(), 1e-4 * cost);

        String path = directory.resolve("model").toString();
        model.write().save(path);
        VQModel loaded = VQModel.load(path);
        assertFalse(loaded.hasSummary());
        assertArrayEquals(model.codebook().values(), loaded.codebook().values());
        assertEquals(rows, loaded.transform(data).collectAsList());
    }

    @Test
    void decodesWhatItEncoded() {
        Dataset<Row> data = TestVectors.frame(TestVectors.clustered(50, 7, 8, 1));
        VQModel model = small().setReconstructionCol("near").fit(data);
        Dataset<Row> encoded = model.transform(data);
        Dataset<Row> decoded = model.decode(encoded.select("id", "prediction"));
        assertEquals(
                encoded.select("id", "near").collectAsList(),
                decoded.select("id", "near").collectAsList());
        Dataset<Row> foreign = encoded.selectExpr("id", "prediction + 1 as prediction");
        String problem =
                CodeModels.failure(() -> model.decode(foreign).select("near").collectAsList());
        assertTrue(problem.contains("which has 8 codewords"), problem);
    }
}
