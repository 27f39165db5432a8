package io.github.sparknsvq.links;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One jar runs on every Spark from 4.0 on: all that its classes refer to is there. Compared with the Spark that
 * Maven brought, and with those whose directories of jars the environment variable {@code NSVQ_SPARK_JARS} lists,
 * separated as a class path is.
 */
class LinkIT {
    private static final Path JAR = Path.of(System.getProperty("nsvq.fatJar"));

    /** What is missing in some Spark and looked for there by a holder that says what happens without it. */
    private static final Map<String, Set<String>> HELD = Map.of(
            "4.0.",
            Set.of(
                    "ml/spark/SparkInternals -> org/apache/spark/sql/Dataset.repartitionById"
                            + "(ILorg/apache/spark/sql/Column;)Lorg/apache/spark/sql/Dataset;",
                    "ml/spark/SparkInternals$LocalSaving -> org/apache/spark/ml/util/ReadWriteUtils"));

    static Stream<Path> sparks() {
        String directories = System.getenv("NSVQ_SPARK_JARS");
        return Stream.of(directories == null ? "" : directories)
                .flatMap(all -> Arrays.stream(all.split(File.pathSeparator)))
                .filter(directory -> !directory.isEmpty())
                .map(Path::of);
    }

    @Test
    void linksWithTheSparkOfTheBuild() throws IOException {
        List<Path> jars = Stream.concat(
                        Stream.of(JAR),
                        Arrays.stream(Files.readString(Path.of(System.getProperty("nsvq.sparkClasspath")))
                                        .strip()
                                        .split(File.pathSeparator))
                                .map(Path::of))
                .toList();
        assertEquals(Set.of(), missing(jars));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("sparks")
    void linksWith(Path directory) throws IOException {
        String version = version(directory);
        Set<String> held = HELD.entrySet().stream()
                .filter(entry -> version.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(Set.of());
        Set<String> missing = missing(ClassPath.jars(JAR, directory));
        // the JDK's own java.xml comes before the old copy of it among Spark's jars
        missing.removeIf(reference -> reference.contains(" -> javax/xml/stream/"));
        for (String reference : held) {
            assertTrue(missing.remove(reference), () -> "in Spark " + version + " there is " + reference);
        }
        assertEquals(Set.of(), missing, "Spark " + version);
    }

    @Test
    void findsWhatIsMissing() throws IOException {
        Set<String> missing = missing(List.of(JAR));
        assertTrue(missing.contains("ml/VQ -> org/apache/spark/ml/util/MLReader"), () -> "found " + missing.size());
    }

    private static Set<String> missing(List<Path> jars) throws IOException {
        try (JarFile own = new JarFile(JAR.toFile());
                ClassPath all = new ClassPath(jars)) {
            return new LinkCheck(own, all).missing();
        }
    }

    private static String version(Path directory) throws IOException {
        String prefix = "spark-core_2.13-";
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(prefix))
                    .map(name -> name.substring(prefix.length(), name.length() - ".jar".length()))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no " + prefix + "*.jar in " + directory));
        }
    }
}
