package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.saving.Manifest;
import io.github.sparknsvq.ml.saving.ModelWriter;
import io.github.sparknsvq.ml.saving.QuantizerFiles;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Map;

/**
 * Writes models with one or several codebooks: {@code metadata/}, {@code data/} (Parquet: {@code index, codeword},
 * all codebooks numbered through), maybe {@code rotation/} or {@code prices/}, and the {@link Manifest}.
 */
final class QuantizerModelWriter extends ModelWriter {
    /** The directory of the codewords. */
    static final String CODEBOOKS = "data";

    private final QuantizerModel<?, ?> model;

    QuantizerModelWriter(QuantizerModel<?, ?> model) {
        super(model);
        this.model = model;
    }

    @Override
    protected void saveForFaiss(String path) {
        NsvqException.unless(
                model.shared().kind() != SharedQuantizer.Kind.CURVE,
                "model " + model.uid() + " has a line, whose positions no index of FAISS holds: resampled and"
                        + " equallySpaced make codebooks of it");
        // no search is needed, nor the device that it would take
        Quantizer quantizer = model.shared().withDevice(Device.CPU).quantizer();
        FaissExport.writeEmpty(quantizer, model.cosine(), path, sparkSession());
    }

    @Override
    protected void saveInternal(String path) {
        SharedQuantizer quantizer = model.shared();
        boolean moved = SparkInternals.savingLocally(); // by Spark Connect, for a while
        Map<String, Object> more = QuantizerFiles.metadata(quantizer);
        more.put(Manifest.METADATA_KEY, !moved);
        StageFiles.save(model, path, sparkSession(), more);
        new QuantizerFiles(path, CODEBOOKS, sparkSession()).save(quantizer);
        if (!moved) {
            Manifest.save(path, sparkSession());
        }
    }
}
