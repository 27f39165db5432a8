package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ScalarQuantizerTest extends QuantizerContract {
    private static ScalarQuantizer quantizer(ScalarQuantizer.Type type, int d) {
        float[] ranges = new float[(int) type.rangeValues(d)];
        Arrays.fill(ranges, 0, ranges.length / 2, -2);
        Arrays.fill(ranges, ranges.length / 2, ranges.length, 4);
        return new ScalarQuantizer(type, d, ranges);
    }

    @Override
    List<Quantizer> quantizers() {
        List<Quantizer> all = new ArrayList<>();
        for (ScalarQuantizer.Type type : ScalarQuantizer.Type.values()) {
            for (int d : new int[] {1, 2, 3, 5, 16, 33}) {
                all.add(quantizer(type, d));
            }
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void decodedValuesAreNear(ScalarQuantizer.Type type) {
        int d = 7;
        float[] rows = Samples.gaussian(200, d, 3).values();
        float[] clamped = new float[rows.length];
        for (int i = 0; i < rows.length; i++) {
            clamped[i] = Math.max(-2, Math.min(2, rows[i]));
        }
        ScalarQuantizer quantizer = quantizer(type, d);
        byte[] codes = new byte[200 * quantizer.codeSize()];
        quantizer.encode(clamped, 0, 200, codes, 0);
        float[] decoded = new float[rows.length];
        quantizer.decode(codes, 0, 200, decoded, 0);
        double step = type.rangeValues(d) == 0
                ? 2 * 0x1p-8
                : 4.0 / ((1 << quantizer.codeBits().width(0)) - 1);
        for (int i = 0; i < rows.length; i++) {
            assertEquals(clamped[i], decoded[i], step / 2 + 1e-6, "value " + i);
        }
    }

    /** As faiss 1.15.1 has them. */
    @ParameterizedTest
    @CsvSource({
        "QT_FP16, 1.00048828125, 3c01",
        "QT_FP16, 1.00146484375, 3c02",
        "QT_FP16, 65519.9, 7bff",
        "QT_FP16, 65520, 7c00",
        "QT_FP16, -1e38, fc00",
        "QT_FP16, 2.9802322387695312e-08, 1",
        "QT_FP16, 1.4901161193847656e-08, 0",
        "QT_FP16, 6.1e-5, 3ff",
        "QT_FP16, 6.1005353927612305e-05, 400",
        "QT_FP16, -0.0, 8000",
        "QT_BF16, 1.00390625, 3f81",
        "QT_BF16, -1.01171875, bf82",
        "QT_BF16, 3.4e38, 7f80",
        "QT_BF16, 1e-40, 1"
    })
    void roundsToFloatsOf16Bits(ScalarQuantizer.Type type, float value, String bits) {
        int[] code = new int[1];
        quantizer(type, 1).encode(new float[] {value}, 0, 1, code, 0);
        assertEquals(bits, Integer.toHexString(code[0]));
    }

    @Test
    void everyHalfComesBack() {
        ScalarQuantizer quantizer = quantizer(ScalarQuantizer.Type.QT_FP16, 1);
        float[] value = new float[1];
        int[] code = new int[1];
        for (int half = 0; half < 1 << 16; half++) {
            code[0] = half;
            quantizer.decode(code, 0, 1, value, 0);
            int exponent = half >> 10 & 31;
            double mantissa = half & 1023;
            double expected = exponent == 0
                    ? mantissa * 0x1p-24
                    : exponent == 31
                            ? (mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
                            : Math.scalb(1 + mantissa / 1024, exponent - 15);
            assertEquals(half < 0x8000 ? expected : -expected, value[0]);
            if (!Double.isNaN(expected)) {
                quantizer.encode(value, 0, 1, code, 0);
                assertEquals(half, code[0]);
            }
        }
    }

    @Test
    void aRangeWithoutWidthStandsForItsStart() {
        ScalarQuantizer quantizer = new ScalarQuantizer(ScalarQuantizer.Type.QT_8BIT, 1, new float[] {3, 0});
        int[] code = {7};
        float[] value = {5};
        quantizer.encode(value, 0, 1, code, 0);
        assertEquals(0, code[0]);
        quantizer.decode(new int[] {200}, 0, 1, value, 0);
        assertEquals(3, value[0]);
    }

    private static String refusal(ScalarQuantizer.Type type, float... ranges) {
        return assertThrows(NsvqException.class, () -> new ScalarQuantizer(type, 3, ranges))
                .getMessage();
    }

    @Test
    void refusesOtherRanges() {
        assertEquals(
                "codes of type sq8 of dimension 3 have ranges of 6 values, not 5",
                refusal(ScalarQuantizer.Type.QT_8BIT, 0, 0, 0, 0, 0));
        assertEquals(
                "a range cannot be of NaN: it should be finite",
                refusal(ScalarQuantizer.Type.QT_4BIT_UNIFORM, 0, Float.NaN));
    }
}
