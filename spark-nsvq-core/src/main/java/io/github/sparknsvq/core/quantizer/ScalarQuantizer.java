package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Rounds every value of a row by itself: to 4, 6 or 8 bits within a range, or to a float of 16 bits. Codes equal
 * those of FAISS's {@code ScalarQuantizer} bit for bit.
 *
 * <p>A range from {@code least} on, {@code width} long, has {@code L} steps. A value gets step {@code i = floor((L -
 * 1) (x - least) / width)} or the nearest in {@code [0, L - 1]}, which stands for {@code least + width (i + 0.5) /
 * (L - 1)}. A range without width stands for {@code least}. Values that are too large for a float of 16 bits become
 * infinite.
 */
public final class ScalarQuantizer implements Quantizer {

    /** What values are rounded to. */
    public enum Type {
        /** 8 bits, in a range for each dimension. */
        QT_8BIT(0, 8, "sq8", Ranges.EACH),
        /** 4 bits, in a range for each dimension. */
        QT_4BIT(1, 4, "sq4", Ranges.EACH),
        /** 8 bits, in one range for all dimensions. */
        QT_8BIT_UNIFORM(2, 8, "sq8_uniform", Ranges.ONE),
        /** 4 bits, in one range for all dimensions. */
        QT_4BIT_UNIFORM(3, 4, "sq4_uniform", Ranges.ONE),
        /** Floats of 16 bits with 5 of exponent (IEEE 754 binary16). */
        QT_FP16(4, 16, "sqfp16", Ranges.NONE),
        /** 6 bits, in a range for each dimension. */
        QT_6BIT(6, 6, "sq6", Ranges.EACH),
        /** Floats of 16 bits with 8 of exponent (bfloat16). */
        QT_BF16(7, 16, "sqbf16", Ranges.NONE);

        private final int number;
        private final int bits;
        private final String label;
        private final Ranges ranges;

        Type(int number, int bits, String label, Ranges ranges) {
            this.number = number;
            this.bits = bits;
            this.label = label;
            this.ranges = ranges;
        }

        /** Returns the type's number in files of FAISS. */
        public int number() {
            return number;
        }

        /** Returns a short name, such as {@code sq8}. */
        public String label() {
            return label;
        }

        /** Returns how many values training gives for rows of a dimension. */
        public long rangeValues(int dimension) {
            return switch (ranges) {
                case EACH -> 2L * dimension;
                case ONE -> 2;
                case NONE -> 0;
            };
        }
    }

    private enum Ranges {
        EACH,
        ONE,
        NONE
    }

    private static final VarHandle TWO_BYTES =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

    private final Type type;
    private final int dimension;
    private final float[] ranges;
    private final CodeBits codeBits;

    /** The range of each dimension; of no length where there are none. */
    private final float[] least;

    private final float[] width;

    /** What the first step of each range stands for, and how far the next is from it. */
    private final float[] first;

    private final float[] step;

    /**
     * Makes a quantizer.
     *
     * @param type what values are rounded to
     * @param dimension {@code D} of the rows, at least 1
     * @param ranges {@code Type.rangeValues} finite values: the start of each range, then the width of each; kept,
     *     and not to change while the quantizer is in use
     * @throws NsvqException if there are more or fewer values, or one is not finite
     */
    public ScalarQuantizer(Type type, int dimension, float[] ranges) {
        NsvqException.unless(dimension >= 1, "rows of dimension " + dimension + " cannot be quantized");
        NsvqException.unless(
                ranges.length == type.rangeValues(dimension),
                "codes of type " + type.label() + " of dimension " + dimension + " have ranges of "
                        + type.rangeValues(dimension) + " values, not " + ranges.length);
        for (float value : ranges) {
            NsvqException.unless(Float.isFinite(value), "a range cannot be of " + value + ": it should be finite");
        }
        this.type = type;
        this.dimension = dimension;
        this.ranges = ranges;
        this.codeBits = CodeBits.uniform(dimension, type.bits);
        int ranged = type.ranges == Ranges.NONE ? 0 : dimension;
        this.least = new float[ranged];
        this.width = new float[ranged];
        this.first = new float[ranged];
        this.step = new float[ranged];
        for (int j = 0; j < ranged; j++) {
            least[j] = ranges[type.ranges == Ranges.ONE ? 0 : j];
            width[j] = ranges[type.ranges == Ranges.ONE ? 1 : dimension + j];
            step[j] = width[j] / ((1 << type.bits) - 1);
            first[j] = least[j] + step[j] / 2;
        }
    }

