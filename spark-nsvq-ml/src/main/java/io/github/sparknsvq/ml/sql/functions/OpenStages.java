package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.Manifest;
import io.github.sparknsvq.ml.saving.SavedFiles;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The models and indexes that queries named last, on the driver. A query that names one again gets the same broadcast,
 * unless it was replaced: each query reads the manifest, with the rights of its own session.
 */
final class OpenStages {
    /** As many stay open; those named longest ago are left to the garbage collector. */
    private static final int MOST = 32;

    private static final Map<Key, Entry> OPEN = new LinkedHashMap<>(MOST, 0.75f, true);

    private OpenStages() {}

    private record Key(Class<?> type, Path root) {}

    private record Entry(WeakReference<SparkContext> spark, Object identity, Object opened) {}

    /**
     * Opens a model or an index.
     *
     * @param path as the query names it
     * @param type of what is opened
     * @param what that is, as in {@code model}, for messages
     * @param open opens what has some metadata
     * @throws NsvqException if what is there is nothing of that kind, or is damaged; an {@code AnalysisException} if
     *     nothing is there
     */
    static <T> T at(
            String path,
            Class<T> type,
            String what,
            SparkSession spark,
            Function<SparkInternals.StageMetadata, T> open) {
        SparkContext context = spark.sparkContext();
        try {
            Path given = new Path(path);
            FileSystem files = given.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            Path root = files.makeQualified(given);
            Key key = new Key(type, root);
            Object identity = identity(files, root);
            synchronized (OPEN) {
                Entry known = OPEN.get(key);
                if (known != null
                        && known.spark().get() == context
                        && known.identity().equals(identity)) {
                    return type.cast(known.opened());
                }
            }
            T opened = open.apply(metadata(path, what, spark));
            synchronized (OPEN) {
                OPEN.put(key, new Entry(new WeakReference<>(context), identity, opened));
                if (OPEN.size() > MOST) {
                    OPEN.remove(OPEN.keySet().iterator().next());
                }
            }
            return opened;
        } catch (IOException | IllegalArgumentException e) {
            throw e instanceof NsvqException known
                    ? known
                    : new NsvqException(path + " cannot be read: " + Reason.of(e), e);
        }
    }

    /**
     * Returns what differs once a stage was replaced, not when vectors were added to an index: what the manifest says
     * of its trained parts; for a stage of an earlier revision, what their files' dates say.
     */
    private static Object identity(FileSystem files, Path root) throws IOException {
        OptionalInt newest = Manifest.newest(files, root);
        if (newest.isPresent()) {
            return Manifest.read(files, root, newest.getAsInt()).files();
        }
        List<Object> known = new ArrayList<>();
        for (String part : List.of("metadata", "data", "coarse", "quantizer")) {
            SavedFiles.list(files, root, part).forEach((name, file) -> {
                known.add(name);
                known.add(file.getModificationTime());
            });
        }
        return known;
    }

    /** Reads the metadata of a saved model or index. */
    static SparkInternals.StageMetadata metadata(String path, String what, SparkSession spark) {
        if (!StageFiles.exists(path, "", spark)) {
            throw SqlErrors.pathNotFound(path);
        }
        NsvqException.unless(
                StageFiles.exists(path, "metadata", spark),
                path + " is no saved " + what + ": it has no metadata directory");
        try {
            return SparkInternals.loadMetadata(path, spark);
        } catch (Exception e) { // what json4s throws is checked, but not declared
            throw new NsvqException("the metadata of " + path + " is damaged: " + Reason.of(e), e);
        }
    }
}
