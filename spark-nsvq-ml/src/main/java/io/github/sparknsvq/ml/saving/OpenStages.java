package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * The saved models and indexes that were named by their paths last, on the driver: who names one again gets the same
 * one, with what it has on the executors, unless another one was saved there meanwhile.
 */
public final class OpenStages {
    /** As many stay open; those named longest ago are left to the garbage collector. */
    private static final int MOST = 32;

    /** What is read to open a model or an index; the lists of an index are not. */
    private static final List<String> PARTS = List.of("metadata", "data", "coarse", "quantizer");

    private static final Map<Key, Entry> OPEN = new LinkedHashMap<>(MOST, 0.75f, true);

    private OpenStages() {}

    private record Key(Path root, Class<?> type, Object variant) {}

    private record Entry(WeakReference<SparkContext> spark, List<Object> identity, Object opened) {}

    /**
     * Opens what is saved at a path. It is read again where it was replaced, and not where vectors were added to an
     * index. What is returned is shared: callers that change its params do so on a copy.
     *
     * @param path of the stage
     * @param type of what is opened
     * @param variant what differs between things that are opened of one path
     * @param spark the session, whose Hadoop settings and rights apply
     * @param open opens it, or says why it cannot
     * @throws NsvqException if the path cannot be read
     */
    public static <T> T at(String path, Class<T> type, Object variant, SparkSession spark, Supplier<T> open) {
        checkNamed(path);
        SparkContext context = spark.sparkContext();
        Key key;
        List<Object> identity;
        try {
            FileSystem files = new Path(path).getFileSystem(SparkInternals.hadoopConfiguration(spark));
            Path root = files.makeQualified(new Path(path));
            key = new Key(root, type, variant);
            identity = identity(files, root);
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("cannot read " + path, e);
        }
        synchronized (OPEN) {
            Entry known = OPEN.get(key);
            if (known != null
                    && known.spark().get() == context
                    && known.identity().equals(identity)) {
                return type.cast(known.opened());
            }
        }
        T opened = open.get();
        synchronized (OPEN) {
            OPEN.put(key, new Entry(new WeakReference<>(context), identity, opened));
            if (OPEN.size() > MOST) {
                OPEN.remove(OPEN.keySet().iterator().next());
            }
        }
        return opened;
    }

    /** Refuses an empty path. */
    public static void checkNamed(String path) {
        NsvqException.unless(!path.isBlank(), "the path of a saved model or index is empty");
    }

    /**
     * Returns what differs once a stage was replaced: names, lengths and dates of the files that are read to open it.
     */
    private static List<Object> identity(FileSystem files, Path root) throws IOException {
        List<Object> known = new ArrayList<>();
        for (String part : PARTS) {
            SavedFiles.list(files, root, part)
                    .forEach((name, file) -> known.addAll(List.of(name, file.getLen(), file.getModificationTime())));
        }
        return known;
    }
}
