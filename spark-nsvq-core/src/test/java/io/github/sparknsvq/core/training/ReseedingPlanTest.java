package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.update.LloydRule;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReseedingPlanTest {
    /** Steps at which a plan replaces the second of two codewords, which nothing ever chooses. */
    private static List<Long> replacedAt(Reseeding policy, int stepsPerPass, int passes, int stride, double batch) {
        return replacedAt(policy, stepsPerPass, passes, stride, batch, 1);
    }

    private static List<Long> replacedAt(
            Reseeding policy, int stepsPerPass, int passes, int stride, double batch, double rowWeight) {
        ReseedingPlan plan = ReseedingPlan.of(
                TrainingSettings.builder(2).reseeding(policy).build(),
                new CodebookLayout(1, 2),
                stepsPerPass,
                passes,
                0.1,
                rowWeight);
        CodebookStatistics seen = new CodebookStatistics(2, 1);
        seen.counts()[0] = batch;
        seen.errors()[0] = batch;
        List<Long> at = new ArrayList<>();
        for (long step = stride; step <= (long) stepsPerPass * passes; step += stride) {
            if (plan.after(seen, step, new float[] {1, 2}, new LloydRule()) > 0) {
                at.add(step);
            }
        }
        return at;
    }

    @Test
    void followsThePapersSchedule() {
        List<Long> expected = new ArrayList<>();
        for (long step = 5; step <= 50; step += 5) {
            expected.add(step);
        }
        for (long step = 80; step <= 970; step += 30) {
            expected.add(step);
        }
        assertEquals(expected, replacedAt(Reseeding.PRESENCE, 100, 10, 1, 1000));
    }

    @Test
    void followsThePapersScheduleOverFewSteps() {
        List<Long> at = replacedAt(Reseeding.PRESENCE, 10, 10, 1, 1000);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L, 13L, 16L), at.subList(0, 12));
        assertTrue(at.get(at.size() - 1) <= 97, "none in the last 3 %");
        assertEquals(List.of(), replacedAt(Reseeding.PRESENCE, 1, 1, 1, 1000));
    }

    @Test
    void actsAtTheEndOfEachPass() {
        // two codewords need 32 rows for counts that say something; a pass here has 24
        assertEquals(List.of(8L, 16L, 24L, 32L, 40L, 48L, 56L), replacedAt(Reseeding.ERROR, 8, 10, 1, 3));
    }

    @Test
    void actsAsSoonAsCountsAreWorthSomething() {
        assertEquals(
                List.of(3L, 6L, 8L, 11L, 14L),
                replacedAt(Reseeding.ERROR, 8, 3, 1, 11).subList(0, 5));
    }

    @Test
    void countsRowsNotTheirWeight() {
        for (double weight : new double[] {0.001, 1, 1000}) {
            assertEquals(
                    List.of(3L, 6L, 8L, 11L, 14L),
                    replacedAt(Reseeding.ERROR, 8, 3, 1, 11 * weight, weight).subList(0, 5));
        }
    }

    @Test
    void leavesCodewordsToSettleInTheEnd() {
        List<Long> at = replacedAt(Reseeding.ERROR, 10, 10, 1, 1000);
        assertEquals(70, at.size());
        assertEquals(70, at.get(69));
    }

    @Test
    void seesSeveralLocalStepsAtOnce() {
        assertEquals(List.of(8L, 16L, 24L, 32L, 40L, 48L, 56L), replacedAt(Reseeding.ERROR, 8, 10, 8, 3));
        List<Long> at = replacedAt(Reseeding.PRESENCE, 100, 10, 10, 1000);
        assertEquals(List.of(10L, 20L, 30L, 40L, 50L, 60L, 70L, 80L, 90L, 100L, 130L, 160L), at.subList(0, 12));
    }

    @Test
    void doesNothingWithoutAPolicyOrAGradientPhase() {
        assertEquals(List.of(), replacedAt(Reseeding.NONE, 100, 10, 1, 1000));
        assertEquals(List.of(), replacedAt(Reseeding.ERROR, 100, 0, 1, 1000));
    }
}
