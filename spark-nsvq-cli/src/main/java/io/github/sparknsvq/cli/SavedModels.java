package io.github.sparknsvq.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.AdditiveVQModel;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.ProductVQModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.ResidualVQModel;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.IndexInfo;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.SparkSession;

/** Models and indexes on disk: those of spark-nsvq, and MLlib's KMeans, which is a codebook as well. */
final class SavedModels {
    private SavedModels() {}

    /**
     * Loads a model.
     *
     * @param directory as the user gave it
     * @param option the option that it came with, for messages
     */
    static QuantizerModel<?, ?> load(SparkSession spark, String directory, String option) {
        SparkInternals.StageMetadata metadata = metadata(spark, directory, option, "model");
        Function<String, QuantizerModel<?, ?>> reader = READERS.get(metadata.className());
        if (reader == null) {
            throw new NsvqException(directory + " (" + option + ") holds " + metadata.kind()
                    + ": a VQModel, ProductVQModel, ResidualVQModel, AdditiveVQModel or SpaceFillingVQModel, or a"
                    + " KMeansModel of MLlib, is needed");
        }
        return reader.apply(directory);
    }

    /** Loads a model of one codebook. */
    static VQModel loadCodebook(SparkSession spark, String directory, String option) {
        QuantizerModel<?, ?> loaded = load(spark, directory, option);
        if (loaded instanceof VQModel model) {
            return model;
        }
        String has = loaded instanceof SpaceFillingVQModel ? "a line" : "several codebooks";
        throw new NsvqException(
                directory + " (" + option + ") has " + has + ": a VQModel, or a KMeansModel of MLlib, is needed");
    }

    private static final Map<String, Function<String, QuantizerModel<?, ?>>> READERS = Map.of(
            VQModel.class.getName(), VQModel::load,
            KMeansModel.class.getName(), directory -> codebookOf(KMeansModel.load(directory)),
            ProductVQModel.class.getName(), ProductVQModel::load,
            ResidualVQModel.class.getName(), ResidualVQModel::load,
            AdditiveVQModel.class.getName(), AdditiveVQModel::load,
            SpaceFillingVQModel.class.getName(), SpaceFillingVQModel::load);

    /** Returns MLlib's model as a {@link VQModel}, its centers rounded to float32. */
    static VQModel codebookOf(KMeansModel model) {
        Vector[] centers = model.clusterCenters();
        float[][] rows = new float[centers.length][];
        for (int k = 0; k < rows.length; k++) {
            rows[k] = new float[centers[k].size()];
            for (int i = 0; i < rows[k].length; i++) {
                rows[k][i] = (float) centers[k].apply(i);
            }
        }
        VQModel codebook = new VQModel(model.uid(), FloatMatrix.of(rows));
        codebook.set(codebook.distanceMeasure(), model.getDistanceMeasure());
        return codebook;
    }

    /** Says what a model directory holds. */
    static Result describe(SparkSession spark, String directory, String option) {
        SparkInternals.StageMetadata metadata = metadata(spark, directory, option, "model");
        if (isIndex(metadata)) {
            return describeIndex(spark, directory, option);
        }
        QuantizerModel<?, ?> model = load(spark, directory, option);
        return new Result()
                .put("model", directory)
                .put("quantizer", model.shared().label())
                .put("class", metadata.className())
                .putAll(Encoding.describe(model))
                .put("distanceMeasure", model.getDistanceMeasure())
                .putAll(saved(directory, metadata));
    }

    private static boolean isIndex(SparkInternals.StageMetadata metadata) {
        return metadata.className().equals(IvfIndexModel.class.getName());
    }

    /**
     * Opens an index.
     *
     * @param directory as the user gave it
     * @param option the option that it came with, for messages
     */
    static IvfIndexModel loadIndex(SparkSession spark, String directory, String option) {
        indexMetadata(spark, directory, option);
        return IvfIndexModel.load(directory);
    }

    private static SparkInternals.StageMetadata indexMetadata(SparkSession spark, String directory, String option) {
        SparkInternals.StageMetadata metadata = metadata(spark, directory, option, "index");
        NsvqException.unless(
                isIndex(metadata),
                directory + " (" + option + ") holds " + metadata.kind()
                        + ": an index that nsvq index or IvfIndex made is needed");
        return metadata;
    }

    /** Describes the trained parts of an index. */
    static Result describeIndex(IvfIndexModel model) {
        return describe(IndexInfo.Trained.of(model.shared()));
    }

    private static Result describe(IndexInfo.Trained trained) {
        return new Result()
                .put("dimension", trained.dimension())
                .put("lists", trained.lists())
                .put("codeBytes", trained.codeBytes())
                .put("metric", trained.metric())
                .put("quantizer", trained.quantizer());
    }

    /** Says what an index directory holds. */
    static Result describeIndex(SparkSession spark, String directory, String option) {
        SparkInternals.StageMetadata metadata = indexMetadata(spark, directory, option);
        IvfIndexModel model = IvfIndexModel.load(directory);
        IndexInfo info = IndexInfo.of(model.stored(spark));
        IndexContents contents = info.contents();
        return new Result()
                .put("index", directory)
                .putAll(describe(info.trained()))
                .put("vectors", contents.vectors())
                .put("segments", contents.segments())
                .put("deleted", contents.deleted())
                .put("emptyLists", contents.empty())
                .put("largestList", contents.largest())
                .put("imbalance", contents.imbalance())
                .put("bytes", contents.bytes())
                .put("ids", info.ids())
                .put("attributes", info.attributes())
                .put("sources", sources(model.positions(spark)))
                .putAll(saved(directory, metadata));
    }

    /** Says how far sources were read; null without any. */
    private static List<Result> sources(Map<String, SourcePosition> positions) {
        return positions.isEmpty()
                ? null
                : positions.values().stream()
                        .map(position -> new Result()
                                .put("source", position.source())
                                .put("kind", position.kind().label())
                                .put("value", position.value()))
                        .toList();
    }

    /** Returns what the metadata of a model or an index say. */
    private static Result saved(String directory, SparkInternals.StageMetadata metadata) {
        JsonNode json = parse(directory, metadata.json());
        return new Result()
                .put(
                        "formatVersion",
                        json.has("formatVersion") ? json.get("formatVersion").asInt() : null)
                .put("sparkVersion", json.path("sparkVersion").asText())
                .put("params", new ObjectMapper().convertValue(json.path("paramMap"), Map.class));
    }

    /** Reads the metadata of a model or index, {@code what}. */
    private static SparkInternals.StageMetadata metadata(
            SparkSession spark, String directory, String option, String what) {
        Inputs.requirePath(spark.sparkContext().hadoopConfiguration(), directory, option);
        FaissInfo.refuse(directory, option, what);
        NsvqException.unless(
                StageFiles.exists(directory, "metadata", spark),
                directory + " (" + option + ") is no " + what + ": it has no metadata directory");
        try {
            return SparkInternals.loadMetadata(directory, spark);
        } catch (Exception e) { // what json4s throws is checked, but not declared
            throw new NsvqException(
                    "the metadata of " + directory + " (" + option + ") is damaged: " + Failures.describe(e), e);
        }
    }

    private static JsonNode parse(String directory, String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (JsonProcessingException e) {
            throw new NsvqException("the metadata of " + directory + " is damaged: " + e.getOriginalMessage(), e);
        }
    }
}
