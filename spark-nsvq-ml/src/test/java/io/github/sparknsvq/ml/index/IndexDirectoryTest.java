package io.github.sparknsvq.ml.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IndexDirectoryTest {
    /** Has another writer's segment appear when the output's own commit looks for it. */
    public static final class Raced extends LocalFileSystem {
        @Override
        public boolean exists(org.apache.hadoop.fs.Path path) throws IOException {
            return path.getName().equals("segment=0") ? mkdirs(path) : super.exists(path);
        }
    }

    @TempDir
    private Path directory;

    private static void write(String path) {
        try {
            Files.writeString(
                    Files.createDirectory(Path.of(URI.create(path).getPath())).resolve("part"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aWriterThatWasOvertakenSaysSo() {
        SparkSession spark = SparkTestSession.get().newSession();
        spark.conf().set("fs.file.impl", Raced.class.getName());
        spark.conf().set("fs.file.impl.disable.cache", "true");
        IndexDirectory index = new IndexDirectory(directory.toString(), spark);
        IndexDirectory.Snapshot before = index.snapshot();
        NsvqException e =
                assertThrows(NsvqException.class, () -> index.addLists(before, null, IndexDirectoryTest::write));
        assertEquals(
                "the index in " + index.path()
                        + " was changed by someone else meanwhile: nothing was written, try again",
                e.getMessage());
    }
}
