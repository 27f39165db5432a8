package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import java.util.List;
import org.junit.jupiter.api.Test;

class RotatedQuantizerTest extends QuantizerContract {
    private static ProductQuantizer product(int dimension, int parts, int bits) {
        return new ProductQuantizer(
                dimension,
                parts,
                bits,
                Samples.gaussian(1 << bits, dimension, 17).values());
    }

    @Override
    List<Quantizer> quantizers() {
        return List.of(
                new RotatedQuantizer(Rotation.random(12, 1), product(12, 3, 5)),
                new RotatedQuantizer(Rotation.random(1, 3), product(1, 1, 4)),
                new RotatedQuantizer(Rotation.random(33, 2), product(33, 3, 8)),
                new RotatedQuantizer(
                        Rotation.random(7, 4), new ResidualQuantizer(Samples.shrinking(7, 1, 16, 5, 1), 3)));
    }

    /** Turns rows one sum after the other. */
    private static FloatMatrix turned(Rotation rotation, FloatMatrix rows, boolean back) {
        FloatMatrix matrix = rotation.matrix();
        float[] values = new float[rows.values().length];
        for (int i = 0; i < values.length; i++) {
            double sum = 0;
            for (int j = 0; j < rows.columns(); j++) {
                int k = i % rows.columns();
                sum += (double) rows.get(i / rows.columns(), j) * (back ? matrix.get(j, k) : matrix.get(k, j));
            }
            values[i] = (float) sum;
        }
        return new FloatMatrix(rows.rows(), rows.columns(), values);
    }

    @Test
    void encodesTurnedRowsAndTurnsThemBack() {
        for (Quantizer quantizer : quantizers()) {
            RotatedQuantizer rotated = (RotatedQuantizer) quantizer;
            FloatMatrix rows = Samples.gaussian(200, rotated.dimension(), 6);
            FloatMatrix turned = turned(rotated.rotation(), rows, false);
            byte[] codes = rotated.encode(rows);
            FloatMatrix inner = rotated.inner().decode(codes, 200);
            FloatMatrix slow = turned(rotated.rotation(), inner, true);
            FloatMatrix decoded = rotated.decode(codes, 200);
            FloatMatrix chosen = rotated.inner().decode(rotated.inner().encode(turned), 200);
            for (int i = 0; i < 200; i++) {
                assertEquals(0, Samples.squaredDistance(slow, i, decoded, i), 1e-9);
                // a row between two codewords may get the other one, at the same distance
                double expected = Samples.squaredDistance(turned, i, chosen, i);
                assertEquals(expected, Samples.squaredDistance(rows, i, decoded, i), 1e-4 * (1 + expected));
            }
        }
    }

    @Test
    void tellsWhatItIsMadeOf() {
        Rotation rotation = Rotation.identity(4);
        ProductQuantizer inner = product(4, 2, 4);
        RotatedQuantizer quantizer = new RotatedQuantizer(rotation, inner);
        assertSame(rotation, quantizer.rotation());
        assertSame(inner, quantizer.inner());
        assertEquals(4, quantizer.dimension());
        assertEquals(inner.codeBits(), quantizer.codeBits());
    }

    @Test
    void refusesARotationOfAnotherDimension() {
        assertEquals(
                "a rotation of dimension 3 cannot turn rows for a quantizer of dimension 4",
                assertThrows(NsvqException.class, () -> new RotatedQuantizer(Rotation.identity(3), product(4, 2, 4)))
                        .getMessage());
    }
}
