package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.advice.HealthCheck;
import io.github.sparknsvq.ml.advice.IndexHealth;
import io.github.sparknsvq.ml.advice.IndexTuner;
import io.github.sparknsvq.ml.advice.TuningSample;
import io.github.sparknsvq.ml.spark.DriverGauges;
import io.github.sparknsvq.ml.watch.Watch;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.SparkContext;
import org.apache.spark.metrics.MetricsSystem;
import org.apache.spark.metrics.source.Source;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.status.api.v1.JobData;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** What those who watch see of a training: jobs in Spark's UI, metrics, the log. */
class WatchingTest {
    private static final String GROUP = "spark.jobGroup.id";
    private static final String DESCRIPTION = "spark.job.description";

    private final SparkContext spark = SparkTestSession.get().sparkContext();
    private final float[][] vectors = TestVectors.clustered(400, 8, 10, 5);

    @TempDir
    Path directory;

    @AfterEach
    void noLabels() {
        spark.setLocalProperty(GROUP, null);
        spark.setLocalProperty(DESCRIPTION, null);
    }

    /** Keeps what is logged. */
    private static final class Lines extends AbstractAppender implements AutoCloseable {
        private final List<String> lines = new ArrayList<>();
        private final Logger logger;

        Lines(Logger logger, String name) {
            super(name, null, null, true, Property.EMPTY_ARRAY);
            this.logger = logger;
            start();
            logger.addAppender(this);
        }

        @Override
        public synchronized void append(LogEvent event) {
            lines.add(event.getLevel() + " " + event.getMessage().getFormattedMessage());
        }

        synchronized List<String> of(Level level) {
            return lines.stream()
                    .filter(line -> line.startsWith(level + " "))
                    .map(line -> line.substring(level.name().length() + 1))
                    .toList();
        }

        @Override
        public void close() {
            logger.removeAppender(this);
        }
    }

    /** Returns the jobs that some work starts, as Spark's UI has them. */
    private List<JobData> jobs(Runnable work) throws Exception {
        spark.listenerBus().waitUntilEmpty();
        Set<Integer> before = new LinkedHashSet<>();
        all().forEach(job -> before.add(job.jobId()));
        work.run();
        spark.listenerBus().waitUntilEmpty();
        return all().stream().filter(job -> !before.contains(job.jobId())).toList();
    }

    private List<JobData> all() {
        return CollectionConverters.asJava(spark.statusStore().jobsList(null));
    }

    private static Set<String> descriptions(List<JobData> jobs) {
        Set<String> all = new LinkedHashSet<>();
        jobs.forEach(
                job -> all.add(job.description().isDefined() ? job.description().get() : "none"));
        return all;
    }

    private static void assertOneStartsWith(String start, Set<String> descriptions) {
        assertTrue(descriptions.stream().anyMatch(each -> each.startsWith(start)), () -> start + ": " + descriptions);
    }

    private VQ vq() {
        return new VQ("watched").setK(6).setMaxIter(4).setSeed(3);
    }

    @Test
    void jobsSayWhatTheyDoWithStepAndLoss() throws Exception {
        List<JobData> jobs = jobs(() -> vq().fit(TestVectors.frame(vectors)));
        Set<String> descriptions = descriptions(jobs);
        assertOneStartsWith("watched: packing rows", descriptions);
        assertOneStartsWith("watched: training codewords, pass 2/4, loss ", descriptions);
        assertOneStartsWith("watched: training codewords, pass 4/4, loss ", descriptions);
        assertOneStartsWith("watched: measuring", descriptions);
        jobs.forEach(job -> assertEquals("watched", job.jobGroup().get()));
        assertNull(spark.getLocalProperty(GROUP));
        assertNull(spark.getLocalProperty(DESCRIPTION));
    }

    @Test
    void groupAndDescriptionOfTheUserComeBack() throws Exception {
        spark.setJobGroup("mine", "my work", true);
        List<JobData> jobs = jobs(() -> vq().fit(TestVectors.frame(vectors)));
        assertOneStartsWith("watched: training codewords", descriptions(jobs));
        // so that whoever set it can still cancel
        jobs.forEach(job -> assertEquals("mine", job.jobGroup().get()));
        assertEquals("mine", spark.getLocalProperty(GROUP));
        assertEquals("my work", spark.getLocalProperty(DESCRIPTION));
    }

    @Test
    void theyComeBackAfterAFailure() {
        spark.setLocalProperty(DESCRIPTION, "my work");
        TrainingListener failing = progress -> {
            throw new NsvqException("told to fail");
        };
        VQ vq = vq().setListener(failing);
        Dataset<Row> rows = TestVectors.frame(vectors);
        assertThrows(NsvqException.class, () -> vq.fit(rows));
        assertNull(spark.getLocalProperty(GROUP));
        assertEquals("my work", spark.getLocalProperty(DESCRIPTION));
    }

