package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Second lists, and searches in lists that hold each vector twice. */
class SpilledListsTest {
    private static IvfQuantizer quantizer(int lists, int d, ProductQuantizer codes) {
        FloatMatrix centroids = new FloatMatrix(lists, d, Indexes.gaussian(lists * d, 1, 0, 7));
        return new IvfQuantizer(Metric.L2, List.of(), centroids, codes, true);
    }

    /** The loss of a list, in double precision. */
    private static double loss(IvfQuantizer quantizer, float[] rows, int i, int first, int list, double weight) {
        int d = quantizer.innerDimension();
        double own = 0;
        double along = 0;
        double apart = 0;
        for (int j = 0; j < d; j++) {
            double r = rows[i * d + j] - quantizer.centroids().get(first, j);
            double other = rows[i * d + j] - quantizer.centroids().get(list, j);
            own += r * r;
            along += r * other;
            apart += other * other;
        }
        return apart + (own > 0 ? weight * along * along / own : 0);
    }

    @ParameterizedTest
    @CsvSource({"2, 5, 1", "3, 1, 1", "11, 5, 1", "12, 7, 1", "40, 24, 1", "40, 24, 1.5", "40, 24, 0", "40, 1, 1"})
    void leastLossOfTheTenNearestOthers(int lists, int d, float weight) {
        IvfQuantizer quantizer = quantizer(lists, d, null);
        int count = 200;
        float[] rows = Indexes.gaussian(count * d, 1, 0, 8);
        System.arraycopy(quantizer.centroids().values(), 0, rows, 0, d); // without a residual
        int[] first = new int[count];
        int[] second = new int[count];
        quantizer.assign(rows, 0, count, first);
        first[1] = (first[1] + 1) % lists; // as in an index of few probes of centroids
        SpilledLists spilled = new SpilledLists(quantizer, weight, NearestCodewordProviders.cpu());
        spilled.assign(rows, 0, count, first, second);
        for (int i = 0; i < count; i++) {
            int row = i;
            int own = first[i];
            double least = IntStream.range(0, lists)
                    .filter(list -> list != own)
                    .boxed()
                    .sorted(Comparator.comparingDouble(list -> loss(quantizer, rows, row, own, list, 0)))
                    .limit(10)
                    .mapToDouble(list -> loss(quantizer, rows, row, own, list, weight))
                    .min()
                    .orElseThrow();
            assertTrue(second[i] != own, "row " + i);
            assertEquals(least, loss(quantizer, rows, i, own, second[i], weight), 1e-4 * (1 + least), "row " + i);
        }
    }

    @Test
    void equalCentroidsAndRowsThatAreNotFinite() {
        FloatMatrix centroids = new FloatMatrix(3, 2, new float[] {1, 1, 1, 1, 1, 1});
        IvfQuantizer quantizer = new IvfQuantizer(Metric.L2, List.of(), centroids, null, true);
        float[] rows = {1, 1, 2, 2, Float.NaN, 0, Float.POSITIVE_INFINITY, 0};
        int[] second = new int[4];
        new SpilledLists(quantizer).assign(rows, 0, 4, new int[] {0, 1, 2, 1}, second);
        assertEquals(1, second[0]);
        assertEquals(0, second[1]);
        assertTrue(second[2] >= 0 && second[2] < 2);
        assertTrue(second[3] == 0 || second[3] == 2);
    }

    @Test
    void refusals() {
        assertThrows(NsvqException.class, () -> new SpilledLists(quantizer(1, 4, null)));
        for (float weight : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
            assertThrows(
                    NsvqException.class,
                    () -> new SpilledLists(quantizer(2, 4, null), weight, NearestCodewordProviders.cpu()));
        }
    }

