package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.saving.StageFiles;
import java.util.function.Function;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.MLReader;

/** Reads what {@link ParamsWriter} wrote. */
class ParamsReader<T extends Params> extends MLReader<T> {
    private final Class<T> type;
    private final Function<String, T> withUid;

    ParamsReader(Class<T> type, Function<String, T> withUid) {
        this.type = type;
        this.withUid = withUid;
    }

    @Override
    public T load(String path) {
        return load(path, StageFiles.load(path, sparkSession(), type));
    }

    /** Makes the stage once its metadata are read. */
    T load(String path, StageFiles files) {
        return files.withParams(withUid.apply(files.uid()));
    }
}
