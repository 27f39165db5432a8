package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.param.ParamSet;
import io.github.sparknsvq.ml.param.StageParams;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.GeneralMLWriter;
import org.apache.spark.ml.util.HasTrainingSummary;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import scala.Option;

/**
 * What all models of spark-nsvq have in common: their params, and the summary of the training that made them.
 *
 * @param <M> the model itself
 * @param <S> what its training reached
 */
public abstract class TrainedModel<M extends TrainedModel<M, S>, S> extends Model<M>
        implements StageParams<M>, MLWritable, HasTrainingSummary<S> {
    private static final long serialVersionUID = 1L;

    private final String uid;
    private final ParamSet params;
    private S summary;

    /** For the models of this package. */
    TrainedModel(String uid, Function<Params, ParamSet> params) {
        this.uid = uid;
        this.params = params.apply(this);
    }

    @Override
    public final String uid() {
        return uid;
    }

    @Override
    public final ParamSet paramSet() {
        return params;
    }

    /** Whether this model comes from a training, not from a file. */
    @Override
    public boolean hasSummary() {
        return summary != null;
    }

    /**
     * Returns what the training reached.
     *
     * @throws NsvqException if this model was loaded: summaries are not saved
     */
    @Override
    public S summary() {
        NsvqException.unless(
                hasSummary(), "model " + uid + " has no summary: it was loaded, and summaries are not saved");
        return summary;
    }

    @Override
    public Option<S> trainingSummary() {
        return Option.apply(summary);
    }

    @Override
    public void trainingSummary_$eq(Option<S> of) { // how Scala names the setter
        summary = of.isDefined() ? of.get() : null;
    }

    /** Writes the summary to a file of this machine. Not API: Spark Connect parks models so, since Spark 4.1. */
    @Override
    public void saveSummary(String path) {
        try {
            Path file = Path.of(path);
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.write(file, SparkInternals.serialize(summary()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads what {@link #saveSummary} wrote. Not API. */
    @Override
    public void loadSummary(String path, Dataset<Row> predictions) {
        try {
            summary = SparkInternals.deserialize(Files.readAllBytes(Path.of(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (summary instanceof VQSummary clusters) {
            clusters.setPredictions(predictions);
        }
    }

    @SuppressWarnings("unchecked") // M is this class
    M withSummary(S of) {
        summary = of;
        return (M) this;
    }

    @Override
    public abstract GeneralMLWriter write();

    /** The same as {@link #exportFaiss(String, boolean)}, to a file that is not there yet. */
    public void exportFaiss(String path) {
        exportFaiss(path, false);
    }

    /**
     * Writes one file that FAISS opens, as {@code write().option("format", "faiss")} does: an index with its vectors,
     * or a quantizer as an index without vectors. Its checksum comes beside it, in {@code path.crc32c}.
     *
     * @param path the file
     * @param overwrite whether it may replace a file
     * @throws NsvqException if the file is there and may not be replaced, it cannot be written, or FAISS has no such
     *     index
     */
    public void exportFaiss(String path, boolean overwrite) {
        MLWriter writer = write().option("format", "faiss");
        try {
            (overwrite ? writer.overwrite() : writer).save(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Gives a copy what is no Param. */
    M handOver(M copy) {
        return copy.withSummary(summary).setParent(parent());
    }
}
