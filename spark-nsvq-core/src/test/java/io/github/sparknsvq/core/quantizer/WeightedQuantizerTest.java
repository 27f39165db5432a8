package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.Scaling;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightedQuantizerTest extends QuantizerContract {
    private static final Scaling SCALING = new Scaling(3, 0.1, 1, 20, 0.5);

    private static FloatMatrix scaled(FloatMatrix rows) {
        FloatMatrix out = new FloatMatrix(rows.rows(), rows.columns(), new float[rows.values().length]);
        SCALING.apply(rows.values(), 0, rows.rows(), out.values(), 0);
        return out;
    }

    private static WeightedQuantizer vector(FloatMatrix codebook) {
        return new WeightedQuantizer(SCALING, new VectorQuantizer(scaled(codebook)), new VectorQuantizer(codebook));
    }

    @Override
    List<Quantizer> quantizers() {
        ProductQuantizer product =
                new ProductQuantizer(5, 5, 4, Samples.gaussian(16 * 5, 1, 3).values());
        return List.of(
                vector(Samples.gaussian(37, 5, 1)),
                vector(Samples.gaussian(1, 5, 1)),
                new WeightedQuantizer(SCALING, new RotatedQuantizer(Rotation.random(5, 2), product), null),
                new WeightedQuantizer(
                        new Scaling(0.25),
                        new VectorQuantizer(Samples.gaussian(9, 1, 4)),
                        new VectorQuantizer(Samples.times(Samples.gaussian(9, 1, 4), 4))));
    }

    @Test
    void takesTheCodewordOfLeastWeightedDistance() {
        FloatMatrix codebook = Samples.gaussian(64, 5, 7);
        FloatMatrix rows = Samples.gaussian(500, 5, 8);
        float[] weights = SCALING.weights();
        int[] found = new int[500];
        vector(codebook).encode(rows.values(), 0, 500, found, 0);
        int differs = 0;
        int[] plain = new int[500];
        new VectorQuantizer(codebook).encode(rows.values(), 0, 500, plain, 0);
        for (int i = 0; i < 500; i++) {
            double[] distances = new double[64];
            int nearest = 0;
            for (int k = 0; k < 64; k++) {
                for (int j = 0; j < 5; j++) {
                    distances[k] += Math.pow(weights[j] * (rows.get(i, j) - codebook.get(k, j)), 2);
                }
                nearest = distances[k] < distances[nearest] ? k : nearest;
            }
            assertEquals(distances[nearest], distances[found[i]], 1e-4 * distances[nearest]);
            differs += found[i] == plain[i] ? 0 : 1;
        }
        assertEquals(true, differs > 100, "the weights matter here");
    }

    @Test
    void decodesInTheUnitsOfTheRows() {
        FloatMatrix codebook = Samples.gaussian(16, 5, 7);
        float[] row = new float[5];
        vector(codebook).decode(new int[] {11}, 0, 1, row, 0);
        assertArrayEquals(codebook.row(11), row);
        ProductQuantizer product =
                new ProductQuantizer(5, 1, 4, Samples.gaussian(16, 5, 3).values());
        RotatedQuantizer rotated = new RotatedQuantizer(Rotation.random(5, 2), product);
        new WeightedQuantizer(SCALING, rotated, null).decode(new int[] {3}, 0, 1, row, 0);
        float[] expected = rotated.decode(new byte[] {3}, 1).values();
        SCALING.reverse(expected, 0, 1, expected, 0);
        assertArrayEquals(expected, row);
    }

    @Test
    void saysWhatIsWrongWithWeights() {
        assertEquals(
                "dimensionWeights has 2 weights, but vectors have 5 dimensions: one for each is needed",
                refusal(() -> new WeightedQuantizer(
                        new Scaling(1, 2), new VectorQuantizer(Samples.gaussian(3, 5, 1)), null)));
        for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY, 1e-60, 1e60}) {
            assertEquals(
                    "dimensionWeights has " + wrong
                            + " for dimension 1: it must be positive and finite, as float32 too",
                    refusal(() -> new Scaling(1, wrong)));
        }
        assertEquals("a scaling needs a weight for each dimension", refusal(Scaling::new));
    }

    private static String refusal(org.junit.jupiter.api.function.Executable what) {
        return assertThrows(NsvqException.class, what).getMessage();
    }
}
