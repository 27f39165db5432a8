package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.FileChecksum;
import io.github.sparknsvq.ml.spark.Reason;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The checksum of a file whose format has none, in a file beside it: {@code NAME.crc32c}, one line as checksum tools
 * write it.
 *
 * @param files where both are
 * @param of the file
 */
public record SideFile(FileSystem files, Path of) {
    /** Returns the path of the side file. */
    public Path path() {
        return new Path(of.getParent(), of.getName() + FileChecksum.SUFFIX);
    }

    /** Deletes the side file, if there is one, before the file changes. */
    void delete() throws IOException {
        files.delete(path(), false);
    }

    /** Reads the file and writes its checksum beside it. */
    void write() throws IOException {
        String line = read().line(of.getName());
        Path target = files.makeQualified(path());
        try (StagedOutput staged = StagedOutput.begin(files, target, true, target + " cannot be written")) {
            try (OutputStream out = files.create(staged.path(), false)) {
                out.write(line.getBytes(StandardCharsets.UTF_8));
            }
            staged.commit();
        }
    }

    /** Reads the file: its checksum and its length. */
    private FileChecksum read() throws IOException {
        try (InputStream in = files.open(of)) {
            return FileChecksum.of(in);
        }
    }

    /**
     * Reads the file and compares its checksum with the one beside it.
     *
     * @return whether there is one beside it
     * @throws NsvqException if they differ, or one cannot be read
     */
    public boolean check() {
        try {
            String sum = read().crc32c();
            String text;
            try (InputStream in = files.open(path())) {
                text = new String(in.readNBytes(1 << 16), StandardCharsets.UTF_8);
            } catch (FileNotFoundException e) {
                return false;
            }
            String written = FileChecksum.parse(text, path().toString(), of.getName());
            NsvqException.unless(
                    sum.equals(written),
                    of + " is damaged: its CRC-32C is " + sum + ", and was " + written + " when it was written (by "
                            + path().getName() + ")");
            return true;
        } catch (IOException e) { // of Hadoop's own checksums, too
            throw new NsvqException(
                    of + " or " + path().getName() + " is damaged or cannot be read: " + Reason.of(e), e);
        }
    }
}
