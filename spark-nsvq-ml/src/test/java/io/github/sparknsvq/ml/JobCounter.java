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
        SparkContext spark = SparkTestSession.get().sparkContext();
        AtomicInteger jobs = new AtomicInteger();
        SparkListener counter = new SparkListener() {
            @Override
            public void onJobStart(SparkListenerJobStart start) {
                jobs.incrementAndGet();
            }
        };
        spark.listenerBus().waitUntilEmpty();
        spark.addSparkListener(counter);
        try {
            work.execute();
            spark.listenerBus().waitUntilEmpty();
        } finally {
            spark.removeSparkListener(counter);
        }
        return jobs.get();
    }
}
