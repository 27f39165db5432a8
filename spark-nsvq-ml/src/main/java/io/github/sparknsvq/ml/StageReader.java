package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.saving.Manifest;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.function.BiFunction;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.SparkSession;

/**
 * Reads a stage: what its manifest says of its files, its metadata, what {@code make} makes of them and of the files
 * beside, and then its params.
 */
final class StageReader<T extends Params> extends MLReader<T> {
    private final Class<T> type;
    private final BiFunction<StageFiles, SparkSession, T> make;

    StageReader(Class<T> type, BiFunction<StageFiles, SparkSession, T> make) {
        this.type = type;
        this.make = make;
    }

    @Override
    public T load(String path) {
        boolean moved = SparkInternals.savingLocally(); // what Spark Connect parks has no manifest
        Manifest manifest = moved ? null : Manifest.check(path, sparkSession());
        StageFiles files = StageFiles.load(path, sparkSession(), type);
        if (manifest == null && files.booleanValue(Manifest.METADATA_KEY)) {
            throw Manifest.missing(path);
        }
        return files.withParams(make.apply(files, sparkSession()));
    }
}
