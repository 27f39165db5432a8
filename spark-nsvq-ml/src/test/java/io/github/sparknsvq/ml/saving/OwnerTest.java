package io.github.sparknsvq.ml.saving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OwnerTest {
    @TempDir
    Path directory;

    private FileSystem files;
    private org.apache.hadoop.fs.Path claimed;

    @BeforeEach
    void open() throws IOException {
        files = FileSystem.getLocal(new Configuration());
        claimed = new org.apache.hadoop.fs.Path(directory.toUri());
    }

    private Owner claim() throws IOException {
        return Owner.claim(files, claimed, "directory", "use another");
    }

    private List<String> left() throws IOException {
        try (Stream<Path> found = Files.list(directory)) {
            return found.map(file -> file.getFileName().toString()).toList();
        }
    }

    /** Writes what another process would; Java's own file has no checksum. */
    private Path foreign(OwnerName name, Duration age) throws IOException {
        Path file = directory.resolve(".owner-" + name);
        Files.writeString(file, "{\"host\":\"far\",\"process\":7,\"since\":\"2026-01-02T03:04:05Z\"}");
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(age)));
        return file;
    }

    private static OwnerName of(String machine, long process, long started) {
        return new OwnerName(machine, process, started, "0a1b2c3d");
    }

    @Test
    void namesCanBeRead() {
        OwnerName name = OwnerName.unused();
        assertEquals(Optional.of(name), OwnerName.parse(name.toString()));
        assertTrue(name.isOfThisProcess());
        for (String none :
                List.of("", "resumable-" + name, "zzzzzzzz.1.1.00000000", "00000000.1.zzzzzzzzzzzzz.00000000")) {
            assertEquals(Optional.empty(), OwnerName.parse(none), none);
        }
    }

    @Test
    void oneThreadHasTheDirectoryUntilItHasGivenAllBack() throws IOException {
        Owner first = claim();
        assertSame(first, claim());
        first.close();
        Exception e = assertThrows(
                CompletionException.class,
                () -> CompletableFuture.runAsync(this::claimed).join());
        String said = e.getCause().getMessage();
        String start = "directory " + claimed + " is in use by another training in this process (";
        assertTrue(said.startsWith(start), said);
        assertTrue(said.endsWith("): use another"), said);
        first.close();
        assertEquals(List.of(), left());
        CompletableFuture.runAsync(this::claimed).join();
    }

    private void claimed() {
        try {
            claim().close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** {@code process} is a number, or what the process is to this one. */
    @ParameterizedTest
    @CsvSource({
        "here, parent, 0, refused",
        "here, parent, 999, refused",
        "here, none, 0, taken",
        "here, ended, 0, taken",
        "here, reused, 0, refused",
        "here, reused, 3, taken",
        "far, parent, 1, refused",
        "far, parent, 3, taken"
    })
    void livingOwnersAreLeftAlone(String machine, String process, int minutes, String expected) throws Exception {
        OwnerName self = OwnerName.unused();
        ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
        long started = parent.info().startInstant().orElseThrow().toEpochMilli();
        OwnerName other = switch (process) {
            case "parent" -> of(self.machine(), parent.pid(), started);
            case "reused" -> of(self.machine(), parent.pid(), started - 60_000);
            case "none" -> of(self.machine(), Integer.MAX_VALUE, started);
            default -> self; // which nothing holds
        };
        if (machine.equals("far")) {
            other = of("ffffffff", other.process(), other.started());
        }
        Path file = foreign(other, Duration.ofMinutes(minutes));
        if (expected.equals("refused")) {
            String said = assertThrows(NsvqException.class, this::claim).getMessage();
            String who = "directory " + claimed + " is in use by another training, process 7 on far,"
                    + " since 2026-01-02T03:04:05Z: use another";
            assertTrue(said.startsWith(who), said);
            assertEquals(List.of(file.getFileName().toString()), left());
        } else {
            claim().close();
            assertEquals(List.of(), left());
        }
    }

    @Test
    void whoHasLostTheDirectoryKnows() throws IOException {
        try (Owner owner = claim()) {
            assertTrue(owner.isStillThere());
            OwnerName.releaseAll();
            try (Owner next = claim()) {
                assertFalse(owner.isStillThere());
                assertTrue(next.isStillThere());
            }
        }
    }
}
