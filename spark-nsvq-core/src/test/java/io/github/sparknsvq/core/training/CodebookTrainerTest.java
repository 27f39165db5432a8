package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.Moments;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How a training goes: passes, phases, what it says and where it stops. */
class CodebookTrainerTest {
    private static final FloatMatrix ROWS = TestRows.clusters(1200, 3, 20, 1, 21);
    private static final FloatMatrix START = TestRows.slice(ROWS, 0, 16);

    private static TrainingSettings settings(Updater updater) {
        return TrainingSettings.builder(16)
                .updater(updater)
                .passes(10, 3)
                .tol(0)
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void repeatsItselfForTheSameSeed(Updater updater) {
        float[] first =
                Trainings.train(ROWS, settings(updater), START).codebook().values();
        assertArrayEquals(
                first,
                Trainings.train(ROWS, settings(updater), START).codebook().values());
        float[] other = Trainings.train(
                        ROWS, settings(updater).toBuilder().seed(1).build(), START)
                .codebook()
                .values();
        assertEquals(updater == Updater.LLOYD, Arrays.equals(first, other), "only Lloyd passes draw nothing");
    }

    @ParameterizedTest
    @EnumSource
    void leavesItsStartAlone(Updater updater) {
        float[] before = START.values().clone();
        TrainingResult result = Trainings.train(ROWS, settings(updater), START);
        assertArrayEquals(before, START.values());
        assertFalse(Arrays.equals(before, result.codebook().values()));
    }

    @ParameterizedTest
    @EnumSource
    void evaluatesItsStartIfNoPassesAreAskedFor(Updater updater) {
        float[] values = START.values().clone();
        values[0] = 1e4f;
        FloatMatrix start = new FloatMatrix(16, 3, values);
        TrainingResult result =
                Trainings.train(ROWS, settings(updater).toBuilder().passes(0, 0).build(), start);
        assertArrayEquals(values, result.codebook().values(), "dead codewords included");
        assertEquals(1, result.statistics().dead());
        double mse = SlowKMeans.mse(ROWS, start);
        assertEquals(mse, result.statistics().meanError(), 1e-6 * mse);
        assertEquals(List.of(), result.history());
    }

    @ParameterizedTest
    @EnumSource
    void recordsEveryPass(Updater updater) {
        TrainingResult result = Trainings.train(ROWS, settings(updater), START);
        assertEquals(10, result.history().size());
        double before = SlowKMeans.mse(ROWS, START);
        double after = SlowKMeans.mse(ROWS, result.codebook());
        assertEquals(after, result.statistics().meanError(), 1e-5 * after, "what all rows say of the codebook");
        for (PassRecord record : result.history()) {
            boolean gradient = record.iteration() <= 7 && updater != Updater.LLOYD;
            assertEquals(gradient ? updater.label() : "lloyd", record.phase());
            // large first steps may raise the error for a while
            assertTrue(record.mse() > 0.9 * after && record.mse() < 3 * before, record.toString());
            assertTrue(gradient || record.mse() < before, record.toString());
            assertTrue(record.seconds() > 0 && record.seconds() < 60);
            boolean hasRate =
                    gradient && List.of(Updater.NSVQ, Updater.STE, Updater.SGD).contains(updater);
            assertEquals(hasRate, record.learningRate() > 0, "rules without a learning rate record 0");
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(i + 1, result.history().get(i).iteration());
        }
    }

    /** Without replacement the gradient is that of NSVQ, and codewords that nothing chooses stay as they are. */
    @Test
    void straightThroughIsNsvqWithoutReplacement() {
        FloatMatrix start =
                new FloatMatrix(START.rows(), START.columns(), START.values().clone());
        Arrays.fill(start.values(), 0, START.columns(), 1e3f);
        TrainingSettings ste =
                TrainingSettings.builder(START.rows()).updater(Updater.STE).build();
        TrainingResult baseline = Trainings.train(ROWS, ste, start);
        assertEquals(1e3f, baseline.codebook().get(0, 0), "the dead one");
        assertTrue(baseline.statistics().dead() > 0);
        assertTrue(baseline.history().stream().allMatch(pass -> pass.phase().equals("ste") && pass.replaced() == 0));
        TrainingSettings nsvq = TrainingSettings.builder(START.rows())
                .passes(20, 0)
                .batches(0, 1)
                .reseeding(Reseeding.NONE)
                .build();
        assertArrayEquals(
                Trainings.train(ROWS, nsvq, start).codebook().values(),
                baseline.codebook().values());
        TrainingSettings repaired = ste.toBuilder().repair(Repair.ON).build();
        assertEquals(0, Trainings.train(ROWS, repaired, start).statistics().dead());
        TrainingSettings replaced = ste.toBuilder().reseeding(Reseeding.ERROR).build();
        assertEquals(0, Trainings.train(ROWS, replaced, start).statistics().dead());
    }

    /** The end of the paper's settings: what is dead stays dead, where the default moves it. */
    @Test
    void leavesTheDeadWithoutRepair() {
        FloatMatrix start =
                new FloatMatrix(START.rows(), START.columns(), START.values().clone());
        Arrays.fill(start.values(), 0, START.columns(), 1e3f);
        TrainingSettings lloyd =
                settings(Updater.LLOYD).toBuilder().passes(1, 1).build(); // one pass replaces nothing
        assertEquals(0, Trainings.train(ROWS, lloyd, start).statistics().dead());
        TrainingSettings off = lloyd.toBuilder().repair(Repair.OFF).build();
        assertEquals(1, Trainings.train(ROWS, off, start).statistics().dead());
    }

    @Test
    void lowersTheLearningRateFromStartToEnd() {
        TrainingSettings settings = settings(Updater.NSVQ).toBuilder()
                .learningRate(0.3, 0.02)
                .batches(100, 1)
                .build();
        List<Double> rates = new ArrayList<>();
        List<PassRecord> history =
                heard(settings, p -> rates.add(p.learningRate())).history();
        assertEquals(0.3, rates.get(0), 1e-12, "the first step is of the start rate");
        for (int i = 1; i < 7 * 12; i++) {
            // a new pass knows the error anew
            assertTrue(i % 12 == 0 || rates.get(i) < rates.get(i - 1), "step " + i);
        }
        double variance;
        try (var source = new LocalStatisticsSource(ROWS, null, 1)) {
            variance = Moments.of(source).variance();
        }
        // the final rate is in units of the codebook's rms error
        double end = 0.02 * Math.sqrt(history.get(5).mse() / variance);
        assertEquals(end, history.get(6).learningRate(), 0.1 * end);
        heard(
                settings.toBuilder().learningRate(0.3, 0).build(),
                p -> assertTrue(p.learningRate() == 0.3 || p.learningRate() == 0));
    }

    private static TrainingResult heard(TrainingSettings settings, TrainingListener listener) {
        try (var source = new LocalStatisticsSource(ROWS, null, 2)) {
            return CodebookTrainer.train(source, settings, START, listener, TrainingCheckpoint.NONE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void tellsHowFarItIs(Updater updater) {
        for (double tol : new double[] {0, 0.01}) {
            List<TrainingListener.Progress> heard = new ArrayList<>();
            TrainingSettings settings =
                    settings(updater).toBuilder().tol(tol).batches(200, 4).build();
            TrainingResult result = heard(settings, heard::add);
            double done = 0;
            int pass = 1;
            for (TrainingListener.Progress progress : heard) {
                assertTrue(progress.done() >= done && progress.done() <= 1, progress.toString());
                assertTrue(progress.iteration() >= pass && progress.iteration() <= 10, progress.toString());
                assertEquals(10, progress.maxIter());
                assertTrue(progress.mse() > 0 && Double.isFinite(progress.mse()));
                done = progress.done();
                pass = progress.iteration();
            }
            assertEquals(1, done, 1e-12, "it is told that it ends, also before its time");
            assertEquals(
                    result.statistics().meanError(), heard.get(heard.size() - 1).mse(), 1e-12);
            // of 6 steps in a pass 4 and 2 are taken at once
            int gradient = updater == Updater.LLOYD ? 0 : 14;
            long told =
                    heard.stream().filter(p -> p.iteration() <= gradient / 2).count();
            if (tol > 0 && (updater == Updater.EMA || updater == Updater.MINIBATCH)) {
                assertTrue(told < gradient && told % 2 == 0, "a rule without a rate ends early: " + told);
            } else {
                assertEquals(gradient, told);
            }
        }
    }

    @Test
    void stopsEarlyOnceAPassGainsNextToNothing() {
        TrainingSettings lloyd = TrainingSettings.builder(16)
                .updater(Updater.LLOYD)
                .passes(100, 0)
                .build();
        List<PassRecord> history = Trainings.train(
                        ROWS, lloyd.toBuilder().tol(0.01).build(), START)
                .history();
        int last = history.size() - 1;
        assertTrue(last < 99 && last > 0);
        for (int i = 1; i <= last; i++) {
            double gain = 1 - history.get(i).mse() / history.get(i - 1).mse();
            boolean settled = gain <= 0.01 && history.get(i).replaced() == 0;
            assertEquals(i == last, settled, "pass " + (i + 1) + " gained " + gain);
        }
        int longer = Trainings.train(ROWS, lloyd.toBuilder().tol(1e-6).build(), START)
                .history()
                .size();
        assertTrue(longer > history.size(), "a smaller tolerance takes longer");
    }

    @Test
    void goesOnToLloydOnceAConstantRateSettles() {
        TrainingSettings settings = TrainingSettings.builder(16)
                .updater(Updater.EMA)
                .passes(60, 2)
                .learningRate(0.5, 0)
                .tol(0.02)
                .build();
        List<PassRecord> history = Trainings.train(ROWS, settings, START).history();
        assertTrue(history.size() < 60);
        int lloyd = 0;
        for (PassRecord record : history) {
            assertEquals(record.iteration() > 58 ? "lloyd" : "ema", record.phase());
            lloyd += record.iteration() > 58 ? 1 : 0;
        }
        assertTrue(lloyd > 0);
    }

    @Test
    void choosesStepsByRowsAndCodewords() {
        assertEquals(12, GradientPhase.automaticSteps(100_000, 256, 12));
        assertEquals(25, GradientPhase.automaticSteps(Long.MAX_VALUE, 1 << 20, 25));
        assertEquals(2, GradientPhase.automaticSteps(10_000, 4096, 25), "no step with fewer rows than codewords");
        assertEquals(3, GradientPhase.automaticSteps(100, 1, 12), "nor with fewer than 32");
        assertEquals(1, GradientPhase.automaticSteps(10, 256, 25));
    }

    @Test
    void choosesRangesByWorkAndRows() {
        long[][] expected = { // rows, dimension, codewords, ranges
            {1, 1, 1, 1},
            {100_000, 128, 4096, 1},
            {1_000_000, 128, 256, 1},
            {2_000_000, 128, 256, 2},
            {10_000_000, 128, 4096, 16},
            {10_000_000, 128, 65_536, 8},
            {Integer.MAX_VALUE, 2, 16, 256},
            {100_000_000, 4096, 256, 2048},
            {1_000_000, 784, 256, 4},
        };
        for (long[] e : expected) {
            assertEquals(e[3], GradientPhase.ranges(e[0], (int) e[1], (int) e[2]), Arrays.toString(e));
        }
    }

    /** What a task does of its own for a pass is what the driver does step by step. */
    @ParameterizedTest
    @EnumSource(names = {"NSVQ", "EMA", "MINIBATCH", "SGD"})
    void stepsOfOneRangeAreExact(Updater updater) {
        TrainingSettings exact = settings(updater).toBuilder().batches(20, 1).build();
        TrainingResult expected = Trainings.train(ROWS, exact, START);
        TrainingResult inTasks =
                Trainings.train(ROWS, exact.toBuilder().batches(20, 1000).build(), START);
        assertArrayEquals(expected.codebook().values(), inTasks.codebook().values(), 1e-3f);
        assertEquals(
                expected.history().stream().map(PassRecord::replaced).toList(),
                inTasks.history().stream().map(PassRecord::replaced).toList());
    }

    @Test
    void refusesAStartThatDoesNotFit() {
        assertEquals(
                "the codebook to start from has dimension 2, the rows have 3",
                refused(settings(Updater.NSVQ), ROWS, new FloatMatrix(16, 2, new float[32])));
        assertEquals(
                "the codebook to start from has 15 codewords of dimension 3, but 16 of dimension 3 are asked for",
                refused(settings(Updater.NSVQ), ROWS, new FloatMatrix(15, 3, new float[45])));
        assertEquals(
                "there are no rows to train on",
                refused(settings(Updater.NSVQ), new FloatMatrix(0, 3, new float[0]), START));
    }

    private static String refused(TrainingSettings settings, FloatMatrix rows, FloatMatrix start) {
        return assertThrows(NsvqException.class, () -> Trainings.train(rows, settings, start))
                .getMessage();
    }
}
