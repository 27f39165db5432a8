package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.index.DistanceKind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Building an index and searching it, beside an exhaustive search. */
class IvfIndexTest {
    private static final int K = 5;
    private static final float[][] VECTORS = TestVectors.clustered(400, 8, 12, 3);
    private static final float[][] QUERIES = TestVectors.clustered(60, 8, 12, 4);

    @TempDir
    private Path directory;

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    private IvfIndex estimator(String name) {
        return new IvfIndex()
                .setNumLists(10)
                .setQuantizer("flat")
                .setMaxIter(5)
                .setK(K)
                .setProbes(10)
                .setIndexDir(path(name));
    }

    /** A neighbour as a test compares it. */
    private record Found(String id, float distance) {}

    private static List<List<Found>> found(Dataset<Row> answered) {
        List<List<Found>> all = new ArrayList<>();
        for (Row row : answered.orderBy("id").select("neighbors").collectAsList()) {
            List<Found> of = new ArrayList<>();
            for (Row neighbour : row.<Row>getList(0)) {
                of.add(new Found("" + neighbour.get(0), neighbour.getFloat(1)));
            }
            all.add(of);
        }
        return all;
    }

    private static double distance(float[] a, float[] b, DistanceKind kind) {
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

    private static List<Found> nearest(float[] query, DistanceKind kind, int k) {
        return IntStream.range(0, VECTORS.length)
                .mapToObj(i -> new Found("" + i, (float) distance(query, VECTORS[i], kind)))
                .sorted(Comparator.comparingDouble(Found::distance))
                .limit(k)
                .toList();
    }

    private static void assertSame(List<Found> expected, List<Found> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            float e = expected.get(i).distance();
            assertEquals(e, actual.get(i).distance(), 1e-4 * (1 + Math.abs(e)), "distance " + i);
            assertEquals(expected.get(i).id(), actual.get(i).id(), "id " + i);
        }
    }

    @ParameterizedTest
    @CsvSource({"L2,1", "L2,3", "IP,2", "COSINE,2"})
    void flatListsThatAreAllLookedAtGiveTheExactNeighbours(DistanceKind kind, int partitions) {
        Dataset<Row> vectors = TestVectors.frame(VECTORS, TestVectors.FLOATS, partitions);
        IvfIndexModel model = estimator("flat-" + kind + partitions)
                .setMetric(kind.name().toLowerCase(java.util.Locale.ROOT))
                .fit(vectors);
        List<List<Found>> found = found(model.transform(TestVectors.frame(QUERIES, TestVectors.FLOATS_OR_NULL, 3)));
        assertEquals(QUERIES.length, found.size());
        for (int q = 0; q < QUERIES.length; q++) {
            assertSame(nearest(QUERIES[q], kind, K), found.get(q));
        }
    }

    @ParameterizedTest
    @CsvSource({"pq,l2", "opq,ip", "rq,cosine", "aq,l2", "rq,ip"})
    void neighboursRankedByTheVectorsAreTheExactOnesWhereAllAreRanked(String quantizer, String metric) {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        IvfIndexModel model = estimator("ranked-" + quantizer + metric)
                .setQuantizer(quantizer)
                .setMetric(metric)
                .setNumCodebooks(2)
                .setCodebookBits(4)
                .setRerank(VECTORS.length)
                .fit(vectors)
                .setVectors(vectors);
        List<List<Found>> found = found(model.transform(TestVectors.frame(QUERIES)));
        for (int q = 0; q < QUERIES.length; q++) {
            assertSame(nearest(QUERIES[q], DistanceKind.of(metric), K), found.get(q));
        }
    }

    @Test
    void loadedIndexAnswersAsTheOneThatWasBuilt() {
        IvfIndexModel model = estimator("saved")
                .setQuantizer("pq")
                .setNumCodebooks(4)
                .setCodebookBits(4)
                .fit(TestVectors.frame(VECTORS));
        Dataset<Row> queries = TestVectors.frame(QUERIES);
        List<List<Found>> built = found(model.transform(queries));
        assertEquals(built, found(IvfIndexModel.load(path("saved")).transform(queries)));
        assertTrue(built.get(0).size() == K);
    }

    @Test
    void idsThatComeTwiceAreRefusedAndNothingIsWritten() {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        NsvqException refused = assertThrows(
                NsvqException.class, () -> estimator("twice").fit(vectors.union(vectors.filter("id = 7"))));
        assertEquals("column 'id' holds 7 in 2 rows: ids must be unique", refused.getMessage());
        assertTrue(!directory.resolve("twice").toFile().exists());
    }
}
