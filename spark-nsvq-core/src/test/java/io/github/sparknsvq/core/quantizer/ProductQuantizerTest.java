package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ProductQuantizerTest extends QuantizerContract {
    private static ProductQuantizer random(int dimension, int parts, int bits) {
        float[] codewords =
                Samples.gaussian(1 << bits, dimension, 31L * parts + bits).values();
        return new ProductQuantizer(dimension, parts, bits, codewords);
    }

    static IntStream bits() {
        return IntStream.rangeClosed(ProductQuantizer.LEAST_BITS, ProductQuantizer.MOST_BITS);
    }

    @Override
    List<Quantizer> quantizers() {
        List<Quantizer> quantizers = new ArrayList<>();
        bits().forEach(bits -> quantizers.add(random(6, 3, bits)));
        quantizers.add(random(1, 1, 4));
        quantizers.add(random(5, 5, 5));
        quantizers.add(random(7, 1, 8));
        quantizers.add(random(40, 2, 8)); // parts long enough to be copied whole
        return quantizers;
    }

    /** The codeword of a part that is nearest, one distance after the other. */
    private static double leastPart(ProductQuantizer quantizer, int part, FloatMatrix rows, int row) {
        FloatMatrix codebook = quantizer.codebook(part);
        double least = Double.POSITIVE_INFINITY;
        for (int k = 0; k < codebook.rows(); k++) {
            double sum = 0;
            for (int j = 0; j < codebook.columns(); j++) {
                sum += Math.pow((double) rows.get(row, part * codebook.columns() + j) - codebook.get(k, j), 2);
            }
            least = Math.min(least, sum);
        }
        return least;
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 4", "3, 1, 5", "3, 3, 6", "12, 4, 4", "12, 3, 7", "34, 2, 8", "16, 8, 9", "128, 8, 8"})
    void choosesTheNearestCodewordOfEachPart(int dimension, int parts, int bits) {
        ProductQuantizer quantizer = random(dimension, parts, bits);
        FloatMatrix rows = Samples.gaussian(50, dimension, 3);
        double[] errors = Samples.errors(quantizer, rows);
        for (int i = 0; i < 50; i++) {
            double least = 0;
            for (int m = 0; m < parts; m++) {
                least += leastPart(quantizer, m, rows, i);
            }
            assertEquals(least, errors[i], 1e-5 * (1 + least));
        }
    }

    /** Choosing the parts one by one is choosing the nearest of all rows that can be decoded. */
    @Test
    void noOtherCodeIsNearer() {
        ProductQuantizer quantizer = random(4, 2, 4);
        byte[] all = new byte[256];
        IntStream.range(0, 256).forEach(i -> all[i] = (byte) i);
        FloatMatrix decoded = quantizer.decode(all, 256);
        FloatMatrix rows = Samples.gaussian(40, 4, 3);
        double[] errors = Samples.errors(quantizer, rows);
        for (int i = 0; i < 40; i++) {
            int row = i;
            double least = IntStream.range(0, 256)
                    .mapToDouble(c -> Samples.squaredDistance(rows, row, decoded, c))
                    .min()
                    .getAsDouble();
            assertEquals(least, errors[i], 1e-5 * (1 + least));
        }
    }

    /** Codewords on a grid of whole numbers, which the kernel tells apart exactly. */
    @ParameterizedTest
    @MethodSource("bits")
    void encodingADecodedRowGivesItBack(int bits) {
        float[] grid = new float[6 << bits];
        for (int i = 0; i < grid.length; i++) {
            int k = (i / 2) % (1 << bits);
            grid[i] = i % 2 == 0 ? k & 0xFF : k >> 8;
        }
        ProductQuantizer quantizer = new ProductQuantizer(6, 3, bits, grid);
        byte[] codes = new byte[200 * quantizer.codeSize()];
        int[] indices = new Random(bits).ints(600, 0, 1 << bits).toArray();
        quantizer.codeBits().pack(indices, 0, 200, codes, 0);
        assertArrayEquals(codes, quantizer.encode(quantizer.decode(codes, 200)));
    }

    @Test
    void decodesToTheCodewordsOfItsParts() {
        float[] codewords = new float[32];
        IntStream.range(0, 32).forEach(i -> codewords[i] = i < 16 ? i : -i);
        ProductQuantizer quantizer = new ProductQuantizer(2, 2, 4, codewords);
        assertEquals(2, quantizer.parts());
        assertEquals(16, quantizer.codewords());
        assertEquals(1, quantizer.codeSize());
        assertArrayEquals(
                new float[] {3, -18}, quantizer.decode(new byte[] {0x23}, 1).values());
        assertEquals(-31, quantizer.codebook(1).get(15, 0));
        codewords[3] = 99;
        assertEquals(3, quantizer.decode(new byte[] {0x23}, 1).get(0, 0), "what it was made from was copied");
    }

    @Test
    void reproducesRowsWhosePartsAreCodewords() {
        FloatMatrix rows = Samples.gaussian(16, 6, 1);
        float[] codewords = new float[96];
        for (int m = 0; m < 3; m++) {
            for (int k = 0; k < 16; k++) {
                // ten distinct rows, the others repeat them
                System.arraycopy(rows.values(), k % 10 * 6 + m * 2, codewords, m * 32 + k * 2, 2);
            }
        }
        ProductQuantizer quantizer = new ProductQuantizer(6, 3, 4, codewords);
        FloatMatrix ten =
                FloatMatrix.of(IntStream.range(0, 10).mapToObj(rows::row).toArray(float[][]::new));
        assertArrayEquals(
                ten.values(), quantizer.decode(quantizer.encode(ten), 10).values());
    }

    @ParameterizedTest
    @CsvSource({"10, 3, 8", "10, 0, 8", "10, -2, 8", "10, 20, 8", "0, 1, 8"})
    void refusesPartsThatDoNotDivideTheDimension(int dimension, int parts, int bits) {
        Exception e = assertThrows(NsvqException.class, () -> ProductQuantizer.checkShape(dimension, parts, bits));
        assertEquals(
                "dimension " + dimension + " cannot be cut into " + parts
                        + " equal parts: the number of codebooks must divide the dimension",
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"3", "17", "0", "-1", "64"})
    void refusesBitsOutOfRange(int bits) {
        NsvqException e = assertThrows(NsvqException.class, () -> new ProductQuantizer(4, 2, bits, new float[0]));
        assertEquals("a product quantizer has 4 to 16 bits per codebook, not " + bits, e.getMessage());
    }

    @Test
    void refusesAnotherNumberOfValues() {
        NsvqException e = assertThrows(NsvqException.class, () -> new ProductQuantizer(4, 2, 4, new float[63]));
        assertEquals("codebooks of 4 bits for dimension 4 have 64 values, not 63", e.getMessage());
        assertTrue(assertThrows(NsvqException.class, () -> ProductQuantizer.checkShape(1 << 20, 1, 16))
                .getMessage()
                .contains("do not fit one array"));
    }
}
