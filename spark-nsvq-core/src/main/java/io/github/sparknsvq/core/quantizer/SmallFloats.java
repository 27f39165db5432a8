package io.github.sparknsvq.core.quantizer;

/**
 * Floats of 16 bits: what Java 17 has no methods for. Of two that are as near to a value the larger is taken, without
 * regard to the sign, as FAISS does.
 */
final class SmallFloats {
    private static final int HALF_MANTISSA = 10;
    private static final int DROPPED = 23 - HALF_MANTISSA;

    /** The exponent bias of a float less that of a half. */
    private static final int BIAS = (127 - 15) << 23;

    /** The smallest float, without its sign, that rounds to no finite half: 65520. */
    private static final int TOO_LARGE = 0x477FF000;

    private static final int INFINITE = 0x7F800000;

    /** 2^-14, the smallest half that is not subnormal. */
    private static final int SMALLEST_NORMAL = 0x38800000;

    private static final int INFINITE_HALF = 0x7C00;

    /** The smallest half that is not subnormal. */
    private static final int NORMAL_HALF = 0x400;

    private SmallFloats() {}

    /** Made when halves are first decoded. */
    private static final class Halves {
        static final float[] VALUES = new float[1 << 16];

        static {
            for (int half = 0; half < VALUES.length; half++) {
                VALUES[half] = fromHalf(half);
            }
        }

        private Halves() {}
    }

    /** Returns what all halves stand for, by their bits; not to be changed. Its 256 KB are faster than computing. */
    static float[] halves() {
        return Halves.VALUES;
    }

    /** Returns the bits of the nearest half (IEEE 754 binary16) in the lower 16 bits. */
    static int toHalf(float value) {
        int bits = Float.floatToRawIntBits(value);
        int sign = bits >>> 16 & 0x8000;
        int magnitude = bits & 0x7FFFFFFF;
        if (magnitude >= TOO_LARGE) {
            return sign | (magnitude > INFINITE ? INFINITE_HALF | 0x200 : INFINITE_HALF);
        }
        if (magnitude < SMALLEST_NORMAL) {
            return sign | (int) (Float.intBitsToFloat(magnitude) * 0x1p24 + 0.5); // units of the smallest half
        }
        return sign | (magnitude - BIAS + (1 << (DROPPED - 1))) >>> DROPPED;
    }

    /** Returns what the bits of a half stand for. */
    static float fromHalf(int half) {
        int magnitude = half & 0x7FFF;
        float value;
        if (magnitude < NORMAL_HALF) {
            value = magnitude * 0x1p-24f;
        } else if (magnitude < INFINITE_HALF) {
            value = Float.intBitsToFloat((magnitude << DROPPED) + BIAS);
        } else {
            value = Float.intBitsToFloat(INFINITE | (magnitude & 0x3FF) << DROPPED);
        }
        return (half & 0x8000) == 0 ? value : -value;
    }

    /** Returns the upper 16 bits of a float after rounding: bfloat16. */
    static int toBrain(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? bits >>> 16 | 0x40 : (bits + (1 << 15)) >>> 16;
    }

    /** Returns what the bits of a bfloat16 stand for. */
    static float fromBrain(int brain) {
        return Float.intBitsToFloat(brain << 16);
    }
}
