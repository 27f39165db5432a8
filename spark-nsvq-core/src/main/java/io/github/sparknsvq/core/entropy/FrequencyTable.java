package io.github.sparknsvq.core.entropy;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import java.io.Serializable;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * How often each of {@code K} symbols comes, in whole parts of {@code 2^precision}. A symbol that takes {@code f} of
 * the parts costs {@code precision - log2 f} bits; one that takes none cannot be coded.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class FrequencyTable implements Serializable {
    private static final long serialVersionUID = 1L;

    /** The most parts are 2 to this power. */
    public static final int MOST_PRECISION = 30;

    /** Parts for each symbol that is used, so that rounding costs about a thousandth of a bit. */
    private static final int PRECISION_BEYOND_SYMBOLS = 6;

    private static final int LEAST_PRECISION = 14;

    private final int precision;
    private final int[] frequencies;

    /**
     * Makes a table from parts that are known, as those of a file are.
     *
     * @param precision the power of 2 that the parts add up to, in [0, {@value #MOST_PRECISION}]
     * @param frequencies parts of each symbol, none negative; copied
     * @throws NsvqException if the parts do not add up
     */
    public FrequencyTable(int precision, int[] frequencies) {
        NsvqException.unless(
                precision >= 0 && precision <= MOST_PRECISION,
                "frequencies cannot add up to 2^" + precision + ": 2^0 to 2^" + MOST_PRECISION + " are possible");
        long sum = 0;
        for (int frequency : frequencies) {
            NsvqException.unless(frequency >= 0, "a frequency of " + frequency + ": none can be negative");
            sum += frequency;
        }
        NsvqException.unless(
                sum == 1L << precision,
                "the frequencies add up to " + sum + ", not 2^" + precision + " as they should");
        this.precision = precision;
        this.frequencies = frequencies.clone();
    }

    /**
     * Makes the table that codes counted symbols in the fewest bits, to the precision of its parts: every symbol that
     * was counted has one at least.
     *
     * @param counts how often each symbol came; where none did, the first one gets all
     * @throws NsvqException if there are no symbols, or more than 2^24
     */
    public static FrequencyTable of(CodeHistogram counts) {
        int symbols = counts.counts().length;
        NsvqException.unless(
                symbols >= 1 && symbols <= 1 << (MOST_PRECISION - PRECISION_BEYOND_SYMBOLS),
                "a table of " + symbols + " symbols: 1 to 2^" + (MOST_PRECISION - PRECISION_BEYOND_SYMBOLS)
                        + " are possible");
        int used = symbols - counts.dead();
        int width = used <= 1 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(used - 1);
        int precision = Math.max(LEAST_PRECISION, width + PRECISION_BEYOND_SYMBOLS);
        int[] frequencies = new int[symbols];
        if (used == 0) {
            frequencies[0] = 1 << precision;
        } else {
            share(counts, frequencies, 1 << precision);
        }
        return new FrequencyTable(precision, frequencies);
    }

    /**
     * Shares parts out: first what every symbol has in the best table in any case, then each part to the symbol
     * that saves most by it.
     */
    private static void share(CodeHistogram of, int[] frequencies, int parts) {
        double[] counts = of.counts();
        double share = (parts - (counts.length - of.dead())) / of.total();
        int left = parts;
        PriorityQueue<Saving> savings = new PriorityQueue<>(
                Comparator.comparingDouble(Saving::nats).reversed().thenComparingInt(Saving::symbol));
        for (int s = 0; s < counts.length; s++) {
            if (counts[s] > 0) {
                frequencies[s] = Math.max(1, (int) (counts[s] * share) - 1);
                left -= frequencies[s];
                savings.add(Saving.of(s, counts[s], frequencies[s]));
            }
        }
        for (; left > 0; left--) {
            int symbol = savings.remove().symbol();
            frequencies[symbol]++;
            savings.add(Saving.of(symbol, counts[symbol], frequencies[symbol]));
        }
    }

    /** What another part would save. */
    private record Saving(int symbol, double nats) {
        static Saving of(int symbol, double count, int frequency) {
            return new Saving(symbol, count * Math.log1p(1.0 / frequency));
        }
    }

    /** Returns the number of symbols {@code K}. */
    public int symbols() {
        return frequencies.length;
    }

    /** Returns the power of 2 that the frequencies add up to. */
    public int precision() {
        return precision;
    }

    /** Returns the parts of a symbol. */
    public int frequency(int symbol) {
        return frequencies[symbol];
    }

    /** Returns a copy of the parts of all symbols. */
    public int[] frequencies() {
        return frequencies.clone();
    }

    /**
     * Returns the bits that a symbol takes on average by this table.
     *
     * @param counts how often each symbol comes; infinite if one comes that has no part, 0 if none comes
     */
    public double bits(CodeHistogram counts) {
        double bits = 0;
        for (int s = 0; s < counts.counts().length; s++) {
            if (counts.counts()[s] > 0) {
                bits += counts.counts()[s] * (precision - Math.log(frequencies[s]) / Math.log(2));
            }
        }
        return bits == 0 ? 0 : bits / counts.total();
    }

    @Override
    public String toString() {
        return "FrequencyTable(" + symbols() + " symbols, 2^" + precision + ")";
    }
}
