package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes of files, field by field. */
class FaissLayoutTest {
    private static final Metric L2 = Metric.L2;

    private static byte[] written(Quantizer quantizer, Metric metric, byte[] codes, long... ids) throws IOException {
        int count = codes.length / quantizer.codeSize();
        FaissIndex index = new FaissIndex(quantizer, metric, count, ids.length > 0);
        return Examples.write(new FaissContent(index, codes, ids.length > 0 ? ids : null));
    }

    private static FileBytes product(FileBytes bytes, ProductQuantizer quantizer, byte... codes) {
        bytes.int64(4, 2, 4, 64); // d, M, bits, values
        for (int part = 0; part < 2; part++) {
            bytes.floats(quantizer.codebook(part).values());
        }
        bytes.int64(codes.length);
        for (byte code : codes) {
            bytes.int8(code);
        }
        return bytes.int32(0).int8(0).int32(9); // ST_PQ, no signs, M * bits + 1
    }

    @Test
    void product() throws IOException {
        ProductQuantizer quantizer = Examples.product(4, 2, 4);
        byte[] codes = {0x21, (byte) 0xF0, 0x07};
        FileBytes expected = new FileBytes().index("IxPq", 4, 3, 0);
        byte[] written = written(quantizer, Metric.INNER_PRODUCT, codes);
        assertArrayEquals(product(expected, quantizer, codes).bytes(), written);
    }

    @Test
    void rotatedProductWithIds() throws IOException {
        ProductQuantizer inner = Examples.product(4, 2, 4);
        Rotation rotation = Rotation.random(4, 1);
        byte[] codes = {0x21, 0x07};
        FileBytes expected = new FileBytes()
                .index("IxM2", 4, 2, 1)
                .index("IxPT", 4, 2, 1)
                .int32(1)
                .text("LTra")
                .int8(0)
                .int64(16)
                .floats(rotation.matrix().values())
                .int64(0)
                .int32(4)
                .int32(4)
                .int8(1)
                .index("IxPq", 4, 2, 1);
        product(expected, inner, codes).int64(2).int64(-5, 1L << 40);
        assertArrayEquals(expected.bytes(), written(new RotatedQuantizer(rotation, inner), L2, codes, -5, 1L << 40));
    }

    /** Of three codewords the last stands twice; norms follow the bits of the indices at once. */
    @Test
    void sums() throws IOException {
        FloatMatrix first = FloatMatrix.of(new float[] {1, 2}, new float[] {3, 4}, new float[] {5, 6});
        FloatMatrix second = FloatMatrix.of(new float[] {0.5f, 0}, new float[] {0, 0.25f});
        byte[] codes = {2, 5}; // indices 2, 0 and 1, 1: sums (5.5, 6) and (3, 4.25)
        long norm0 = Integer.toUnsignedLong(Float.floatToIntBits(5.5f * 5.5f + 36)) << 3;
        long norm1 = Integer.toUnsignedLong(Float.floatToIntBits(9 + 4.25f * 4.25f)) << 3;
        FileBytes expected = new FileBytes()
                .index("IxRq", 2, 2, 1)
                .int64(2, 2) // d, M
                .int64(2, 2, 1) // the bits of each
                .int8(1)
                .int64(12)
                .floats(1, 2, 3, 4, 5, 6, 5, 6, 0.5f, 0, 0, 0.25f)
                .int32(3) // ST_norm_float
                .floats(0, 0)
                .int32(2048) // no tables
                .int32(7) // beam
                .int64(5, 10); // bytes of a code, of all
        for (long code : new long[] {norm0 | 2, norm1 | 5}) {
            for (int i = 0; i < 5; i++) {
                expected.int8((int) (code >>> (8 * i)));
            }
        }
        assertArrayEquals(expected.bytes(), written(new ResidualQuantizer(List.of(first, second), 7), L2, codes));
        assertArrayEquals(expected.bytes(), written(new AdditiveQuantizer(List.of(first, second), 7, 0), L2, codes));
        assertEquals(
                5,
                new FaissWriter(new FaissIndex(new ResidualQuantizer(List.of(first, second), 7), L2, 2, false))
                        .codeSize());
    }

    @ParameterizedTest
    @CsvSource({"1", "3", "7", "8", "9", "15", "16", "17", "21", "24"})
    void normsFollowCodesOfAnyLength(int width) {
        CodeBits codeBits = new CodeBits(width, 5);
        CodeForm form = new CodeForm(codeBits, 32);
        assertEquals((width + 5 + 32 + 7) / 8, form.size());
        Random random = new Random(width);
        int[] indices = {random.nextInt(1 << width), 31, (1 << width) - 1, 0, 0, random.nextInt(32)};
        byte[] codes = new byte[1 + 3 * codeBits.codeSize()];
        codeBits.pack(indices, 0, 3, codes, 1);
        float[] norms = {1.5f, -0f, 1e30f};
        byte[] joined = new byte[3 * form.size()];
        form.join(codes, 1, norms, 3, joined, 0);
        for (int i = 0; i < 3; i++) {
            BitSet bits = BitSet.valueOf(Arrays.copyOfRange(joined, i * form.size(), (i + 1) * form.size()));
            long[] index = bits.get(0, width + 5).toLongArray();
            long norm = Integer.toUnsignedLong(Float.floatToRawIntBits(norms[i]));
            assertEquals(indices[2 * i] | (long) indices[2 * i + 1] << width, index.length == 0 ? 0 : index[0]);
            assertEquals(BitSet.valueOf(new long[] {norm}), bits.get(width + 5, form.size() * 8));
        }
        byte[] stripped = new byte[codes.length];
        form.strip(joined, 0, 3, stripped, 1);
        assertArrayEquals(codes, stripped);
    }
}
