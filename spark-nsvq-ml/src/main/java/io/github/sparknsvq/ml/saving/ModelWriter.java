package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import java.util.Locale;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.ml.util.MLWriter;

/**
 * Writes a model whole or not at all: as Spark ML does or, with {@code format("faiss")} or {@code option("format",
 * "faiss")}, as one file that FAISS opens, with its checksum beside it.
 */
public abstract class ModelWriter extends GeneralMLWriter {
    private static final String INTERNAL = "internal";
    private static final String FAISS = "faiss";

    private String format = INTERNAL;

    public ModelWriter(PipelineStage model) {
        super(model);
    }

    /** Writes the model as Spark ML does, to a directory that is not there yet. */
    protected abstract void saveInternal(String path);

    /** Writes the model for FAISS, to a file that is not there yet. */
    protected abstract void saveForFaiss(String path);

    @Override
    public GeneralMLWriter format(String name) {
        format = name.toLowerCase(Locale.ROOT);
        if (!format.equals(INTERNAL) && !format.equals(FAISS)) {
            throw new NsvqException("format '" + name + "' is unknown: use " + INTERNAL + " or " + FAISS);
        }
        return this;
    }

    /**
     * Sets an option; {@code format} as {@link #format} does, for callers that have no other way to it, as PySpark.
     */
    @Override
    public MLWriter option(String key, String value) {
        return key.equalsIgnoreCase("format") ? format(value) : super.option(key, value);
    }

    @Override
    public void save(String path) {
        if (format.equals(FAISS)) {
            WholeWriter.saveFile(path, sparkSession(), shouldOverwrite(), this::saveImpl);
        } else {
            WholeWriter.save(path, sparkSession(), shouldOverwrite(), this::saveImpl);
        }
    }

    @Override
    public void saveImpl(String path) {
        if (format.equals(FAISS)) {
            saveForFaiss(path);
        } else {
            saveInternal(path);
        }
    }
}
