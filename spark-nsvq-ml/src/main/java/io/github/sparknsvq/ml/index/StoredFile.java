package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.SavedFile;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.Serializable;
import java.util.concurrent.Callable;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskKilledException;

/**
 * A Parquet file of a segment.
 *
 * @param path of the file
 * @param length bytes
 * @param segment number of its segment
 * @param rows as its manifest has them; {@link SavedFile#UNKNOWN} where none has
 * @param crc32c as its manifest has it; null where none has
 */
record StoredFile(String path, long length, int segment, long rows, String crc32c) implements Serializable {

    /**
     * Reads something of the file; errors of Parquet and Spark say which file, at best, but not what it is in the
     * index.
     *
     * @param what is in the file
     */
    <T> T read(String what, Callable<T> something) {
        try {
            return something.call();
        } catch (TaskKilledException | NsvqException e) {
            throw e;
        } catch (Exception e) {
            if (Thread.currentThread().isInterrupted()) {
                throw new TaskKilledException("interrupted while it read " + path);
            }
            checkContent();
            String why = "cannot be read, they are damaged or were taken away by a compaction: " + Reason.of(e);
            throw new NsvqException("the " + what + " in " + path + " " + why, e);
        } catch (OutOfMemoryError | StackOverflowError e) {
            checkContent(); // a length in a damaged file can be anything
            throw e;
        }
    }

    /** Compares the file with what was written, where that is known and the file is there. */
    private void checkContent() {
        if (crc32c == null) {
            return;
        }
        Path at = new Path(path);
        try {
            var files = at.getFileSystem(SparkInternals.hadoopConfiguration());
            if (files.exists(at)) {
                new SavedFile(path, length, SavedFile.UNKNOWN, SavedFile.UNKNOWN, crc32c).checkContent(files, at);
            }
        } catch (IOException e) {
            // the error that led here says more
        }
    }
}
