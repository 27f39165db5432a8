package io.github.sparknsvq.ml;

import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.function.Executable;

/** Counts Spark's jobs. */
final class JobCounter {
    private JobCounter() {}

    /** Returns how many jobs some work starts. */
    static int jobs(Executable work) throws Throwable {
        AtomicInteger jobs = new AtomicInteger();
        SparkListener counter = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                jobs.incrementAndGet();
            }
        };
        heard(counter, work);
        return jobs.get();
    }

    /** Lets a listener hear all that some work does, and nothing else. */
    static void heard(SparkListener listener, Executable work) throws Throwable {
        SparkContext spark = SparkTestSession.get().sparkContext();
        spark.listenerBus().waitUntilEmpty();
        spark.addSparkListener(listener);
        try {
            work.execute();
            spark.listenerBus().waitUntilEmpty();
        } finally {
            spark.removeSparkListener(listener);
        }
    }
}
