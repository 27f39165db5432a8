package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.StagedOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputsTest {
    private final Configuration configuration = new Configuration();

    @TempDir
    Path directory;

    private StagedOutput prepare(Path target, boolean overwrite, String... inputs) {
        return ModeOptions.stage(configuration, target.toString(), overwrite, inputs);
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

    private String refusal(Path target, boolean overwrite, String... inputs) {
        return assertThrows(NsvqException.class, () -> prepare(target, overwrite, inputs))
                .getMessage();
    }

    @Test
    void appearsWholeWithSuccessLast() throws IOException {
        Path target = directory.resolve("a/b/out");
        try (StagedOutput staged = prepare(target, false)) {
            fill(staged, "new");
            assertFalse(Files.exists(target));
            staged.commit();
        }
        assertEquals(List.of("_SUCCESS", "content"), names(target));
        assertEquals(List.of("out"), names(target.getParent()));
    }

    @Test
    void refusesWhatExists() throws IOException {
        Path target = Files.createDirectory(directory.resolve("out"));
        assertEquals(
                "the output " + target + " exists already: give another --output, or --mode overwrite to replace it",
                refusal(target, false));
        assertEquals(List.of("out"), names(directory));
    }

    @Test
    void doesNotReplaceWhatItDidNotWrite() throws IOException {
        Path target = Files.createDirectory(directory.resolve("out"));
        Files.writeString(target.resolve("precious"), "x");
        String expected = "the output " + target + " exists and is no output of nsvq or Spark";
        assertTrue(refusal(target, true).startsWith(expected));
        assertEquals(List.of("precious"), names(target));
    }

    @Test
    void doesNotReplaceItsInput() throws IOException {
        Path target = Files.createDirectory(directory.resolve("out"));
        String input = target.resolve("part.parquet").toString();
        assertEquals(
                "the output " + target + " would replace the input " + input + ": give another --output",
                refusal(target, true, null, input));
    }

    @Test
    void saysWhatCannotBeWritten() throws IOException {
        Path file = Files.createFile(directory.resolve("file"));
        Path target = file.resolve("out");
        assertTrue(refusal(target, false).startsWith("cannot write to " + target + ": "), refusal(target, false));
        assertEquals(List.of("file"), names(directory));
        assertEquals("the output cannot be the root directory: give another --output", refusal(Path.of("/"), true));
    }
}
