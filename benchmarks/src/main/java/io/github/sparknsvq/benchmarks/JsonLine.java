package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.benchmarks.GpuLimits.Timing;
import java.util.Locale;

/** One measurement, printed as JSON on one line of stdout as soon as it is done. */
final class JsonLine {
    private final StringBuilder text = new StringBuilder("{");

    /** Begins a line that says what was measured. */
    JsonLine(String measured) {
        put("measured", measured);
    }

    JsonLine put(String name, String value) {
        return raw(name, '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
    }

    JsonLine put(String name, long value) {
        return raw(name, Long.toString(value));
    }

    JsonLine put(String name, double value) {
        return raw(name, Double.isFinite(value) ? String.format(Locale.ROOT, "%.6g", value) : "null");
    }

    /** Seconds of the runs, and the speed of the median one. */
    JsonLine put(Timing timing, double rows, double flopOfRow) {
        return put("median", timing.median())
                .put("fastest", timing.fastest())
                .put("slowest", timing.slowest())
                .put("runs", timing.runs())
                .put("rowsPerSecond", rows / timing.median())
                .put("tflops", rows * flopOfRow / timing.median() * 1e-12);
    }

    private JsonLine raw(String name, String value) {
        text.append(text.length() == 1 ? "" : ", ")
                .append('"')
                .append(name)
                .append("\": ")
                .append(value);
        return this;
    }

    void print() {
        System.out.println(text.append('}'));
        System.out.flush();
    }
}
