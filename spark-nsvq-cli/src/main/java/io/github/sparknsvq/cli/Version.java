package io.github.sparknsvq.cli;

import java.util.ResourceBundle;
import picocli.CommandLine.IVersionProvider;

/** The version of this build. */
final class Version implements IVersionProvider {
    /** Made by picocli. */
    Version() {}

    /** Returns the version that the build wrote into version.properties. */
    static String current() {
        return ResourceBundle.getBundle("io.github.sparknsvq.cli.version").getString("version");
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "nsvq " + current() + " (Spark " + org.apache.spark.package$.MODULE$.SPARK_VERSION() + ", Java "
                    + Runtime.version().feature() + ")"
        };
    }
}
