package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scans for several queries at a time beside one that decodes every code, whatever comes together and is kept. */
class QueriesScannerTest {
    private static final int[] SIZES = {0, 1, 31, 64, 65, 300, 0, 129};
    private static final int QUERIES = 11;

    @ParameterizedTest
    @CsvSource({
        "nibbles, 1, 1, 1",
        "nibbles, 7, 2, 1",
        "nibbles, 112, 1, 1",
        "nibbles, 300, 1, 1",
        "nibbles, 4, 2, 1e15",
        "nibbles, 4, 2, 1e-22",
        "nibbles, 3, 2, 0",
        "bytes, 1, 3, 1",
        "bytes, 5, 1, 1",
        "bytes, 56, 1, 1",
        "bytes, 140, 1, 1",
        "bytes, 4, 2, 1e15",
        "bytes, 4, 2, 0",
        "sums, 3, 5, 1",
        "sums, 1, 2, 1"
    })
    void findsWhatDecodingFinds(String kind, int parts, int size, float scale) {
        Quantizer codes = codes(kind, parts, size, scale);
        for (Metric metric : Metric.values()) {
            for (boolean byResidual : new boolean[] {false, true}) {
                IvfQuantizer quantizer =
                        Indexes.quantizer(metric, SIZES.length, codes.dimension(), codes, byResidual, scale);
                HeapLists lists = lists(codes, format(kind, codes), 0);
                float[] queries = Indexes.gaussian(QUERIES * codes.dimension(), scale, scale, 9);
                for (int k : new int[] {1, 10, 70, 1000}) {
                    compare(quantizer, lists, queries, k, null);
                }
                compare(quantizer, lists, queries, 5, id -> id % 3 == 1);
            }
        }
    }

    private static Quantizer codes(String kind, int parts, int size, float scale) {
        int[] sizes = new int[parts];
        Arrays.fill(sizes, 256);
        return kind.equals("sums")
                ? Indexes.residual(size, scale, 3, sizes)
                : Indexes.product(parts, size, kind.equals("bytes") ? 8 : 4, scale, 3);
    }

    private static ListFormat format(String kind, Quantizer codes) {
        return switch (kind) {
            case "nibbles" -> new BlockFormat(codes.codeBits().indices());
            case "bytes" -> new PlainFormat(codes.codeSize());
            default -> new NormFormat(codes);
        };
    }

    /** Random codes, the first of each list {@code copies} times more. */
    private static HeapLists lists(Quantizer codes, ListFormat format, int copies) {
        int[] codewords = new int[codes.codeBits().indices()];
        for (int m = 0; m < codewords.length; m++) {
            codewords[m] = codes instanceof SumQuantizer sums
                    ? sums.codebook(m).rows()
                    : 1 << codes.codeBits().width(m);
        }
        byte[][] packed = new byte[SIZES.length][];
        long[][] ids = new long[SIZES.length][];
        for (int list = 0; list < SIZES.length; list++) {
            byte[] plain = Indexes.codes(codes, codewords, SIZES[list], list % 3);
            int size = codes.codeSize();
            for (int i = 1; i <= Math.min(copies, SIZES[list] - 1); i++) {
                System.arraycopy(plain, 0, plain, i * size, size);
            }
            packed[list] = new byte[(int) format.bytes(SIZES[list])];
            format.pack(plain, 0, SIZES[list], packed[list], 0);
            ids[list] = new long[SIZES[list]];
            for (int i = 0; i < SIZES[list]; i++) {
                ids[list][i] = 1000L * list + i;
            }
        }
        return new HeapLists(format, packed, ids);
    }

    /** All at once, one by one and by threads; with all kept, with terms alone, and with nothing. */
    private static void compare(IvfQuantizer quantizer, HeapLists lists, float[] asked, int k, LongPredicate filter) {
        int d = quantizer.innerDimension();
        NearestLabels[] expected = new NearestLabels[QUERIES];
        for (int q = 0; q < QUERIES; q++) {
            expected[q] = decoded(quantizer, lists, asked, q * d, filter);
        }
        ScanKernel kernel = NearestCodewordProviders.cpu().scans();
        int n = lists.lists();
        IvfIndex.Batch first = null;
        for (int kept = 0; kept < 3; kept++) {
            AtomicReferenceArray<KeptList> room = kept == 0 ? null : new AtomicReferenceArray<>(n);
            ListScanner scanner =
                    ListScanning.of(quantizer, lists.format(), kernel, 0).get();
            IvfSearcher searcher = new IvfSearcher(quantizer, lists, scanner, room, kept == 2, null, false);
            for (int together : new int[] {QUERIES, 1, 2}) {
                IvfIndex.Batch batch = batch(asked, k, n, filter);
                for (int from = 0; from < QUERIES; from += together) {
                    searcher.search(batch, from, Math.min(QUERIES, from + together));
                }
                check(expected, batch, k);
                if (first == null || (kept == 1 && together == QUERIES)) {
                    first = batch; // with terms, distances are added up in another order
                } else {
                    assertArrayEquals(first.found(), batch.found());
                    assertArrayEquals(first.distances(), batch.distances());
                    assertArrayEquals(first.ids(), batch.ids());
                }
            }
        }
    }

