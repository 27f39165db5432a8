package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.index.ListSchema;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.function.Executable;

/** Indexes to test with, what their answers hold, and what a search without an index would answer. */
final class IndexTestData {
    static final int DIMENSION = 8;
    static final int LISTS = 10;
    static final float[][] VECTORS = TestVectors.clustered(300, DIMENSION, 12, 3);
    static final float[][] QUERIES = Arrays.copyOf(TestVectors.clustered(300, DIMENSION, 12, 3), 40);

    static {
        for (float[] query : QUERIES) { // near the vectors, but none of them
            for (int j = 0; j < DIMENSION; j++) {
                query[j] += 0.25f * (j % 3);
            }
        }
    }

    private IndexTestData() {}

    /** A neighbor as a test compares it. */
    record Found(String id, float distance) {}

    /** Returns the neighbors of each query, in the order of the queries' column {@code id}. */
    static List<List<Found>> found(Dataset<Row> answered) {
        return answered.orderBy("id").select("neighbors").collectAsList().stream()
                .map(row -> neighbors(row, 0))
                .toList();
    }

    /** Returns the neighbors in a row. */
    static List<Found> neighbors(Row row, int column) {
        List<Found> of = new ArrayList<>();
        for (Row neighbor : row.<Row>getList(column)) {
            of.add(new Found("" + neighbor.get(0), neighbor.getFloat(1)));
        }
        return of;
    }

    /** Returns the ids of the neighbors of each query. */
    static List<List<String>> ids(List<List<Found>> found) {
        return found.stream().map(of -> of.stream().map(Found::id).toList()).toList();
    }

    static double distance(float[] a, float[] b, DistanceKind kind) {
        double squared = 0;
        double product = 0;
        double aa = 0;
        double bb = 0;
        for (int j = 0; j < a.length; j++) {
            squared += ((double) a[j] - b[j]) * ((double) a[j] - b[j]);
            product += (double) a[j] * b[j];
            aa += (double) a[j] * a[j];
            bb += (double) b[j] * b[j];
        }
        return switch (kind) {
            case L2 -> squared;
            case IP -> -product;
            case COSINE -> 1 - product / Math.sqrt(aa * bb);
        };
    }

    /** Returns the nearest vectors of a query by an exhaustive search; ids are the vectors' numbers. */
    static List<Found> nearest(float[][] vectors, float[] query, DistanceKind kind, int k) {
        return IntStream.range(0, vectors.length)
                .mapToObj(i -> new Found("" + i, (float) distance(query, vectors[i], kind)))
                .sorted(Comparator.comparingDouble(Found::distance))
                .limit(k)
                .toList();
    }

    static void assertSame(List<Found> expected, List<Found> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            float e = expected.get(i).distance();
            assertEquals(e, actual.get(i).distance(), 1e-4 * (1 + Math.abs(e)), "distance " + i);
            assertEquals(expected.get(i).id(), actual.get(i).id(), "id " + i);
        }
    }

    /** Asserts that all of {@link #QUERIES} got their exact neighbors among {@link #VECTORS}. */
    static void assertExact(List<List<Found>> found, DistanceKind kind, int k) {
        assertEquals(QUERIES.length, found.size());
        for (int q = 0; q < QUERIES.length; q++) {
            assertSame(nearest(VECTORS, QUERIES[q], kind, k), found.get(q));
        }
    }

    /** An index of vectors as they are, without any training: the first of {@link #VECTORS} are its centroids. */
    static IvfIndexModel flat(Path path, Dataset<Row> vectors, String... attributes) {
        return untrained(path, DistanceKind.L2, Arrays.copyOf(VECTORS, LISTS), null, vectors, attributes);
    }

    /** An index without any training, whose queries look at all lists. */
    static IvfIndexModel untrained(
            Path path,
            DistanceKind kind,
            float[][] centroids,
            SharedQuantizer codes,
            Dataset<Row> vectors,
            String... attributes) {
        StructType kept = new StructType();
        for (String name : attributes) {
            kept = kept.add(vectors.schema().apply(name));
        }
        boolean named = vectors.schema().apply("id").dataType().equals(DataTypes.StringType);
        ListSchema schema = new ListSchema(named, kept);
        SharedIndex index = new SharedIndex(kind, FloatMatrix.of(centroids), codes, true, Device.AUTO);
        IvfIndexModel model = new IvfIndexModel("index", index, schema, path.toString())
                .setK(5)
                .setProbes(centroids.length);
        VectorColumn column = VectorColumn.of(vectors.schema(), "features", kind == DistanceKind.COSINE);
        IndexFiles.save(
                model,
                path.toString(),
                SparkTestSession.get(),
                stored -> stored.add(vectors, column, "id", model.skipsInvalid(), 0));
        return model;
    }

    /** Returns a copy of an index, in files of its own: it may be changed. */
    static IvfIndexModel copied(IvfIndexModel index, Path to) {
        try {
            EarlierRevisionFiles.copy(Path.of(index.path()), to);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        IvfIndexModel copy = new IvfIndexModel(index.uid(), index.shared(), index.listSchema(), to.toString());
        for (Param<?> param : index.params()) {
            if (index.isSet(param)) {
                copy.set(copy.getParam(param.name()), index.getOrDefault(param));
            }
        }
        return copy;
    }

    /** An estimator with few passes, whose model looks at all lists. */
    static IvfIndex estimator(Path path) {
        return new IvfIndex()
                .setNumLists(LISTS)
                .setQuantizer("flat")
                .setMaxIter(3)
                .setK(5)
                .setProbes(LISTS)
                .setIndexDir(path.toString());
    }

    /**
     * Runs what fails, without Spark's log of it; returns what the first {@link NsvqException} among the causes says.
     */
    static String refusal(Executable work) {
        SparkTestSession.get().sparkContext().setLogLevel("OFF");
        try {
            Throwable thrown = assertThrows(Exception.class, work);
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                if (cause instanceof NsvqException) {
                    return cause.getMessage();
                }
            }
            throw new AssertionError("no error of spark-nsvq", thrown);
        } finally {
            SparkTestSession.get().sparkContext().setLogLevel("WARN");
        }
    }

    /** Asserts that something is refused, and by which words. */
    static void assertRefused(Executable work, String... words) {
        String message = refusal(work);
        for (String word : words) {
            assertTrue(message.contains(word), message);
        }
    }

    /** Vectors, moved by a distance in each dimension. */
    static Column moved(int distance) {
        return functions.expr("transform(features, x -> x + " + distance + "f)");
    }

    /** Asserts that these rows and no others are in an index, each once, and that searches find them. */
    static void assertHolds(IvfIndexModel index, Dataset<Row> expected) {
        assertEquals(
                expected.select("id").orderBy("id").collectAsList(),
                index.ids(expected.sparkSession()).orderBy("id").collectAsList());
        assertEquals(
                expected.count(),
                index.join(expected, "id")
                        .filter("query = id and distance < 0.5")
                        .count());
    }

    /** Returns all files below a directory that belong to an index, by their names relative to it. */
    static List<String> files(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
