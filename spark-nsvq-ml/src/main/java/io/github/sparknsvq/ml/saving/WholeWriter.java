package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.SparkSession;

/**
 * A writer whose output appears whole or not at all: it is written beside its place and then renamed, under overwrite,
 * too, where Spark's own writers first delete what was there.
 */
public abstract class WholeWriter extends MLWriter {

    @Override
    public final void save(String path) {
        save(path, sparkSession(), shouldOverwrite(), this::saveImpl);
    }

    /**
     * Writes something whole or not at all.
     *
     * @param path where it should be
     * @param spark the session
     * @param overwrite whether it may replace what is there
     * @param write writes to the path that it is given; may throw {@link UncheckedIOException}
     */
    public static void save(String path, SparkSession spark, boolean overwrite, Consumer<String> write) {
        if (SparkInternals.savingLocally()) {
            write.accept(path);
            return;
        }
        try {
            Path target = new Path(path);
            FileSystem files = target.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            save(files, files.makeQualified(target), overwrite, write);
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            throw new NsvqException("cannot write " + path + ": " + e.getMessage(), e);
        }
    }

    private static void save(FileSystem files, Path target, boolean overwrite, Consumer<String> write)
            throws IOException {
        if (files.exists(target) && !overwrite) {
            throw new NsvqException(target + " exists already: write().overwrite().save(path) replaces it");
        }
        Path beside = sibling(target, "writing");
        try {
            write.accept(beside.toString());
            replace(files, target, beside, overwrite);
        } finally {
            files.delete(beside, true);
        }
    }

    private static void replace(FileSystem files, Path target, Path by, boolean overwrite) throws IOException {
        Path old = sibling(target, "old");
        boolean replaces = files.exists(target);
        if (replaces && !overwrite) {
            throw new NsvqException(target + " was made by someone else meanwhile, and stays as it is");
        }
        if (replaces && !files.rename(target, old)) {
            throw new NsvqException("cannot move " + target + " aside to replace it");
        }
        if (!files.rename(by, target)) {
            if (replaces && !files.rename(old, target)) {
                throw new NsvqException("cannot write " + target + "; what was there is now " + old);
            }
            throw new NsvqException("cannot write " + target + ": renaming " + by + " to it failed");
        }
        if (replaces) {
            files.delete(old, true);
        }
    }

    private static Path sibling(Path target, String what) {
        return new Path(target.getParent(), "." + target.getName() + "." + what + "-" + UUID.randomUUID());
    }
}
