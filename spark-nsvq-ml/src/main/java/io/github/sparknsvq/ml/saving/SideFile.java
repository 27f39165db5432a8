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
            String written = written();
            compare(sum, written);
            return written != null;
        } catch (IOException e) { // of Hadoop's own checksums, too
            throw unreadable(e);
        }
    }

    /**
     * Reads a copy of the file on the driver's disk, or the file itself if it is there, and compares its checksum
     * with the one beside the file; reads nothing if there is none.
     *
     * @throws NsvqException if they differ, or one cannot be read
     */
    public void checkCopy(java.nio.file.Path copy) {
        try {
            String written = written();
            if (written != null) {
                compare(FileChecksum.of(copy).crc32c(), written);
            }
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    /** Returns the checksum that the side file holds; null if there is no side file. */
    private String written() throws IOException {
        String text;
        try (InputStream in = files.open(path())) {
            text = new String(in.readNBytes(1 << 16), StandardCharsets.UTF_8);
        } catch (FileNotFoundException e) {
            NsvqException.unless(
                    !files.exists(path()),
                    path() + " is a directory: the file with the checksum of " + of + " should be there, or nothing");
            return null;
        }
        return FileChecksum.parse(text, path().toString());
    }

    private void compare(String sum, String written) {
        NsvqException.unless(
                written == null || sum.equals(written),
                of + " is damaged, or it or " + path() + " is of another version: the CRC-32C of the file is " + sum
                        + ", that beside it " + written + "; copy both again from where they were written, or delete "
                        + path().getName() + " if the file is the right one");
    }

    private NsvqException unreadable(IOException e) {
        return new NsvqException(of + " or " + path() + " is damaged or cannot be read: " + Reason.of(e), e);
    }
}
