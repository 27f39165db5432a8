package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IvfIndexModel;
import org.apache.spark.sql.SparkSession;

/** The saved indexes that queries use. */
final class OpenIndex {
    private OpenIndex() {}

    /** Opens an index, as {@link OpenStages#at} does. The model is shared: copies take other params. */
    static IvfIndexModel at(String path, SparkSession spark) {
        IvfIndexModel index = OpenStages.at(path, IvfIndexModel.class, "index", spark, metadata -> {
            NsvqException.unless(
                    metadata.className().equals(IvfIndexModel.class.getName()),
                    path + " holds " + metadata.kind() + ": an index is needed");
            return IvfIndexModel.read().session(spark).load(path);
        });
        index.stored(spark); // copies share what is on the executors
        return index;
    }
}
