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
import org.junit.jupiter.params.provider.FieldSource;

/** How a training goes: passes, phases, what it says and where it stops. */
class CodebookTrainerTest {
    static final List<String> UPDATERS = TrainingSettings.UPDATERS;
    private static final FloatMatrix ROWS = TestRows.clusters(1200, 3, 20, 1, 21);
    private static final FloatMatrix START = TestRows.slice(ROWS, 0, 16);

    private static TrainingSettings settings(String updater) {
        return TrainingSettings.of(16).withUpdater(updater).withPasses(10, 3).withTol(0);
    }

    @ParameterizedTest
    @FieldSource("UPDATERS")
    void repeatsItselfForTheSameSeed(String updater) {
        float[] first =
                Trainings.train(ROWS, settings(updater), START).codebook().values();
        assertArrayEquals(
                first,
                Trainings.train(ROWS, settings(updater), START).codebook().values());
        float[] other = Trainings.train(ROWS, settings(updater).withSeed(1), START)
                .codebook()
                .values();
        assertEquals(updater.equals("lloyd"), Arrays.equals(first, other), "only Lloyd passes have no chance in them");
    }

    @ParameterizedTest
    @FieldSource("UPDATERS")
    void leavesItsStartAlone(String updater) {
        float[] before = START.values().clone();
        TrainingResult result = Trainings.train(ROWS, settings(updater), START);
        assertArrayEquals(before, START.values());
        assertFalse(Arrays.equals(before, result.codebook().values()));
    }

    @ParameterizedTest
    @FieldSource("UPDATERS")
    void evaluatesItsStartIfNoPassesAreAskedFor(String updater) {
        float[] values = START.values().clone();
        values[0] = 1e4f;
        FloatMatrix start = new FloatMatrix(16, 3, values);
        TrainingResult result = Trainings.train(ROWS, settings(updater).withPasses(0, 0), start);
        assertArrayEquals(values, result.codebook().values(), "dead codewords included");
        assertEquals(1, result.statistics().dead());
        double mse = SlowKMeans.mse(ROWS, start);
        assertEquals(mse, result.statistics().meanError(), 1e-6 * mse);
        assertEquals(List.of(), result.history());
    }

    @ParameterizedTest
    @FieldSource("UPDATERS")
    void recordsEveryPass(String updater) {
        TrainingResult result = Trainings.train(ROWS, settings(updater), START);
        assertEquals(10, result.history().size());
        double before = SlowKMeans.mse(ROWS, START);
        double after = SlowKMeans.mse(ROWS, result.codebook());
        assertEquals(after, result.statistics().meanError(), 1e-5 * after, "what all rows say of the codebook");
        for (PassRecord record : result.history()) {
            boolean gradient = record.pass() <= 7 && !updater.equals("lloyd");
            assertEquals(gradient ? updater : "lloyd", record.phase());
            // large first steps may raise the error for a while
            assertTrue(record.mse() > 0.9 * after && record.mse() < 3 * before, record.toString());
            assertTrue(gradient || record.mse() < before, record.toString());
            assertTrue(record.seconds() > 0 && record.seconds() < 60);
            boolean hasRate = gradient && List.of("nsvq", "ste", "sgd").contains(updater);
            assertEquals(hasRate, record.learningRate() > 0, "rules without a learning rate record 0");
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(i + 1, result.history().get(i).pass());
        }
    }

    @Test
    void lowersTheLearningRateFromStartToEnd() {
        TrainingSettings settings = settings("nsvq").withLearningRate(0.3, 0.02).withBatches(100, 1);
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
        heard(settings.withLearningRate(0.3, 0), p -> assertTrue(p.learningRate() == 0.3 || p.learningRate() == 0));
    }

    private static TrainingResult heard(TrainingSettings settings, TrainingListener listener) {
        try (var source = new LocalStatisticsSource(ROWS, null, 2)) {
            return CodebookTrainer.train(source, settings, START, listener, TrainingCheckpoint.NONE);
        }
    }

