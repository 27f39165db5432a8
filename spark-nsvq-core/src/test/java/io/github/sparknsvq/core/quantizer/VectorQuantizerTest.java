package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorQuantizerTest extends QuantizerContract {
    @Override
    List<Quantizer> quantizers() {
        return IntStream.of(1, 2, 3, 16, 100, 257, 5000)
                .mapToObj(k -> (Quantizer) new VectorQuantizer(Samples.gaussian(k, k % 7 + 1, k)))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 15, 16, 17, 255, 256, 257, 1000})
    void choosesTheNearestCodeword(int k) {
        for (int d : new int[] {1, 5, 16, 33}) {
            FloatMatrix codebook = Samples.gaussian(k, d, k);
            FloatMatrix rows = Samples.gaussian(60, d, 1);
            double[] errors = Samples.errors(new VectorQuantizer(codebook), rows);
            for (int i = 0; i < 60; i++) {
                int row = i;
                double least = IntStream.range(0, k)
                        .mapToDouble(c -> Samples.squaredDistance(rows, row, codebook, c))
                        .min()
                        .getAsDouble();
                assertEquals(least, errors[i], 1e-5 * (1 + least));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8, 17})
    void encodingADecodedRowGivesItBack(int d) {
        VectorQuantizer quantizer = new VectorQuantizer(Samples.gaussian(300, d, 2));
        FloatMatrix decoded = quantizer.decode(quantizer.encode(Samples.gaussian(100, d, 3)), 100);
        assertArrayEquals(
                decoded.values(),
                quantizer.decode(quantizer.encode(decoded), 100).values());
    }

    @Test
    void reproducesRowsThatAreItsCodewords() {
        FloatMatrix rows = Samples.gaussian(77, 9, 1);
        VectorQuantizer quantizer = new VectorQuantizer(rows);
        byte[] codes = quantizer.encode(rows);
        assertEquals(7, quantizer.bits());
        assertArrayEquals(rows.values(), quantizer.decode(codes, 77).values());
        for (int i = 0; i < 77; i++) {
            assertEquals(i, codes[i]);
        }
    }

    @Test
    void takesTheFirstOfEqualCodewords() {
        FloatMatrix codebook = FloatMatrix.of(new float[] {5}, new float[] {2}, new float[] {2}, new float[] {5});
        byte[] codes = new VectorQuantizer(codebook).encode(FloatMatrix.of(new float[] {2}, new float[] {9}));
        assertArrayEquals(new byte[] {1, 0}, codes);
    }

    @Test
    void callsAreAsLargeAsTheSearchWants() {
        FloatMatrix codebook = Samples.gaussian(50, 6, 1);
        FloatMatrix rows = Samples.gaussian(6500, 6, 2);
        byte[] expected = new VectorQuantizer(codebook).encode(rows);
        for (int wanted : List.of(10, 960, 3000, 10_000)) {
            List<Integer> calls = new ArrayList<>();
            Quantizer quantizer = new VectorQuantizer(codebook, new CallCounter(wanted, calls));
            assertArrayEquals(expected, quantizer.encode(rows));
            // the CPU's own calls are no smaller than they were
            int chunk = Math.max(960, wanted);
            assertEquals(chunk, quantizer.rowsPerCall());
            assertEquals((6500 + chunk - 1) / chunk, calls.size());
            assertEquals(Math.min(6500, chunk), calls.get(0));
        }
    }

    @Test
    void refusesCodebooksThatCannotQuantize() {
        for (FloatMatrix empty : List.of(FloatMatrix.of(), new FloatMatrix(0, 3, new float[0]))) {
            NsvqException e = assertThrows(NsvqException.class, () -> new VectorQuantizer(empty));
            assertEquals(
                    "a codebook of 0 x " + empty.columns()
                            + " cannot quantize: it needs 1 to 16777216 codewords of dimension 1 or more",
                    e.getMessage());
        }
    }

    @Test
    void refusesAnIndexBeyondItsLastCodeword() {
        VectorQuantizer quantizer = new VectorQuantizer(Samples.gaussian(100, 2, 1));
        assertEquals(
                "a code holds index 100 of codebook 0, which has 100 codewords",
                assertThrows(NsvqException.class, () -> quantizer.decode(new byte[] {100}, 1))
                        .getMessage());
    }
}
