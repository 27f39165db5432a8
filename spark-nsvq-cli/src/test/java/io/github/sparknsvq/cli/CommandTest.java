package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Files for commands to work on, in a directory of their own. */
abstract class CommandTest {
    static final int DIMENSION = 4;

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

    /** Trains a model of eight codewords of {@link #rows}. */
    Path model() {
        Path model = directory.resolve("model");
        Ran.nsvq("train", "--input", vectors("learn.fvecs", 200, 1), "--k", 8, "--max-iter", 2, "--output", model)
                .json();
        return model;
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
