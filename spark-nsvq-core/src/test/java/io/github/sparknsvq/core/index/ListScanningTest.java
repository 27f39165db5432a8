package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every scanner compared with the one that decodes, with the Vector API and without, with terms of lists and without.
 */
class ListScanningTest {
    /** Whole blocks of 64 are kept: what counts for the room that there is. */
    @Test
    void whatIsKeptOfAListIsWholeBlocks() {
        long[][] ids = {new long[0], new long[1], new long[64], new long[65]};
        byte[][] codes = {new byte[0], new byte[1], new byte[64], new byte[65]};
        assertEquals(64 + 64 + 128, ListScanning.keptPlaces(new HeapLists(new PlainFormat(1), codes, ids)));
    }

    private static final int[] SIZES = {0, 1, 31, 32, 33, 1000};

    private static final List<ScanKernel> KERNELS =
            List.of(NearestCodewordProviders.cpu().scans(), Indexes.plainKernel());

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 16, 17, 64, 100, 131})
    void measuresVectors(int d) {
        for (Metric metric : Metric.values()) {
            IvfQuantizer quantizer = Indexes.quantizer(metric, SIZES.length, d, null, false, 1);
            byte[][] packed = new byte[SIZES.length][];
            for (int list = 0; list < SIZES.length; list++) {
                packed[list] = new byte[SIZES[list] * quantizer.codeSize()];
                quantizer.encode(
                        Indexes.gaussian(SIZES[list] * d, 1, 0, list), 0, SIZES[list], new int[0], packed[list], 0);
            }
            compare(quantizer, new PlainFormat(quantizer.codeSize()), packed, 1, 1);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 8",
        "2, 3, 8",
        "7, 1, 8",
        "16, 2, 8",
        "56, 1, 8",
        "1, 5, 4",
        "2, 1, 4",
        "7, 3, 4",
        "16, 1, 4",
        "3, 2, 5",
        "7, 1, 10",
        "1, 2, 12",
        "2, 1, 16"
    })
    void readsTablesOfParts(int parts, int size, int bits) {
        ProductQuantizer codes = Indexes.product(parts, size, bits, 1, 1);
        compareAll(codes, new PlainFormat(codes.codeSize()), 1);
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1",
        "2, 3, 1",
        "3, 1, 1",
        "4, 1, 1",
        "5, 2, 1",
        "7, 1, 1",
        "16, 3, 1",
        "56, 1, 1",
        "112, 2, 1",
        "300, 1, 1",
        "16, 2, 1e15",
        "16, 2, 1e-15",
        "16, 2, 1e-22",
        "3, 2, 0"
    })
    void readsBlocks(int parts, int size, double scale) {
        ProductQuantizer codes = Indexes.product(parts, size, 4, scale, 2);
        compareAll(codes, new BlockFormat(parts), scale);
    }

    @Test
    void readsBlocksOfEqualCodewords() {
        float[] codewords = new float[3 * 2 * 16];
        Arrays.fill(codewords, 0.5f);
        compareAll(new ProductQuantizer(6, 3, 4, codewords), new BlockFormat(3), 1);
        // one part differs by far more than the others
        codewords[5] = 1e6f;
        compareAll(new ProductQuantizer(6, 3, 4, codewords), new BlockFormat(3), 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"256", "16,16", "256,256,256", "3,100", "8,8,8,8,8", "1000,5"})
    void readsTablesOfSums(String sizes) {
        int[] codewords =
                Arrays.stream(sizes.split(",", -1)).mapToInt(Integer::parseInt).toArray();
        ResidualQuantizer codes = Indexes.residual(5, 1, 3, codewords);
        compareAll(codes, new NormFormat(codes), 1);
        compareAll(codes, new PlainFormat(codes.codeSize()), 1);
        List<FloatMatrix> codebooks =
                IntStream.range(0, codewords.length).mapToObj(codes::codebook).toList();
        compareAll(new AdditiveQuantizer(codebooks, 1, 0), new NormFormat(codes), 1);
    }

    @ParameterizedTest
    @CsvSource({
        "QT_8BIT, 1, 1",
        "QT_8BIT, 7, 1",
        "QT_8BIT, 5000, 1",
        "QT_8BIT, 33, 1e15",
        "QT_8BIT, 33, 1e-15",
        "QT_8BIT, 3, 0",
        "QT_4BIT, 7, 1",
        "QT_4BIT_UNIFORM, 6, 1",
        "QT_6BIT, 9, 1",
        "QT_8BIT_UNIFORM, 16, 1"
    })
    void decodesScalarCodes(ScalarQuantizer.Type type, int d, double scale) {
        float[] ranges = new float[(int) type.rangeValues(d)];
        for (int j = 0; j < ranges.length; j++) {
            ranges[j] = (float) (scale * (j < ranges.length / 2 ? -1 - 0.1 * (j % 7) : 2.5));
        }
        ScalarQuantizer codes = new ScalarQuantizer(type, d, ranges);
        compareAll(codes, new PlainFormat(codes.codeSize()), scale);
    }

    /** What overflowed is no nearer for that, whatever the sign. */
    @Test
    void infiniteValuesAreNeverNearest() {
        ScalarQuantizer codes = new ScalarQuantizer(ScalarQuantizer.Type.QT_FP16, 1, new float[0]);
        byte[] packed = new byte[3 * codes.codeSize()];
        codes.encode(new float[] {1e6f, 3, -1e6f}, 0, 3, packed, 0);
        for (Metric metric : Metric.values()) {
            IvfQuantizer quantizer =
                    new IvfQuantizer(metric, List.of(), new FloatMatrix(1, 1, new float[1]), codes, false);
            ListScanner scanner = ListScanning.of(quantizer, new PlainFormat(2)).get();
            scanner.query(new float[] {2}, 0);
            scanner.list(0, 0);
            NearestLabels nearest = new NearestLabels(1);
            scanner.scan(packed, 0, 3, 0, nearest);
            float[] distance = new float[1];
            long[] label = new long[1];
            nearest.drain(distance, label, 0);
            assertEquals(1, label[0]);
            assertEquals(metric == Metric.L2 ? 1 : -6, distance[0]);
        }
    }

    @Test
    void ignoresNormsOfParts() {
        ProductQuantizer codes = Indexes.product(3, 2, 8, 1, 4);
        compareAll(codes, new NormFormat(codes), 1);
    }

    @Test
    void anOffsetDoesNotCancel() {
        int[] codewords = {256, 256, 256};
        ProductQuantizer parts = Indexes.product(3, 2, 8, 1, 1);
        ResidualQuantizer sums = Indexes.residual(6, 1, 3, codewords);
        byte[][] packed = new byte[SIZES.length][];
        byte[][] withNorms = new byte[SIZES.length][];
        NormFormat norms = new NormFormat(sums);
        for (int list = 0; list < SIZES.length; list++) {
            packed[list] = Indexes.codes(parts, codewords, SIZES[list], list);
            withNorms[list] = new byte[(int) norms.bytes(SIZES[list])];
            norms.pack(packed[list], 0, SIZES[list], withNorms[list], 0);
        }
        IvfQuantizer ofParts = Indexes.quantizer(Metric.L2, SIZES.length, 6, parts, true, 1, 3000);
        compare(ofParts, new PlainFormat(3), packed, 1, 3000);
        compare(Indexes.quantizer(Metric.L2, SIZES.length, 6, sums, true, 1, 3000), norms, withNorms, 1, 3000);
    }

    @Test
    void refusesAnIndexWithoutCodeword() {
        ResidualQuantizer codes = Indexes.residual(4, 1, 5, 5, 5);
        IvfQuantizer quantizer = Indexes.quantizer(Metric.INNER_PRODUCT, 2, 4, codes, true, 1);
        ListScanner scanner = ListScanning.of(quantizer, new PlainFormat(1)).get();
        scanner.query(new float[4], 0);
        scanner.list(0, 0);
        assertThrows(NsvqException.class, () -> scanner.scan(new byte[] {7}, 0, 1, 0, new NearestLabels(1)));
    }

    private static void compareAll(
            io.github.sparknsvq.core.quantizer.Quantizer codes, ListFormat format, double scale) {
        int[] codewords = new int[codes.codeBits().indices()];
        for (int m = 0; m < codewords.length; m++) {
            codewords[m] = codes instanceof SumQuantizer sums
                    ? sums.codebook(m).rows()
                    : 1 << codes.codeBits().width(m);
        }
        byte[][] packed = new byte[SIZES.length][];
        for (int list = 0; list < SIZES.length; list++) {
            packed[list] = new byte[(int) format.bytes(SIZES[list])];
            format.pack(Indexes.codes(codes, codewords, SIZES[list], list), 0, SIZES[list], packed[list], 0);
        }
        for (Metric metric : Metric.values()) {
            for (boolean byResidual : new boolean[] {false, true}) {
                IvfQuantizer quantizer =
                        Indexes.quantizer(metric, SIZES.length, codes.dimension(), codes, byResidual, scale);
                compare(quantizer, format, packed, scale, scale);
            }
        }
    }

    private static void compare(
            IvfQuantizer quantizer, ListFormat format, byte[][] packed, double scale, double offset) {
        for (ScanKernel kernel : KERNELS) {
            for (long bytes : new long[] {0, Long.MAX_VALUE}) {
                ListScanner scanner =
                        ListScanning.of(quantizer, format, kernel, bytes).get();
                for (int k : new int[] {1, 10, 100, 2000}) {
                    float[] queries = Indexes.gaussian(1 + 2 * quantizer.innerDimension(), scale, offset, 9);
                    compare(quantizer, format, scanner, packed, k, queries);
                }
            }
        }
    }

    /** Two queries through all lists, each list in two pieces, from an offset. */
    private static void compare(
            IvfQuantizer quantizer, ListFormat format, ListScanner scanner, byte[][] packed, int k, float[] queries) {
        int d = quantizer.innerDimension();
        int lists = quantizer.lists();
        int[] probed = new int[lists];
        float[] coarse = new float[lists];
        ListScanner slow = new DecodingScanner(quantizer, format);
        for (int at = 1; at < queries.length; at += d) {
            quantizer.probes(queries, at, 1, lists, probed, coarse);
            NearestLabels all = new NearestLabels(SIZES.length * 1000);
            NearestLabels actual = new NearestLabels(k);
            slow.query(queries, at);
            scanner.query(queries, at);
            for (int p = 0; p < lists; p++) {
                int list = probed[p];
                slow.list(list, coarse[p]);
                slow.scan(packed[list], 0, SIZES[list], 10000L * list, all);
                scanner.list(list, coarse[p]);
                int first = Math.min(64, SIZES[list]);
                byte[] moved = new byte[packed[list].length + 3];
                System.arraycopy(packed[list], 0, moved, 3, packed[list].length);
                scanner.scan(moved, 3, first, 10000L * list, actual);
                scanner.scan(
                        packed[list], (int) format.bytes(first), SIZES[list] - first, 10000L * list + first, actual);
            }
            assertNearest(all, actual, k);
        }
    }

    /** Distances may differ by rounding, of terms that cancel; labels only where distances are as near. */
    private static void assertNearest(NearestLabels all, NearestLabels actual, int k) {
        int count = all.size();
        float[] distances = new float[count];
        long[] labels = new long[count];
        all.drain(distances, labels, 0);
        float[] actualDistances = new float[k];
        long[] actualLabels = new long[k];
        assertEquals(Math.min(k, count), actual.size());
        int found = actual.drain(actualDistances, actualLabels, 0);
        double tolerance = 3e-5 * Math.max(Math.abs(distances[0]), Math.abs(distances[count - 1])) + 1e-42;
        for (int i = 0; i < found; i++) {
            assertEquals(distances[i], actualDistances[i], tolerance, "distance " + i);
            double own = distance(actualLabels[i], distances, labels);
            assertEquals(own, actualDistances[i], tolerance, "distance of label " + actualLabels[i]);
        }
        assertTrue(Arrays.stream(actualLabels, 0, found).distinct().count() == found);
    }

    private static double distance(long label, float[] distances, long[] labels) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] == label) {
                return distances[i];
            }
        }
        throw new AssertionError("no label " + label);
    }
}