    @Test
    void partsOfAnIndexHaveNames() throws Exception {
        List<String> parts = new ArrayList<>();
        TrainingListener listener = new TrainingListener() {
            @Override
            public void progressed(Progress progress) {
                assertTrue(progress.rows() > 0, "every job goes through rows");
            }

            @Override
            public void begins(String part) {
                parts.add(part);
            }
        };
        IvfIndex estimator = IndexTestData.estimator(directory.resolve("index"))
                .setQuantizer("opq")
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setRotationIter(2)
                .setListener(listener);
        List<JobData> jobs = jobs(() -> {
            IvfIndexModel model = estimator.fit(TestVectors.frame(vectors));
            model.delete(TestVectors.frame(new float[][] {vectors[0]}).select("id"));
            model.compact(SparkTestSession.get());
        });
        assertEquals(
                List.of(
                        "packing rows",
                        "lists: choosing the first codewords",
                        "lists: training codewords",
                        "lists: measuring",
                        "packing residuals",
                        "choosing the first codewords",
                        "training the rotation",
                        "training codebooks",
                        "measuring",
                        "encoding and writing vectors"),
                parts);
        Set<String> descriptions = descriptions(jobs);
        String uid = estimator.uid();
        assertOneStartsWith(uid + ": lists: training codewords, pass ", descriptions);
        assertOneStartsWith(uid + ": encoding and writing vectors", descriptions);
        assertOneStartsWith(uid + ": deleting vectors", descriptions);
        assertOneStartsWith(uid + ": compacting", descriptions);
    }

