package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.saving.WholeWriter;
import java.util.Map;
import org.apache.spark.ml.param.Params;

/** Writes a stage that is its params and nothing else: an estimator or an evaluator. */
class ParamsWriter extends WholeWriter {
    private final Params stage;
    private final Map<String, ?> more;

    /**
     * Makes a writer.
     *
     * @param more values to be found in the metadata besides
     */
    ParamsWriter(Params stage, Map<String, ?> more) {
        this.stage = stage;
        this.more = more;
    }

    @Override
    public void saveImpl(String path) {
        StageFiles.save(stage, path, sparkSession(), more);
    }
}
