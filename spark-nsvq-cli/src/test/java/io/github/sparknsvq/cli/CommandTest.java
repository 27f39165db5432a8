package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Files for commands to work on, in a directory of their own. */
abstract class CommandTest {
    static final int DIMENSION = 4;

    private static Path trained;

    SparkSession spark;

    @TempDir
    Path directory;

    @BeforeEach
    void session() {
        spark = SparkTestSession.get();
    }

    /** Returns rows around eight centers. */
    static FloatMatrix rows(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count * DIMENSION];
        for (int i = 0; i < count; i++) {
            int cluster = random.nextInt(8);
            for (int j = 0; j < DIMENSION; j++) {
                values[i * DIMENSION + j] = (float) ((j < 3 ? 10 * (cluster >> j & 1) : 0) + random.nextGaussian());
            }
        }
        return new FloatMatrix(count, DIMENSION, values);
    }

    Path vectors(String name, int count, long seed) {
        return vectors(name, rows(count, seed));
    }

    Path vectors(String name, FloatMatrix rows) {
        Path file = directory.resolve(name);
        VectorFiles.write(file, rows);
        return file;
    }

    /** Writes a table that a query gives. */
    Path table(String name, String query) {
        Path path = directory.resolve(name);
        spark.sql(query).coalesce(1).write().parquet(path.toString());
        return path;
    }

    /** Returns a model of eight codewords of {@link #rows}, a copy of one that is trained once. */
    Path model() {
        vectors("learn.fvecs", 200, 1);
        try {
            if (trained == null) {
                Path made = Files.createTempDirectory(Path.of("target").toAbsolutePath(), "model");
                nsvq(
                                "train --k 8 --max-iter 2 --mode overwrite",
                                "--input",
                                directory.resolve("learn.fvecs"),
                                "--output",
                                made.resolve("model"))
                        .json();
                trained = made.resolve("model");
            }
            Path model = directory.resolve("model");
            try (Stream<Path> files = Files.walk(trained)) {
                for (Path file : files.toList()) {
                    Files.copy(file, model.resolve(trained.relativize(file).toString()));
                }
            }
            return model;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a command that fails and leaves all as it was; returns its line. */
    String unchanged(Object... command) throws IOException {
        List<String> before = left();
        spark.sparkContext().setLogLevel("OFF"); // what tasks throw comes back here
        try {
            return nsvq(command).line(1);
        } finally {
            spark.sparkContext().setLogLevel("WARN");
            assertEquals(before, left());
        }
    }

    /** Runs a command that would write to a new directory and fails; returns its line. */
    String failure(Object... command) throws IOException {
        List<Object> args = new ArrayList<>(Arrays.asList(command));
        args.addAll(List.of("--output", directory.resolve("a/out")));
        return unchanged(args.toArray());
    }

    /** Asserts what a command says that fails. */
    void assertFails(String line, Object... command) throws IOException {
        assertEquals(line, failure(command));
    }

    /**
     * Asserts what a command says of a table that a query gives.
     *
     * @param command its words; one in braces is {@code {table}} or what {@link #path} makes
     * @param line what it says, with the table as {@code {table}}
     */
    void assertTableFails(String query, String command, String line) throws IOException {
        Path table = table("table", query);
        List<Object> words = new ArrayList<>();
        for (String word : command.split(" ", -1)) {
            words.add(word.equals("{table}") ? table : word.startsWith("{") ? path(word) : word);
        }
        assertEquals(line.replace("{table}", table.toString()), failure(words.toArray()));
    }

    /** Returns the file or directory that a word in braces stands for. */
    Path path(String word) {
        assertEquals("{model}", word);
        return model();
    }

    /** Returns the keys of a result. */
    static Set<String> names(JsonNode json) {
        Set<String> names = new TreeSet<>();
        json.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** Asserts that a result has these keys, in any order. */
    static void assertKeys(String keys, JsonNode json) {
        assertEquals(new TreeSet<>(List.of(keys.split(" ", -1))), names(json));
    }

    /** Returns the names of what is in the directory, but for checksums. */
    List<String> left() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }
}
