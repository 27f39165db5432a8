package io.github.sparknsvq.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** The version of this build. */
final class Version implements IVersionProvider {
    private static final String RESOURCE = "version.properties";

    /** Made by picocli. */
    Version() {}

    /** Returns the version that the build wrote into the jar. */
    static String current() {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "nsvq " + current() + " (Spark " + org.apache.spark.package$.MODULE$.SPARK_VERSION() + ", Java "
                    + Runtime.version().feature() + ")"
        };
    }
}