    /** Returns the names of rows that jobs read which some work keeps, as Spark's tab Storage shows them. */
    private Set<String> kept(Executable work) throws Throwable {
        Set<String> names = new LinkedHashSet<>();
        SparkListener listener = new SparkListener() {
            @Override
            public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
                CollectionConverters.asJava(submitted.stageInfo().rddInfos()).stream()
                        .filter(rdd -> rdd.storageLevel().isValid())
                        .forEach(rdd -> names.add(rdd.name()));
            }
        };
        JobCounter.heard(listener, work);
        return names;
    }

    @Test
    void checksOfHealthHaveNamesAndGiveRecall() throws Throwable {
        Dataset<Row> rows = TestVectors.frame(vectors);
        IvfIndexModel index =
                IndexTestData.estimator(directory.resolve("index")).fit(rows).setProbes(2);
        HealthCheck check = new HealthCheck(index).setVectors(rows).setSampleRows(30);
        List<JobData> jobs = new ArrayList<>();
        List<IndexHealth> found = new ArrayList<>();
        Set<String> kept = kept(() -> {
            try {
                jobs.addAll(jobs(() -> found.add(check.run(SparkTestSession.get()))));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        Set<String> descriptions = descriptions(jobs);
        String uid = index.uid();
        for (String what : List.of("looking at lists", "drawing a sample", "exact search", "searching in 2 lists")) {
            assertTrue(descriptions.contains(uid + ": " + what), () -> what + ": " + descriptions);
        }
        jobs.forEach(job -> assertEquals(uid, job.jobGroup().get()));
        assertEquals(Set.of("In-memory table spark-nsvq sample of a health check"), kept);
        IndexHealth.Point own = found.get(0).search().points().get(0);
        assertEquals(own.recall().mean(), gauge("search.recall"), "as evaluators give it");
        assertEquals(10, gauge("search.recallAt"));
        DriverGauges.of(spark).found(Double.NaN, 0);
        new HealthCheck(index).setSample(rows).setExcludeSelf(true).run(SparkTestSession.get());
        assertTrue(gauge("search.recall") > 0, "an index of vectors knows the true neighbors");
    }

    @Test
    void tuningHasNames() throws Throwable {
        Dataset<Row> rows = TestVectors.frame(vectors);
        List<JobData> jobs = new ArrayList<>();
        Set<String> kept = kept(() -> {
            try {
                jobs.addAll(jobs(() -> {
                    try (TuningSample sample = TuningSample.draw(rows, null, TuningSample.Draw.usual("l2"))) {
                        new IndexTuner(sample).setBytes(2).setQuantizers("pq").tune(0.5);
                    }
                }));
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        Set<String> descriptions = descriptions(jobs);
        assertTrue(descriptions.contains("nsvq tune: drawing a sample"), descriptions::toString);
        assertTrue(
                descriptions.stream().anyMatch(each -> each.contains(": lists: training codewords, pass ")),
                descriptions::toString);
        jobs.forEach(job -> assertEquals("nsvq tune", job.jobGroup().get()));
        assertTrue(kept.contains("In-memory table spark-nsvq sample of a tuning"), kept::toString);
        kept.forEach(name -> assertTrue(name.contains("spark-nsvq"), name));
        assertNull(spark.getLocalProperty(GROUP));
    }

    private static double gauge(String name) {
        Gauge<?> gauge = (Gauge<?>) source().metricRegistry().getMetrics().get(name);
        return ((Number) gauge.getValue()).doubleValue();
    }

    /** Returns what Spark's sinks report. */
    private MetricRegistry ofSinks() throws ReflectiveOperationException {
        for (Field field : MetricsSystem.class.getDeclaredFields()) {
            if (field.getType() == MetricRegistry.class) {
                field.setAccessible(true);
                return (MetricRegistry) field.get(spark.env().metricsSystem());
            }
        }
        throw new AssertionError("a metrics system without a registry");
    }

    @Test
    void sinksReportThem() throws ReflectiveOperationException {
        DriverGauges.of(spark).passed(7, 0.25, 3, -1, 1000);
        String name = spark.applicationId() + ".driver.nsvq.training.";
        @SuppressWarnings("rawtypes") // as the registry has them
        Map<String, Gauge> gauges = ofSinks().getGauges();
        assertEquals(0.25, gauges.get(name + "loss").getValue());
        assertEquals(7, gauges.get(name + "pass").getValue());
        assertEquals(Double.NaN, gauges.get(name + "deadCodewords").getValue());
    }

    private static Source source() {
        List<Source> sources = CollectionConverters.asJava(
                SparkTestSession.get().sparkContext().env().metricsSystem().getSourcesByName("nsvq"));
        assertEquals(1, sources.size(), "one for each context, however many trainings there are");
        return sources.get(0);
    }

    @Test
    void metricsHoldTheLastPass() {
        List<TrainingListener.Progress> told = new ArrayList<>();
        VQModel model = vq().setListener(told::add).fit(TestVectors.frame(vectors));
        TrainingListener.Progress last = told.get(told.size() - 1);
        assertEquals(model.summary().mse(), last.mse(), 1e-9 * last.mse());
        assertEquals(last.mse(), gauge("training.loss"));
        assertEquals(4, gauge("training.pass"));
        assertEquals(model.summary().perplexity(), gauge("training.perplexity"), 1e-9);
        assertEquals(model.summary().dead(), gauge("training.deadCodewords"));
        double rate = gauge("training.rowsPerSecond");
        assertTrue(rate > 1 && rate < 1e9, () -> "rows per second: " + rate);
    }

    @Test
    void metricsHoldTheRecallThatWasMeasured() {
        Dataset<Row> found = SparkTestSession.get()
                .range(4)
                .select(
                        functions
                                .expr("array(named_struct('id', id, 'distance', 0f))")
                                .as("neighbors"),
                        functions.expr("array(id div 2 * 2)").as("truth"));
        double recall = new RecallEvaluator().setTruthCol("truth").setK(3).evaluate(found);
        assertEquals(0.5, recall);
        assertEquals(0.5, gauge("search.recall"));
        assertEquals(3, gauge("search.recallAt"));
        assertEquals(DriverGauges.of(spark), source());
    }

    @Test
    void logsALineForEachPassAndNoWarnings() {
        Logger root = (Logger) LogManager.getRootLogger();
        Logger own = (Logger) LogManager.getLogger(Watch.class);
        Level before = own.getLevel();
        Configurator.setLevel(own, Level.INFO);
        try (Lines warnings = new Lines(root, "warnings");
                Lines lines = new Lines(own, "lines")) {
            Dataset<Row> rows = TestVectors.frame(vectors);
            VQModel model = vq().fit(rows);
            assertEquals(
                    model.summary().history().size() + 1, // and what is measured at the end
                    lines.of(Level.INFO).size(),
                    () -> String.join("\n", lines.of(Level.INFO)));
            String last = lines.of(Level.INFO).get(model.summary().history().size());
            String expected = "watched: measuring, pass 4/4: loss [0-9.]+, perplexity [0-9.]+, 0 dead, [0-9]+ rows/s";
            assertTrue(last.matches(expected), last);
            model.transform(rows).count();
            IvfIndexModel index =
                    IndexTestData.estimator(directory.resolve("index")).fit(rows);
            index.transform(rows).count();
            assertEquals(List.of(), warnings.of(Level.WARN));
            assertEquals(List.of(), warnings.of(Level.ERROR));
        } finally {
            Configurator.setLevel(own, before);
        }
    }
}
