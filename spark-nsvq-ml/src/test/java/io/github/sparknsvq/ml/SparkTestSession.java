package io.github.sparknsvq.ml;

import org.apache.spark.sql.SparkSession;

/**
 * The one Spark session of a test JVM: {@code local[2]}, no UI, on the loopback interface only.
 *
 * <p>Made on first use and stopped by Spark's own shutdown hook, so that all test classes share its start-up cost. A test
 * that changes its settings takes {@code get().newSession()}.
 */
public final class SparkTestSession {
    private SparkTestSession() {}

    /** Returns the session, and makes it the active one of this thread. */
    public static SparkSession get() {
        SparkSession session = Holder.SESSION;
        SparkSession.setActiveSession(session);
        return session;
    }

    private static final class Holder {
        static final SparkSession SESSION = SparkSession.builder()
                .appName("spark-nsvq tests")
                .master("local[2]")
                .config("spark.ui.enabled", false)
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.shuffle.partitions", 2)
                .config("spark.sql.warehouse.dir", "target/spark-warehouse")
                .getOrCreate();
    }
}