    private static IvfIndex.Batch batch(float[] queries, int k, int probes, LongPredicate filter) {
        SearchOptions options = SearchOptions.nearest(k).withProbes(probes).withFilter(filter);
        return batch(queries, options);
    }

    private static IvfIndex.Batch batch(float[] queries, SearchOptions options) {
        int k = options.k();
        return new IvfIndex.Batch(
                queries, QUERIES, options, new long[QUERIES * k], new float[QUERIES * k], new int[QUERIES]);
    }

    private static NearestLabels decoded(
            IvfQuantizer quantizer, HeapLists lists, float[] queries, int at, LongPredicate filter) {
        NearestLabels all = new NearestLabels(1000);
        all.filter(filter);
        DecodingScanner slow = new DecodingScanner(quantizer, lists.format());
        slow.query(queries, at);
        for (int list = 0; list < SIZES.length; list++) {
            byte[] codes = new byte[(int) lists.format().bytes(SIZES[list])];
            lists.codes(list, 0, SIZES[list], codes);
            slow.list(list, 0);
            slow.scan(codes, 0, SIZES[list], 1000L * list, all);
        }
        return all;
    }

    /** Distances may differ by rounding, of terms that cancel. */
    private static void check(NearestLabels[] expected, IvfIndex.Batch batch, int k) {
        for (int q = 0; q < QUERIES; q++) {
            int count = expected[q].size();
            float[] distances = new float[count];
            long[] labels = new long[count];
            expected[q].drain(distances, labels, 0);
            assertEquals(Math.min(k, count), batch.found()[q]);
            double tolerance =
                    count == 0 ? 0 : 3e-5 * Math.max(Math.abs(distances[0]), Math.abs(distances[count - 1])) + 1e-42;
            for (int i = 0; i < batch.found()[q]; i++) {
                assertEquals(distances[i], batch.distances()[q * k + i], tolerance);
                long id = batch.ids()[q * k + i];
                int own = 0;
                while (labels[own] != id) {
                    own++;
                }
                assertEquals(distances[own], batch.distances()[q * k + i], tolerance);
            }
            for (int i = 0; i < count; i++) {
                expected[q].offer(distances[i], labels[i]);
            }
        }
    }

