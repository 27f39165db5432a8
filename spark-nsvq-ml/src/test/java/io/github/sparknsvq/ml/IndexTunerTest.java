package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.advice.HealthCheck;
import io.github.sparknsvq.ml.advice.IndexHealth;
import io.github.sparknsvq.ml.advice.IndexTuner;
import io.github.sparknsvq.ml.advice.Tuning;
import io.github.sparknsvq.ml.advice.TuningSample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IndexTunerTest {
    private static final int ROWS = 2000;
    private static final int DIMENSION = 16;

    private static Dataset<Row> vectors;
    private static Dataset<Row> queries;
    private static TuningSample sample;
    private static IndexTuner tuner;

    @TempDir
    private Path directory;

    @BeforeAll
    static void draw() {
        SparkTestSession.get();
        float[][] all = TestVectors.clustered(ROWS + 600, DIMENSION, 3, 5);
        vectors = TestVectors.frame(Arrays.copyOf(all, ROWS)).cache();
        queries = TestVectors.frame(Arrays.copyOfRange(all, ROWS, ROWS + 600)).cache();
        sample = TuningSample.draw(vectors, queries, draw("l2", 50_000, 300, 0));
        tuner = new IndexTuner(sample).setBytes(4).setQuantizers("pq");
    }

    @AfterAll
    static void close() {
        sample.close();
    }

    private static TuningSample.Draw draw(String metric, int rows, int asked, long seed) {
        return new TuningSample.Draw("features", metric, rows, asked, seed, false);
    }

    /** Returns a tuner that has the indexes that others have trained, without their settings. */
    private static IndexTuner tuner() {
        return tuner.setReranks(true).setMeasure("intersection").setLatency(Double.POSITIVE_INFINITY);
    }

    /** Builds what was chosen, of all rows, and measures its recall on queries that tuning never saw. */
    private Interval measured(Tuning tuning, Dataset<Row> asked) {
        IvfIndexModel model = tuning.setting()
                .estimator()
                .setIndexDir(directory.resolve("built").toString())
                .fit(vectors)
                .setVectors(vectors);
        IndexHealth health =
                new HealthCheck(model).setVectors(vectors).setSample(asked).run(SparkTestSession.get());
        IndexHealth.Point own = health.search().points().get(0);
        assertEquals(tuning.setting().probes(), own.probes());
        return new Interval(own.intersection().mean(), own.intersection().high());
    }

    /** What matters of an interval here. */
    private record Interval(double mean, double high) {}

    @Test
    void aPromiseIsKeptOnOtherQueries() {
        Tuning tuning = tuner().tune(0.9);
        assertTrue(tuning.reached(), tuning.json());
        assertTrue(tuning.selected().low() >= 0.9);
        assertEquals(List.of(), tuning.warnings());
        assertFalse(tuning.json().contains("warnings"), tuning.json());
        assertEquals(200, tuning.sample().selection());
        assertEquals(100, tuning.sample().heldOut());
        Interval other = measured(tuning, queries.filter("id >= 300"));
        assertTrue(other.high() >= tuning.promise(), other + " was promised to be " + tuning.promise());
        assertTrue(other.mean() >= 0.9, other.toString());
    }

    /** Of a third of the rows, where neighbors are fewer and candidates have to be scaled up. */
    @Test
    void aSampleTellsAboutAllRows() {
        try (TuningSample third = TuningSample.draw(vectors, queries, draw("l2", 700, 300, 1))) {
            assertEquals(700, third.size());
            assertEquals(ROWS, third.rows());
            Tuning tuning =
                    new IndexTuner(third).setBytes(4).setQuantizers("pq").tune(0.9);
            assertTrue(tuning.reached(), tuning.json());
            assertTrue(tuning.setting().rerank() > 10, tuning.json());
            assertTrue(measured(tuning, queries).mean() >= 0.9, tuning.json());
            assertTrue(tuning.sample().sampleLists() <= 35, "20 rows of the sample for each list");
            assertTrue(tuning.setting().lists() > 35, "lists for all rows: " + tuning.json());
            assertEquals(1, tuning.warnings().size());
            assertTrue(tuning.warnings().get(0).startsWith("the sample has too few rows to train"), tuning.json());
        }
    }

    @Test
    void moreRecallCostsMore() {
        List<Double> costs = new ArrayList<>();
        for (double target : new double[] {0.5, 0.8, 0.95}) {
            Tuning tuning = tuner().tune(target);
            assertTrue(tuning.reached(), tuning.json());
            costs.add(tuning.cost().bytes());
            assertEquals(3, tuning.tried().size(), "numbers of lists");
            assertTrue(tuning.tried().stream()
                    .allMatch(each ->
                            !each.reached() || each.bytes() >= tuning.cost().bytes()));
        }
        assertTrue(costs.get(0) <= costs.get(1) && costs.get(1) < costs.get(2), costs.toString());
    }

    @Test
    void whatCannotBeReachedIsSaid() {
        Tuning none = tuner().setReranks(false).tune(0.999);
        assertFalse(none.reached());
        assertEquals(0, none.setting().rerank());
        assertTrue(none.selected().low() < 0.999);
        assertTrue(none.promise() < 0.999);
        assertTrue(tuner().tune(0.9).reached());
    }

    @Test
    void timeMayBeLimited() {
        Tuning quick = tuner().setLatency(1000).tune(0.8);
        assertTrue(quick.reached());
        assertTrue(quick.cost().milliseconds() > 0 && quick.cost().milliseconds() < 1000);
        Tuning never = tuner().setLatency(1e-9).tune(0.8);
        assertFalse(never.reached(), "no search is so fast");
        assertTrue(never.selected().low() >= 0.8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ip", "cosine"})
    void otherMetricsAreTunedTheSameWay(String metric) {
        try (TuningSample other = TuningSample.draw(vectors, null, draw(metric, 700, 300, 0))) {
            Tuning tuning =
                    new IndexTuner(other).setBytes(4).setQuantizers("pq").tune(0.8);
            assertEquals(
                    300,
                    other.rows()
                            - ROWS
                            + tuning.sample().selection()
                            + tuning.sample().heldOut());
            assertEquals(metric, tuning.setting().metric());
            assertTrue(tuning.reached(), tuning.json());
            Interval measured = measured(tuning, queries);
            assertTrue(measured.high() >= 0.8, measured.toString());
        }
    }

    @Test
    void residualCodesAreTried() {
        try (TuningSample few = TuningSample.draw(vectors, queries, draw("l2", 300, 100, 0))) {
            Tuning tuning = new IndexTuner(few).setBytes(1).setQuantizers("rq").tune(0.5);
            assertEquals("rq", tuning.setting().quantizer());
            assertEquals(1, tuning.setting().codebooks());
            assertEquals("rq", tuning.setting().estimator().getQuantizer());
        }
    }

    @Test
    void theSameSeedGivesTheSameAnswerHoweverRowsLie() {
        List<String> answers = new ArrayList<>();
        for (int partitions : new int[] {2, 7}) {
            try (TuningSample again = TuningSample.draw(
                    vectors.repartition(partitions), queries.repartition(3), draw("l2", 700, 300, 4))) {
                IndexTuner tuning = new IndexTuner(again).setBytes(4).setQuantizers("pq");
                answers.add(tuning.setMeasure("recall").tune(0.8).json());
            }
        }
        assertEquals(answers.get(0), answers.get(1));
        assertTrue(answers.get(0).contains("\"measure\":\"recall\""), answers.get(0));
        assertFalse(answers.get(0).contains("latencyMs"), "no clock");
    }

    @Test
    void whatTellsNothingIsRefused() {
        assertThrows(NsvqException.class, () -> draw("l1", 1000, 100, 0));
        assertThrows(NsvqException.class, () -> draw("l2", 5, 100, 0));
        assertEquals(
                "there are 50 rows: at least 100 are needed to try settings on",
                assertThrows(
                                NsvqException.class,
                                () -> TuningSample.draw(vectors.limit(50), null, TuningSample.Draw.usual("l2")))
                        .getMessage());
        Dataset<Row> equal = TestVectors.frame(new float[200][DIMENSION]);
        assertThrows(NsvqException.class, () -> TuningSample.draw(equal, null, TuningSample.Draw.usual("l2")));
        Dataset<Row> narrow = TestVectors.frame(TestVectors.clustered(100, 3, 4, 1));
        assertEquals(
                "the queries have vectors of dimension 3, the rows of " + DIMENSION,
                assertThrows(
                                NsvqException.class,
                                () -> TuningSample.draw(vectors, narrow, TuningSample.Draw.usual("l2")))
                        .getMessage());
        assertThrows(NsvqException.class, () -> tuner().tune(1.5));
        assertThrows(NsvqException.class, () -> tuner().setBytes(0));
        assertThrows(NsvqException.class, () -> tuner().setK(0));
        assertThrows(NsvqException.class, () -> tuner().setQuantizers("aq"));
        assertThrows(NsvqException.class, () -> tuner().setMeasure("precision"));
        assertThrows(NsvqException.class, () -> tuner().setLatency(0));
    }
}
