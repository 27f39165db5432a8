package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every implementation of the loops of scanning must do, beside slow and obvious code. */
abstract class ScanKernelContract {
    abstract ScanKernel kernel();

    private static float[] random(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 7, 16, 33, 64, 131})
    void measuresRows(int d) {
        float[] query = random(d, 1);
        float[] rows = random(5 * d, 2);
        float[] distances = new float[6];
        float[] products = new float[6];
        kernel().squaredDistances(query, rows, 5, distances);
        kernel().innerProducts(query, rows, 5, products);
        for (int i = 0; i < 5; i++) {
            double distance = 0;
            double product = 0;
            for (int j = 0; j < d; j++) {
                double apart = (double) query[j] - rows[i * d + j];
                distance += apart * apart;
                product += (double) query[j] * rows[i * d + j];
            }
            assertEquals(distance, distances[i], 1e-6 * distance);
            assertEquals(product, products[i], 1e-6 * d);
        }
        assertEquals(0, distances[5], "what is behind stays");
    }

    /** Bytes as vectors that are decoded first, at any place in the array. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 4, 15, 16, 63, 64, 65, 127, 128, 131, 200})
    void measuresBytes(int d) {
        float[] first = random(d, 1);
        float[] step = random(d, 2);
        step[d / 2] = 0;
        float[] query = random(d + 2, 3);
        byte[] codes = new byte[7 + 5 * d];
        new Random(4).nextBytes(codes);
        ByteDistances bytes = kernel().bytes(first, step);
        float[] distances = new float[6];
        float[] products = new float[6];
        bytes.innerProductsWith(query, 2);
        bytes.measure(codes, 7, 5, products);
        bytes.squaredDistancesFrom(query, 2);
        bytes.measure(codes, 7, 5, distances);
        for (int i = 0; i < 5; i++) {
            double distance = 0;
            double product = 0;
            double size = 0;
            for (int j = 0; j < d; j++) {
                double value = first[j] + (double) step[j] * (codes[7 + i * d + j] & 0xFF);
                distance += (query[2 + j] - value) * (query[2 + j] - value);
                product += query[2 + j] * value;
                size += Math.abs(query[2 + j] * value);
            }
            assertEquals(distance, distances[i], 1e-5 * distance);
            assertEquals(product, products[i], 1e-5 * size);
        }
        assertEquals(0, distances[5], "what is behind stays");
        query[2 + d / 2] = Float.NaN;
        bytes.squaredDistancesFrom(query, 2);
        bytes.measure(codes, 7, 1, distances);
        assertEquals(Float.NaN, distances[0]);
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.measure(codes, 8, 5, distances));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.squaredDistancesFrom(query, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.innerProductsWith(query, -1));
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1, 1", "3, 2, 5, 4", "7, 14, 256, 9", "4, 7, 16, 5", "1, 19, 333, 6", "2, 3, 70, 3"})
    void multipliesParts(int parts, int size, int codewords, int count) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int m = 0; m < parts; m++) {
            codebooks.add(new FloatMatrix(codewords, size, random(codewords * size, m)));
        }
        ScanKernel.Products products = kernel().prepare(codebooks);
        int d = parts * size;
        float[] rows = random(2 + count * d, 77);
        float[] all = new float[3 + count * products.size()];
        products.fill(rows, 2, count, all, 3);
        for (int i = 0; i < count; i++) {
            for (int c = 0; c < parts * codewords; c++) {
                int m = c / codewords;
                double expected = 0;
                for (int j = 0; j < size; j++) {
                    expected += (double) rows[2 + i * d + m * size + j]
                            * codebooks.get(m).get(c % codewords, j);
                }
                assertEquals(expected, all[3 + i * products.size() + c], 1e-5 * size, i + " x " + c);
            }
            float[] alone = new float[products.size()];
            products.fill(rows, 2 + i * d, 1, alone, 0);
            int from = 3 + i * products.size();
            assertArrayEquals(
                    Arrays.copyOf(alone, parts * codewords),
                    Arrays.copyOfRange(all, from, from + parts * codewords),
                    "a row gets the same bits whatever comes with it");
        }
    }

    @Test
    void refusesWhatIsEmpty() {
        assertThrows(IllegalArgumentException.class, () -> kernel().prepare(List.of()));
        assertThrows(
                IllegalArgumentException.class, () -> kernel().prepare(List.of(new FloatMatrix(0, 3, new float[0]))));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 16, 31, 56, 112, 300})
    void sumsUpBlocks(int parts) {
        int blocks = 5;
        Random random = new Random(parts);
        ScanKernel.BlockSums sums = kernel().blocks(parts);
        byte[] table = new byte[16 * parts];
        for (int i = 0; i < table.length; i++) {
            table[i] = (byte) random.nextInt(Math.min(256, ScanKernel.BlockSums.MOST / parts + 1));
        }
        sums.table(table);
        assertEquals(16 * (parts + parts % 2), sums.bytes());
        byte[] codes = new byte[3 + blocks * sums.bytes()];
        random.nextBytes(codes);
        int[][] expected = new int[blocks][32];
        for (int b = 0; b < blocks; b++) {
            for (int i = 0; i < 32; i++) {
                for (int m = 0; m < parts; m++) {
                    expected[b][i] += table[16 * m + index(codes, 3 + b * sums.bytes(), m, i)] & 0xFF;
                }
            }
        }
        int[] sorted =
                Arrays.stream(expected).flatMapToInt(Arrays::stream).sorted().toArray();
        for (int bound : new int[] {-1, 0, sorted[0] - 1, sorted[0], sorted[3], sorted[40], sorted[159], 1 << 20}) {
            short[] found = new short[32];
            for (int b = 0; b <= blocks; b++) {
                int next = b;
                while (next < blocks && Arrays.stream(expected[next]).min().orElseThrow() > bound) {
                    next++;
                }
                assertEquals(next, sums.next(codes, 3, b, blocks, bound, found), "from " + b + " below " + bound);
                for (int i = 0; next < blocks && i < 32; i++) {
                    assertEquals(expected[next][i], found[i]);
                }
            }
        }
    }

    /** The index that code {@code i} of a block has of part {@code m}. */
    private static int index(byte[] codes, int block, int m, int i) {
        int[] places = {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15};
        for (int j = 0; j < 16; j++) {
            int both = codes[block + 16 * m + j] & 0xFF;
            if (places[j] == i) {
                return both & 15;
            }
            if (places[j] + 16 == i) {
                return both >> 4;
            }
        }
        throw new AssertionError(i);
    }

    @Test
    void manyCallsGiveTheSame() {
        ScanKernel.BlockSums sums = kernel().blocks(16);
        byte[] table = new byte[256];
        new Random(1).nextBytes(table);
        sums.table(table);
        byte[] codes = new byte[100 * sums.bytes()];
        new Random(2).nextBytes(codes);
        short[] first = new short[32];
        int expected = sums.next(codes, 0, 0, 100, 1200, first);
        for (int i = 0; i < 20000; i++) {
            short[] found = new short[32];
            assertEquals(expected, sums.next(codes, 0, 0, 100, 1200, found));
            assertArrayEquals(first, found);
        }
    }
}
