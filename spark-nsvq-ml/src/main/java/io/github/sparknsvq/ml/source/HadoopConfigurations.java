package io.github.sparknsvq.ml.source;

import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/** Hadoop's configuration as Spark's own file sources see it: the session's, and over it the options of the read. */
final class HadoopConfigurations {
    private static final Set<String> NOT_FOR_HADOOP = Set.of("path", "paths", "partitions");

    private HadoopConfigurations() {}

    static Configuration of(CaseInsensitiveStringMap options) {
        Configuration configuration = SparkInternals.hadoopConfiguration(SparkSession.active());
        options.asCaseSensitiveMap().forEach((key, value) -> {
            if (value != null && !NOT_FOR_HADOOP.contains(key)) {
                configuration.set(key, value);
            }
        });
        return configuration;
    }
}
