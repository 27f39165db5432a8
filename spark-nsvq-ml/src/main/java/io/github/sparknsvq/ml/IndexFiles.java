package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.ListChoice;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.index.IndexDirectory;
import io.github.sparknsvq.ml.index.ListSchema;
import io.github.sparknsvq.ml.index.SharedIndex;
import io.github.sparknsvq.ml.index.StoredIndex;
import io.github.sparknsvq.ml.saving.CodebookFiles;
import io.github.sparknsvq.ml.saving.Manifest;
import io.github.sparknsvq.ml.saving.QuantizerFiles;
import io.github.sparknsvq.ml.saving.StageFiles;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** The files of an index besides its lists: metadata, centroids and codebooks. */
final class IndexFiles {
    private static final CodebookFiles.Columns CENTROIDS = new CodebookFiles.Columns("list", "centroid");
    private static final String LISTS_KEY = "lists";
    private static final String DIMENSION_KEY = "vectorDimension";
    private static final String DISTANCE_KEY = "distance";

    /** What centroids are compared by; missing in earlier indexes, which all have the usual choice. */
    private static final String CHOICE_KEY = "listChoice";

    private static final String CODES_KEY = "codes";
    private static final String RESIDUAL_KEY = "byResidual";
    private static final String NAMED_KEY = "stringIds";
    private static final String ATTRIBUTES_KEY = "attributes";
    private static final String NO_CODES = "NONE";

    /** What the training reached; missing in earlier indexes, and in imported ones. */
    private static final String TRAIN_ROWS_KEY = "trainRows";

    private static final String TRAIN_COARSE_MSE_KEY = "trainCoarseMse";
    private static final String TRAIN_MSE_KEY = "trainMse";

    /** Where the index is; written for Spark Connect alone, elsewhere an index is where its metadata are. */
    private static final String PLACE_KEY = "place";

    private IndexFiles() {}

    /** Returns the directory to make an index in; refuses one that exists. */
    static String place(IvfIndex stage, SparkSession spark) {
        String given = stage.getIndexDir();
        if (!given.isEmpty()) {
            if (StageFiles.exists(given, "", spark)) {
                throw new NsvqException("indexDir " + given + " exists already: choose another or delete it");
            }
            return given;
        }
        String name = stage.uid() + "-" + UUID.randomUUID();
        if (spark.sparkContext().getCheckpointDir().isDefined()) {
            return spark.sparkContext().getCheckpointDir().get() + "/" + name;
        }
        if (!spark.sparkContext().isLocal()) {
            throw new NsvqException("indexDir is empty: on a cluster set it, or Spark's checkpoint directory, to a"
                    + " directory that all executors see");
        }
        try {
            Path made = new Path(Files.createTempDirectory("nsvq-index").toUri());
            FileSystem files = made.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            files.deleteOnExit(made);
            return new Path(made, name).toString();
        } catch (IOException e) {
            throw new NsvqException("no directory for the index can be made: set indexDir; " + Reason.of(e), e);
        }
    }

    /** Writes an index to a directory that is not there yet; {@code fill} adds its vectors. */
    static void save(IvfIndexModel model, String path, SparkSession spark, Consumer<StoredIndex> fill) {
        saveTrained(model, path, spark);
        IndexDirectory directory = new IndexDirectory(path, spark);
        directory.writeManifest();
        fill.accept(new StoredIndex(spark, model.shared(), model.listSchema(), directory));
        succeed(path, spark);
    }

