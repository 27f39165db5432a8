package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TwoLevelSearchTest {
    private final NearestCodewordProvider cpu = NearestCodewordProviders.cpu();

    private static FloatMatrix gaussian(int n, int d, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new FloatMatrix(n, d, values);
    }

    /** Whole numbers, which are compared without rounding. */
    private static FloatMatrix whole(int n, int d, long seed) {
        FloatMatrix matrix = gaussian(n, d, seed);
        for (int i = 0; i < matrix.values().length; i++) {
            matrix.values()[i] = Math.round(4 * matrix.values()[i]);
        }
        return matrix;
    }

    private static int[] cellOf(int codewords, int cells) {
        Random random = new Random(9);
        int[] of = new int[codewords];
        for (int k = 0; k < codewords; k++) {
            of[k] = (int) (random.nextInt(cells) * .9); // some cells stay empty
        }
        return of;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 60})
    void exactWhereAllCellsAreLookedAt(int p) {
        FloatMatrix codebook = whole(60, 5, 1);
        System.arraycopy(codebook.values(), 0, codebook.values(), 50, 10); // equal codewords
        FloatMatrix rows = whole(TwoLevelSearch.CHUNK + 17, 5, 2);
        int n = rows.rows();
        NearestCodeword search = TwoLevelSearch.of(codebook, gaussian(8, 5, 3), cellOf(60, 8), 8, cpu);
        int[] expected = new int[n * p];
        float[] expectedDistance = new float[n * p];
        new PlainNearestCodeword(codebook).nearest(rows.values(), 5, n - 1, p, expected, expectedDistance);
        int[] index = new int[n * p];
        float[] distance = new float[n * p];

        search.nearest(rows.values(), 5, n - 1, p, index, distance);

        assertArrayEquals(expected, index);
        assertArrayEquals(expectedDistance, distance, 1e-4f);
    }

    @Test
    void findsAsManyAsAreAskedForWhateverTheCells() {
        FloatMatrix codebook = gaussian(100, 3, 1);
        int[] cellOf = new int[100];
        cellOf[7] = 1; // all others are in one cell
        NearestCodeword search = TwoLevelSearch.of(codebook, gaussian(3, 3, 2), cellOf, 1, cpu);
        int[] index = new int[100];

        search.nearest(gaussian(1, 3, 4).values(), 0, 1, 100, index, new float[100]);

        assertEquals(100, Arrays.stream(index).distinct().count());
    }

    @Test
    void cellsOfTheProviderLoseLittle() {
        FloatMatrix codebook = gaussian(3000, 8, 1);
        FloatMatrix rows = gaussian(600, 8, 2);
        int[] exact = new int[600];
        cpu.prepare(codebook).nearest(rows.values(), 0, 600, exact, new float[600]);
        int[] index = new int[600];
        int[] alone = new int[600];
        NearestCodeword search = new TwoLevelProvider(cpu).prepare(codebook);

        search.nearest(rows.values(), 0, 600, index, new float[600]);
        for (int i = 0; i < 600; i++) {
            int[] one = new int[1];
            search.nearest(rows.values(), i * 8, 1, one, new float[1]);
            alone[i] = one[0];
        }

        int equal = 0;
        for (int i = 0; i < 600; i++) {
            equal += index[i] == exact[i] ? 1 : 0;
        }
        assertTrue(equal > 550, equal + " of 600");
        assertArrayEquals(index, alone);
        int[] again = new int[600];
        new TwoLevelProvider(cpu).prepare(codebook).nearest(rows.values(), 0, 600, again, new float[600]);
        assertArrayEquals(index, again);
    }

    @Test
    void fewListsAreSearchedAsBefore() {
        assertEquals(cpu, TwoLevelProvider.forLists(TwoLevelProvider.LISTS - 1, cpu));
        assertEquals(
                "two-level",
                TwoLevelProvider.forLists(TwoLevelProvider.LISTS, cpu).name());
    }
}
