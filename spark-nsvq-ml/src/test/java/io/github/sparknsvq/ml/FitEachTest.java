package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

class FitEachTest {
    private static final float[][] VECTORS = TestVectors.clustered(200, 3, 10, 7);

    private static VQ vq() {
        return new VQ().setMaxIter(3).setSeed(2).setK(5);
    }

    @Test
    void eachModelIsThatOfATrainingByItself() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        List<VQModel> models = vq().setDimensionWeights(1, 4, 0.5).fitEach(data, 8, 1, 16);
        assertEquals(3, models.size());
        int[] sizes = {8, 1, 16};
        for (int i = 0; i < 3; i++) {
            VQModel alone = vq().setDimensionWeights(1, 4, 0.5).setK(sizes[i]).fit(data);
            VQModel model = models.get(i);
            assertArrayEquals(alone.codebook().values(), model.codebook().values());
            assertEquals(alone.summary().mse(), model.summary().mse());
            assertEquals(sizes[i], model.getK());
            assertEquals(200, model.transform(data).count());
        }
        assertTrue(models.get(0).summary().mse() > models.get(2).summary().mse());
    }

    @Test
    void packsTheRowsOnce() {
        var read = SparkTestSession.get().sparkContext().longAccumulator();
        Dataset<Row> data = TestVectors.frame(VECTORS);
        Dataset<Row> counted = data.filter((org.apache.spark.api.java.function.FilterFunction<Row>) row -> {
            read.add(1);
            return true;
        });
        vq().fitEach(counted, 2, 4, 8);
        assertEquals(200, read.value());
    }

    @Test
    void saysWhatIsWrong() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        refuses("fitEach needs a number of codewords at least", () -> vq().fitEach(data));
        refuses("k = 0: at least 1 is needed", () -> vq().fitEach(data, List.of(4, 0)));
        refuses(
                "checkpointDir = 'c' is for one training: fitEach does several",
                () -> vq().setCheckpointDir("c").fitEach(data, 2, 4));
        refuses(
                "initMode 'evolution' is for codebooks of at most 256 codewords, not 512: use k-means++",
                () -> vq().setInitMode("evolution").fitEach(data, 2, 512));
    }

    private static void refuses(String message, org.junit.jupiter.api.function.Executable what) {
        assertEquals(message, assertThrows(NsvqException.class, what).getMessage());
    }
}
