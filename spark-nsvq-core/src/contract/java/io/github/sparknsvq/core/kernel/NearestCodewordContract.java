package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every implementation of nearest-codeword search must do, whatever its tiles and lanes. */
public abstract class NearestCodewordContract {
    private static final int[] CODEWORDS = {1, 2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 255, 256, 1000};
    static final int[] COUNTS = {0, 1, 2, 5, 6, 7, 11, 12, 13, 47, 48, 49, 63, 64, 65, 97};
    static final int ROWS = 97;

    /** Returns the implementation. */
    protected abstract NearestCodewordProvider provider();

    /** The result of one call, in arrays one longer than needed. */
    record Found(int[] index, float[] squaredDistance) {}

    static Found search(NearestCodeword search, float[] rows, int from, int count) {
        Found found = new Found(new int[count + 1], new float[count + 1]);
        found.index[count] = -7;
        found.squaredDistance[count] = -7;
        search.nearest(rows, from * search.dimension(), count, found.index, found.squaredDistance);
        assertEquals(-7, found.index[count], "wrote past the last row's index");
        assertEquals(-7, found.squaredDistance[count], "wrote past the last row's distance");
        return found;
    }

    static Found searchTop(NearestCodeword search, float[] rows, int from, int count, int p) {
        Found found = new Found(new int[count * p + 1], new float[count * p + 1]);
        found.index[count * p] = -7;
        found.squaredDistance[count * p] = -7;
        search.nearest(rows, from * search.dimension(), count, p, found.index, found.squaredDistance);
        assertEquals(-7, found.index[count * p], "wrote past the last row's indices");
        assertEquals(-7, found.squaredDistance[count * p], "wrote past the last row's distances");
        checkChosen(search, rows, from, count, p, found.index);
        return found;
    }

    /** Checks that the same codewords are chosen without distances, in some order. */
    private static void checkChosen(NearestCodeword search, float[] rows, int from, int count, int p, int[] found) {
        int[] chosen = new int[count * p + 1];
        chosen[count * p] = -7;
        search.choose(rows, from * search.dimension(), count, p, chosen);
        assertEquals(-7, chosen[count * p], "wrote past the last row's choice");
        int[] expected = found.clone();
        for (int i = 0; i < count * p; i += p) {
            Arrays.sort(expected, i, i + p);
            Arrays.sort(chosen, i, i + p);
        }
        assertArrayEquals(expected, chosen);
    }

    NearestCodeword prepare(FloatMatrix codebook) {
        return provider().prepare(codebook);
    }

