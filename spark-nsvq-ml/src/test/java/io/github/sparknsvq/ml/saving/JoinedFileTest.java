package io.github.sparknsvq.ml.saving;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of parts that tasks write. */
class JoinedFileTest {
    @TempDir
    private java.nio.file.Path directory;

    private final FileSystem files = files();

    private static FileSystem files() {
        try {
            return FileSystem.get(SparkInternals.hadoopConfiguration(SparkTestSession.get()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path path(String name) {
        return new Path(directory.resolve(name).toUri());
    }

    private Path part(String name, String text) throws Exception {
        Path part = new Path(JoinedFile.parts(path("file")), name);
        try (OutputStream out = JoinedFile.createPart(files, part)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return part;
    }

    @Test
    void partsFollowTheHead() throws Exception {
        files.mkdirs(JoinedFile.parts(path("file")));
        part("2", "an attempt before");
        List<Path> parts = List.of(part("1", "one"), part("2", "two"));
        JoinedFile.join(files, path("file"), out -> out.write('>'), parts);
        assertEquals(">onetwo", Files.readString(directory.resolve("file")));
    }

    /** A task that goes on after its job has failed, and what it was to write has been deleted, leaves nothing. */
    @Test
    void partsHaveNoPlaceWhereTheirDirectoryIsGone() {
        Exception e = assertThrows(NsvqException.class, () -> part("1", "one"));
        assertTrue(e.getMessage().contains("not to be seen from a task"), e.getMessage());
        assertFalse(Files.exists(directory.resolve(".file.parts")));
    }
}
