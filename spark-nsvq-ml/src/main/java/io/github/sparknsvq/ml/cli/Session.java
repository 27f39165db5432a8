package io.github.sparknsvq.ml.cli;

import java.nio.file.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scala.Option;

/**
 * The Spark session of a command. It takes the settings that {@code spark-submit} brought; those that are not set get
 * values that suit a command. A session that was there before is left running.
 */
final class Session implements AutoCloseable {
    private final SparkSession spark;
    private final boolean ours;

    private Session(SparkSession spark, boolean ours) {
        this.spark = spark;
        this.ours = ours;
    }

    /** Opens a session, named after the command that it is for. */
    static Session open(String command) {
        Option<SparkSession> running = SparkSession.getActiveSession();
        if (running.isDefined() && running.get().sparkContext() != null) {
            return new Session(running.get(), false);
        }
        SparkConf conf = new SparkConf();
        conf.setAppName("nsvq " + command);
        conf.setIfMissing("spark.master", "local[*]");
        conf.setIfMissing("spark.log.level", "WARN");
        // Spark would make an empty folder for tables where the user happens to be.
        conf.setIfMissing(
                "spark.sql.warehouse.dir",
                Path.of(System.getProperty("java.io.tmpdir"), "nsvq-warehouse").toString());
        if (conf.get("spark.master").startsWith("local")) {
            conf.setIfMissing("spark.ui.enabled", "false");
        }
        return new Session(SparkSession.builder().config(conf).getOrCreate(), true);
    }

    SparkSession spark() {
        return spark;
    }

    @Override
    public void close() {
        if (ours) {
            spark.stop();
        }
    }
}
