package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.saving.StageFiles;
import java.util.function.BiFunction;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.SparkSession;

/** Reads a stage: its metadata, what {@code make} makes of them and of the files beside, and then its params. */
final class StageReader<T extends Params> extends MLReader<T> {
    private final Class<T> type;
    private final BiFunction<StageFiles, SparkSession, T> make;

    StageReader(Class<T> type, BiFunction<StageFiles, SparkSession, T> make) {
        this.type = type;
        this.make = make;
    }

    @Override
    public T load(String path) {
        StageFiles files = StageFiles.load(path, sparkSession(), type);
        return files.withParams(make.apply(files, sparkSession()));
    }
}