    /** Returns what values are rounded to. */
    public Type type() {
        return type;
    }

    /** Returns the start of each range and then the width of each, as they were given, not copied. */
    public float[] ranges() {
        return ranges;
    }

    /** Returns what the first step of each dimension stands for, not copied; empty where there are no ranges. */
    public float[] first() {
        return first;
    }

    /** Returns how far apart following steps of each dimension are, not copied; empty where there are no ranges. */
    public float[] step() {
        return step;
    }

    /** Returns whether a code is one byte for each dimension, which is the number of its step. */
    public boolean isBytes() {
        return type == Type.QT_8BIT || type == Type.QT_8BIT_UNIFORM;
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public CodeBits codeBits() {
        return codeBits;
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension);
        Blocks.check("indices", indices.length, to, count, dimension);
        for (int at = 0; at < count * dimension; at += dimension) {
            for (int j = 0; j < dimension; j++) {
                indices[to + at + j] = index(rows[offset + at + j], j);
            }
        }
    }

    private int index(float x, int j) {
        return switch (type) {
            case QT_FP16 -> SmallFloats.toHalf(x);
            case QT_BF16 -> SmallFloats.toBrain(x);
            case QT_8BIT, QT_8BIT_UNIFORM -> (int) (255 * position(x, j));
            // FAISS multiplies these in double
            case QT_6BIT -> (int) (position(x, j) * 63.0);
            case QT_4BIT, QT_4BIT_UNIFORM -> (int) (position(x, j) * 15.0);
        };
    }

    /** Where in its range a value is, from 0 to 1. */
    private float position(float x, int j) {
        if (width[j] == 0) {
            return 0;
        }
        float position = (x - least[j]) / width[j];
        return position > 0 ? Math.min(position, 1) : 0; // 0 for NaN, too
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        Blocks.check("indices", indices.length, offset, count, dimension);
        Blocks.check("values", rows.length, to, count, dimension);
        for (int at = 0; at < count * dimension; at += dimension) {
            for (int j = 0; j < dimension; j++) {
                int index = indices[offset + at + j];
                Blocks.checkIndex(index, 1 << type.bits, j);
                rows[to + at + j] = value(index, j);
            }
        }
    }

    private float value(int index, int j) {
        return switch (type) {
            case QT_FP16 -> SmallFloats.fromHalf(index);
            case QT_BF16 -> SmallFloats.fromBrain(index);
            default -> first[j] + index * step[j];
        };
    }

    @Override
    public void decode(byte[] codes, int offset, int count, float[] rows, int to) {
        Blocks.check("bytes of codes", codes.length, offset, count, codeSize());
        Blocks.check("values", rows.length, to, count, dimension);
        for (int i = 0; i < count; i++) {
            decodeRow(codes, offset + i * codeSize(), rows, to + i * dimension);
        }
    }

    private void decodeRow(byte[] codes, int from, float[] rows, int to) {
        switch (type) {
            case QT_8BIT, QT_8BIT_UNIFORM -> {
                for (int j = 0; j < dimension; j++) {
                    rows[to + j] = first[j] + (codes[from + j] & 0xFF) * step[j];
                }
            }
            case QT_FP16 -> {
                float[] halves = SmallFloats.halves();
                for (int j = 0; j < dimension; j++) {
                    rows[to + j] = halves[pair(codes, from + 2 * j)];
                }
            }
            case QT_BF16 -> {
                for (int j = 0; j < dimension; j++) {
                    rows[to + j] = SmallFloats.fromBrain(pair(codes, from + 2 * j));
                }
            }
            default -> {
                int bits = type.bits;
                for (int j = 0; j < dimension; j++) {
                    int at = j * bits;
                    int low = codes[from + at / 8] & 0xFF;
                    int both = at % 8 + bits > 8 ? low | (codes[from + at / 8 + 1] & 0xFF) << 8 : low;
                    rows[to + j] = value(both >> at % 8 & ((1 << bits) - 1), j);
                }
            }
        }
    }

    private static int pair(byte[] codes, int at) {
        return (short) TWO_BYTES.get(codes, at) & 0xFFFF;
    }

    @Override
    public String toString() {
        return "ScalarQuantizer(" + type.label() + ", " + dimension + ")";
    }
}
