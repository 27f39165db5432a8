package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What became of a command that ran in this JVM.
 *
 * @param code its exit code
 * @param out its stdout
 * @param err its stderr
 */
record Ran(int code, String out, String err) {

    /** Runs a command. The first argument may hold several words, such as {@code "train --k 8"}. */
    static Ran nsvq(Object... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int code = Nsvq.run(
                words(args),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        return new Ran(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static String[] words(Object... args) {
        List<String> words = new ArrayList<>();
        for (Object arg : args) {
            if (words.isEmpty()) {
                words.addAll(List.of(arg.toString().split(" ", -1)));
            } else {
                words.add(arg.toString());
            }
        }
        return words.toArray(String[]::new);
    }

    /** Asserts that all went well, and that stdout is one line of JSON; returns it. */
    JsonNode json() {
        assertEquals(0, code, err);
        List<String> lines = out.lines().toList();
        assertEquals(1, lines.size(), out);
        try {
            return new ObjectMapper().readTree(lines.get(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asserts a failure or wrong usage: its code, no result, and its line, the last one on stderr; returns that. */
    String line(int expectedCode) {
        assertEquals(expectedCode, code, out + err);
        assertEquals("", out);
        List<String> lines = err.lines().toList();
        String last = lines.get(lines.size() - 1);
        assertTrue(last.startsWith("nsvq: "), err);
        return last.substring("nsvq: ".length());
    }
}
