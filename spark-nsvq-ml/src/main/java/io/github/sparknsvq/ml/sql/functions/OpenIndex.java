package io.github.sparknsvq.ml.sql.functions;

import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.saving.OpenStages;
import org.apache.spark.sql.SparkSession;

/** The saved indexes that queries use. */
final class OpenIndex {
    private OpenIndex() {}

    /** Opens an index, or returns the one that is open. The model is shared: copies take other params. */
    static IvfIndexModel at(String path, SparkSession spark) {
        IvfIndexModel index = OpenStages.at(path, IvfIndexModel.class, "", spark, () -> {
            OpenModel.checkThere(path, spark);
            return IvfIndexModel.read().session(spark).load(path);
        });
        index.stored(spark); // on the executors once, for all copies
        return index;
    }
}