    /** Writes centroids and codebooks. */
    static void saveTrained(IvfIndexModel model, String path, SparkSession spark) {
        SharedIndex index = model.shared();
        SharedQuantizer codes = index.codes();
        Map<String, Object> more = new LinkedHashMap<>();
        more.put(LISTS_KEY, index.lists());
        more.put(DIMENSION_KEY, index.dimension());
        more.put(DISTANCE_KEY, index.distance());
        more.put(CHOICE_KEY, index.choice());
        more.put(CODES_KEY, codes == null ? NO_CODES : codes.kind());
        more.put(RESIDUAL_KEY, index.byResidual());
        more.put(NAMED_KEY, model.listSchema().named());
        more.put(ATTRIBUTES_KEY, model.listSchema().attributes().json());
        model.training().ifPresent(training -> {
            more.put(TRAIN_ROWS_KEY, training.rows());
            more.put(TRAIN_COARSE_MSE_KEY, training.coarseMse());
            more.put(TRAIN_MSE_KEY, training.mse());
        });
        if (codes != null) {
            more.putAll(QuantizerFiles.metadata(codes));
        }
        if (SparkInternals.savingLocally()) {
            more.put(PLACE_KEY, model.path());
        } else {
            more.put(Manifest.METADATA_KEY, true);
        }
        StageFiles.save(model, path, spark, more);
        CodebookFiles.save(index.centroids(), path + "/coarse", CENTROIDS, spark);
        if (codes != null) {
            quantizerFiles(path, spark).save(codes);
        }
    }

    private static QuantizerFiles quantizerFiles(String path, SparkSession spark) {
        return new QuantizerFiles(path + "/quantizer", "codebooks", spark);
    }

    /** Marks a directory as whole. */
    static void succeed(String path, SparkSession spark) {
        try {
            Path marker = new Path(path, "_SUCCESS");
            FileSystem files = marker.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            files.mkdirs(new Path(path, IndexDirectory.LISTS));
            files.create(marker).close();
        } catch (IOException e) {
            throw new NsvqException(path + " cannot be marked as whole: " + Reason.of(e), e);
        }
    }

    /** Reads centroids and codebooks, and makes the model of them. */
    static IvfIndexModel load(StageFiles files, SparkSession spark) {
        String path = files.path();
        String codes = files.text(CODES_KEY);
        ListSchema schema;
        DistanceKind distance;
        ListChoice choice;
        SharedQuantizer.Kind kind;
        IvfIndexSummary.Training training;
        try {
            schema = new ListSchema(
                    files.booleanValue(NAMED_KEY), (StructType) DataType.fromJson(files.text(ATTRIBUTES_KEY)));
            distance = DistanceKind.valueOf(files.text(DISTANCE_KEY));
            choice = ListChoice.valueOf(
                    files.text(CHOICE_KEY, SharedIndex.usualChoice(distance).name()));
            kind = codes.equals(NO_CODES) ? null : SharedQuantizer.Kind.valueOf(codes);
            training = training(files);
        } catch (Exception e) { // of JSON, undeclared
            throw new NsvqException("the metadata of " + path + " is damaged: " + Reason.of(e), e);
        }
        int dimension = files.intValue(DIMENSION_KEY);
        FloatMatrix centroids =
                CodebookFiles.load(path + "/coarse", files.intValue(LISTS_KEY), dimension, CENTROIDS, spark);
        SharedQuantizer quantizer =
                kind == null ? null : quantizerFiles(path, spark).load(files, kind);
        if (quantizer != null && quantizer.dimension() != dimension) {
            throw new NsvqException("the metadata of " + path + " is damaged: codebooks of dimension "
                    + quantizer.dimension() + " do not go with centroids of dimension " + dimension);
        }
        boolean byResidual = files.booleanValue(RESIDUAL_KEY);
        SharedIndex index = new SharedIndex(distance, choice, centroids, quantizer, byResidual, Device.AUTO);
        boolean moved = SparkInternals.savingLocally();
        if (moved) {
            return new IvfIndexModel(files.uid(), index, schema, files.text(PLACE_KEY)).withTraining(training);
        }
        IndexDirectory directory = new IndexDirectory(path, spark);
        directory.check();
        return new IvfIndexModel(files.uid(), index, schema, directory.path()).withTraining(training);
    }

    /** Reads what the training reached; null where it is not known. */
    private static IvfIndexSummary.Training training(StageFiles files) {
        return files.text(TRAIN_ROWS_KEY, "").isEmpty()
                ? null
                : new IvfIndexSummary.Training(
                        Long.parseLong(files.text(TRAIN_ROWS_KEY)),
                        Double.parseDouble(files.text(TRAIN_COARSE_MSE_KEY)),
                        Double.parseDouble(files.text(TRAIN_MSE_KEY)));
    }
}
