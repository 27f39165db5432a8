package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.saving.ModelWriter;
import io.github.sparknsvq.ml.saving.QuantizerFiles;
import io.github.sparknsvq.ml.saving.StageFiles;

/**
 * Writes models with one or several codebooks: {@code metadata/}, {@code data/} (Parquet: {@code index, codeword},
 * all codebooks numbered through) and maybe {@code rotation/} or {@code prices/}.
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
        // no search is needed, nor the device that it would take
        Quantizer quantizer = model.shared().withDevice(Device.CPU).quantizer();
        FaissExport.writeEmpty(quantizer, model.cosine(), path, sparkSession());
    }

    @Override
    protected void saveInternal(String path) {
        SharedQuantizer quantizer = model.shared();
        StageFiles.save(model, path, sparkSession(), QuantizerFiles.metadata(quantizer));
        new QuantizerFiles(path, CODEBOOKS, sparkSession()).save(quantizer);
    }
}
