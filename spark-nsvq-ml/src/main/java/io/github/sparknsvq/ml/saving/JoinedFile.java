package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import java.io.BufferedOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IOUtils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One file of a head and of parts that other processes wrote: by the file system where it can join files, as a stream
 * elsewhere.
 */
public final class JoinedFile {
    /** Bytes that are copied at a time. */
    private static final int COPY_BYTES = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(JoinedFile.class);

    private JoinedFile() {}

    /** Writes to a stream that it leaves open. */
    public interface Head {
        /** Writes. */
        void write(OutputStream out) throws IOException;
    }

    /**
     * Returns the directory of the parts of a file, beside it.
     *
     * @param target the file
     */
    public static Path parts(Path target) {
        return new Path(target.getParent(), "." + target.getName() + ".parts");
    }

    /**
     * Begins a part, in a task. The directory, which the driver made, is not made anew: a task may go on for a moment
     * after its job has failed, and would leave it behind.
     *
     * @param part in an existing directory; what is there of that name is replaced
     * @return a stream with a buffer
     * @throws NsvqException if the directory is not there
     * @throws IOException if the file cannot be written
     */
    public static OutputStream createPart(FileSystem files, Path part) throws IOException {
        Path directory = part.getParent();
        NsvqException.unless(
                files.exists(directory),
                directory + ", which the driver made, is not to be seen from a task: a file that executors write the"
                        + " parts of must be on a file system that all share");
        return new BufferedOutputStream(files.create(part, true), COPY_BYTES);
    }

    /**
     * Writes the file.
     *
     * @param target the file, which is not there yet
     * @param head what it begins with
     * @param following what follows, files that are not empty; they may be gone afterwards
     * @throws IOException if the file cannot be written, or a part is not there
     */
    public static void join(FileSystem files, Path target, Head head, List<Path> following) throws IOException {
        for (Path part : following) {
            if (!files.exists(part)) {
                throw new FileNotFoundException(part + ", which a task wrote, is not to be seen from the driver: a"
                        + " file that executors write the parts of must be on a file system that all share");
            }
        }
        write(files, target, head);
        if (following.isEmpty()) {
            return; // HDFS refuses to join nothing
        }
        try {
            files.concat(target, following.toArray(new Path[0]));
        } catch (UnsupportedOperationException | IOException e) { // some file systems join no files, or not these
            LOG.info(
                    "{} does not join the parts of {}: copying them",
                    files.getUri().getScheme(),
                    target,
                    e);
            files.delete(target, false);
            write(files, target, head, following);
        }
    }

    /**
     * Writes a file of its head alone.
     *
     * @param target the file, which is not there yet
     * @return the file
     * @throws IOException if the file cannot be written
     */
    public static Path write(FileSystem files, Path target, Head head) throws IOException {
        write(files, target, head, List.of());
        return target;
    }

    private static void write(FileSystem files, Path target, Head head, List<Path> following) throws IOException {
        try (OutputStream out = new BufferedOutputStream(files.create(target, false), COPY_BYTES)) {
            head.write(out);
            for (Path part : following) {
                try (InputStream in = files.open(part)) {
                    IOUtils.copyBytes(in, out, COPY_BYTES, false);
                }
            }
        }
    }
}
