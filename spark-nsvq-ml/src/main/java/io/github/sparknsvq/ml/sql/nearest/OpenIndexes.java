package io.github.sparknsvq.ml.sql.nearest;

import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexDirectory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * Indexes that joins have opened, so that each is read and sent to the executors once. What an index is trained of
 * does not change while it is added to; an index that was built anew in the same place is another one.
 */
final class OpenIndexes {
    private static final int MOST = 16;

    private static final Map<Key, IvfIndexModel> OPEN = new LinkedHashMap<>(MOST, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, IvfIndexModel> eldest) {
            return size() > MOST;
        }
    };

    private OpenIndexes() {}

    /** An index, by what it is trained of, in a context. */
    private record Key(SparkContext context, String path, String trained) {}

    /**
     * Opens an index, or returns it as it was opened before. Its params must not be changed.
     *
     * @throws io.github.sparknsvq.core.NsvqException if it is not there, or damaged
     */
    static IvfIndexModel open(String path, SparkSession spark) {
        IndexDirectory directory = new IndexDirectory(path, spark);
        Key key = new Key(spark.sparkContext(), directory.path(), directory.trained());
        synchronized (OPEN) {
            OPEN.keySet().removeIf(other -> other.context().isStopped());
            IvfIndexModel open = OPEN.get(key);
            if (open == null) {
                open = IvfIndexModel.read().session(spark).load(path);
                OPEN.put(key, open);
            } else {
                directory.check();
            }
            return open;
        }
    }
}