    @ParameterizedTest
    @FieldSource("UPDATERS")
    void tellsHowFarItIs(String updater) {
        for (double tol : new double[] {0, 0.01}) {
            List<TrainingListener.Progress> heard = new ArrayList<>();
            TrainingSettings settings = settings(updater).withTol(tol).withBatches(200, 4);
            TrainingResult result = heard(settings, heard::add);
            double done = 0;
            int pass = 1;
            for (TrainingListener.Progress progress : heard) {
                assertTrue(progress.done() >= done && progress.done() <= 1, progress.toString());
                assertTrue(progress.pass() >= pass && progress.pass() <= 10, progress.toString());
                assertEquals(10, progress.maxIter());
                assertTrue(progress.mse() > 0 && Double.isFinite(progress.mse()));
                done = progress.done();
                pass = progress.pass();
            }
            assertEquals(1, done, 1e-12, "it is told that it ends, also before its time");
            assertEquals(
                    result.statistics().meanError(), heard.get(heard.size() - 1).mse(), 1e-12);
            // of 6 steps in a pass 4 and 2 are taken at once
            int gradient = updater.equals("lloyd") ? 0 : 14;
            long told = heard.stream().filter(p -> p.pass() <= gradient / 2).count();
            if (tol > 0 && (updater.equals("ema") || updater.equals("minibatch"))) {
                assertTrue(told < gradient && told % 2 == 0, "a rule without a rate ends early: " + told);
            } else {
                assertEquals(gradient, told);
            }
        }
    }

    @Test
    void stopsEarlyOnceAPassGainsNextToNothing() {
        TrainingSettings lloyd = TrainingSettings.of(16).withUpdater("lloyd").withPasses(100, 0);
        List<PassRecord> history =
                Trainings.train(ROWS, lloyd.withTol(0.01), START).history();
        int last = history.size() - 1;
        assertTrue(last < 99 && last > 0);
        for (int i = 1; i <= last; i++) {
            double gain = 1 - history.get(i).mse() / history.get(i - 1).mse();
            boolean settled = gain <= 0.01 && history.get(i).replaced() == 0;
            assertEquals(i == last, settled, "pass " + (i + 1) + " gained " + gain);
        }
        int longer = Trainings.train(ROWS, lloyd.withTol(1e-6), START).history().size();
        assertTrue(longer > history.size(), "a smaller tolerance takes longer");
    }

    @Test
    void goesOnToLloydOnceAConstantRateSettles() {
        TrainingSettings settings = TrainingSettings.of(16)
                .withUpdater("ema")
                .withPasses(60, 2)
                .withLearningRate(0.5, 0)
                .withTol(0.02);
        List<PassRecord> history = Trainings.train(ROWS, settings, START).history();
        assertTrue(history.size() < 60);
        int lloyd = 0;
        for (PassRecord record : history) {
            assertEquals(record.pass() > 58 ? "lloyd" : "ema", record.phase());
            lloyd += record.pass() > 58 ? 1 : 0;
        }
        assertTrue(lloyd > 0);
    }

    @Test
    void choosesStepsByRowsAndCodewords() {
        assertEquals(12, CodebookTrainer.automaticSteps(100_000, 256));
        assertEquals(12, CodebookTrainer.automaticSteps(Long.MAX_VALUE, 1 << 20));
        assertEquals(2, CodebookTrainer.automaticSteps(10_000, 4096), "no step with fewer rows than codewords");
        assertEquals(3, CodebookTrainer.automaticSteps(100, 1), "nor with fewer than 32");
        assertEquals(1, CodebookTrainer.automaticSteps(10, 256));
    }

    @Test
    void refusesAStartThatDoesNotFit() {
        assertEquals(
                "the codebook to start from has dimension 2, the rows have 3",
                refused(settings("nsvq"), ROWS, new FloatMatrix(16, 2, new float[32])));
        assertEquals(
                "the codebook to start from has 15 codewords of dimension 3, but 16 of dimension 3 are asked for",
                refused(settings("nsvq"), ROWS, new FloatMatrix(15, 3, new float[45])));
        assertEquals(
                "there are no rows to train on", refused(settings("nsvq"), new FloatMatrix(0, 3, new float[0]), START));
        assertEquals(
                "device 'tpu' is unknown: use auto, cpu or opencl",
                refused(settings("nsvq").withDevice("tpu"), ROWS, START));
    }

    private static String refused(TrainingSettings settings, FloatMatrix rows, FloatMatrix start) {
        return assertThrows(NsvqException.class, () -> Trainings.train(rows, settings, start))
                .getMessage();
    }
}