    /** Of equal distances the lower list and place come first, in whatever order lists are scanned. */
    @Test
    void tiesGoToTheLowerListAndPlace() throws Exception {
        ExecutorService executor = Executors.newFixedThreadPool(3);
        try {
            for (String kind : new String[] {"nibbles", "bytes"}) {
                Quantizer codes = codes(kind, 4, 1, 1);
                // lists 0, 3 and 6 hold the same codes, and so on; without residuals they are equally near
                IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, SIZES.length, 4, codes, false, 1);
                HeapLists lists = lists(codes, format(kind, codes), 40);
                float[] queries = Indexes.gaussian(QUERIES * 4, 1, 0, 5);
                try (IvfIndex index = new IvfIndex(quantizer, lists, 1)) {
                    IvfIndex.Batch alone = batch(queries, 50, SIZES.length, null);
                    IvfIndex.Batch shared = batch(queries, alone.options().withThreads(executor, Integer.MAX_VALUE));
                    index.search(alone);
                    index.search(shared);
                    assertArrayEquals(alone.ids(), shared.ids());
                    shared = batch(queries, alone.options().withThreads(executor, 3));
                    index.search(shared);
                    assertArrayEquals(alone.ids(), shared.ids());
                    for (int i = 1; i < alone.ids().length; i++) {
                        boolean tied = i % 50 > 0 && alone.distances()[i] == alone.distances()[i - 1];
                        assertTrue(!tied || alone.ids()[i] > alone.ids()[i - 1]);
                    }
                }
            }
        } finally {
            executor.shutdownNow();
        }
    }

    /** A codeword that is not finite is never near, and others are found as if it were not there. */
    @ParameterizedTest
    @CsvSource({"nibbles, NaN", "nibbles, Infinity", "bytes, NaN", "bytes, -Infinity"})
    void valuesThatAreNotFiniteAreNeverNear(String kind, float value) {
        Quantizer codes = codes(kind, 3, 1, 1);
        float[] codewords = Indexes.gaussian(3 << (kind.equals("bytes") ? 8 : 4), 1, 0, 3);
        codewords[1] = value;
        Quantizer broken = new ProductQuantizer(3, 3, kind.equals("bytes") ? 8 : 4, codewords);
        HeapLists lists = lists(codes, format(kind, codes), 0);
        float[] queries = Indexes.gaussian(QUERIES * 3, 1, 0, 5);
        // without residuals tables are shifted by the mean of codewords, which would not be finite
        IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, SIZES.length, 3, broken, true, 1);
        compare(quantizer, lists, queries, 10, null);
    }

    /** Vectors to rank by that are what the codes stand for: so ranking changes nothing, if candidates are right. */
    private static Refinement decodedVectors(IvfQuantizer quantizer, HeapLists lists) {
        IvfIndex index = new IvfIndex(quantizer, lists, 1);
        return new Refinement(
                new RankingVectors() {
                    @Override
                    public int dimension() {
                        return quantizer.dimension();
                    }

                    @Override
                    public ScalarQuantizer quantizer() {
                        return null;
                    }

                    @Override
                    public void read(long[] places, int from, int count, float[] rows) {
                        for (int i = 0; i < count; i++) {
                            float[] row = index.reconstruct((int) (places[from + i] >>> 32), (int) places[from + i]);
                            System.arraycopy(row, 0, rows, i * row.length, row.length);
                        }
                    }

                    @Override
                    public void codes(long[] places, int from, int count, byte[] codes) {
                        throw new IllegalStateException("no codes");
                    }
                },
                0,
                5);
    }

    /** Whatever comes together and is kept, and however short queries are beside the terms of codes. */
    @ParameterizedTest
    @CsvSource({
        "nibbles, 8, 1",
        "nibbles, 8, 0.01",
        "nibbles, 8, 1e-12",
        "bytes, 8, 1",
        "bytes, 8, 0.01",
        "bytes, 8, 1e-12"
    })
    void candidatesAreTheNearestOrNearlySo(String kind, int parts, double length) {
        Quantizer codes = codes(kind, parts, 2, 1);
        int d = codes.dimension();
        IvfQuantizer quantizer = Indexes.quantizer(Metric.L2, SIZES.length, d, codes, true, 1);
        HeapLists lists = lists(codes, format(kind, codes), 0);
        float[] queries = Indexes.gaussian(QUERIES * d, length, 0, 9);
        for (int i = 0; i < queries.length; i++) { // tables are of queries less the centroids' mean
            for (int list = 0; list < SIZES.length; list++) {
                queries[i] += quantizer.centroids().get(list, i % d) / SIZES.length;
            }
        }
        int k = 10;
        int n = lists.lists();
        IvfIndex.Batch exact = batch(queries, k, n, null);
        new IvfIndex(quantizer, lists, 1).search(exact);
        Refinement refinement = decodedVectors(quantizer, lists);
        ScanKernel kernel = NearestCodewordProviders.cpu().scans();
        IvfIndex.Batch first = null;
        for (int kept = 1; kept < 3; kept++) {
            for (int together : new int[] {QUERIES, 1, 2}) {
                ListScanner scanner =
                        ListScanning.of(quantizer, lists.format(), kernel, 0).get();
                Refiner refiner =
                        new Refiner(quantizer, refinement, Arrays.stream(SIZES).sum());
                AtomicReferenceArray<KeptList> room = new AtomicReferenceArray<>(n);
                IvfSearcher searcher = new IvfSearcher(quantizer, lists, scanner, room, kept == 2, refiner, false);
                IvfIndex.Batch batch = batch(queries, k, n, null);
                for (int from = 0; from < QUERIES; from += together) {
                    searcher.search(batch, from, Math.min(QUERIES, from + together));
                }
                assertTrue(inCommon(exact.ids(), batch.ids(), k) >= 0.95 * QUERIES * k);
                first = first == null ? batch : first;
                assertArrayEquals(first.ids(), batch.ids());
                assertArrayEquals(first.distances(), batch.distances());
            }
        }
    }

    private static int inCommon(long[] expected, long[] ids, int k) {
        int same = 0;
        for (int i = 0; i < ids.length; i++) {
            for (int j = i / k * k; j < i / k * k + k; j++) {
                same += ids[i] == expected[j] ? 1 : 0;
            }
        }
        return same;
    }
}
