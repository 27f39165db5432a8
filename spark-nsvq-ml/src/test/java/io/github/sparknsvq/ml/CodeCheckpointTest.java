package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.training.HadoopCheckpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Trainings of several codebooks that were killed, in whichever part of them. */
class CodeCheckpointTest {
    private static final float[][] VECTORS = TestVectors.clustered(500, 4, 10, 6);

    @TempDir
    Path directory;

    private final Dataset<Row> data = TestVectors.frame(VECTORS);

    private static ProductVQ product() {
        return new ProductVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setRotation("opq")
                .setRotationIter(3)
                .setMaxIter(4)
                .setLloydIter(2)
                .setBatchSize(125)
                .setLocalSteps(1)
                .setTol(0)
                .setSeed(3);
    }

    private Path checkpoint() {
        return directory.resolve("checkpoint");
    }

    private ProductVQ keeping() {
        return product().setCheckpointDir(checkpoint().toString());
    }

    /** Nothing is left, not even the directory, which the killed training has made. */
    private void assertClean() throws IOException {
        try (Stream<Path> left = Files.list(directory)) {
            assertEquals(List.of(), left.toList());
        }
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.walk(checkpoint())) {
            return files.filter(file -> file.toString().endsWith(".nsvq-checkpoint"))
                    .map(file -> checkpoint().relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    /** Trains, and dies when it hears how far it is for the n-th time. */
    private void dieAt(int n, ProductVQ estimator) {
        AtomicInteger heard = new AtomicInteger();
        estimator.setListener(progress -> {
            if (heard.incrementAndGet() == n) {
                throw new IllegalStateException("killed");
            }
        });
        assertThrows(IllegalStateException.class, () -> estimator.fit(data));
        estimator.setListener(TrainingListener.NONE);
    }

    private static int heard(ProductVQ estimator, Dataset<Row> data) {
        AtomicInteger heard = new AtomicInteger();
        estimator.setListener(progress -> heard.incrementAndGet()).fit(data);
        return heard.get();
    }

    private static void assertSame(ProductVQModel expected, ProductVQModel found) {
        assertArrayEquals(
                expected.shared().codewords().values(),
                found.shared().codewords().values());
        assertArrayEquals(
                expected.shared().rotation().matrix().values(),
                found.shared().rotation().matrix().values());
        assertEquals(expected.summary().numIter(), found.summary().numIter());
        assertEquals(expected.summary().mse(), found.summary().mse());
    }

    /** The rotation takes 3 passes of one job each, then each pass of gradient steps four. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 9})
    void goesOnInWhicheverPartItDied(int n) throws Exception {
        ProductVQModel expected = product().fit(data);
        int all = heard(product(), data);
        assertTrue(all > 12, "heard " + all);
        dieAt(n, keeping());
        assertEquals(n >= 3, files().stream().anyMatch(file -> file.contains("rotation/pass-3")), files() + "");
        assertSame(expected, keeping().fit(data));
        assertClean();
    }

    @Test
    void diesTwiceAndStillComesToTheSameEnd() throws Exception {
        ProductVQModel expected = product().fit(data);
        dieAt(2, keeping());
        assertEquals(List.of("rotation/pass-2.nsvq-checkpoint"), files());
        dieAt(9, keeping());
        assertTrue(files().stream().anyMatch(file -> file.startsWith("codebooks/")), files() + "");
        int rest = heard(keeping().setKeepsCheckpoint(true), data);
        assertTrue(rest <= heard(product(), data) - 7, "nothing is done twice: " + rest);
        assertEquals(List.of("codebooks/pass-4.nsvq-checkpoint", "rotation/pass-3.nsvq-checkpoint"), files());
        assertSame(expected, keeping().fit(data));
    }

    @Test
    void aDirectoryThatWasThereStaysEmpty() throws Exception {
        Files.createDirectory(checkpoint());
        keeping().fit(data);
        try (Stream<Path> left = Files.list(checkpoint())) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aTrainingThatEndsBeforeItsFirstPassLeavesNothing() throws Exception {
        var configuration = SparkTestSession.get().sparkContext().hadoopConfiguration();
        try (HadoopCheckpoint opened = HadoopCheckpoint.open(checkpoint().toString(), configuration)) {
            opened.part(HadoopCheckpoint.Part.CODES).part(HadoopCheckpoint.Part.ROTATION);
            assertTrue(Files.exists(checkpoint().resolve("codes/rotation")));
        }
        assertClean();
    }

    @Test
    void twoTrainingsDoNotShareADirectory() throws Exception {
        List<String> said = new ArrayList<>();
        keeping()
                .setListener(progress -> {
                    if (progress.iteration() == 2 && said.isEmpty()) {
                        CompletableFuture<?> second = CompletableFuture.runAsync(
                                () -> keeping().setSeed(4).fit(data));
                        Exception e = assertThrows(CompletionException.class, second::join);
                        said.add(e.getCause().getMessage());
                    }
                })
                .fit(data);
        String expected = "checkpoint directory file:" + checkpoint()
                + " is in use by another training in this process .*:" + " wait for it, or use another directory";
        assertTrue(said.get(0).matches(expected), said.get(0));
        assertClean();
    }

    @Test
    void whatKilledTrainingsWereWritingGoesToo() throws Exception {
        dieAt(9, keeping());
        Files.writeString(checkpoint().resolve("codebooks/.pass-7.nsvq-checkpoint.writing"), "of an earlier release");
        Path killed = checkpoint().resolve("rotation/.pass-2.nsvq-checkpoint-writing.tmp");
        Files.writeString(Files.createDirectory(killed).resolve("new"), "half a file");
        keeping().fit(data);
        assertClean();
    }

    @Test
    void aDirectoryThatTheTrainingMadeGoes() {
        keeping().fit(data);
        assertFalse(Files.exists(checkpoint()));
    }

    @Test
    void anotherTrainingIsRefused() {
        dieAt(9, keeping());
        for (ProductVQ other : List.of(
                keeping().setSeed(4), keeping().setNumCodebooks(4), keeping().setRotationIter(5))) {
            Exception e = assertThrows(NsvqException.class, () -> other.fit(data));
            assertTrue(e.getMessage().contains("is of another training"), e.getMessage());
        }
        ResidualVQ residual = new ResidualVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setCheckpointDir(checkpoint().toString());
        Exception e = assertThrows(NsvqException.class, () -> residual.fit(data));
        assertTrue(e.getMessage().contains("is of another training"), e.getMessage());
    }

    @Test
    void levelsGoOnToo() throws Exception {
        ResidualVQ residual = new ResidualVQ()
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setMaxIter(4)
                .setLloydIter(2)
                .setTol(0)
                .setJointIter(0);
        ResidualVQModel expected = residual.fit(data);
        residual.setCheckpointDir(checkpoint().toString());
        residual.setListener(progress -> {
            if (progress.iteration() == 3) {
                throw new IllegalStateException("killed");
            }
        });
        assertThrows(IllegalStateException.class, () -> residual.fit(data));
        ResidualVQModel resumed = residual.setListener(TrainingListener.NONE).fit(data);
        assertArrayEquals(
                expected.shared().codewords().values(),
                resumed.shared().codewords().values());
        assertClean();
    }
}
