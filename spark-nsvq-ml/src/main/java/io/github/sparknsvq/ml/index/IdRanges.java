package io.github.sparknsvq.ml.index;

import java.util.Arrays;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.unsafe.types.UTF8String;

/** Conditions that sources of data understand: that an id lies in one of some ranges, which have all of some ids. */
final class IdRanges {
    private IdRanges() {}

    /**
     * Returns where ranges end that leave out the widest gaps between ids.
     *
     * @param gaps how far each id, of at least one, is from the one before it; that of the first means nothing
     * @param most ranges, at least 1
     * @return the number of the first id of each range, and last the number of ids
     */
    static int[] starts(double[] gaps, int most) {
        double[] wide = Arrays.stream(gaps, 1, gaps.length)
                .filter(gap -> gap > 1)
                .sorted()
                .toArray();
        int wanted = Math.min(most - 1, wide.length); // nothing is between numbers that follow each other
        double least = wanted == 0 ? Double.POSITIVE_INFINITY : wide[wide.length - wanted];
        int wider = (int) Arrays.stream(wide).filter(gap -> gap > least).count();
        int[] widest = IntStream.concat(
                        IntStream.range(1, gaps.length).filter(i -> gaps[i] > least),
                        IntStream.range(1, gaps.length)
                                .filter(i -> gaps[i] == least)
                                .limit(wanted - wider))
                .sorted()
                .toArray();
        return IntStream.concat(IntStream.concat(IntStream.of(0), Arrays.stream(widest)), IntStream.of(gaps.length))
                .toArray();
    }

    /**
     * Returns the condition for numbers.
     *
     * @param ids at least one, sorted, each once
     * @param most ranges, at least 1
     */
    static Column condition(Column id, long[] ids, int most) {
        double[] gaps = new double[ids.length];
        for (int i = 1; i < ids.length; i++) {
            gaps[i] = (double) ids[i] - ids[i - 1];
        }
        return either(id, i -> ids[i], starts(gaps, most));
    }

    /** Returns the condition for strings, in the order of their bytes; null where one is no proper text. */
    static Column condition(Column id, UTF8String[] names, int most) {
        String[] values = new String[names.length];
        double[] gaps = new double[names.length];
        int common = common(names[0].getBytes(), names[names.length - 1].getBytes());
        for (int i = 0; i < names.length; i++) {
            values[i] = names[i].toString();
            if (!UTF8String.fromString(values[i]).equals(names[i])) {
                return null;
            }
            gaps[i] = i == 0 ? 0 : 2 + place(names[i].getBytes(), common) - place(names[i - 1].getBytes(), common);
        }
        return either(id, i -> values[i], starts(gaps, most));
    }

    private static int common(byte[] first, byte[] last) {
        int differ = Arrays.mismatch(first, last);
        return differ < 0 ? first.length : differ;
    }

    /** Returns where a string is among those of the same beginning: its next bytes as a number. */
    private static double place(byte[] name, int from) {
        double place = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            place = 256 * place + (i < name.length ? name[i] & 0xFF : 0);
        }
        return place;
    }

    /** Returns a condition that is no deeper than it must be: Spark's rules and Parquet's descend into it. */
    private static Column either(Column id, IntFunction<Object> values, int[] starts) {
        return either(id, values, starts, 0, starts.length - 1);
    }

    private static Column either(Column id, IntFunction<Object> values, int[] starts, int from, int to) {
        if (to - from > 1) {
            int middle = (from + to) >>> 1;
            return either(id, values, starts, from, middle).or(either(id, values, starts, middle, to));
        }
        Column first = functions.lit(values.apply(starts[from]));
        return starts[to] - starts[from] == 1
                ? id.equalTo(first)
                : id.between(first, functions.lit(values.apply(starts[to] - 1)));
    }
}
