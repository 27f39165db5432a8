package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a training reaches, says of itself, and takes up again. */
class VQTrainingTest {
    private static final float[][] VECTORS = TestVectors.clustered(600, 4, 10, 6);

    @TempDir
    Path directory;

    private static VQ vq() {
        return new VQ().setK(16).setMaxIter(6).setLloydIter(3).setSeed(2);
    }

    @Test
    void partitionsDoNotShow() {
        float[] expected = vq().fit(TestVectors.frame(VECTORS, TestVectors.FLOATS, 1))
                .codebook()
                .values();
        for (int partitions : new int[] {2, 7}) {
            float[] codebook = vq().fit(TestVectors.frame(VECTORS, TestVectors.FLOATS, partitions))
                    .codebook()
                    .values();
            assertArrayEquals(expected, codebook, 1e-4f);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"random", "k-means++", "k-means||", "noisy"})
    void noCodewordDiesWithEnoughRows(String initMode) {
        VQSummary summary = vq().setK(64)
                .setInitMode(initMode)
                .fit(TestVectors.frame(VECTORS))
                .summary();
        assertEquals(0, summary.dead());
    }

    @Test
    void reconstructsFewDistinctRowsPerfectly() {
        List<Object> values = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            values.addAll(Collections.nCopies(1 + i, VECTORS[i]));
        }
        VQModel model = vq().setReconstructionCol("near").fit(TestVectors.frame(values, TestVectors.FLOATS, 3));
        assertEquals(0, model.summary().trainingCost(), 1e-6);
        assertEquals(4, model.summary().dead());
        for (Row row : model.transform(TestVectors.frame(values, TestVectors.FLOATS, 3))
                .select("features", "near")
                .collectAsList()) {
            List<Float> features = row.getList(0);
            List<Float> near = row.getList(1);
            for (int j = 0; j < 4; j++) {
                assertEquals(features.get(j), near.get(j), 1e-5f);
            }
        }
    }

    @Test
    void theSummaryAgreesWithASlowCount() {
        List<TrainingListener.Progress> heard = new ArrayList<>();
        VQModel model = vq().setTol(0).setListener(heard::add).fit(TestVectors.frame(VECTORS));
        double cost = 0;
        double[] sizes = new double[16];
        for (float[] vector : VECTORS) {
            double least = Double.MAX_VALUE;
            int best = -1;
            for (int k = 0; k < 16; k++) {
                double d = 0;
                for (int j = 0; j < 4; j++) {
                    d += Math.pow((double) vector[j] - model.codebook().get(k, j), 2);
                }
                if (d < least) {
                    least = d;
                    best = k;
                }
            }
            cost += least;
            sizes[best]++;
        }
        double entropy = 0;
        int dead = 0;
        for (double size : sizes) {
            entropy -= size > 0 ? size / 600 * Math.log(size / 600) : 0;
            dead += size > 0 ? 0 : 1;
        }
        VQSummary summary = model.summary();
        assertEquals(16, summary.k());
        assertEquals(600, summary.rows());
        assertEquals(cost, summary.trainingCost(), 1e-5 * cost);
        assertEquals(cost / 600, summary.mse(), 1e-5 * cost / 600);
        assertArrayEquals(sizes, summary.clusterWeights());
        assertEquals(Math.exp(entropy), summary.perplexity(), 1e-9);
        assertEquals(dead, summary.dead());
        assertEquals(6, summary.numIter());
        assertEquals(6, summary.history().size());
        assertTrue(summary.trainSeconds() > 0);
        assertFalse(heard.isEmpty());
        assertEquals(1, heard.get(heard.size() - 1).done(), 1e-9);
        Exception e = assertThrows(NsvqException.class, () -> new VQModel("m", model.codebook()).summary());
        assertEquals("model m has no summary: it was loaded, and summaries are not saved", e.getMessage());
    }

    @Test
    void startsFromAModelWithoutChangingIt() {
        VQModel first = vq().fit(TestVectors.frame(VECTORS));
        float[] before = first.codebook().values().clone();
        VQModel zero =
                vq().setInitialModel(first).setMaxIter(0).setReseeding("none").fit(TestVectors.frame(VECTORS));
        assertArrayEquals(before, zero.codebook().values());
        VQModel more =
                vq().setInitialModel(first).setUpdater("lloyd").setMaxIter(3).fit(TestVectors.frame(VECTORS));
        assertArrayEquals(before, first.codebook().values());
        assertTrue(more.summary().mse() <= first.summary().mse() * (1 + 1e-9));
    }

    private List<String> checkpoints() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    private VQ keeping() {
        return vq().setTol(0).setCheckpointDir(directory.toString());
    }

    /** Trains until a pass begins, and dies. */
    private void dieIn(int pass, VQ vq, Dataset<Row> data) {
        vq.setListener(progress -> {
            if (progress.iteration() == pass) {
                throw new IllegalStateException("killed");
            }
        });
        assertThrows(IllegalStateException.class, () -> vq.fit(data));
        vq.setListener(TrainingListener.NONE);
        assertTrue(SparkTestSession.get().sparkContext().getPersistentRDDs().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nsvq", "ema", "minibatch", "lloyd"})
    void goesOnAfterAKill(String updater) throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        VQModel whole = vq().setTol(0).setUpdater(updater).fit(data);
        VQ vq = keeping().setUpdater(updater);
        dieIn(3, vq, data);
        assertEquals(List.of("pass-2.nsvq-checkpoint"), checkpoints());
        dieIn(5, vq, data);
        assertEquals(List.of("pass-4.nsvq-checkpoint"), checkpoints());
        List<Integer> passes = new ArrayList<>();
        VQModel resumed =
                vq.setListener(progress -> passes.add(progress.iteration())).fit(data);
        assertArrayEquals(whole.codebook().values(), resumed.codebook().values());
        assertEquals(6, resumed.summary().numIter());
        assertEquals(5, passes.get(0));
        assertEquals(List.of(), checkpoints());
    }

    /**
     * Few steps in many passes, so that a window of the paper's replacement spans passes and goes into the
     * checkpoint.
     */
    @Test
    void goesOnWithinAWindowOfThePapersReplacement() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        VQ vq = keeping()
                .setK(40)
                .setReseeding("presence")
                .setMaxIter(40)
                .setLloydIter(1)
                .setBatchSize(300);
        VQModel whole = vq.copy(ParamMap.empty()).setCheckpointDir("").fit(data);
        List<Integer> replaced = replaced(whole);
        assertTrue(replaced.stream().anyMatch(n -> n > 0));
        dieIn(20, vq, data);
        dieIn(31, vq, data);
        VQModel resumed = vq.fit(data);
        assertArrayEquals(whole.codebook().values(), resumed.codebook().values());
        assertEquals(replaced, replaced(resumed));
    }

    private static List<Integer> replaced(VQModel model) {
        return model.summary().history().stream().map(PassRecord::replaced).toList();
    }

    @Test
    void goesOnWithTheSameRowsInOtherPartitions() {
        dieIn(3, keeping(), TestVectors.frame(VECTORS));
        List<Integer> passes = new ArrayList<>();
        VQ vq = keeping().setListener(progress -> passes.add(progress.iteration()));
        vq.fit(TestVectors.frame(VECTORS).coalesce(1));
        assertEquals(3, passes.get(0));
    }

    @Test
    void otherRowsOfTheSameShapeAreAnError() {
        // a given start: one drawn from the rows would tell by itself
        VQModel start = vq().setMaxIter(0).fit(TestVectors.frame(VECTORS));
        dieIn(2, keeping().setInitialModel(start), TestVectors.frame(VECTORS));
        float[][] others = Arrays.stream(VECTORS).map(float[]::clone).toArray(float[][]::new);
        others[599][0] = Math.nextUp(others[599][0]);
        Dataset<Row> other = TestVectors.frame(others);
        VQ vq = keeping().setInitialModel(start);
        Exception e = assertThrows(NsvqException.class, () -> vq.fit(other));
        assertTrue(e.getMessage().contains("is of another training (other rows, "), e.getMessage());
        List<Integer> passes = new ArrayList<>();
        vq.setListener(progress -> passes.add(progress.iteration())).fit(TestVectors.frame(VECTORS));
        assertEquals(2, passes.get(0));
    }

    @Test
    void goesOnOnAnotherDevice() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        dieIn(3, keeping(), data);
        assertEquals(6, keeping().setDevice("cpu").fit(data).summary().numIter());
        assertEquals(List.of(), checkpoints());
    }

    @Test
    void aCheckpointThatIsKeptFinishesTheSameTrainingAgain() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        VQ vq = keeping().setKeepsCheckpoint(true);
        VQModel first = vq.fit(data);
        assertEquals(List.of("pass-6.nsvq-checkpoint"), checkpoints());
        VQModel again = vq.fit(data);
        assertArrayEquals(first.codebook().values(), again.codebook().values());
        assertEquals(6, again.summary().numIter());
    }

    @Test
    void aForeignCheckpointIsAnError() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        dieIn(2, keeping(), data);
        Exception e =
                assertThrows(NsvqException.class, () -> keeping().setSeed(77).fit(data));
        assertTrue(
                e.getMessage()
                        .endsWith("pass-1.nsvq-checkpoint is of another training (other rows, settings or codebook "
                                + "to start from): delete it, or use another checkpointDir"),
                e.getMessage());
        assertThrows(NsvqException.class, () -> keeping().fit(data.filter("id < 500")));
    }

    @Test
    void aDamagedCheckpointIsAnError() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        dieIn(2, keeping(), data);
        Path file = directory.resolve("pass-1.nsvq-checkpoint");
        byte[] bytes = Files.readAllBytes(file);
        Files.delete(directory.resolve(".pass-1.nsvq-checkpoint.crc"));
        for (int at : new int[] {0, 9, 46, 49, 200, bytes.length - 1}) {
            byte[] damaged = bytes.clone();
            damaged[at] ^= 0x55;
            Files.write(file, damaged);
            assertDamaged(data);
        }
        for (int length : new int[] {0, 30, bytes.length - 9, bytes.length - 1}) {
            Files.write(file, java.util.Arrays.copyOf(bytes, length));
            assertDamaged(data);
        }
        Files.write(file, bytes);
        keeping().fit(data);
    }

    private void assertDamaged(Dataset<Row> data) {
        Exception e = assertThrows(NsvqException.class, () -> keeping().fit(data));
        assertTrue(e.getMessage().contains("pass-1.nsvq-checkpoint is damaged: "), e.getMessage());
        String hint = "; delete it to start anew, or use another checkpointDir";
        assertTrue(e.getMessage().endsWith(hint), e.getMessage());
    }

    @Test
    void aCheckpointDirectoryThatCannotBeIsAnErrorAtOnce() throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "x");
        Exception e = assertThrows(
                NsvqException.class,
                () -> vq().setCheckpointDir(file + "/below").fit(TestVectors.frame(VECTORS)));
        assertTrue(e.getMessage().contains("checkpoint directory " + file + "/below cannot be"), e.getMessage());
        assertEquals(List.of("file"), checkpoints());
    }
}
