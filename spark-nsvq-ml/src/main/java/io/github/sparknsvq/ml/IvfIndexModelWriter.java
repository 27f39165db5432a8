package io.github.sparknsvq.ml;

import io.github.sparknsvq.ml.index.IndexDirectory;

/**
 * Copies an index whole or not at all, as Spark ML saves a model or, with {@code format("faiss")}, as one file that FAISS
 * opens.
 */
final class IvfIndexModelWriter extends ModelWriter {
    private final IvfIndexModel model;

    IvfIndexModelWriter(IvfIndexModel model) {
        super(model);
        this.model = model;
    }

    @Override
    void saveInternal(String path) {
        IndexFiles.saveTrained(model, path, sparkSession());
        new IndexDirectory(model.path(), sparkSession()).copyLists(path, sparkSession());
        IndexFiles.succeed(path, sparkSession());
    }

    @Override
    void saveForFaiss(String path) {
        throw new UnsupportedOperationException("to come");
    }
}