    /** Checks every row against the reference, to the precision that the interface promises. */
    private void checkAgainstReference(FloatMatrix rows, FloatMatrix codebook) {
        Found found = search(prepare(codebook), rows.values(), 0, rows.rows());
        Reference reference = new Reference(rows.values(), codebook);
        for (int i = 0; i < rows.rows(); i++) {
            int c = found.index[i];
            assertTrue(c >= 0 && c < codebook.rows(), "index " + c + " in row " + i);
            int nearest = reference.nearest(i);
            double least = reference.squaredDistance(i, nearest);
            double chosen = reference.squaredDistance(i, c);
            assertTrue(
                    chosen - least <= reference.tolerance(i, c, nearest),
                    () -> "row chose " + c + " at " + chosen + ", " + nearest + " is at " + least);
            assertEquals(chosen, found.squaredDistance[i], 1e-5 * chosen + Float.MIN_VALUE, "distance of row " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                1, 2, 3, 4, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31, 32, 33, 47, 48, 49, 64, 127, 128, 129, 255, 256, 257,
                300, 784
            })
    void findsWhatTheReferenceFinds(int d) {
        FloatMatrix rows = Reference.gaussian(ROWS, d, 1, 0, d);
        for (int k : CODEWORDS) {
            checkAgainstReference(rows, Reference.gaussian(k, d, 1, 0, 31L * d + k));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 12, 13, 16, 17, 47, 48, 49, 128, 129, 257, 300})
    void answersARowAlikeWhateverComesWithIt(int d) {
        FloatMatrix rows = Reference.gaussian(ROWS + 5, d, 1, 0, d);
        for (int k : new int[] {1, 16, 33, 255, 256, 1000}) {
            NearestCodeword search = prepare(Reference.gaussian(k, d, 1, 0, k));
            Found all = search(search, rows.values(), 0, rows.rows());
            for (int count : COUNTS) {
                for (int from : new int[] {0, 1, 5}) {
                    Found some = search(search, rows.values(), from, count);
                    for (int i = 0; i < count; i++) {
                        String where = "row " + i + " of " + count + " from " + from + ", K = " + k;
                        assertEquals(all.index[from + i], some.index[i], where);
                        assertEquals(all.squaredDistance[from + i], some.squaredDistance[i], 0, where);
                    }
                }
            }
        }
    }

    @Test
    void answersManyRowsAsItAnswersFew() {
        // more rows than any block holds; that a few are answered as each alone is shown above
        int few = 41;
        for (int d : new int[] {2, 16, 100}) {
            FloatMatrix rows = Reference.gaussian(61 * few, d, 1, 0, d);
            NearestCodeword search = prepare(Reference.gaussian(257, d, 1, 0, 5));
            Found all = search(search, rows.values(), 0, rows.rows());
            for (int from = 0; from < rows.rows(); from += few) {
                Found some = search(search, rows.values(), from, few);
                for (int i = 0; i < few; i++) {
                    assertEquals(all.index[from + i], some.index[i]);
                    assertEquals(all.squaredDistance[from + i], some.squaredDistance[i], 0);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8, 16, 17, 128, 300})
    void breaksTiesByTheLowestIndex(int d) {
        for (int k : new int[] {2, 17, 33, 64, 250}) {
            // every codeword comes three times, far apart and next to each other, in whole numbers that are exact
            Random random = new Random(k);
            float[] values = new float[3 * k * d];
            for (int i = 0; i < k * d; i++) {
                values[i] = random.nextInt(7) - 3;
            }
            System.arraycopy(values, 0, values, k * d, k * d);
            for (int c = 0; c < k; c++) {
                System.arraycopy(values, c * d, values, (3 * k - 1 - c) * d, d);
            }
            FloatMatrix codebook = new FloatMatrix(3 * k, d, values);
            float[] rows = new float[ROWS * d];
            for (int i = 0; i < rows.length; i++) {
                rows[i] = random.nextInt(9) - 4;
            }
            Found found = search(prepare(codebook), rows, 0, ROWS);
            Reference reference = new Reference(rows, codebook);
            int[] expected = IntStream.range(0, ROWS).map(reference::nearest).toArray();
            assertArrayEquals(expected, Arrays.copyOf(found.index, ROWS), "K = " + 3 * k);
            for (int i = 0; i < ROWS; i++) {
                assertEquals(reference.squaredDistance(i, expected[i]), found.squaredDistance[i], 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 13, 48, 130})
    void findsACodewordThatIsARowAtDistanceZero(int d) {
        FloatMatrix codebook = Reference.gaussian(300, d, 1, 1e3, 4);
        Found found = search(prepare(codebook), codebook.values(), 0, 300);
        for (int i = 0; i < 300; i++) {
            assertEquals(0, found.squaredDistance[i], 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 48, 130})
    void keepsARowOfNaNToItself(int d) {
        FloatMatrix codebook = Reference.gaussian(100, d, 1, 0, 1);
        NearestCodeword search = prepare(codebook);
        FloatMatrix rows = Reference.gaussian(ROWS, d, 1, 0, 2);
        Found clean = search(search, rows.values(), 0, ROWS);
        Found cleanTop = searchTop(search, rows.values(), 0, ROWS, 3);
        for (int bad : new int[] {0, 5, 17, 48, 96}) {
            float[] values = rows.values().clone();
            values[bad * d + d / 2] = Float.NaN;
            Found found = search(search, values, 0, ROWS);
            Found top = searchTop(search, values, 0, ROWS, 3);
            for (int i = 0; i < ROWS; i++) {
                if (i == bad) {
                    assertTrue(found.index[i] >= 0 && found.index[i] < 100);
                    assertEquals(Float.NaN, found.squaredDistance[i]);
                    for (int j = 3 * i; j < 3 * i + 3; j++) {
                        assertTrue(top.index[j] >= 0 && top.index[j] < 100);
                        assertEquals(Float.NaN, top.squaredDistance[j]);
                    }
                } else {
                    assertEquals(clean.index[i], found.index[i]);
                    assertEquals(clean.squaredDistance[i], found.squaredDistance[i], 0);
                    for (int j = 3 * i; j < 3 * i + 3; j++) {
                        assertEquals(cleanTop.index[j], top.index[j]);
                        assertEquals(cleanTop.squaredDistance[j], top.squaredDistance[j], 0);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 48, 130})
    void putsAnInfiniteRowInRange(int d) {
        NearestCodeword search = prepare(Reference.gaussian(37, d, 1, 0, 1));
        FloatMatrix rows = Reference.gaussian(ROWS, d, 1, 0, 2);
        for (int i = 0; i < ROWS; i += 3) {
            rows.values()[i * d + i % d] = i % 2 == 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
        }
        Found found = search(search, rows.values(), 0, ROWS);
        for (int i = 0; i < ROWS; i++) {
            assertTrue(found.index[i] >= 0 && found.index[i] < 37);
            assertEquals(i % 3 == 0, Float.isInfinite(found.squaredDistance[i]));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 48, 130})
    void passesOverCodewordsThatAreNotFinite(int d) {
        FloatMatrix codebook = Reference.gaussian(70, d, 1, 0, 1);
        for (int c : new int[] {0, 3, 16, 35, 69}) {
            codebook.values()[c * d + d / 2] = c % 2 == 0 ? Float.NaN : Float.POSITIVE_INFINITY;
        }
        FloatMatrix rows = Reference.gaussian(ROWS, d, 1, 0, 2);
        NearestCodeword search = prepare(codebook);
        Found found = search(search, rows.values(), 0, ROWS);
        Found top = searchTop(search, rows.values(), 0, ROWS, 70);
        Reference reference = new Reference(rows.values(), codebook);
        for (int i = 0; i < ROWS; i++) {
            int nearest = reference.nearest(i);
            double distance = reference.squaredDistance(i, nearest);
            assertEquals(nearest, found.index[i]);
            assertEquals(distance, found.squaredDistance[i], 1e-5 * distance);
            int[] order = Arrays.copyOfRange(top.index, i * 70, i * 70 + 70);
            assertEquals(nearest, order[0]);
            assertEquals(70, Arrays.stream(order).distinct().count());
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {1e-25, 1e-15, 1e-3, 1e6, 1e15, 1e18})
    void scalesWithTheData(double scale) {
        for (int d : new int[] {1, 8, 16, 50, 130}) {
            FloatMatrix rows = Reference.gaussian(ROWS, d, scale, 0, 1);
            checkAgainstReference(rows, Reference.gaussian(65, d, scale, 0, 2));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 50, 128, 784})
    void holdsItsPrecisionUnderALargeCommonOffset(int d) {
        FloatMatrix rows = Reference.gaussian(ROWS, d, 1, 1e4, 1);
        checkAgainstReference(rows, Reference.gaussian(256, d, 1, 1e4, 2));
        // and the offset costs nothing: the same rows without it have, but for their own rounding, the same answer
        float[] shifted = rows.values().clone();
        FloatMatrix codebook = Reference.gaussian(256, d, 1, 1e4, 2);
        float[] shiftedCodebook = codebook.values().clone();
        for (int i = 0; i < shifted.length; i++) {
            shifted[i] -= 1e4f;
        }
        for (int i = 0; i < shiftedCodebook.length; i++) {
            shiftedCodebook[i] -= 1e4f;
        }
        Found found = search(prepare(codebook), rows.values(), 0, ROWS);
        Found expected = search(prepare(new FloatMatrix(256, d, shiftedCodebook)), shifted, 0, ROWS);
        assertArrayEquals(expected.index, found.index);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 16, 48, 130})
    void ranksConstantAndWildlyScaledDimensions(int d) {
        FloatMatrix rows = Reference.gaussian(ROWS, d, 1, 0, 1);
        FloatMatrix codebook = Reference.gaussian(64, d, 1, 0, 2);
        for (int j = 0; j < d; j++) {
            for (int i = 0; i < ROWS; i++) {
                rows.values()[i * d + j] = j % 3 == 1 ? 5 : rows.get(i, j) * (j % 3 == 0 ? 1 : 1e6f);
            }
            for (int c = 0; c < 64; c++) {
                codebook.values()[c * d + j] = j % 3 == 1 ? 5 : codebook.get(c, j) * (j % 3 == 0 ? 1 : 1e6f);
            }
        }
        checkAgainstReference(rows, codebook);
    }

    @Test
    void takesTheFirstOfEqualCodewords() {
        for (int d : new int[] {1, 8, 48, 130}) {
            float[] values = new float[100 * d];
            Arrays.fill(values, 3.7f);
            Found found = search(
                    prepare(new FloatMatrix(100, d, values)),
                    Reference.gaussian(50, d, 1, 0, 1).values(),
                    0,
                    50);
            assertArrayEquals(new int[50], Arrays.copyOf(found.index, 50));
        }
    }

    @Test
    void copiesTheCodebook() {
        FloatMatrix codebook = Reference.gaussian(40, 16, 1, 0, 1);
        float[] rows = Reference.gaussian(30, 16, 1, 0, 2).values();
        NearestCodeword search = prepare(codebook);
        Found before = search(search, rows, 0, 30);
        Arrays.fill(codebook.values(), 0);
        Found after = search(search, rows, 0, 30);
        assertArrayEquals(before.index, after.index);
        assertArrayEquals(before.squaredDistance, after.squaredDistance);
        assertEquals(16, search.dimension());
        assertEquals(40, search.codewords());
    }

    @Test
    void servesSeveralThreadsAtOnce() throws Exception {
        for (int d : new int[] {8, 128}) {
            FloatMatrix rows = Reference.gaussian(1000, d, 1, 0, 1);
            NearestCodeword search = prepare(Reference.gaussian(200, d, 1, 0, 2));
            Found expected = search(search, rows.values(), 0, 1000);
            Found expectedTop = searchTop(search, rows.values(), 0, 1000, 4);
            ExecutorService pool = Executors.newFixedThreadPool(4);
            try {
                List<Future<?>> calls = new ArrayList<>();
                for (int i = 0; i < 16; i++) {
                    calls.add(pool.submit(() -> {
                        Found found = search(search, rows.values(), 0, 1000);
                        assertArrayEquals(expected.index, found.index);
                        assertArrayEquals(expected.squaredDistance, found.squaredDistance);
                        Found top = searchTop(search, rows.values(), 0, 1000, 4);
                        assertArrayEquals(expectedTop.index, top.index);
                        assertArrayEquals(expectedTop.squaredDistance, top.squaredDistance);
                    }));
                }
                for (Future<?> call : calls) {
                    call.get();
                }
            } finally {
                pool.shutdownNow();
            }
        }
    }

    @Test
    void rejectsWhatDoesNotFit() {
        assertEquals(
                "a codebook of 0 x 3 has nothing to search in",
                assertThrows(IllegalArgumentException.class, () -> prepare(new FloatMatrix(0, 3, new float[0])))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> prepare(new FloatMatrix(3, 0, new float[0])));
        NearestCodeword search = prepare(Reference.gaussian(4, 3, 1, 0, 1));
        float[] rows = new float[6];
        int[] index = new int[2];
        float[] distance = new float[2];
        assertEquals(
                "p = 5 nearest codewords asked for, the codebook allows 1 to 4",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> search.nearest(rows, 0, 2, 5, new int[10], new float[10]))
                        .getMessage());
        assertThrows(IllegalArgumentException.class, () -> search.nearest(rows, 0, 2, 0, new int[10], new float[10]));
        assertEquals(
                "3 rows of dimension 3 from offset 0 do not lie in an array of 6",
                assertThrows(IndexOutOfBoundsException.class, () -> search.nearest(rows, 0, 3, index, distance))
                        .getMessage());
        assertEquals(
                "3 x 1 results do not fit arrays of 2 indices and 9 distances",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> search.nearest(new float[9], 0, 3, index, new float[9]))
                        .getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> search.nearest(rows, 1, 2, index, distance));
        assertThrows(IndexOutOfBoundsException.class, () -> search.nearest(rows, -1, 1, index, distance));
        assertThrows(IndexOutOfBoundsException.class, () -> search.nearest(rows, 0, -1, index, distance));
        assertThrows(
                IndexOutOfBoundsException.class, () -> search.nearest(rows, 0, Integer.MAX_VALUE, index, distance));
        assertThrows(IndexOutOfBoundsException.class, () -> search.nearest(rows, 0, 2, index, new float[1]));
        assertThrows(IndexOutOfBoundsException.class, () -> search.nearest(rows, 0, 2, 2, index, new float[4]));
        assertThrows(IndexOutOfBoundsException.class, () -> search.choose(rows, 0, 2, 2, new int[3]));
        assertThrows(IllegalArgumentException.class, () -> search.choose(rows, 0, 2, 5, new int[10]));
    }
}
