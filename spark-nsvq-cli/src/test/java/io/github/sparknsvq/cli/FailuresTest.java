package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.IOException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.ParentNotDirectoryException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import scala.jdk.javaapi.CollectionConverters;
import shaded.parquet.org.apache.thrift.transport.TTransportException;

class FailuresTest {
    @Test
    void findsOurMessageBehindSparks() {
        Throwable cut = new CorruptFileException("a.fvecs", 12, "truncated");
        Throwable thrown =
                new RuntimeException(new ExecutionException(new SparkException("Job aborted.\nDriver stack", cut)));
        assertEquals("a.fvecs is corrupt at byte 12: truncated", Failures.describe(thrown));
    }

    @Test
    void findsOurMessageInTheTextOfATask() {
        Throwable thrown = new SparkException("Job aborted due to stage failure: Lost task 0.0 in stage 1.0 (TID 3)"
                + " (10.0.0.1 executor 0): io.github.sparknsvq.core.NsvqException: row 7 is"
                + " null\n\tat x.Y.z(Y.java:1)");
        assertEquals("row 7 is null", Failures.describe(thrown));
    }

    @Test
    void keepsTheFirstLineOfOthers() {
        assertEquals(
                "IllegalStateException: no; --verbose shows where",
                Failures.describe(new IllegalStateException("no\nway")));
        assertEquals(
                "NullPointerException without a message; --verbose shows where",
                Failures.describe(new RuntimeException(new NullPointerException())));
    }

    static Stream<Arguments> sentencesOfOthers() {
        String place = "Parent path is not a directory: file:/a";
        return Stream.of(
                Arguments.of(
                        new ParentNotDirectoryException(place),
                        "a part of the path is a file, not a directory: " + place),
                Arguments.of(
                        new TTransportException("Socket is closed by peer."),
                        "its Parquet header or footer is" + " damaged"),
                Arguments.of(new ChecksumException("Checksum error: /a", 0), "Checksum error: /a"),
                Arguments.of(
                        new IllegalArgumentException("Class is not registered: a.B\nNote: To register it"),
                        "Class is not registered: a.B; spark.kryo.registrator="
                                + "io.github.sparknsvq.ml.NsvqKryoRegistrator registers what is needed"),
                Arguments.of(new UnknownHostException("h"), "UnknownHostException: h; --verbose shows where"));
    }

    @ParameterizedTest
    @MethodSource
    void sentencesOfOthers(Exception thrown, String line) {
        assertEquals(line, Failures.describe(new RuntimeException(new IOException("wrapped", thrown))));
    }

    @Test
    void takesSparksDecorationAway() {
        assertEquals(
                "Path does not exist: file:/a.",
                Reason.line("[PATH_NOT_FOUND] Path does not exist: file:/a. SQLSTATE: 42K03"));
        assertEquals(
                "Filter expression \"a\" is not boolean.",
                Reason.line("[X] Filter expression \"a\" is not boolean. SQLSTATE: 42K09; line 1 pos 0;\n'Filter"));
    }

    @Test
    void endsWithCyclesOfCauses() {
        Exception a = new Exception("a");
        Exception b = new Exception("b", a);
        a.initCause(b);
        assertEquals("Exception: b; --verbose shows where", Failures.describe(a));
    }

    @Test
    void saysWhatToDoWithoutMemory() {
        String line = Failures.describe(new RuntimeException(new OutOfMemoryError("Java heap space")));
        assertEquals(
                "out of memory (Java heap space): give the JVM more with --conf spark.driver.memory=8g,"
                        + " or executors with"
                        + " spark.executor.memory",
                line);
    }

    @Test
    void prefersTheOutermostOfOurs() {
        assertEquals("outer", Failures.describe(new NsvqException("outer", new NsvqException("inner"))));
    }

    @Test
    void saysWhyATaskCouldNotWrite() {
        scala.collection.immutable.Map<String, String> path =
                scala.collection.immutable.Map.from(CollectionConverters.asScala(Map.of("path", "file:/full/data")));
        Throwable thrown = new SparkException("TASK_WRITE_FAILED", path, new IOException("No space left on device"));
        assertEquals(
                "Task failed while writing rows to file:/full/data: No space left on device",
                Failures.describe(new RuntimeException(thrown)));
    }
}
