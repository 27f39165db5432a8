package io.github.sparknsvq.ml.saving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StagedOutputTest {
    private final Configuration configuration = new Configuration();

    @TempDir
    Path directory;

    private StagedOutput begin(Path target, boolean overwrite) throws IOException {
        var path = new org.apache.hadoop.fs.Path(target.toString());
        FileSystem files = path.getFileSystem(configuration);
        return StagedOutput.begin(files, files.makeQualified(path), overwrite, "cannot write " + target);
    }

    private static void fill(StagedOutput staged, String content) throws IOException {
        try (var out = staged.files().create(new org.apache.hadoop.fs.Path(staged.path("content")))) {
            out.write(content.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void appearsWholeWithSuccessLast() throws IOException {
        Path target = directory.resolve("a/b/out");
        try (StagedOutput staged = begin(target, false).withSuccess()) {
            fill(staged, "new");
            assertFalse(Files.exists(target));
            staged.commit();
        }
        assertEquals(List.of("_SUCCESS", "content"), names(target));
        assertEquals(List.of("out"), names(target.getParent()));
    }

    @Test
    void leavesNothingBehindWithoutCommit() throws IOException {
        try (StagedOutput staged = begin(directory.resolve("a/b/out"), false)) {
            fill(staged, "new");
        }
        assertEquals(List.of(), names(directory));
    }

    @Test
    void replacesAnOlderOutputAtTheEnd() throws IOException {
        Path target = directory.resolve("out");
        for (String content : List.of("old", "new")) {
            try (StagedOutput staged = begin(target, true)) {
                fill(staged, content);
                staged.commit();
            }
        }
        assertEquals("new", Files.readString(target.resolve("content")));
        try (StagedOutput staged = begin(target, true)) {
            fill(staged, "newer");
        }
        assertEquals("new", Files.readString(target.resolve("content")));
        assertEquals(List.of("out"), names(directory));
    }

    @Test
    void marksWhatWasMarkedAndNothingElse() throws IOException {
        Path target = directory.resolve("out");
        try (StagedOutput staged = begin(target, false)) {
            fill(staged, "new");
            staged.commit();
        }
        assertEquals(List.of("content"), names(target));
        try (StagedOutput staged = begin(target, true)) {
            fill(staged, "new");
            staged.files()
                    .create(new org.apache.hadoop.fs.Path(staged.path("_SUCCESS")))
                    .close();
            staged.commit();
        }
        assertEquals(List.of("_SUCCESS", "content"), names(target));
    }

    @Test
    void replacesFilesAsItDoesDirectories() throws IOException {
        Path target = directory.resolve("file");
        for (String content : List.of("old", "new")) {
            try (StagedOutput staged = begin(target, true)) {
                staged.files().create(staged.path()).close();
                Files.writeString(Path.of(staged.path().toUri().getPath()), content);
                staged.commit();
            }
        }
        assertEquals("new", Files.readString(target));
        assertEquals(List.of("file"), names(directory));
    }

    @Test
    void replacesNothingThatCameMeanwhile() throws IOException {
        Path target = directory.resolve("out");
        try (StagedOutput staged = begin(target, false)) {
            fill(staged, "mine");
            Files.writeString(target, "theirs");
            Exception e = assertThrows(NsvqException.class, staged::commit);
            assertEquals("cannot write " + target + ": something else has written it meanwhile", e.getMessage());
        }
        assertEquals("theirs", Files.readString(target));
        assertEquals(List.of("out"), names(directory));
    }

    /**
     * A file system whose renames of the numbers in {@code nsvq.test.failing} fail, and, as in Hive's, those to a
     * file that is there.
     */
    public static final class Failing extends LocalFileSystem {
        private int renames;

        @Override
        public boolean rename(org.apache.hadoop.fs.Path from, org.apache.hadoop.fs.Path to) throws IOException {
            String number = String.valueOf(++renames);
            boolean fails = List.of(getConf().getStrings("nsvq.test.failing")).contains(number);
            boolean replaces = exists(to) && getFileStatus(to).isFile();
            return !fails && !replaces && super.rename(from, to);
        }
    }

    /** Replaces an older output, in which renames fail; returns what it says. */
    private String failureToReplace(Path target, String failing) throws IOException {
        try (StagedOutput staged = begin(target, false).withSuccess()) {
            fill(staged, "old");
            staged.commit();
        }
        configuration.setClass("fs.file.impl", Failing.class, FileSystem.class);
        configuration.setBoolean("fs.file.impl.disable.cache", true);
        configuration.set("nsvq.test.failing", failing);
        try (StagedOutput staged = begin(target, true)) {
            fill(staged, "new");
            return assertThrows(NsvqException.class, staged::commit).getMessage();
        }
    }

    @Test
    void putsBackWhatItCouldNotReplace() throws IOException {
        for (String failing : List.of("1", "2")) {
            Path target = directory.resolve("out" + failing);
            String said = failureToReplace(target, failing);
            assertTrue(said.startsWith("cannot write " + target + ": cannot rename "), said);
            assertEquals(List.of("_SUCCESS", "content"), names(target));
            assertEquals("old", Files.readString(target.resolve("content")));
            configuration.unset("fs.file.impl");
        }
        assertEquals(List.of("out1", "out2"), names(directory));
    }

    @Test
    void saysWhereTheOldOutputIsIfItCannotPutItBack() throws IOException {
        String said = failureToReplace(directory.resolve("out"), "2,3");
        assertEquals(1, names(directory).size());
        Path old = directory.resolve(names(directory).get(0));
        assertTrue(said.endsWith("; what was there before is whole, but is now file:" + old), said);
        assertEquals("old", Files.readString(old.resolve("content")));
        assertTrue(Files.exists(old.resolve("_SUCCESS")));
    }

    private static org.apache.hadoop.fs.Path qualified(Path path) {
        return new org.apache.hadoop.fs.Path("file:" + path);
    }

    private FileSystem local() throws IOException {
        return qualified(directory).getFileSystem(configuration);
    }

    /** Leaves what a process does that is killed as it replaces an output. */
    private String killed(Path target, boolean whole) throws IOException {
        try (StagedOutput staged = begin(target, false)) {
            fill(staged, "old");
            staged.commit();
        }
        StagedOutput staged = begin(target, true);
        fill(staged, "new");
        String name = staged.path().getParent().getName().replace(".tmp", ".old");
        Files.move(target, directory.resolve(name));
        if (!whole) {
            local().delete(staged.path(), true);
        }
        return name;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAKilledProcessWasReplacingIsThereAgain(boolean whole) throws IOException {
        Path target = directory.resolve("out");
        killed(target, whole);
        Restart.now();
        StagedOutput.recover(local(), qualified(target.resolve("content")));
        assertEquals(whole ? "new" : "old", Files.readString(target.resolve("content")));
        assertEquals(List.of("out"), names(directory));
    }

    @Test
    void whatALivingProcessIsReplacingIsLeftAlone() throws IOException {
        Path target = directory.resolve("out");
        Path old = directory.resolve(killed(target, true));
        CompletableFuture<Void> reader = CompletableFuture.runAsync(() -> {
            try {
                StagedOutput.recover(local(), qualified(target));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assertFalse(Files.exists(target));
        Files.move(old, target);
        reader.join();
        assertEquals("old", Files.readString(target.resolve("content")));
        StagedOutput staged = begin(target, true);
        assertEquals(3, names(directory).size(), "what the other one is writing is there");
        staged.close();
        Restart.now();
        begin(target, true).close();
        assertEquals(List.of("out"), names(directory));
    }

    /** {@code days} since something in it was changed. */
    @ParameterizedTest
    @CsvSource({"0, 2", "2, 1"})
    void whatEarlierReleasesLeftGoesAfterADay(int days, int left) throws IOException {
        Path killed = Files.createDirectories(
                directory.resolve(".out-resumable-0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f.tmp/new"));
        Files.writeString(directory.resolve(".out-file.tmp"), "of another program");
        for (Path path = killed; !path.equals(directory); path = path.getParent()) {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(Duration.ofDays(days))));
        }
        begin(directory.resolve("out"), true).close();
        assertEquals(left, names(directory).size());
    }

    @Test
    void whatAnEarlierReleaseMovedAwayIsThereAgain() throws IOException {
        String start = ".out-0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f";
        Files.writeString(
                Files.createDirectory(directory.resolve(start + ".old")).resolve("content"), "old");
        Files.createDirectories(directory.resolve(start + ".tmp/new"));
        StagedOutput.recover(local(), qualified(directory.resolve("out")));
        assertEquals("old", Files.readString(directory.resolve("out/content")));
        assertEquals(List.of("out"), names(directory));
    }

    @Test
    void aFileIsNeverGone() throws IOException {
        Path target = directory.resolve("file");
        try (StagedOutput staged = begin(target, false)) {
            staged.files().create(staged.path()).close();
            staged.commit();
        }
        configuration.setClass("fs.file.impl", Failing.class, FileSystem.class);
        configuration.setBoolean("fs.file.impl.disable.cache", true);
        configuration.set("nsvq.test.failing", "1");
        try (StagedOutput staged = begin(target, true)) {
            staged.files().create(staged.path()).close();
            staged.commit(); // moves nothing away first, and renames below this file system
        }
        assertEquals(List.of("file"), names(directory));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a:b", "a b", "100%", "#1?", "[x]{a,b}*", "_a", ".a", "\u00e4\u4e2d", "-"})
    void namesMayHoldWhatTheyLike(String name) throws IOException {
        Path target = directory.resolve(name);
        for (String content : List.of("old", "new")) {
            try (StagedOutput staged = begin(target, true).withSuccess()) {
                fill(staged, content);
                staged.commit();
            }
        }
        killed(directory.resolve(name + name), true);
        Restart.now();
        begin(directory.resolve(name + name), true).close();
        assertEquals("new", Files.readString(target.resolve("content")));
        assertEquals(Stream.of(name, name + name).sorted().toList(), names(directory));
    }
}
