package io.github.sparknsvq.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a command found out: names and values in the order in which they were put, printed as one line of JSON.
 *
 * <p>Numbers keep nine digits: more than a float holds, and few enough that the order in which Spark adds up partial
 * sums does not show.
 */
final class Result {
    private static final MathContext DIGITS = new MathContext(9);

    private final Map<String, Object> values = new LinkedHashMap<>();

    /** Puts a value; JSON has no NaN and no infinity, so those, like null, leave the name out. */
    Result put(String name, Object value) {
        if (value instanceof Double number) {
            if (Double.isFinite(number)) {
                values.put(name, rounded(number));
            }
        } else if (value instanceof Map<?, ?> map) {
            values.put(name, ofMap(map).values);
        } else if (value instanceof List<?> list) {
            values.put(name, list.stream().map(Result::plain).toList());
        } else if (value instanceof Result result) {
            values.put(name, result.values);
        } else if (value != null) {
            values.put(name, value);
        }
        return this;
    }

    /** Puts all that another result holds. */
    Result putAll(Result other) {
        values.putAll(other.values);
        return this;
    }

    /** Puts all values of a map, in its order. */
    Result putAll(Map<String, ?> map) {
        map.forEach(this::put);
        return this;
    }

    private static Result ofMap(Map<?, ?> map) {
        Result result = new Result();
        map.forEach((name, value) -> result.put("" + name, value));
        return result;
    }

    /** Returns a value, or null. */
    Object get(String name) {
        return values.get(name);
    }

    /** Returns all names and values, in their order. */
    Map<String, Object> values() {
        return Collections.unmodifiableMap(values);
    }

    /** Returns the JSON document, on one line. */
    String json() {
        try {
            return new ObjectMapper().writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("values of a result are numbers, texts, lists, maps and records", e);
        }
    }

    /** Returns an element of a list, in which NaN and infinity become null, so that the others keep their places. */
    private static Object plain(Object value) {
        if (value instanceof Double number) {
            return Double.isFinite(number) ? rounded(number) : null;
        }
        if (value instanceof Map<?, ?> map) {
            return ofMap(map).values;
        }
        return value instanceof Result result ? result.values : value;
    }

    private static double rounded(double number) {
        return new BigDecimal(number).round(DIGITS).doubleValue();
    }
}
