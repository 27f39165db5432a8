package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every implementation must do when asked for several codewords of a row, beside {@link
 * NearestCodewordContract}.
 */
public abstract class SeveralNearestContract extends NearestCodewordContract {
    @ParameterizedTest
    @ValueSource(ints = {1, 7, 16, 48, 129, 300})
    void sortsTheNearestAsTheReferenceDoes(int d) {
        FloatMatrix rows = Reference.gaussian(29, d, 1, 0, d);
        for (int k : new int[] {1, 2, 15, 33, 257}) {
            FloatMatrix codebook = Reference.gaussian(k, d, 1, 0, 31L * d + k);
            NearestCodeword search = prepare(codebook);
            Reference reference = new Reference(rows.values(), codebook);
            for (int p : IntStream.of(1, 2, 5, k).filter(p -> p <= k).distinct().toArray()) {
                Found found = searchTop(search, rows.values(), 0, rows.rows(), p);
                for (int i = 0; i < rows.rows(); i++) {
                    checkTop(reference, i, p, found);
                }
            }
        }
    }

    private static void checkTop(Reference reference, int row, int p, Found found) {
        int[] expected = reference.order(row);
        int at = row * p;
        assertEquals(p, Arrays.stream(found.index(), at, at + p).distinct().count());
        for (int i = 0; i < p; i++) {
            int c = found.index()[at + i];
            double distance = reference.squaredDistance(row, c);
            double wanted = reference.squaredDistance(row, expected[i]);
            // sorted again by exact distances, so a swap is either across the p-th place or within a float's rounding
            double slack = reference.tolerance(row, c, expected[i]) + 1e-5 * distance;
            assertEquals(wanted, distance, slack, "place " + i + " of " + p);
            assertEquals(distance, found.squaredDistance()[at + i], 1e-5 * distance);
            if (i > 0) {
                float before = found.squaredDistance()[at + i - 1];
                assertTrue(before <= found.squaredDistance()[at + i]);
                assertTrue(before < found.squaredDistance()[at + i] || found.index()[at + i - 1] < c);
            }
        }
    }

    @Test
    void sortsEqualDistancesByIndex() {
        Random random = new Random(1);
        for (int d : new int[] {1, 8, 130}) {
            float[] codewords = new float[90 * d];
            float[] rows = new float[60 * d];
            for (int i = 0; i < codewords.length; i++) {
                codewords[i] = random.nextInt(3) - 1;
            }
            for (int i = 0; i < rows.length; i++) {
                rows[i] = random.nextInt(3) - 1;
            }
            FloatMatrix codebook = new FloatMatrix(90, d, codewords);
            Reference reference = new Reference(rows, codebook);
            for (int p : new int[] {1, 3, 16, 90}) {
                Found found = searchTop(prepare(codebook), rows, 0, 60, p);
                for (int i = 0; i < 60; i++) {
                    int[] expected = Arrays.copyOf(reference.order(i), p);
                    assertArrayEquals(expected, Arrays.copyOfRange(found.index(), i * p, i * p + p), "p = " + p);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 48, 130})
    void answersTheNearestAlikeWhateverComesWithARow(int d) {
        FloatMatrix rows = Reference.gaussian(ROWS, d, 1, 0, d);
        NearestCodeword search = prepare(Reference.gaussian(200, d, 1, 0, 7));
        int p = 5;
        Found all = searchTop(search, rows.values(), 0, ROWS, p);
        for (int count : COUNTS) {
            int from = ROWS - count;
            Found some = searchTop(search, rows.values(), from, count, p);
            for (int i = 0; i < count * p; i++) {
                assertEquals(all.index()[from * p + i], some.index()[i]);
                assertEquals(all.squaredDistance()[from * p + i], some.squaredDistance()[i], 0);
            }
        }
        Found one = searchTop(search, rows.values(), 0, ROWS, 1);
        Found nearest = search(search, rows.values(), 0, ROWS);
        assertArrayEquals(nearest.index(), one.index());
        assertArrayEquals(nearest.squaredDistance(), one.squaredDistance());
    }
}
