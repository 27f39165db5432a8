package io.github.sparknsvq.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.executor.ExecutorMetrics;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.StageInfo;
import scala.jdk.javaapi.CollectionConverters;

/** What Spark's stages took: their time, the bytes they shuffled, and the most heap that an executor had in use. */
final class StageMeter extends SparkListener {
    private static final double SHORT = 1;

    private final List<String> longest = new ArrayList<>();
    private long stages;
    private long shuffled;
    private long heap;

    @Override
    public synchronized void onStageCompleted(SparkListenerStageCompleted completed) {
        StageInfo stage = completed.stageInfo();
        stages++;
        shuffled += stage.taskMetrics().shuffleWriteMetrics().bytesWritten();
        double seconds = ((long) stage.completionTime().get()
                        - (long) stage.submissionTime().get())
                / 1e3;
        if (seconds >= SHORT) {
            String name = stage.name().replaceAll(" at .*", "");
            longest.add(String.format(Locale.ROOT, "[\"%s\", %.1f]", name, seconds));
        }
    }

    @Override
    public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        for (ExecutorMetrics metrics :
                CollectionConverters.asJava(update.executorUpdates().values())) {
            heap = Math.max(heap, metrics.getMetricValue("JVMHeapMemory"));
        }
    }

    /** Returns what came since the last call, as fields of a JSON object. */
    String take() {
        try {
            Thread.sleep(1500); // listeners hear of stages, and executors report, a little later
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            String text = String.format(
                    Locale.ROOT,
                    "\"stages\": %d, \"shuffledMB\": %.1f, \"heapMB\": %.0f, \"longStages\": %s",
                    stages,
                    shuffled / 1e6,
                    heap / 1e6,
                    longest);
            stages = 0;
            shuffled = 0;
            heap = 0;
            longest.clear();
            return text;
        }
    }
}
