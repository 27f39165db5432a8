package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CodewordOrderTest {
    private static FloatMatrix whole(Random random, int rows) {
        float[] values = new float[rows * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(3);
        }
        return new FloatMatrix(rows, 3, values);
    }

    private static double distance(FloatMatrix a, int i, FloatMatrix b, int j) {
        return IntStream.range(0, 3)
                .mapToDouble(d -> Math.pow(a.get(i, d) - b.get(j, d), 2))
                .sum();
    }

    /** Small whole numbers, so that codewords are often exactly as far as each other. */
    @Test
    void agreesWithComparingOneByOne() {
        Random random = new Random(2);
        FloatMatrix codebook = whole(random, 40);
        FloatMatrix queries = whole(random, 20);
        int ties = 0;
        for (int q = 0; q < 20; q++) {
            int query = q;
            int one = random.nextInt(40);
            double bound = distance(codebook, one, queries, q);
            CodewordOrder order = CodewordOrder.of(codebook, one, queries, q);
            int[] nearer = IntStream.range(0, 40)
                    .filter(c -> distance(codebook, c, queries, query) < bound)
                    .toArray();
            int[] asFar = IntStream.range(0, 40)
                    .filter(c -> distance(codebook, c, queries, query) == bound)
                    .toArray();
            assertArrayEquals(nearer, order.nearer().stream().toArray());
            assertArrayEquals(asFar, order.asFar());
            assertTrue(IntStream.of(asFar).anyMatch(c -> c == one));
            ties += asFar.length - 1;
        }
        assertTrue(ties > 0);
    }

    @Test
    void refusesOtherDimensions() {
        FloatMatrix codebook = FloatMatrix.of(new float[] {1, 2});
        FloatMatrix queries = FloatMatrix.of(new float[] {1, 2, 3});
        assertEquals(
                "queries of dimension 3 for codewords of dimension 2",
                assertThrows(IllegalArgumentException.class, () -> CodewordOrder.of(codebook, 0, queries, 0))
                        .getMessage());
    }
}
