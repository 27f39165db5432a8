package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.SparkSession;

/**
 * A writer whose output appears whole or not at all, as a {@link StagedOutput} does; under overwrite, too, where
 * Spark's own writers first delete what was there.
 */
public abstract class WholeWriter extends MLWriter {

    @Override
    public final void save(String path) {
        save(path, sparkSession(), shouldOverwrite(), this::saveImpl);
    }

    /**
     * Writes a file whole or not at all, and then its checksum beside it: see {@link SideFile}.
     *
     * @param path where it should be
     * @param spark the session, whose Hadoop settings apply
     * @param overwrite whether it may replace what is there
     * @param write writes the file to the path that it is given; may throw {@link UncheckedIOException}
     * @throws NsvqException if something is there and may not be replaced, or if it cannot be written
     */
    public static void saveFile(String path, SparkSession spark, boolean overwrite, Consumer<String> write) {
        if (SparkInternals.savingLocally()) {
            write.accept(path);
            return;
        }
        try {
            Path file = new Path(path);
            SideFile side = new SideFile(file.getFileSystem(SparkInternals.hadoopConfiguration(spark)), file);
            StagedOutput.requireFileName(side.files(), side.files().makeQualified(file));
            save(path, spark, overwrite, beside -> {
                write.accept(beside);
                try {
                    side.delete(); // never a new file beside an old checksum
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            side.write();
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("cannot write " + path, e);
        }
    }

    /**
     * Writes something whole or not at all.
     *
     * @param path where it should be
     * @param spark the session, whose Hadoop settings apply
     * @param overwrite whether it may replace what is there
     * @param write writes to the path that it is given; may throw {@link UncheckedIOException}
     * @throws NsvqException if something is there and may not be replaced, or if it cannot be written
     */
    public static void save(String path, SparkSession spark, boolean overwrite, Consumer<String> write) {
        if (SparkInternals.savingLocally()) {
            write.accept(path);
            return;
        }
        String failure = "cannot write " + path;
        try {
            FileSystem files = new Path(path).getFileSystem(SparkInternals.hadoopConfiguration(spark));
            Path target = files.makeQualified(new Path(path));
            StagedOutput.recover(files, target);
            if (!overwrite && files.exists(target)) {
                throw new NsvqException(target + " exists already: write().overwrite().save(path) replaces it");
            }
            try (StagedOutput staged = StagedOutput.begin(files, target, overwrite, failure)) {
                write.accept(staged.path().toString());
                staged.commit();
            }
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            boolean colon = path.contains(":") && !path.contains(":/");
            String advice = colon ? "; a name with a colon needs ./ before it" : "";
            throw Reason.failed(failure, e, advice);
        }
    }
}
