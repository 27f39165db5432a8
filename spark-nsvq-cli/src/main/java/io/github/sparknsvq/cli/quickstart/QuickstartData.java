package io.github.sparknsvq.cli.quickstart;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The four files of a nearest-neighbor benchmark.
 *
 * @param learn vectors to train on
 * @param base vectors to encode
 * @param query vectors to search with
 * @param truth ids of the base vectors nearest to each query, ivecs
 */
public record QuickstartData(String learn, String base, String query, String truth) {
    private static final List<String> SUFFIXES = List.of(".fvecs", ".bvecs", ".npy");

    private static final int LEARN_ROWS = 50_000;
    private static final int BASE_ROWS = 100_000;
    private static final int QUERIES = 1_000;
    private static final int NEIGHBORS = 100;

    /** More neighbors than are kept, since the kernel's order is that of rounded distances. */
    private static final int SPARE_NEIGHBORS = 12;

    private static final int QUERIES_AT_ONCE = 50;

    /**
     * Finds the files of a directory. Where there is no file named learn, the base is what to train on.
     *
     * @param configuration of the file system
     * @param directory as the user gave it to {@code --data}
     * @throws NsvqException if the directory, or one of the files, is not there
     */
    public static QuickstartData find(Configuration configuration, String directory) {
        try {
            Path path = new Path(directory);
            FileSystem files = path.getFileSystem(configuration);
            if (!files.exists(path)) {
                throw new NsvqException("there is no such directory: " + directory + " (--data)");
            }
            String base = require(files, path, "base", SUFFIXES);
            return new QuickstartData(
                    vectors(files, path, "learn", SUFFIXES).orElse(base),
                    base,
                    require(files, path, "query", SUFFIXES),
                    require(files, path, "groundtruth", List.of(".ivecs")));
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("cannot read " + directory + " (--data)", e);
        }
    }

    private static String require(FileSystem files, Path directory, String name, List<String> suffixes)
            throws IOException {
        return vectors(files, directory, name, suffixes)
                .orElseThrow(() -> new NsvqException("there is no " + name + " in " + directory
                        + " (--data): it should hold base and query (and may hold learn) as .fvecs, .bvecs or .npy,"
                        + " and groundtruth.ivecs"));
    }

    private static Optional<String> vectors(FileSystem files, Path directory, String name, List<String> suffixes)
            throws IOException {
        for (String suffix : suffixes) {
            Path file = new Path(directory, name + suffix);
            if (files.exists(file)) {
                return Optional.of(file.toString());
            }
        }
        return Optional.empty();
    }

    /**
     * Makes a synthetic data set.
     *
     * @param files where the directory will be
     * @param directory which does not exist yet
     * @param seed the random seed
     */
    public static QuickstartData make(FileSystem files, String directory, long seed) throws IOException {
        SyntheticVectors vectors = new SyntheticVectors(seed);
        FloatMatrix base = vectors.make(1, BASE_ROWS);
        FloatMatrix queries = vectors.make(2, QUERIES);
        java.nio.file.Path local = Files.createTempDirectory("nsvq-quickstart");
        try {
            QuickstartData written = in(local.toString());
            VectorFiles.write(java.nio.file.Path.of(written.learn), vectors.make(0, LEARN_ROWS));
            VectorFiles.write(java.nio.file.Path.of(written.base), base);
            VectorFiles.write(java.nio.file.Path.of(written.query), queries);
            VectorFiles.writeInts(java.nio.file.Path.of(written.truth), nearest(base, queries));
            files.moveFromLocalFile(new Path(local.toUri()), new Path(directory));
        } finally {
            FileSystem.getLocal(new Configuration()).delete(new Path(local.toUri()), true);
        }
        return in(directory);
    }

    private static QuickstartData in(String directory) {
        return new QuickstartData(
                directory + "/learn.bvecs",
                directory + "/base.bvecs",
                directory + "/query.bvecs",
                directory + "/groundtruth.ivecs");
    }

    /** Returns each query's nearest base vectors, those at equal distance by id. Exact for small whole numbers. */
    static int[][] nearest(FloatMatrix base, FloatMatrix queries) {
        NearestCodeword search = NearestCodewordProviders.cpu().prepare(base);
        int kept = Math.min(NEIGHBORS, base.rows());
        int searched = Math.min(NEIGHBORS + SPARE_NEIGHBORS, base.rows());
        int[][] nearest = new int[queries.rows()][];
        int chunks = (queries.rows() + QUERIES_AT_ONCE - 1) / QUERIES_AT_ONCE;
        IntStream.range(0, chunks).parallel().forEach(chunk -> {
            int first = chunk * QUERIES_AT_ONCE;
            int count = Math.min(QUERIES_AT_ONCE, queries.rows() - first);
            int[] index = new int[count * searched];
            search.nearest(
                    queries.values(), first * queries.columns(), count, searched, index, new float[count * searched]);
            for (int i = 0; i < count; i++) {
                nearest[first + i] = Arrays.copyOfRange(index, i * searched, i * searched + kept);
            }
        });
        return nearest;
    }
}
