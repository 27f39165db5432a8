package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CodeBitsTest {
    static IntStream widths() {
        return IntStream.rangeClosed(1, CodeBits.MOST_BITS);
    }

    private static int[] random(CodeBits layout, int rows, Random random) {
        int[] indices = new int[rows * layout.indices()];
        Arrays.setAll(indices, i -> random.nextInt(1 << layout.width(i % layout.indices())));
        return indices;
    }

    /** A code as one large number, whose bytes are then written lowest first. */
    private static byte[] slowPack(CodeBits layout, int[] indices, int row) {
        BigInteger number = BigInteger.ZERO;
        int shift = 0;
        for (int m = 0; m < layout.indices(); m++) {
            BigInteger index = BigInteger.valueOf(indices[row * layout.indices() + m]);
            number = number.or(index.shiftLeft(shift));
            shift += layout.width(m);
        }
        byte[] code = new byte[(shift + 7) / 8];
        for (int i = 0; i < code.length; i++) {
            code[i] = number.shiftRight(8 * i).byteValue();
        }
        return code;
    }

    private static void checkRoundTrip(CodeBits layout, int rows, Random random) {
        int[] indices = random(layout, rows, random);
        byte[] codes = new byte[rows * layout.codeSize() + 3];
        Arrays.fill(codes, (byte) 0x5A);
        layout.pack(indices, 0, rows, codes, 2);
        for (int i = 0; i < rows; i++) {
            int at = 2 + i * layout.codeSize();
            assertArrayEquals(
                    slowPack(layout, indices, i), Arrays.copyOfRange(codes, at, at + layout.codeSize()), "row " + i);
        }
        assertEquals(0x5A, codes[1], "wrote before the first code");
        assertEquals(0x5A, codes[codes.length - 1], "wrote past the last code");
        int[] unpacked = new int[indices.length + 1];
        layout.unpack(codes, 2, rows, unpacked, 1);
        assertArrayEquals(indices, Arrays.copyOfRange(unpacked, 1, unpacked.length));
    }

    @ParameterizedTest
    @MethodSource("widths")
    void everyWidthComesBack(int width) {
        Random random = new Random(width);
        for (int count : new int[] {1, 2, 3, 4, 5, 7, 8, 9, 16, 33}) {
            CodeBits layout = CodeBits.uniform(count, width);
            assertEquals(count * width, layout.bits());
            assertEquals((count * width + 7) / 8, layout.codeSize());
            for (int rows : new int[] {0, 1, 2, 17}) {
                checkRoundTrip(layout, rows, random);
            }
        }
    }

    @Test
    void mixedWidthsComeBack() {
        Random random = new Random(3);
        for (int trial = 0; trial < 200; trial++) {
            int[] widths = random.ints(1 + random.nextInt(12), 1, CodeBits.MOST_BITS + 1)
                    .toArray();
            checkRoundTrip(new CodeBits(widths), 5, random);
        }
    }

    /** What faiss writes: 4 bits put the first index into the low half, 16 bits the low byte first. */
    @Test
    void laysBitsAsFaissDoes() {
        assertArrayEquals(new byte[] {0x21, 0x03}, packed(4, 1, 2, 3));
        assertArrayEquals(new byte[] {1, (byte) 0xFF, 7}, packed(8, 1, 255, 7));
        assertArrayEquals(new byte[] {0x34, 0x12, (byte) 0xCD, (byte) 0xAB}, packed(16, 0x1234, 0xABCD));
        // 10 bits: 0x3FF | 0x001 << 10
        assertArrayEquals(new byte[] {(byte) 0xFF, 0x07, 0x00}, packed(10, 0x3FF, 0x001));
        // 6 bits: 0b000001, 0b000010, 0b000011, 0b000100
        assertArrayEquals(new byte[] {(byte) 0b10000001, 0b00110000, 0b00010000}, packed(6, 1, 2, 3, 4));
    }

    private static byte[] packed(int width, int... indices) {
        CodeBits layout = CodeBits.uniform(indices.length, width);
        byte[] code = new byte[layout.codeSize()];
        layout.pack(indices, 0, 1, code, 0);
        return code;
    }

    @ParameterizedTest
    @CsvSource({"1,1", "2,1", "3,2", "4,2", "16,4", "17,5", "255,8", "256,8", "257,9", "65536,16", "65537,17"})
    void knowsTheBitsOfAnIndex(int codewords, int bits) {
        assertEquals(bits, CodeBits.widthFor(codewords));
    }

    @Test
    void aPrefixIsTheStartOfTheStream() {
        Random random = new Random(4);
        CodeBits layout = new CodeBits(5, 8, 11, 3, 16);
        int[] indices = random(layout, 1, random);
        byte[] code = new byte[layout.codeSize()];
        layout.pack(indices, 0, 1, code, 0);
        for (int m = 1; m <= 5; m++) {
            CodeBits prefix = layout.prefix(m);
            assertEquals(m, prefix.indices());
            byte[] start = Arrays.copyOf(code, prefix.codeSize());
            int[] unpacked = new int[m];
            prefix.unpack(start, 0, 1, unpacked, 0);
            assertArrayEquals(Arrays.copyOf(indices, m), unpacked);
        }
        assertEquals(layout, layout.prefix(5));
        for (int none : new int[] {0, -1, 6}) {
            assertEquals("a code of 5 indices has no prefix of " + none, refusal(() -> layout.prefix(none)));
        }
    }

    @Test
    void knowsItsShape() {
        CodeBits layout = new CodeBits(4, 12, 8);
        assertEquals(3, layout.indices());
        assertEquals(12, layout.width(1));
        assertEquals(24, layout.bits());
        assertEquals(3, layout.codeSize());
        assertFalse(layout.wholeBytes());
        assertTrue(CodeBits.uniform(3, 8).wholeBytes());
        assertEquals(new CodeBits(8, 8), CodeBits.uniform(2, 8));
        assertEquals(new CodeBits(8, 8).hashCode(), CodeBits.uniform(2, 8).hashCode());
        assertNotEquals(new CodeBits(8, 4), new CodeBits(4, 8));
        assertEquals("CodeBits[4, 12, 8]", layout.toString());
    }

    private static String refusal(Runnable action) {
        return assertThrows(NsvqException.class, action::run).getMessage();
    }

    @Test
    void refusesWhatIsNoLayout() {
        assertEquals("a code needs at least one index", refusal(CodeBits::new));
        assertEquals("a code needs at least one index", refusal(() -> CodeBits.uniform(-1, 8)));
        assertEquals("an index of a code takes 1 to 24 bits, not 0", refusal(() -> new CodeBits(8, 0)));
        assertEquals("an index of a code takes 1 to 24 bits, not 25", refusal(() -> new CodeBits(25)));
    }

    @Test
    void refusesCodesOfTheWrongLength() {
        CodeBits layout = CodeBits.uniform(3, 6);
        layout.checkLength(new byte[3], 1);
        layout.checkLength(new byte[0], 0);
        assertEquals(
                "a code of 2 bytes cannot be decoded: codes of this quantizer have 3",
                refusal(() -> layout.checkLength(new byte[2], 1)));
        assertEquals("7 bytes cannot be 2 codes of 3 bytes each", refusal(() -> layout.checkLength(new byte[7], 2)));
        refusal(() -> layout.checkLength(new byte[3], -1));
    }

    @Test
    void refusesArraysThatAreTooShort() {
        CodeBits layout = CodeBits.uniform(3, 6);
        assertThrows(IndexOutOfBoundsException.class, () -> layout.pack(new int[5], 0, 2, new byte[6], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> layout.pack(new int[6], 0, 2, new byte[5], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> layout.unpack(new byte[6], 1, 2, new int[6], 0));
        assertThrows(IndexOutOfBoundsException.class, () -> layout.unpack(new byte[6], 0, 2, new int[6], 1));
        assertThrows(IndexOutOfBoundsException.class, () -> layout.unpack(new byte[6], 0, -1, new int[6], 0));
    }

    @Test
    void refusesIndicesThatDoNotFit() {
        CodeBits layout = CodeBits.uniform(2, 6);
        for (int bad : new int[] {64, -1}) {
            IllegalArgumentException e = assertThrows(
                    IllegalArgumentException.class, () -> layout.pack(new int[] {0, bad}, 0, 1, new byte[2], 0));
            assertEquals("index " + bad + " does not fit 6 bits", e.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "256, 1", "257, 2", "65536, 2", "65537, 3"})
    void anIndexTakesWholeBytes(int codewords, int bytes) {
        assertEquals(bytes, new CodeBits(CodeBits.widthFor(codewords)).codeSize());
    }
}