    /** Lists that hold rows once or twice, in blocks of 32 where codes are of 4 bits. */
    private static HeapLists lists(IvfQuantizer quantizer, float[] rows, boolean spills) {
        int d = quantizer.innerDimension();
        int count = rows.length / d;
        int[][] assigned = new int[2][count];
        quantizer.assign(rows, 0, count, assigned[0]);
        new SpilledLists(quantizer).assign(rows, 0, count, assigned[0], assigned[1]);
        ListFormat format = ListFormat.of(quantizer.codes(), d);
        byte[][] codes = new byte[quantizer.lists()][];
        long[][] ids = new long[codes.length][];
        for (int list = 0; list < codes.length; list++) {
            List<Integer> own = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                if (assigned[0][i] == list || (spills && assigned[1][i] == list)) {
                    own.add(i);
                }
            }
            byte[] packed = new byte[own.size() * quantizer.codeSize()];
            for (int i = 0; i < own.size(); i++) {
                quantizer.encode(rows, own.get(i) * d, 1, new int[] {list}, packed, i * quantizer.codeSize());
            }
            codes[list] = new byte[(int) format.bytes(own.size())];
            format.pack(packed, 0, own.size(), codes[list], 0);
            ids[list] = own.stream().mapToLong(i -> 1000L - 3 * i).toArray();
        }
        return new HeapLists(format, codes, ids, spills);
    }

    /** The least distance of each id by any of its codes in the nearest lists. */
    private static Map<Long, Float> measured(IvfIndex index, float[] query, int probes, LongPredicate filter) {
        int[] probed = new int[probes];
        index.quantizer().probes(query, 0, 1, probes, probed, new float[probes]);
        Map<Long, Float> best = new HashMap<>();
        for (int list : probed) {
            for (int i = 0; i < index.lists().size(list); i++) {
                float[] row = index.reconstruct(list, i);
                float apart = 0;
                for (int j = 0; j < query.length; j++) {
                    apart += (query[j] - row[j]) * (query[j] - row[j]);
                }
                if (filter == null || filter.test(index.lists().vector(list, i))) {
                    best.merge(index.lists().vector(list, i), apart, Math::min);
                }
            }
        }
        return best;
    }

    @ParameterizedTest
    @CsvSource({"4, 8, 1", "4, 8, 7", "4, 8, 300", "8, 8, 7", "8, 1, 10", "0, 6, 10", "0, 1, 3"})
    void findsEachVectorOnceByItsNearerCode(int bits, int d, int k) {
        int lists = 9;
        int count = 300;
        ProductQuantizer codes = bits == 0 ? null : Indexes.product(d == 1 ? 1 : 4, d == 1 ? 1 : d / 4, bits, 0.5, 3);
        IvfQuantizer quantizer = quantizer(lists, d, codes);
        float[] rows = Indexes.gaussian(count * d, 1, 0, 9);
        float[] queries = Indexes.gaussian(20 * d, 1, 0, 10);
        IvfIndex index = new IvfIndex(quantizer, lists(quantizer, rows, true), lists);
        assertEquals(count, index.size());
        for (int probes : new int[] {1, 3, lists}) {
            for (LongPredicate filter : Arrays.<LongPredicate>asList(null, id -> id % 2 == 0)) {
                long[] ids = new long[20 * k];
                float[] distances = new float[ids.length];
                int[] found = new int[20];
                SearchOptions options =
                        SearchOptions.nearest(k).withProbes(probes).withFilter(filter);
                index.search(new IvfIndex.Batch(queries, 20, options, ids, distances, found));
                for (int q = 0; q < 20; q++) {
                    float[] query = Arrays.copyOfRange(queries, q * d, (q + 1) * d);
                    Map<Long, Float> all = measured(index, query, probes, filter);
                    float[] least = new float[all.size()];
                    int at = 0;
                    for (float one : all.values()) {
                        least[at++] = one;
                    }
                    Arrays.sort(least);
                    assertEquals(Math.min(k, least.length), found[q]);
                    Set<Long> once = new HashSet<>();
                    for (int i = 0; i < found[q]; i++) {
                        assertTrue(once.add(ids[q * k + i]), "twice: " + ids[q * k + i]);
                        float tolerance = bits == 4 ? 0.2f : 1e-3f; // tables of 4 bits are rounded
                        assertEquals(least[i], distances[q * k + i], tolerance * (1 + least[i]));
                    }
                    IvfIndex.Neighbors single = index.search(query, options);
                    assertEquals(found[q], single.size());
                    assertArrayEquals(Arrays.copyOfRange(ids, q * k, q * k + found[q]), single.ids());
                }
            }
        }
    }

    @Test
    void meetsMoreNeighborsInAsManyLists() {
        int d = 16;
        IvfQuantizer quantizer = quantizer(40, d, null);
        float[] rows = Indexes.gaussian(2000 * d, 1, 0, 11);
        float[] queries = Indexes.gaussian(50 * d, 1, 0, 12);
        int[] hits = new int[2];
        for (int spills = 0; spills < 2; spills++) {
            IvfIndex index = new IvfIndex(quantizer, lists(quantizer, rows, spills == 1), 4);
            for (int q = 0; q < 50; q++) {
                float[] query = Arrays.copyOfRange(queries, q * d, (q + 1) * d);
                Set<Long> near = new HashSet<>();
                Arrays.stream(index.search(query, 10, 40).ids()).forEach(near::add);
                assertEquals(10, near.size());
                for (long id : index.search(query, 10, 4).ids()) {
                    hits[spills] += near.contains(id) ? 1 : 0;
                }
            }
        }
        assertTrue(hits[1] > 1.2 * hits[0], Arrays.toString(hits));
    }
}
