package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

/**
 * This JVM got its options from the pom, as {@code bin/nsvq} does; Spark's own launchers take them from its class.
 */
class JvmOptionsTest {

    @Test
    void thePomNamesEveryOptionThatSparkAsksFor() {
        List<String> missing = new ArrayList<>(Arrays.asList(JavaModuleOptions.defaultModuleOptionArray()));
        missing.removeAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        assertEquals(List.of(), missing);
    }
}
