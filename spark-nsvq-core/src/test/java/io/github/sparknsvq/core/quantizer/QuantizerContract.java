package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every quantizer must do. */
abstract class QuantizerContract {
    private static final int ROWS = 70;

    /** Quantizers of all shapes worth trying: odd sizes, dimension 1, one codeword or codebook, several widths. */
    abstract List<Quantizer> quantizers();

    private static FloatMatrix rows(Quantizer quantizer) {
        return Samples.gaussian(ROWS, quantizer.dimension(), 5);
    }

    @Test
    void aCodeHasTheSizeThatItsBitsNeed() {
        for (Quantizer quantizer : quantizers()) {
            assertEquals((quantizer.bits() + 7) / 8, quantizer.codeSize());
            assertEquals(ROWS * quantizer.codeSize(), quantizer.encode(rows(quantizer)).length);
        }
    }

    @Test
    void packedCodesHoldTheIndices() {
        for (Quantizer quantizer : quantizers()) {
            FloatMatrix rows = rows(quantizer);
            int m = quantizer.codeBits().indices();
            int[] indices = new int[ROWS * m + 2];
            Arrays.fill(indices, -7);
            quantizer.encode(rows.values(), 0, ROWS, indices, 1);
            assertEquals(-7, indices[0]);
            assertEquals(-7, indices[indices.length - 1]);
            byte[] packed = new byte[ROWS * quantizer.codeSize()];
            quantizer.codeBits().pack(indices, 1, ROWS, packed, 0);
            assertArrayEquals(packed, quantizer.encode(rows));

            float[] decoded = new float[rows.values().length + 2];
            quantizer.decode(indices, 1, ROWS, decoded, 1);
            assertArrayEquals(
                    quantizer.decode(packed, ROWS).values(), Arrays.copyOfRange(decoded, 1, decoded.length - 1));
            assertEquals(0, decoded[0]);
            assertEquals(0, decoded[decoded.length - 1]);
        }
    }

    @Test
    void answersARowAlikeWhateverComesWithIt() {
        for (Quantizer quantizer : quantizers()) {
            FloatMatrix rows = rows(quantizer);
            byte[] all = quantizer.encode(rows);
            int size = quantizer.codeSize();
            for (int count : new int[] {1, 2, 15, 16, 17, 49}) {
                int from = ROWS - count;
                byte[] some = new byte[count * size + 1];
                quantizer.encode(rows.values(), from * quantizer.dimension(), count, some, 1);
                assertArrayEquals(
                        Arrays.copyOfRange(all, from * size, ROWS * size), Arrays.copyOfRange(some, 1, some.length));
            }
        }
    }

    /** More rows than go through at a time. */
    @Test
    void answersManyRows() {
        for (Quantizer quantizer : quantizers()) {
            FloatMatrix few = rows(quantizer);
            int times = Blocks.ROWS / ROWS + 2;
            float[] many = new float[times * few.values().length];
            for (int i = 0; i < many.length; i++) {
                many[i] = few.values()[i % few.values().length];
            }
            byte[] codes = quantizer.encode(few);
            byte[] manyCodes = quantizer.encode(new FloatMatrix(times * ROWS, few.columns(), many));
            float[] decoded = quantizer.decode(codes, ROWS).values();
            float[] manyDecoded = quantizer.decode(manyCodes, times * ROWS).values();
            for (int t = 0; t < times; t++) {
                assertArrayEquals(
                        codes, Arrays.copyOfRange(manyCodes, t * codes.length, (t + 1) * codes.length), "time " + t);
                assertArrayEquals(
                        decoded, Arrays.copyOfRange(manyDecoded, t * decoded.length, (t + 1) * decoded.length));
            }
        }
    }

    @Test
    void takesNoRowsAtAll() {
        for (Quantizer quantizer : quantizers()) {
            assertEquals(0, quantizer.encode(new FloatMatrix(0, quantizer.dimension(), new float[0])).length);
            assertEquals(0, quantizer.encode(FloatMatrix.of()).length);
            FloatMatrix decoded = quantizer.decode(new byte[0], 0);
            assertEquals(0, decoded.rows());
            assertEquals(quantizer.dimension(), decoded.columns());
        }
    }

