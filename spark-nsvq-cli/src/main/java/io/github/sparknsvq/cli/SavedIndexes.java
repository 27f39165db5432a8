package io.github.sparknsvq.cli;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/** Indexes on disk. */
final class SavedIndexes {
    private SavedIndexes() {}

    static boolean isIndex(SparkInternals.StageMetadata metadata) {
        return metadata.className().equals(IvfIndexModel.class.getName());
    }

    /**
     * Opens an index.
     *
     * @param directory as the user gave it
     * @param option the option that it came with, for messages
     */
    static IvfIndexModel load(SparkSession spark, String directory, String option) {
        metadata(spark, directory, option);
        return IvfIndexModel.load(directory);
    }

    private static SparkInternals.StageMetadata metadata(SparkSession spark, String directory, String option) {
        if (FaissInfo.isIndex(directory)) {
            throw new NsvqException(directory + " (" + option + ") is an index file of FAISS, an index directory is"
                    + " needed: nsvq import makes one of it");
        }
        SparkInternals.StageMetadata metadata = SavedModels.metadata(spark, directory, option, "index");
        if (!isIndex(metadata)) {
            throw new NsvqException(directory + " (" + option + ") holds a " + metadata.className()
                    + ": an index that nsvq index or IvfIndex made is needed");
        }
        return metadata;
    }

    /** Says what an index is trained to. */
    static Result describe(IvfIndexModel model) {
        SharedIndex index = model.shared();
        return new Result()
                .put("dimension", index.dimension())
                .put("lists", index.lists())
                .put("codeBytes", index.quantizer().codeSize())
                .put("metric", index.distance().name().toLowerCase(Locale.ROOT))
                .put("quantizer", index.codes() == null ? "flat" : SavedModels.quantizer(index.codes()));
    }

    /** Says what an index holds. */
    static Result describe(SparkSession spark, String directory, String option) {
        SparkInternals.StageMetadata metadata = metadata(spark, directory, option);
        IvfIndexModel model = IvfIndexModel.load(directory);
        IndexContents contents = IndexContents.of(model.stored(spark));
        return new Result()
                .put("index", directory)
                .putAll(describe(model))
                .put("vectors", contents.vectors())
                .put("segments", contents.segments())
                .put("deleted", contents.deleted())
                .put("emptyLists", contents.empty())
                .put("largestList", contents.largest())
                .put("imbalance", contents.imbalance())
                .put("bytes", contents.bytes())
                .put("ids", model.listSchema().named() ? "string" : "bigint")
                .put(
                        "attributes",
                        model.listSchema().hasAttributes()
                                ? model.listSchema().attributes().toDDL()
                                : null)
                .putAll(SavedModels.saved(directory, metadata));
    }
}
