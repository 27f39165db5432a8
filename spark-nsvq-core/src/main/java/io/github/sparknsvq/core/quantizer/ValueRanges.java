package io.github.sparknsvq.core.quantizer;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The least and the greatest value of each dimension of rows, from which scalar codes of 8 bits are made. What some
 * rows gave can be joined with what others gave, in any order. For one thread.
 */
public final class ValueRanges implements Serializable {
    private static final long serialVersionUID = 1;

    private static final int STEPS = 255;

    private final float[] least;
    private final float[] greatest;

    /** Whether a dimension has values that are no whole numbers. */
    private final boolean[] fractions;

    /** Makes empty ranges of rows of a dimension. */
    public ValueRanges(int dimension) {
        this.least = new float[dimension];
        this.greatest = new float[dimension];
        this.fractions = new boolean[dimension];
        Arrays.fill(least, Float.POSITIVE_INFINITY);
        Arrays.fill(greatest, Float.NEGATIVE_INFINITY);
    }

    /**
     * Takes rows.
     *
     * @param rows row-major block of finite values
     * @param count number of rows from the start of the block, 0 or more
     */
    public void add(float[] rows, int count) {
        int d = least.length;
        for (int at = 0; at < count * d; at += d) {
            for (int j = 0; j < d; j++) {
                float value = rows[at + j];
                least[j] = Math.min(least[j], value);
                greatest[j] = Math.max(greatest[j], value);
                fractions[j] |= value != Math.rint(value);
            }
        }
    }

    /** Takes what other rows gave. */
    public void add(ValueRanges others) {
        for (int j = 0; j < least.length; j++) {
            least[j] = Math.min(least[j], others.least[j]);
            greatest[j] = Math.max(greatest[j], others.greatest[j]);
            fractions[j] |= others.fractions[j];
        }
    }

    /**
     * Makes the quantizer, of type {@link ScalarQuantizer.Type#QT_8BIT}. The 256 values of a dimension go from the
     * least to the greatest in equal steps, and each value is rounded to the nearest. (FAISS's own training puts them
     * half a step higher, so that codes do not stand for the values nearest to them.) Where a dimension has whole
     * numbers alone, of no more than 256, steps are 1, and codes stand for the values themselves.
     */
    public ScalarQuantizer quantizer() {
        int d = least.length;
        float[] ranges = new float[2 * d];
        for (int j = 0; j < d; j++) {
            boolean empty = least[j] > greatest[j];
            float width = empty ? 0 : greatest[j] - least[j];
            boolean exact = !fractions[j] && width > 0 && width <= STEPS;
            ranges[d + j] = exact ? STEPS : width;
            // a code stands for the middle of its step
            ranges[j] = empty ? 0 : least[j] - ranges[d + j] / STEPS / 2;
        }
        return new ScalarQuantizer(ScalarQuantizer.Type.QT_8BIT, d, ranges);
    }
}