    @Test
    void servesSeveralThreadsAtOnce() {
        for (Quantizer quantizer : quantizers()) {
            FloatMatrix rows = rows(quantizer);
            byte[] codes = quantizer.encode(rows);
            float[] decoded = quantizer.decode(codes, ROWS).values();
            IntStream.range(0, 16).parallel().forEach(i -> {
                assertArrayEquals(codes, quantizer.encode(rows));
                assertArrayEquals(decoded, quantizer.decode(codes, ROWS).values());
            });
        }
    }

    @Test
    void putsRowsThatAreNotFiniteInRange() {
        for (Quantizer quantizer : quantizers()) {
            FloatMatrix rows = rows(quantizer);
            byte[] clean = quantizer.encode(rows);
            int d = quantizer.dimension();
            float[] bad = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE};
            for (int i = 0; i < ROWS; i += 5) {
                rows.values()[i * d + i % d] = bad[i / 5 % bad.length];
            }
            byte[] codes = quantizer.encode(rows);
            quantizer.decode(codes, ROWS); // throws if an index is out of range
            for (int i = 0; i < ROWS; i++) {
                for (int j = 0; j < quantizer.codeSize() && i % 5 != 0; j++) {
                    int at = i * quantizer.codeSize() + j;
                    assertEquals(clean[at], codes[at], "another row's code changed");
                }
            }
        }
    }

    @Test
    void refusesRowsOfAnotherDimension() {
        for (Quantizer quantizer : quantizers()) {
            int d = quantizer.dimension();
            NsvqException e = assertThrows(
                    NsvqException.class, () -> quantizer.encode(new FloatMatrix(1, d + 1, new float[d + 1])));
            assertEquals(
                    "rows of dimension " + (d + 1) + " cannot be encoded by a quantizer of dimension " + d,
                    e.getMessage());
        }
    }

    @Test
    void refusesCodesOfTheWrongLength() {
        for (Quantizer quantizer : quantizers()) {
            int size = quantizer.codeSize();
            for (int length : new int[] {0, size - 1, size + 1, 2 * size}) {
                if (length != size) {
                    NsvqException e = assertThrows(NsvqException.class, () -> quantizer.decode(new byte[length], 1));
                    assertTrue(e.getMessage().contains(length + " bytes"), e.getMessage());
                }
            }
            assertThrows(NsvqException.class, () -> quantizer.decode(new byte[2 * size - 1], 2));
        }
    }

    @Test
    void refusesArraysThatAreTooShort() {
        for (Quantizer quantizer : quantizers()) {
            int d = quantizer.dimension();
            int m = quantizer.codeBits().indices();
            float[] row = new float[d];
            Class<IndexOutOfBoundsException> expected = IndexOutOfBoundsException.class;
            assertThrows(expected, () -> quantizer.encode(row, 1, 1, new int[m], 0));
            assertThrows(expected, () -> quantizer.encode(row, 0, 1, new int[m], 1));
            assertThrows(expected, () -> quantizer.encode(row, 0, -1, new int[m], 0));
            assertThrows(expected, () -> quantizer.encode(row, 0, 1, new byte[quantizer.codeSize()], 1));
            assertThrows(expected, () -> quantizer.decode(new int[m], 1, 1, row, 0));
            assertThrows(expected, () -> quantizer.decode(new int[m], 0, 1, row, 1));
            assertThrows(expected, () -> quantizer.decode(new byte[quantizer.codeSize()], 1, 1, row, 0));
        }
    }

    @Test
    void refusesIndicesThatNoCodewordHas() {
        for (Quantizer quantizer : quantizers()) {
            int m = quantizer.codeBits().indices();
            for (int bad : new int[] {-1, 1 << 24}) {
                int[] indices = new int[m];
                indices[m - 1] = bad;
                NsvqException e = assertThrows(
                        NsvqException.class,
                        () -> quantizer.decode(indices, 0, 1, new float[quantizer.dimension()], 0));
                assertTrue(
                        e.getMessage().startsWith("a code holds index " + bad + " of codebook " + (m - 1)),
                        e.getMessage());
            }
        }
    }
}
