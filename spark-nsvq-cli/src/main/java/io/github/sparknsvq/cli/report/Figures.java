package io.github.sparknsvq.cli.report;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Values as a page shows them: numbers with six digits, and whole ones with all of them. */
final class Figures {
    private static final MathContext DIGITS = new MathContext(6);

    /** What stands for a number that is none. */
    private static final String NONE = "\u2013";

    private Figures() {}

    /** Returns a value's text; that of null, of NaN and of infinity is a dash. */
    static String of(Object value) {
        if (value instanceof Double || value instanceof Float) {
            return number(((Number) value).doubleValue());
        }
        if (value instanceof Number number) {
            return String.format(Locale.ROOT, "%,d", number.longValue());
        }
        if (value instanceof List<?> list) {
            return list.stream().map(Figures::of).collect(Collectors.joining(", "));
        }
        if (value != null && value.getClass().isArray()) {
            return IntStream.range(0, Array.getLength(value))
                    .mapToObj(i -> of(Array.get(value, i)))
                    .collect(Collectors.joining(", "));
        }
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> entry.getKey() + " " + of(entry.getValue()))
                    .collect(Collectors.joining(", "));
        }
        return value == null ? NONE : value.toString();
    }

    private static String number(double value) {
        if (!Double.isFinite(value)) {
            return NONE;
        }
        BigDecimal rounded = new BigDecimal(value).round(DIGITS);
        double size = rounded.abs().doubleValue();
        if (size != 0 && (size < 1e-4 || size >= 1e9)) {
            return String.format(Locale.ROOT, "%.5e", value);
        }
        int decimals = Math.max(0, rounded.stripTrailingZeros().scale());
        return String.format(Locale.ROOT, "%,." + decimals + "f", rounded);
    }

    /** Whether a value is shown as a number, which a table has at the right of its column. */
    static boolean isNumber(Object value) {
        return value instanceof Number;
    }
}
