package io.github.sparknsvq.ml.watch;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerStageCompleted;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Tells how far the stages of an application are, as their tasks end: for work that has no passes to count. */
public final class StageTasks extends SparkListener implements AutoCloseable {
    /**
     * How far a stage is.
     *
     * @param done its tasks that have ended well, at least 1
     * @param all its tasks
     * @param seconds since it began
     */
    public record Count(int done, int all, double seconds) {
        /** Returns the seconds until the stage ends, at the pace so far. */
        public double left() {
            return seconds * (all - done) / done;
        }
    }

    private final SparkContext context;
    private volatile Consumer<Count> told = count -> {};
    private final Map<Integer, Stage> running = new HashMap<>();

    private static final class Stage {
        private final int tasks;
        private final long began = System.nanoTime();
        private int done;

        Stage(int tasks) {
            this.tasks = tasks;
        }
    }

    private StageTasks(SparkContext context) {
        this.context = context;
    }

    /** Begins to listen, until it is closed. */
    public static StageTasks listen(SparkContext context) {
        StageTasks tasks = new StageTasks(context);
        context.addSparkListener(tasks);
        return tasks;
    }

    /** Tells someone after each task that ends well, on a thread of Spark's. */
    public void tell(Consumer<Count> listener) {
        told = listener;
    }

    @Override
    public void onStageSubmitted(SparkListenerStageSubmitted submitted) {
        running.put(
                submitted.stageInfo().stageId(), new Stage(submitted.stageInfo().numTasks()));
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd ended) {
        Stage stage = running.get(ended.stageId());
        if (stage != null && ended.taskInfo().successful() && stage.done < stage.tasks) {
            stage.done++;
            told.accept(new Count(stage.done, stage.tasks, (System.nanoTime() - stage.began) / 1e9));
        }
    }

    @Override
    public void onStageCompleted(SparkListenerStageCompleted completed) {
        running.remove(completed.stageInfo().stageId());
    }

    @Override
    public void close() {
        context.removeSparkListener(this);
    }
}
