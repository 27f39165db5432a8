package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    void sumsUpNibbles(int parts) {
        ScanKernel.BlockSums sums = kernel().nibbleBlocks(parts);
        assertEquals(16 * (parts + parts % 2), sums.bytes());
        assertEquals(32, sums.codes());
        for (int queries = 0; queries < 6; queries++) {
            compare(sums, parts, 16, 5, queries);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 8, 17, 56, 200})
    void sumsUpBytes(int parts) {
        ScanKernel.BlockSums sums = kernel().byteBlocks(parts);
        assertEquals(64 * parts, sums.bytes());
        assertEquals(64, sums.codes());
        for (int blocks = 0; blocks < 6; blocks++) {
            compare(sums, parts, 256, blocks, blocks % 3 + 1);
        }
    }

    /** Random tables and codes from an offset; queries take tables in reverse order, and one is left out. */
    private static void compare(ScanKernel.BlockSums sums, int parts, int entries, int blocks, int queries) {
        Random random = new Random(parts);
        byte[] tables = new byte[(queries + 1) * sums.tableBytes()];
        for (int q = 0; q <= queries; q++) {
            for (int i = 0; i < parts * entries; i++) {
                tables[q * sums.tableBytes() + i] =
                        (byte) random.nextInt(Math.min(256, ScanKernel.BlockSums.MOST / parts + 1));
            }
        }
        byte[] codes = new byte[3 + blocks * sums.bytes()];
        random.nextBytes(codes);
        int count = blocks * sums.codes();
        int[] taken = new int[queries + 1];
        for (int q = 1; q <= queries; q++) {
            taken[q] = queries - q;
        }
        short[] actual = new short[queries * (count + 7)];
        sums.sum(codes, 3, blocks, tables, taken, 1, queries, actual, count + 7);
        for (int q = 0; q < queries; q++) {
            for (int i = 0; i < count; i++) {
                int expected = 0;
                int block = 3 + i / sums.codes() * sums.bytes();
                for (int m = 0; m < parts; m++) {
                    int code = i % sums.codes();
                    int index = entries == 16
                            ? index(codes, block, m, code)
                            : codes[block + 64 * m + (code < 32 ? 2 * code : 2 * (code - 32) + 1)] & 0xFF;
                    expected += tables[taken[q + 1] * sums.tableBytes() + entries * m + index] & 0xFF;
                }
                assertEquals(expected, actual[q * (count + 7) + i], "query " + q + ", code " + i);
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
        for (int i = 0; i < 20000; i++) {
            ScanKernel.BlockSums sums = kernel().nibbleBlocks(16);
            if (i % 1000 == 0) {
                compare(sums, 16, 16, 3, 3);
                compare(kernel().byteBlocks(4), 4, 256, 3, 1);
            } else {
                sums.sum(new byte[256], 0, 1, new byte[512], new int[] {1, 0, 1}, 0, 3, new short[96], 32);
                kernel().byteBlocks(1).sum(new byte[192], 0, 3, new byte[256], new int[1], 0, 1, new short[192], 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 16, 1", "3, 16, 1e-20", "5, 256, 1e15", "2, 256, 1"})
    void roundsTables(int parts, int entries, float unit) {
        float[] table = random(5 + parts * entries, parts);
        for (int i = 0; i < table.length; i++) {
            table[i] *= unit;
        }
        float[] lowest = new float[parts];
        float[] highest = new float[parts];
        kernel().ranges(table, 5, parts, entries, lowest, highest);
        float widest = 0;
        for (int m = 0; m < parts; m++) {
            float[] part = Arrays.copyOfRange(table, 5 + m * entries, 5 + (m + 1) * entries);
            Arrays.sort(part);
            assertEquals(part[0], lowest[m]);
            assertEquals(part[entries - 1], highest[m]);
            widest = Math.max(widest, highest[m] - lowest[m]);
        }
        byte[] rounded = new byte[2 + parts * entries];
        float scale = 255 / widest;
        kernel().roundDown(table, 5, parts, entries, lowest, scale, rounded, 2);
        int highestByte = 0;
        for (int i = 0; i < parts * entries; i++) {
            double exact = ((double) table[5 + i] - lowest[i / entries]) * scale;
            int actual = rounded[2 + i] & 0xFF;
            assertTrue(actual <= exact + 0x1p-8 && actual > exact - 1.01, exact + " became " + actual);
            highestByte = Math.max(highestByte, actual);
        }
        assertTrue(highestByte >= 254);
        table[5 + 3] = Float.NaN;
        kernel().ranges(table, 5, parts, entries, lowest, highest);
        assertTrue(Float.isNaN(lowest[0]) && Float.isNaN(highest[0]));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 33, 100})
    void addsTermsAndFindsLowSums(int count) {
        int whole = (count + 31) / 32 * 32;
        Random random = new Random(count);
        short[] sums = new short[3 + whole];
        float[] terms = new float[32 + whole];
        int[] expected = new int[whole];
        for (int i = 0; i < whole; i++) {
            float term = -2 + (float) random.nextDouble();
            sums[3 + i] = (short) random.nextInt(1000);
            terms[32 + ScanKernel.termPlace(i)] = term;
            expected[i] = sums[3 + i] + (int) Math.rint(Math.min((term + 2) * 1000.0, 700));
        }
        short[] before = sums.clone();
        boolean any = kernel().addTerms(sums, 3, count, terms, 32, -2, 1000, 700, 1 << 20);
        assertTrue(any || count == 0);
        short[] after = sums.clone();
        for (int i = 0; i < whole; i++) {
            int bound = after[3 + i];
            short[] again = before.clone();
            assertTrue(kernel().addTerms(again, 3, count, terms, 32, -2, 1000, 700, bound));
            assertArrayEquals(after, again);
        }
        assertFalse(kernel().addTerms(before, 3, count, terms, 32, -2, 1000, 700, -1));
        int[] places = new int[count];
        for (int i = 0; i < whole; i++) {
            assertEquals(expected[i], sums[3 + i], 1, "code " + i);
        }
        for (int bound : new int[] {-1, 0, 300, 800, 1500, 1 << 20}) {
            int found = kernel().low(sums, 3, count, bound, places);
            int next = 0;
            for (int i = 0; i < count; i++) {
                if (sums[3 + i] <= bound) {
                    assertEquals(i, places[next++]);
                }
            }
            assertEquals(next, found);
        }
    }
}
