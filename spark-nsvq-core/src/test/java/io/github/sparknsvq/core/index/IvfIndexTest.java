package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IvfIndexTest {
    private static final int D = 6;
    private static final int COUNT = 700;
    private static final int LISTS = 9;
    private static final int QUERIES = 150;

    private final float[] rows = Indexes.gaussian(COUNT * D, 1, 0.5, 1);
    private final float[] queries = Indexes.gaussian(QUERIES * D, 1, 0.5, 2);

    private static Quantizer codes(String kind) {
        return switch (kind) {
            case "flat" -> null;
            case "scalars" -> scalars(ScalarQuantizer.Type.QT_8BIT);
            case "few bits" -> scalars(ScalarQuantizer.Type.QT_6BIT);
            case "bytes" -> Indexes.product(3, 2, 8, 0.7, 3);
            case "blocks" -> Indexes.product(6, 1, 4, 0.7, 3);
            case "sums" -> Indexes.residual(D, 0.5, 3, 64, 64);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static Quantizer scalars(ScalarQuantizer.Type type) {
        float[] ranges = new float[(int) type.rangeValues(D)];
        for (int j = 0; j < ranges.length; j++) {
            ranges[j] = j < ranges.length / 2 ? -3 - 0.1f * j : 7;
        }
        return new ScalarQuantizer(type, D, ranges);
    }

    private static ListFormat format(String kind, Quantizer codes) {
        return switch (kind) {
            case "flat" -> new PlainFormat(D * Float.BYTES);
            case "scalars", "few bits", "bytes" -> new PlainFormat(codes.codeSize());
            case "blocks" -> new BlockFormat(((ProductQuantizer) codes).parts());
            default -> new NormFormat(codes);
        };
    }

    private IvfIndex index(String kind, Metric metric, boolean byResidual) {
        Quantizer codes = codes(kind);
        IvfQuantizer quantizer = Indexes.quantizer(metric, LISTS, D, codes, byResidual, 0.5);
        return new IvfIndex(quantizer, Indexes.lists(quantizer, format(kind, codes), rows), 1);
    }

    /** All vectors as their codes stand for them, in the order of lists, with ids. */
    private static Map<Long, float[]> decoded(IvfIndex index) {
        Map<Long, float[]> vectors = new HashMap<>();
        for (int list = 0; list < index.lists().lists(); list++) {
            long[] ids = new long[index.lists().size(list)];
            index.lists().ids(list, 0, ids.length, ids);
            for (int i = 0; i < ids.length; i++) {
                vectors.put(ids[i], index.reconstruct(list, i));
            }
        }
        return vectors;
    }

    private static double distance(Metric metric, float[] query, int at, float[] vector) {
        double sum = 0;
        for (int j = 0; j < vector.length; j++) {
            double apart = (double) query[at + j] - vector[j];
            sum += metric == Metric.L2 ? apart * apart : -(double) query[at + j] * vector[j];
        }
        return sum;
    }

    private static double[] exhaustive(
            Metric metric, float[] query, int at, Map<Long, float[]> vectors, LongPredicate filter) {
        return vectors.entrySet().stream()
                .filter(vector -> filter == null || filter.test(vector.getKey()))
                .mapToDouble(vector -> distance(metric, query, at, vector.getValue()))
                .sorted()
                .toArray();
    }

    @ParameterizedTest
    @CsvSource({
        "flat, L2, false",
        "flat, INNER_PRODUCT, false",
        "scalars, L2, true",
        "scalars, L2, false",
        "scalars, INNER_PRODUCT, true",
        "few bits, L2, true",
        "few bits, L2, false",
        "few bits, INNER_PRODUCT, true",
        "bytes, L2, true",
        "bytes, L2, false",
        "bytes, INNER_PRODUCT, true",
        "blocks, L2, false",
        "blocks, L2, true",
        "blocks, INNER_PRODUCT, true",
        "sums, L2, true",
        "sums, L2, false",
        "sums, INNER_PRODUCT, true"
    })
    void findsWhatAnExhaustiveSearchFinds(String kind, Metric metric, boolean byResidual) {
        try (IvfIndex index = index(kind, metric, byResidual)) {
            assertEquals(COUNT, index.size());
            Map<Long, float[]> vectors = decoded(index);
            assertEquals(COUNT, vectors.size());
            for (LongPredicate filter : Arrays.<LongPredicate>asList(null, id -> id % 5 == 1, id -> false)) {
                int k = 7;
                long[] ids = new long[QUERIES * k];
                float[] distances = new float[QUERIES * k];
                int[] found = new int[QUERIES];
                SearchOptions options =
                        SearchOptions.nearest(k).withProbes(LISTS + 3).withFilter(filter);
                index.search(new IvfIndex.Batch(queries, QUERIES, options, ids, distances, found));
                for (int q = 0; q < QUERIES; q++) {
                    double[] expected = exhaustive(metric, queries, q * D, vectors, filter);
                    assertEquals(Math.min(k, expected.length), found[q]);
                    for (int i = 0; i < found[q]; i++) {
                        int at = q * k + i;
                        assertEquals(expected[i], distances[at], 1e-4);
                        assertEquals(distance(metric, queries, q * D, vectors.get(ids[at])), distances[at], 1e-4);
                        assertTrue(filter == null || filter.test(ids[at]));
                    }
                    IvfIndex.Neighbors alone = index.search(Arrays.copyOfRange(queries, q * D, (q + 1) * D), options);
                    assertEquals(found[q], alone.size());
                    assertArrayEquals(Arrays.copyOfRange(ids, q * k, q * k + found[q]), alone.ids());
                    assertArrayEquals(Arrays.copyOfRange(distances, q * k, q * k + found[q]), alone.distances());
                }
            }
        }
    }

    /** Lists are longer than what is read at a time, for one query and for several. */
    @ParameterizedTest
    @CsvSource({"flat, false", "scalars, true", "scalars, false", "few bits, true"})
    void longListsOfLongVectors(String kind, boolean byResidual) {
        int d = 1500;
        int count = 500;
        float[] ranges = new float[2 * d];
        Arrays.fill(ranges, 0, d, -6);
        Arrays.fill(ranges, d, 2 * d, 12);
        Quantizer codes = switch (kind) {
            case "flat" -> null;
            case "scalars" -> new ScalarQuantizer(ScalarQuantizer.Type.QT_8BIT, d, ranges);
            default -> new ScalarQuantizer(ScalarQuantizer.Type.QT_6BIT, d, ranges);
        };
        IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, 2, d, codes, byResidual, 0.1);
        float[] many = Indexes.gaussian(count * d, 1, 0, 5);
        float[] asked = Indexes.gaussian(5 * d, 1, 0, 6);
        HeapLists lists = Indexes.lists(quantizer, new PlainFormat(quantizer.codeSize()), many);
        try (IvfIndex index = new IvfIndex(quantizer, lists, 1)) {
            Map<Long, float[]> vectors = decoded(index);
            SearchOptions all = SearchOptions.nearest(count).withProbes(2);
            long[] ids = new long[5 * count];
            float[] distances = new float[5 * count];
            int[] found = new int[5];
            index.search(new IvfIndex.Batch(asked, 5, all, ids, distances, found));
            for (int q = 0; q < 5; q++) {
                assertEquals(count, found[q]);
                double[] expected = exhaustive(Metric.L2, asked, q * d, vectors, null);
                for (int i = 0; i < count; i++) {
                    int at = q * count + i;
                    assertEquals(expected[i], distances[at], 1e-5 * expected[i]);
                    double own = distance(Metric.L2, asked, q * d, vectors.get(ids[at]));
                    assertEquals(own, distances[at], 1e-5 * own);
                }
                long[] alone = index.search(Arrays.copyOfRange(asked, q * d, (q + 1) * d), all)
                        .ids();
                assertArrayEquals(Arrays.copyOfRange(ids, q * count, (q + 1) * count), alone);
            }
        }
    }

    @Test
    void looksAtTheNearestListsAlone() {
        try (IvfIndex index = index("flat", Metric.L2, false)) {
            float[] query = Arrays.copyOf(queries, D);
            int[] list = new int[1];
            index.quantizer().assign(query, 0, 1, list);
            IvfIndex.Neighbors neighbors = index.search(query, COUNT, 1);
            long[] ids = new long[index.lists().size(list[0])];
            index.lists().ids(list[0], 0, ids.length, ids);
            long[] sorted = neighbors.ids().clone();
            Arrays.sort(ids);
            Arrays.sort(sorted);
            assertArrayEquals(ids, sorted);
        }
    }

    @Test
    void givesWhatThereIs() {
        try (IvfIndex index = index("bytes", Metric.L2, true)) {
            assertEquals(
                    COUNT,
                    index.search(Arrays.copyOf(queries, D), Integer.MAX_VALUE, LISTS)
                            .size());
            assertEquals(
                    COUNT,
                    index.search(Arrays.copyOf(queries, D), COUNT + 1, Integer.MAX_VALUE)
                            .size());
        }
        IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, 2, D, null, false, 1);
        try (IvfIndex empty =
                new IvfIndex(quantizer, Indexes.lists(quantizer, format("flat", null), new float[0]), 1)) {
            assertEquals(0, empty.size());
            assertEquals(0, empty.search(new float[D], 3, 2).size());
        }
    }

    @Test
    void severalThreadsGetTheSameAnswers() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(8);
        try (IvfIndex index = index("blocks", Metric.L2, true)) {
            int k = 5;
            long[] ids = new long[QUERIES * k];
            float[] distances = new float[QUERIES * k];
            int[] found = new int[QUERIES];
            SearchOptions options = SearchOptions.nearest(k).withProbes(4);
            index.search(new IvfIndex.Batch(queries, QUERIES, options, ids, distances, found));
            List<Future<long[]>> others = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                others.add(executor.submit(() -> {
                    long[] own = new long[QUERIES * k];
                    index.search(new IvfIndex.Batch(
                            queries, QUERIES, options, own, new float[own.length], new int[QUERIES]));
                    return own;
                }));
            }
            for (Future<long[]> other : others) {
                assertArrayEquals(ids, other.get());
            }
            long[] shared = new long[ids.length];
            float[] sharedNear = new float[ids.length];
            int[] sharedFound = new int[QUERIES];
            index.search(new IvfIndex.Batch(
                    queries, QUERIES, options.withThreads(executor, 8), shared, sharedNear, sharedFound));
            assertArrayEquals(ids, shared);
            assertArrayEquals(distances, sharedNear);
            assertArrayEquals(found, sharedFound);
            float[] broken = queries.clone();
            broken[D * QUERIES - 1] = Float.NaN;
            assertThrows(
                    NsvqException.class,
                    () -> index.search(new IvfIndex.Batch(
                            broken, QUERIES, options.withThreads(executor, 2), shared, sharedNear, sharedFound)));
        } finally {
            executor.shutdownNow();
        }
    }

    /** The executor's only thread is the one that calls; another takes no tasks. */
    @Test
    void needsNoThreadThatTheExecutorHasNot() throws Exception {
        ExecutorService busy = Executors.newSingleThreadExecutor();
        ExecutorService closed = Executors.newSingleThreadExecutor();
        closed.shutdown();
        try (IvfIndex index = index("bytes", Metric.L2, true)) {
            SearchOptions options = SearchOptions.nearest(5).withProbes(4);
            IvfIndex.Batch alone = batch(options);
            index.search(alone);
            IvfIndex.Batch inside = batch(options.withThreads(busy, 3));
            busy.submit(() -> index.search(inside)).get(1, TimeUnit.MINUTES);
            assertArrayEquals(alone.ids(), inside.ids());
            assertArrayEquals(alone.found(), inside.found());
            IvfIndex.Batch refused = batch(options.withThreads(closed, 3));
            index.search(refused);
            assertArrayEquals(alone.ids(), refused.ids());
            assertArrayEquals(alone.distances(), refused.distances());
        } finally {
            busy.shutdownNow();
        }
    }

    private IvfIndex.Batch batch(SearchOptions options) {
        int places = QUERIES * options.k();
        return new IvfIndex.Batch(queries, QUERIES, options, new long[places], new float[places], new int[QUERIES]);
    }

    /** What a thread does that begins late, or not at all, is done by the others. */
    @Test
    void waitsForTasksThatOthersHaveBegun() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(2);
        try (IvfIndex index = index("flat", Metric.L2, false)) {
            SearchOptions options = SearchOptions.nearest(3).withProbes(LISTS);
            IvfIndex.Batch alone = batch(options);
            index.search(alone);
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            CountDownLatch both = new CountDownLatch(2);
            LongPredicate slow = id -> {
                if (threads.add(Thread.currentThread())) {
                    both.countDown();
                    await(both);
                }
                return true;
            };
            IvfIndex.Batch shared = batch(options.withFilter(slow).withThreads(executor, 2));
            index.search(shared);
            assertArrayEquals(alone.ids(), shared.ids());
            assertEquals(2, threads.size());
            assertTrue(threads.contains(Thread.currentThread()));
        } finally {
            executor.shutdownNow();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(1, TimeUnit.MINUTES));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void transformsQueriesAndTurnsVectorsBack() {
        FloatMatrix centroids = new FloatMatrix(2, D, Indexes.gaussian(2 * D, 0.4, 0, 5));
        IvfQuantizer quantizer =
                new IvfQuantizer(Metric.INNER_PRODUCT, List.of(new Normalization(D)), centroids, null, false);
        float[] unit = new float[rows.length];
        quantizer.transform(rows, 0, COUNT, unit, 0);
        try (IvfIndex index = new IvfIndex(quantizer, Indexes.lists(quantizer, format("flat", null), unit), 1)) {
            float[] query = Arrays.copyOfRange(rows, 5 * D, 6 * D);
            IvfIndex.Neighbors neighbors = index.search(query, 1, 2);
            assertEquals(Indexes.id(5), neighbors.ids()[0]);
            assertEquals(-1, neighbors.distances()[0], 1e-5);
        }
    }

    @Test
    void equalDistancesGoToTheLowerListAndPlace() {
        IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, 3, 2, null, false, 1);
        byte[][] codes = {new byte[16], new byte[8], new byte[24]};
        long[][] ids = {{9, 8}, {7}, {3, 2, 1}};
        try (IvfIndex index = new IvfIndex(quantizer, new HeapLists(new PlainFormat(8), codes, ids), 1)) {
            assertArrayEquals(
                    new long[] {9, 8, 7, 3}, index.search(new float[2], 4, 3).ids());
        }
    }

    @Test
    void findsTheSameInAFile(@TempDir Path folder) {
        Path file = folder.resolve("index.faiss");
        float[] query = Arrays.copyOf(queries, D);
        try (IvfIndex index = index("blocks", Metric.L2, true)) {
            FaissFiles.write(file, index.quantizer(), index.lists(), 4);
            try (IvfIndex opened = FaissFiles.open(file)) {
                assertEquals(4, opened.probes());
                assertEquals(COUNT, opened.size());
                IvfIndex.Neighbors expected = index.search(query, 9, 4);
                IvfIndex.Neighbors actual = opened.search(query, SearchOptions.nearest(9));
                assertArrayEquals(expected.ids(), actual.ids());
                assertArrayEquals(expected.distances(), actual.distances());
            }
        }
    }

    @Test
    void refusesWhatCannotBe() {
        try (IvfIndex index = index("flat", Metric.L2, false)) {
            float[] query = new float[D];
            assertThrows(NsvqException.class, () -> index.search(new float[D + 1], 1, 1));
            assertThrows(NsvqException.class, () -> index.search(query, 0, 1));
            assertThrows(NsvqException.class, () -> index.search(query, 1, 0));
            query[2] = Float.POSITIVE_INFINITY;
            assertThrows(NsvqException.class, () -> index.search(query, 1, 1));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> index.search(new IvfIndex.Batch(
                            queries, 2, SearchOptions.nearest(3), new long[5], new float[6], new int[2])));
            assertThrows(IndexOutOfBoundsException.class, () -> index.reconstruct(0, COUNT));
            assertThrows(
                    NsvqException.class,
                    () -> new IvfIndex(Indexes.quantizer(Metric.L2, 2, D, null, false, 1), index.lists(), 1));
        }
    }
}
