package io.github.sparknsvq.ml.saving;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.SparkSession;

/**
 * A stage's {@code metadata/}: Spark's own JSON, with the format version and the values that the stage reads back.
 *
 * @param path of the stage
 * @param metadata as Spark reads them
 * @param json the same, as a tree
 */
public record StageFiles(String path, SparkInternals.StageMetadata metadata, JsonNode json) {
    /** The version of what is written; others are refused. */
    public static final int FORMAT_VERSION = 1;

    private static final String VERSION_KEY = "formatVersion";

    /** Writes a stage's metadata with some values more. */
    public static void save(Params stage, String path, SparkSession spark, Map<String, ?> more) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put(VERSION_KEY, "" + FORMAT_VERSION);
        more.forEach((key, value) -> values.put(key, "" + value));
        SparkInternals.saveMetadata(stage, path, spark, values);
    }

    /**
     * Reads a stage's metadata.
     *
     * @param stage what should be there
     * @throws NsvqException if there is no stage, another one, one of another format version, or a damaged one
     */
    public static StageFiles load(String path, SparkSession spark, Class<?> stage) {
        String name = stage.getSimpleName();
        SparkInternals.StageMetadata metadata = metadata(path, spark, name);
        JsonNode json;
        try {
            json = new ObjectMapper().readTree(metadata.json());
        } catch (JsonProcessingException e) {
            throw damaged(path, e);
        }
        if (!metadata.className().equals(stage.getName())) {
            throw new NsvqException(path + " holds " + metadata.kind() + ", not " + Reason.withArticle(name));
        }
        StageFiles files = new StageFiles(path, metadata, json);
        int version = files.intValue(VERSION_KEY);
        if (version != FORMAT_VERSION) {
            throw new NsvqException(path + " has format version " + version + ", this release reads " + FORMAT_VERSION
                    + ": load it with the release that wrote it");
        }
        return files;
    }

    /**
     * Returns the name of a saved stage's class.
     *
     * @throws NsvqException if there is no stage, or its metadata are damaged
     */
    public static String className(String path, SparkSession spark) {
        return metadata(path, spark, "model").className();
    }

    private static SparkInternals.StageMetadata metadata(String path, SparkSession spark, String what) {
        if (!SparkInternals.savingLocally() && !exists(path, "metadata", spark)) {
            throw new NsvqException(path + " is not a saved " + what + ": "
                    + (exists(path, "", spark) ? "it has no metadata" : "there is no such directory"));
        }
        try {
            return SparkInternals.loadMetadata(path, spark);
        } catch (Exception e) { // Scala throws checked ones without declaring them
            throw damaged(path, e);
        }
    }

    private static NsvqException damaged(String path, Exception e) {
        return new NsvqException("the metadata of " + path + " is damaged: " + Reason.of(e), e);
    }

    /** Whether a stage's directory has a part of some name. */
    public static boolean exists(String path, String part, SparkSession spark) {
        try {
            Path whole = part.isEmpty() ? new Path(path) : new Path(path, part);
            FileSystem files = whole.getFileSystem(SparkInternals.hadoopConfiguration(spark));
            StagedOutput.recover(files, files.makeQualified(whole));
            return files.exists(whole);
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("cannot read " + path, e);
        }
    }

    /** Returns the stage's uid. */
    public String uid() {
        return metadata.uid();
    }

    /** Gives a new stage the params that were saved. */
    public <T extends Params> T withParams(T stage) {
        try {
            metadata.setParams(stage);
            return stage;
        } catch (Exception e) { // as above
            throw new NsvqException("the params in " + path + " cannot be taken: " + Reason.of(e), e);
        }
    }

    /** Returns one of the values that were saved besides. */
    public int intValue(String key) {
        try {
            return Integer.parseInt(json.path(key).asText());
        } catch (NumberFormatException e) {
            throw new NsvqException("the metadata of " + path + " has no number '" + key + "'", e);
        }
    }

    /** Returns one of the values that were saved besides. */
    public String text(String key) {
        if (!json.path(key).isTextual()) {
            throw new NsvqException("the metadata of " + path + " has no '" + key + "'");
        }
        return json.path(key).asText();
    }

    /** Returns one of the values that were saved besides, or another where earlier releases saved none. */
    public String text(String key, String absent) {
        return json.has(key) ? text(key) : absent;
    }

    /** Returns one of the values that were saved besides. */
    public boolean booleanValue(String key) {
        return json.path(key).asText().equals("true");
    }
}
