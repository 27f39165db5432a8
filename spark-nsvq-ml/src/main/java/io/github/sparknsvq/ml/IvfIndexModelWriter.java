package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.index.FaissIndexExport;
import io.github.sparknsvq.ml.index.IndexDirectory;
import io.github.sparknsvq.ml.saving.ModelWriter;
import io.github.sparknsvq.ml.spark.SparkInternals;

/**
 * Copies an index whole or not at all, as Spark ML saves a model or, with {@code format("faiss")}, as one file that
 * FAISS opens; there {@code option("fastScan", "true")} has codes of 4 bits written for its fast scan.
 */
final class IvfIndexModelWriter extends ModelWriter {
    /** As Spark keeps names of options. */
    private static final String FAST_SCAN = "fastscan";

    private final IvfIndexModel model;

    IvfIndexModelWriter(IvfIndexModel model) {
        super(model);
        this.model = model;
    }

    @Override
    protected void saveInternal(String path) {
        IndexFiles.saveTrained(model, path, sparkSession());
        if (SparkInternals.savingLocally()) {
            return; // Spark Connect parks what is in memory: the index stays where it is
        }
        new IndexDirectory(model.path(), sparkSession()).copyLists(path);
        new IndexDirectory(path, sparkSession()).writeManifest();
        IndexFiles.succeed(path, sparkSession());
    }

    @Override
    protected void saveForFaiss(String path) {
        boolean fastScan = Boolean.parseBoolean(optionMap().getOrElse(FAST_SCAN, () -> "false"));
        new FaissIndexExport(model.stored(sparkSession()), model.getProbes(), fastScan).write(path);
    }
}
