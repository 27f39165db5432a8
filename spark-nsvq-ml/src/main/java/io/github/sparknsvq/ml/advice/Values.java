package io.github.sparknsvq.ml.advice;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sparknsvq.core.evaluation.Interval;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Names and values of a report, in their order: what is not known is left out. */
final class Values {
    private final Map<String, Object> values = new LinkedHashMap<>();

    /** Puts a value unless it is null, NaN or infinite. */
    Values put(String name, Object value) {
        boolean known = value != null && !(value instanceof Double number && !Double.isFinite(number));
        if (known) {
            values.put(name, value);
        }
        return this;
    }

    /** Puts a share as {@code name}, and the ends of its interval as {@code nameInterval}. */
    Values putInterval(String name, Interval interval) {
        return put(name, interval.mean()).put(name + "Interval", List.of(interval.low(), interval.high()));
    }

    Map<String, Object> map() {
        return values;
    }

    /** Returns values as one line of JSON. */
    static String json(Map<String, Object> values) {
        try {
            return new ObjectMapper().writeValueAsString(values);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("reports hold numbers, texts, lists and maps", e);
        }
    }
}
