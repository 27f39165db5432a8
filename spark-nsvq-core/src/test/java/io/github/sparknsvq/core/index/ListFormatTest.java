package io.github.sparknsvq.core.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ListFormatTest {
    private static ResidualQuantizer residual(int d, int... sizes) {
        Random random = new Random(3);
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int size : sizes) {
            float[] values = new float[size * d];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            codebooks.add(new FloatMatrix(size, d, values));
        }
        return new ResidualQuantizer(codebooks, 1);
    }

    private static byte[] randomCodes(ResidualQuantizer quantizer, int count) {
        Random random = new Random(9);
        int[] indices = new int[count * quantizer.levels()];
        for (int i = 0; i < indices.length; i++) {
            indices[i] =
                    random.nextInt(quantizer.codebook(i % quantizer.levels()).rows());
        }
        byte[] codes = new byte[count * quantizer.codeSize()];
        quantizer.codeBits().pack(indices, 0, count, codes, 0);
        return codes;
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** A format takes back what it packed, whatever lies around it. */
    private static void assertComesBack(ListFormat format, byte[] codes, int count) {
        int size = count == 0 ? 0 : codes.length / count;
        byte[] padded = new byte[codes.length + 3];
        System.arraycopy(codes, 0, padded, 3, codes.length);
        byte[] target = bytes((int) format.bytes(count) + 10, 1);
        byte[] around = target.clone();
        format.pack(padded, 3, count, target, 5);
        assertArrayEquals(Arrays.copyOf(around, 5), Arrays.copyOf(target, 5));
        int end = target.length - 5;
        assertArrayEquals(Arrays.copyOfRange(around, end, end + 5), Arrays.copyOfRange(target, end, end + 5));
        byte[] back = new byte[count * size + 7];
        format.unpack(target, 5, count, back, 7);
        assertArrayEquals(codes, Arrays.copyOfRange(back, 7, back.length));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 32, 33, 100})
    void codesComeBack(int count) {
        assertComesBack(new PlainFormat(5), bytes(5 * count, 2), count);
        for (int[] sizes : new int[][] {{256, 256}, {64, 2, 100}, {5}, {4096, 300, 3}}) {
            ResidualQuantizer quantizer = residual(6, sizes);
            assertComesBack(new NormFormat(quantizer), randomCodes(quantizer, count), count);
        }
        for (int parts : new int[] {1, 2, 3, 8, 9}) {
            int size = (parts + 1) / 2;
            byte[] codes = bytes(size * count, parts);
            for (int at = size - 1; parts % 2 == 1 && at < codes.length; at += size) {
                codes[at] &= 0x0F;
            }
            assertComesBack(new BlockFormat(parts), codes, count);
        }
    }

    /** The bits of the code first, then those of the float. */
    @Test
    void normsFollowCodes() {
        ResidualQuantizer quantizer = residual(6, 64, 2, 100); // 14 bits
        NormFormat format = new NormFormat(quantizer);
        byte[] codes = randomCodes(quantizer, 1500);
        assertEquals(6, format.form().size());
        assertEquals(9000, format.bytes(1500));
        byte[] packed = new byte[9000];
        format.pack(codes, 0, 1500, packed, 0);
        float[] norms = new float[1501];
        format.norms(packed, 0, 1500, norms, 1);
        float[] expected = new float[1500];
        float[] rows = quantizer.decode(codes, 1500).values();
        for (int i = 0; i < 1500; i++) {
            double sum = 0;
            for (int j = 6 * i; j < 6 * i + 6; j++) {
                sum += (double) rows[j] * rows[j];
            }
            expected[i] = (float) sum;
        }
        assertArrayEquals(expected, Arrays.copyOfRange(norms, 1, 1501));
        for (int i = 0; i < 1500; i++) {
            BitSet bits = BitSet.valueOf(Arrays.copyOfRange(packed, 6 * i, 6 * i + 6));
            assertEquals(BitSet.valueOf(Arrays.copyOfRange(codes, 2 * i, 2 * i + 2)), bits.get(0, 14));
            long norm = Integer.toUnsignedLong(Float.floatToRawIntBits(expected[i]));
            assertEquals(BitSet.valueOf(new long[] {norm}), bits.get(14, 48));
        }
    }

    @Test
    void normsAreOfCodesThatStandForSomething() {
        NormFormat format = new NormFormat(residual(2, 3));
        assertThrows(NsvqException.class, () -> format.pack(new byte[] {3}, 0, 1, new byte[9], 0));
    }

    /** Section 8 of the format, place by place. */
    @Test
    void blocksLieAsFaissHasThem() {
        int[] place = {0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15};
        int parts = 5;
        int count = 40;
        byte[] codes = bytes(3 * count, 4);
        BlockFormat format = new BlockFormat(parts);
        assertEquals(32, format.group());
        assertEquals(96, format.blockBytes());
        assertEquals(192, format.bytes(40));
        byte[] packed = bytes(192, 5);
        format.pack(codes, 0, count, packed, 0);
        for (int at = 0; at < packed.length; at++) {
            int block = at / 96;
            int part = at % 96 / 16;
            int first = 32 * block + place[at % 16];
            int high = index(codes, first + 16, part, parts, count);
            int expected = index(codes, first, part, parts, count) + 16 * high;
            assertEquals((byte) expected, packed[at], "byte " + at);
        }
    }

    private static int index(byte[] codes, int code, int part, int parts, int count) {
        if (code >= count || part >= parts) {
            return 0;
        }
        return (codes[3 * code + part / 2] >>> (4 * (part % 2))) & 0x0F;
    }

    @Test
    void usualFormats() {
        assertEquals(new PlainFormat(28), ListFormat.of(null, 7));
        assertEquals(new PlainFormat(2), ListFormat.of(new ProductQuantizer(6, 3, 4, new float[96]), 6));
        ResidualQuantizer quantizer = residual(6, 16, 16);
        assertEquals(new NormFormat(residual(6, 9, 10)), ListFormat.of(quantizer, 6));
        assertNotEquals(new NormFormat(residual(6, 16, 17)), ListFormat.of(quantizer, 6));
        assertEquals(
                new NormFormat(quantizer).hashCode(),
                ListFormat.of(quantizer, 6).hashCode());
    }
}
