package io.github.sparknsvq.cli;

import java.nio.file.Path;
import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * The Spark session of a command. It takes the settings that {@code spark-submit} brought; those that are not set get
 * values that suit a command. A session that was there before is left running.
 *
 * @param spark the session itself
 * @param started whether it was started for the command
 */
record Session(SparkSession spark, boolean started) implements AutoCloseable {
    /** Loggers that repeat what is thrown. */
    private static final List<String> REPEATERS = List.of(
            "org.apache.spark.executor.Executor",
            "org.apache.spark.ml.util.Instrumentation",
            "org.apache.spark.sql.execution.datasources.FileFormatWriter",
            "org.apache.spark.util.Utils",
            "org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter");

    /** Loggers that on a cluster also report lost executors, which no other logger does. */
    private static final List<String> LOCAL_REPEATERS =
            List.of("org.apache.spark.scheduler.TaskSetManager", "org.apache.spark.scheduler.TaskSchedulerImpl");

    /**
     * Opens a session.
     *
     * @param command that it is for
     * @param verbose whether Spark may log the stack traces of failures
     */
    static Session open(String command, boolean verbose) {
        Option<SparkSession> running = SparkSession.getActiveSession();
        if (running.isDefined() && running.get().sparkContext() != null) {
            return new Session(running.get(), false);
        }
        SparkConf conf = new SparkConf();
        name(conf, command);
        conf.setIfMissing("spark.master", "local[*]");
        conf.setIfMissing("spark.log.level", "WARN");
        // Spark would make an empty folder for tables where the user happens to be.
        conf.setIfMissing(
                "spark.sql.warehouse.dir",
                Path.of(System.getProperty("java.io.tmpdir"), "nsvq-warehouse").toString());
        boolean local = conf.get("spark.master").startsWith("local");
        if (local) {
            conf.setIfMissing("spark.ui.enabled", "false");
        }
        if (!verbose) {
            silence(local);
        }
        return new Session(SparkSession.builder().config(conf).getOrCreate(), true);
    }

    /** Names the application by its command, unless the user did: spark-submit names others by their main class. */
    static void name(SparkConf conf, String command) {
        String name = conf.get("spark.app.name", Nsvq.class.getName());
        if (name.equals(Nsvq.class.getName())) {
            conf.setAppName("nsvq " + command);
        }
    }

    /**
     * Turns off logs of failures: each arrives as an exception, and Spark would log it several times, with stack
     * traces.
     */
    private static void silence(boolean local) {
        REPEATERS.forEach(name -> Configurator.setLevel(name, Level.OFF));
        LOCAL_REPEATERS.forEach(name -> Configurator.setLevel(name, local ? Level.OFF : Level.ERROR));
    }

    @Override
    public void close() {
        if (started) {
            spark.stop();
        }
    }
}
