package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.saving.StageFiles;
import java.util.function.BiFunction;
import org.apache.spark.ml.util.MLReader;

/** Reads what {@link QuantizerModelWriter} wrote. */
final class QuantizerModelReader<M extends QuantizerModel<M, ?>> extends MLReader<M> {
    private final Class<M> type;
    private final SharedQuantizer.Kind kind;
    private final BiFunction<String, SharedQuantizer, M> make;

    QuantizerModelReader(Class<M> type, SharedQuantizer.Kind kind, BiFunction<String, SharedQuantizer, M> make) {
        this.type = type;
        this.kind = kind;
        this.make = make;
    }

    @Override
    public M load(String path) {
        StageFiles files = StageFiles.load(path, sparkSession(), type);
        SharedQuantizer quantizer =
                QuantizerModelWriter.quantizerFiles(path, sparkSession()).load(path, files, kind);
        return files.withParams(make.apply(files.uid(), quantizer));
    }
}
