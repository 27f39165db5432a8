package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.watch.StageTasks;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintWriter err = new PrintWriter(bytes, true, StandardCharsets.UTF_8);

    private static TrainingListener.Progress at(double done) {
        return new TrainingListener.Progress(3, 20, done, 76460.25, 0.05);
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void saysStepLossRateAndTimeLeft() {
        assertEquals("pass 3/20, 25 %, loss 76460.3, rate 0.0500, 30 s left", Progress.line(at(0.25), 0.25, 0, 10));
        TrainingListener.Progress begun = new TrainingListener.Progress(1, 5, 0, 1, 0);
        assertEquals("pass 1/5, 0 %, loss 1.00000", Progress.line(begun, 0, 0, 1));
        assertTrue(Progress.line(at(0.75), 0.5, 0, 10).endsWith(", 5 s left"));
        assertTrue(Progress.line(at(0.02), 0.02, 0, 204).endsWith(", 2 h 46 min left"));
        assertEquals(
                "pass 3/20, 25 %, loss 76460.3, rate 0.0500, 1,234 rows/s, 30 s left",
                Progress.line(at(0.25), 0.25, 12_340, 10));
    }

    @Test
    void printsPlainLinesNowAndThen() {
        try (Progress progress = new Progress(err, false)) {
            progress.begin("training");
            for (int i = 1; i <= 1000; i++) {
                progress.progressed(at(i / 1000.0));
            }
        }
        List<String> lines = text().lines().toList();
        assertEquals(2, lines.size(), text());
        assertEquals("nsvq: training", lines.get(0));
        assertTrue(lines.get(1).startsWith("nsvq: training: pass 3/20, 0 %, loss 76460.3, rate 0.05"), lines.get(1));
    }

    @Test
    void writesOneLineOverOnATerminal() {
        try (Progress progress = new Progress(err, true)) {
            progress.begin("training");
            progress.progressed(at(0.5));
        }
        assertTrue(text().startsWith("\r\u001b[Knsvq: training"), text());
        assertTrue(text().contains("\r\u001b[Knsvq: [##########          ] pass 3/20, 50 %"), text());
        assertTrue(text().endsWith("rate 0.0500\r\u001b[K"), text());
    }

    @Test
    void saysHowFarTheTasksOfAStageAre() {
        assertEquals(
                "250 of 1,000 tasks of a stage, 12.5 tasks/s, 1 min 0 s left",
                Progress.line(new StageTasks.Count(250, 1000, 20)));
        try (Progress progress = new Progress(err, false)) {
            progress.begin("encoding");
            progress.counted(new StageTasks.Count(1, 1000, 0.1)); // soon over, perhaps
            progress.counted(new StageTasks.Count(1, 2, 20)); // says little
            progress.counted(new StageTasks.Count(250, 1000, 20));
            progress.counted(new StageTasks.Count(251, 1000, 20)); // just said
            progress.begin("training");
            progress.progressed(at(0.5));
            progress.counted(new StageTasks.Count(250, 1000, 20)); // of a job of the training
        }
        List<String> lines = text().lines().toList();
        assertEquals("nsvq: encoding", lines.get(0));
        assertEquals("nsvq: encoding: 250 of 1,000 tasks of a stage, 12.5 tasks/s, 1 min 0 s left", lines.get(1));
        assertEquals("nsvq: training", lines.get(2));
        assertTrue(lines.get(3).startsWith("nsvq: training: pass 3/20"), lines.get(3));
        assertEquals(4, lines.size(), text());
    }

    @Test
    void countsTheTasksOfSpark() throws Exception {
        SparkContext context = SparkTestSession.get().sparkContext();
        List<StageTasks.Count> counts = new CopyOnWriteArrayList<>();
        try (StageTasks tasks = StageTasks.listen(context)) {
            tasks.tell(counts::add);
            JavaSparkContext.fromSparkContext(context)
                    .parallelize(List.of(1, 2, 3, 4, 5), 5)
                    .count();
            StandaloneCluster.await(30, () -> counts.size() == 5, "no word of some tasks");
        }
        assertEquals(
                List.of(1, 2, 3, 4, 5),
                counts.stream().map(StageTasks.Count::done).toList());
        assertTrue(counts.stream().allMatch(count -> count.all() == 5 && count.seconds() >= 0));
        assertEquals(0, counts.get(4).left());
    }
}
