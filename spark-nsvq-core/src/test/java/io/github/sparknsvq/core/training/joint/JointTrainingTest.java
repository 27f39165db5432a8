package io.github.sparknsvq.core.training.joint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.training.CheckpointMemory;
import io.github.sparknsvq.core.training.ForwardingSource;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.SlowKMeans;
import io.github.sparknsvq.core.training.TestRows;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.PartitionTask;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JointTrainingTest {
    private static final JointSettings ADDITIVE = new JointSettings(false, 10, 4, 2, 0.3, 7);
    private static final JointSettings RESIDUAL = new JointSettings(true, 10, 4, 0, 0.3, 7);

    private static JointResult train(FloatMatrix rows, JointSettings settings, List<FloatMatrix> start) {
        return train(rows, null, 2, settings, start);
    }

    private static JointResult train(
            FloatMatrix rows, float[] weights, int partitions, JointSettings settings, List<FloatMatrix> start) {
        try (var source = new LocalStatisticsSource(rows, weights, partitions)) {
            return JointTraining.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
        }
    }

    /** Codebooks of random rows, each half as wide as the one before. */
    private static List<FloatMatrix> start(int d, int... sizes) {
        List<FloatMatrix> start = new ArrayList<>();
        for (int m = 0; m < sizes.length; m++) {
            start.add(TestRows.gaussian(sizes[m], d, Math.pow(0.5, m), 0, 50 + m));
        }
        return start;
    }

    private static Quantizer quantizer(JointSettings settings, List<FloatMatrix> codebooks) {
        return settings.ordered()
                ? new ResidualQuantizer(codebooks, settings.beam())
                : new AdditiveQuantizer(codebooks, settings.beam(), settings.polishRounds());
    }

    private static double mse(FloatMatrix rows, Quantizer quantizer) {
        FloatMatrix decoded = quantizer.decode(quantizer.encode(rows), rows.rows());
        double error = 0;
        for (int i = 0; i < rows.values().length; i++) {
            double apart = rows.values()[i] - decoded.values()[i];
            error += apart * apart;
        }
        return error / rows.rows();
    }

    private static void assertNear(List<FloatMatrix> expected, List<FloatMatrix> actual, float tolerance) {
        for (int m = 0; m < expected.size(); m++) {
            assertArrayEquals(expected.get(m).values(), actual.get(m).values(), tolerance, "codebook " + m);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lowersTheErrorAndReportsIt(boolean ordered) {
        JointSettings settings = ordered ? RESIDUAL : ADDITIVE;
        FloatMatrix rows = TestRows.gaussian(5000, 6, 1);
        List<FloatMatrix> start = start(6, 16, 16, 16);
        JointResult result = train(rows, settings, start);
        double before = mse(rows, quantizer(settings, start));
        double after = mse(rows, quantizer(settings, result.codebooks()));
        assertTrue(after < 0.7 * before, after + " after " + before);
        assertEquals(after, result.statistics().meanError(), 1e-5 * after);
        assertEquals(5000, result.statistics().weight());
        assertEquals(10, result.history().size());
        assertEquals(before, result.history().get(0).mse(), 1e-5 * before, "the first round measures the start");
        assertEquals(3, result.history().get(2).iteration());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void partitionsDoNotMatter(boolean ordered) {
        JointSettings settings = ordered ? RESIDUAL : ADDITIVE;
        FloatMatrix rows = TestRows.gaussian(5000, 6, 2);
        List<FloatMatrix> expected =
                train(rows, null, 1, settings, start(6, 16, 9, 16)).codebooks();
        for (int partitions : new int[] {2, 7}) {
            assertNear(
                    expected,
                    train(rows, null, partitions, settings, start(6, 16, 9, 16)).codebooks(),
                    1e-4f);
        }
    }

    @Test
    void theSeedDecides() {
        FloatMatrix rows = TestRows.gaussian(3000, 4, 3);
        List<FloatMatrix> one = train(rows, ADDITIVE, start(4, 8, 8)).codebooks();
        List<FloatMatrix> same = train(rows, ADDITIVE, start(4, 8, 8)).codebooks();
        List<FloatMatrix> other =
                train(rows, ADDITIVE.withSeed(8), start(4, 8, 8)).codebooks();
        assertNear(one, same, 0);
        assertTrue(!Arrays.equals(one.get(0).values(), other.get(0).values()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aWeightIsAsManyRows(boolean ordered) {
        JointSettings settings = (ordered ? RESIDUAL : ADDITIVE).withRounds(6).withNoise(0);
        FloatMatrix rows = TestRows.gaussian(300, 4, 4);
        float[] weights = new float[300];
        List<float[]> repeated = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            weights[i] = 1 + i % 4;
            for (int n = 0; n <= i % 4; n++) {
                repeated.add(rows.row(i));
            }
        }
        JointResult weighted = train(rows, weights, 2, settings, start(4, 8, 8));
        JointResult plain = train(FloatMatrix.of(repeated.toArray(new float[0][])), settings, start(4, 8, 8));
        assertNear(plain.codebooks(), weighted.codebooks(), 1e-4f);
        assertEquals(plain.statistics().meanError(), weighted.statistics().meanError(), 1e-5);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneCodebookIsLloyds(boolean ordered) {
        JointSettings settings = new JointSettings(ordered, 1, 1, 2, 0, 0);
        FloatMatrix rows = TestRows.gaussian(700, 5, 5);
        FloatMatrix codebook = TestRows.slice(rows, 0, 13);
        for (int round = 0; round < 6; round++) {
            FloatMatrix expected = SlowKMeans.step(rows, codebook, false);
            codebook = train(rows, settings, List.of(codebook)).codebooks().get(0);
            assertArrayEquals(expected.values(), codebook.values(), 1e-5f);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "false, 1", "false, 5", "true, 1", "true, 5"})
    void neverEndsWorseThanItStarted(boolean ordered, int rounds) {
        // noise beyond reason, and a start that is as good as it gets
        FloatMatrix rows = TestRows.clusters(400, 3, 4, 0.01, 6);
        JointSettings settings = (ordered ? RESIDUAL : ADDITIVE).withNoise(100);
        List<FloatMatrix> good = train(rows, settings.withNoise(0).withRounds(20), start(3, 4, 2))
                .codebooks();
        double before = mse(rows, quantizer(settings, good));
        JointResult result = train(rows, settings.withRounds(rounds), good);
        assertTrue(result.statistics().meanError() <= before * (1 + 1e-6));
        assertTrue(mse(rows, quantizer(settings, result.codebooks())) <= before * (1 + 1e-6));
    }

    @Test
    void deadCodewordsComeToLife() {
        FloatMatrix rows = TestRows.gaussian(2000, 4, 7);
        List<FloatMatrix> start = start(4, 8, 8);
        Arrays.fill(start.get(1).values(), 8, 32, 1000f);
        JointResult result = train(rows, ADDITIVE.withRounds(20), start);
        assertEquals(0, result.statistics().each().range(8, 16).dead());
        assertTrue(result.history().get(0).replaced() >= 6);
    }

    @Test
    void rarelyUsedCodewordsMoveWhereRowsAreMany() {
        for (int n : new int[] {600, 1600}) {
            FloatMatrix rows = TestRows.gaussian(n, 2, 7);
            rows.values()[0] = 4;
            rows.values()[1] = 0;
            List<FloatMatrix> start = start(2, 8);
            start.get(0).values()[6] = 4; // of one row
            start.get(0).values()[7] = 0;
            JointResult result = train(rows, RESIDUAL.withNoise(0).withRounds(20), start);
            int replaced =
                    result.history().stream().mapToInt(PassRecord::replaced).sum();
            assertEquals(n == 1600, replaced > 0, n + " rows");
            double least =
                    Arrays.stream(result.statistics().each().counts()).min().orElseThrow();
            assertTrue(n < 1600 || least > 0.1 * n / 8, "chosen " + least + " times");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBeamWiderThanThatOfRoundsMeasuresTheError(boolean ordered) {
        FloatMatrix rows = TestRows.gaussian(500, 4, 7);
        JointSettings settings = (ordered ? RESIDUAL : ADDITIVE).withBeam(12);
        JointResult result = train(rows, settings.withRounds(4), start(4, 8, 8, 8));
        double expected = mse(rows, quantizer(settings, result.codebooks()));
        assertEquals(expected, result.statistics().meanError(), 1e-5 * expected);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void withoutRoundsTheStartIsMeasuredOnceWithTheWholeBeam(boolean ordered) {
        JointSettings settings = new JointSettings(ordered, 0, 12, 0, 0.3, 7);
        FloatMatrix rows = TestRows.gaussian(500, 4, 8);
        List<FloatMatrix> start = start(4, 8, 8, 8);
        try (var local = new LocalStatisticsSource(rows, null, 2)) {
            Counting source = new Counting(local);
            JointResult result =
                    JointTraining.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
            assertEquals(1, source.tasks.get(), "encodings of all rows");
            assertNear(start, result.codebooks(), 0);
            double mse = mse(rows, quantizer(settings, start));
            assertEquals(mse, result.statistics().meanError(), 1e-5 * mse);
            assertTrue(result.history().isEmpty());
        }
    }

    /** Rows that count the tasks that run over them. */
    private static final class Counting extends ForwardingSource {
        private final AtomicInteger tasks = new AtomicInteger();

        Counting(StatisticsSource source) {
            super(source);
        }

        @Override
        public <R> List<R> perPartition(PartitionTask<R> task) {
            tasks.incrementAndGet();
            return super.perPartition(task);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void copesWithDegenerateRows(boolean ordered) {
        JointSettings settings = ordered ? RESIDUAL : ADDITIVE;
        List<FloatMatrix> allEqual = List.of(
                TestRows.repeated(500, new float[] {3, -4}),
                TestRows.repeated(500, new float[] {0, 0}),
                TestRows.repeated(500, new float[] {1, 2}, new float[] {1, 2}, new float[] {5, 5}),
                TestRows.gaussian(3, 2, 8),
                TestRows.gaussian(1, 2, 9));
        for (FloatMatrix rows : allEqual) {
            JointResult result = train(rows, settings, start(2, 4, 4, 4));
            assertTrue(
                    result.statistics().meanError() < 1e-3,
                    rows + ": " + result.statistics().meanError());
            result.codebooks().forEach(codebook -> {
                for (float value : codebook.values()) {
                    assertTrue(Float.isFinite(value));
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneDimensionWillDo(boolean ordered) {
        FloatMatrix rows = TestRows.gaussian(1000, 1, 10);
        JointResult result = train(rows, ordered ? RESIDUAL : ADDITIVE, start(1, 4, 4));
        assertTrue(
                result.statistics().meanError() < 0.1,
                "error " + result.statistics().meanError());
    }

    @Test
    void stopsWhereNothingIsLeft() {
        FloatMatrix rows = TestRows.repeated(100, new float[] {1, 1}, new float[] {2, 2});
        List<FloatMatrix> start = List.of(FloatMatrix.of(new float[] {1, 1}, new float[] {2, 2}));
        JointResult result = train(rows, ADDITIVE, start);
        assertEquals(1, result.history().size());
        assertEquals(0, result.statistics().error());
        assertNear(start, result.codebooks(), 0);
    }

    @Test
    void tellsHowItGoesOn() {
        List<TrainingListener.Progress> heard = new ArrayList<>();
        try (var source = new LocalStatisticsSource(TestRows.gaussian(200, 2, 11), null, 2)) {
            JointTraining.train(source, ADDITIVE.withRounds(4), start(2, 4, 4), heard::add, TrainingCheckpoint.NONE);
        }
        assertEquals(4, heard.size());
        assertEquals(2, heard.get(1).iteration());
        assertEquals(0.5, heard.get(1).done());
    }

    @Test
    void refusesWhatDoesNotFit() {
        FloatMatrix rows = TestRows.gaussian(20, 2, 12);
        assertThrows(NsvqException.class, () -> train(rows, ADDITIVE, List.of()));
        assertThrows(NsvqException.class, () -> train(rows, ADDITIVE, start(3, 4, 4)));
        assertThrows(NsvqException.class, () -> train(rows, ADDITIVE, List.of(new FloatMatrix(0, 2, new float[0]))));
        assertThrows(NsvqException.class, () -> train(new FloatMatrix(0, 2, new float[0]), ADDITIVE, start(2, 4, 4)));
        assertThrows(NsvqException.class, () -> ADDITIVE.withRounds(-1));
        assertThrows(NsvqException.class, () -> ADDITIVE.withBeam(0));
        assertThrows(NsvqException.class, () -> ADDITIVE.withNoise(Double.NaN));
        assertThrows(NsvqException.class, () -> new JointSettings(false, 1, 1, -1, 0, 0));
    }

    @Test
    void saysWhatThereIsRoomFor() {
        JointTraining.checkRoom(2048, 1L << 30);
        NsvqException small = assertThrows(NsvqException.class, () -> JointTraining.checkRoom(8192, 1L << 30));
        assertTrue(small.getMessage().contains("1024 MB has room for those of 6130"), small.getMessage());
        assertThrows(NsvqException.class, () -> JointTraining.checkRoom(20000, 1L << 50));
        FloatMatrix rows = TestRows.gaussian(20, 1, 13);
        assertThrows(NsvqException.class, () -> train(rows, ADDITIVE, start(1, 10000, 10000)));
    }

    @Test
    void goesOnAfterARestart() {
        FloatMatrix rows = TestRows.gaussian(300, 3, 5);
        for (JointSettings settings : List.of(ADDITIVE, RESIDUAL)) {
            try (var source = new LocalStatisticsSource(rows, null, 2)) {
                List<FloatMatrix> start = start(3, 8, 4);
                CheckpointMemory whole = new CheckpointMemory(null);
                JointResult expected = JointTraining.train(source, settings, start, TrainingListener.NONE, whole);
                for (TrainingCheckpoint.State state : whole.saved) {
                    JointResult resumed = JointTraining.train(
                            source, settings, start, TrainingListener.NONE, new CheckpointMemory(state));
                    for (int m = 0; m < start.size(); m++) {
                        assertArrayEquals(
                                expected.codebooks().get(m).values(),
                                resumed.codebooks().get(m).values(),
                                "after round " + state.passes());
                    }
                    assertEquals(
                            expected.statistics().meanError(),
                            resumed.statistics().meanError());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void reportsTheErrorOfTheBestFromBeforeARestart(boolean ordered) {
        // noise beyond reason, so that no round betters the start
        FloatMatrix rows = TestRows.clusters(400, 3, 4, 0.01, 6);
        JointSettings quiet = (ordered ? RESIDUAL : ADDITIVE).withNoise(0);
        List<FloatMatrix> good =
                train(rows, quiet.withRounds(20), start(3, 4, 2)).codebooks();
        JointSettings noisy = quiet.withNoise(100);
        CheckpointMemory whole = new CheckpointMemory(null);
        try (var source = new LocalStatisticsSource(rows, null, 2)) {
            JointTraining.train(source, noisy, good, TrainingListener.NONE, whole);
            TrainingCheckpoint.State last = whole.saved.get(whole.saved.size() - 1);
            JointResult resumed =
                    JointTraining.train(source, noisy, good, TrainingListener.NONE, new CheckpointMemory(last));
            assertNear(good, resumed.codebooks(), 0);
            double mse = mse(rows, quantizer(noisy, good));
            assertEquals(mse, resumed.statistics().meanError(), 1e-4 * mse);
        }
    }

    /** The text that revision 74fca4f hashed: with another one, checkpoints of it could not be resumed. */
    @Test
    void checkpointKeysStayAsTheyWere() {
        assertEquals(
                "JointSettings[ordered=false, rounds=22, beam=16, polishRounds=4, noise=0.6, seed=0]",
                JointSettings.additive().checkpointKey());
        assertEquals(
                "JointSettings[ordered=true, rounds=0, beam=1024, polishRounds=9, noise=1.0E-4, seed=-1099511627776]",
                new JointSettings(true, 0, 1024, 9, 1e-4, -1L << 40).checkpointKey());
    }
}
