package io.github.sparknsvq.ml.verification;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.index.IndexContents;
import io.github.sparknsvq.ml.index.IndexDirectory;
import io.github.sparknsvq.ml.saving.Damage;
import io.github.sparknsvq.ml.saving.Manifest;
import io.github.sparknsvq.ml.saving.SavedFiles;
import io.github.sparknsvq.ml.saving.SideFile;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** Walks through what is saved, and counts what it has checked. */
final class Verifier {
    private static final String METADATA = "metadata";

    /** Folders in which Pipelines, and the models of validators, keep stages. */
    private static final Set<String> FOLDERS_OF_STAGES = Set.of("stages", "subModels");

    private final String path;
    private final FileSystem files;
    private final SparkSession spark;
    private final Damage damage = new Damage();

    private String kind = "pipeline";
    private int stages;
    private int count;
    private long bytes;
    private long vectors;
    private int segments;
    private int checksums;
    private boolean manifest = true;

    /** Prepares a check; {@code path} is as the user gave it. */
    Verifier(String path, FileSystem files, SparkSession spark) {
        this.path = path;
        this.files = files;
        this.spark = spark;
    }

    Verification verify(FileStatus found) throws IOException {
        if (found.isFile()) {
            file(found);
        } else {
            stageOrPipeline(found.getPath(), true);
            damage.throwIfAny();
            NsvqException.unless(stages > 0, path + " holds no stage of spark-nsvq: nothing is verified");
        }
        return new Verification(path, kind, stages, count, bytes, vectors, segments, checksums, manifest);
    }

    private void file(FileStatus found) throws IOException {
        kind = "faiss";
        count = 1;
        bytes = found.getLen();
        manifest = new SideFile(files, found.getPath()).check();
        checksums = manifest ? 1 : 0;
        try (InputStream in = new BufferedInputStream(files.open(found.getPath()))) {
            vectors = FaissFiles.outline(in, found.getLen(), path).count();
        }
    }

    /** Checks something saved: a stage of spark-nsvq, or any stage of Spark ML with the stages in it. */
    private void stageOrPipeline(Path directory, boolean outermost) throws IOException {
        boolean described = Manifest.newest(files, directory).isPresent();
        boolean stage = files.exists(new Path(directory, METADATA));
        NsvqException.unless(
                described || stage,
                directory + " holds no stage of spark-nsvq or of Spark ML: it has no metadata directory; give the"
                        + " directory of one index, model or pipeline, or an index file of FAISS");
        SparkInternals.StageMetadata metadata = described ? null : metadata(directory);
        if (described || metadata.className().startsWith(QuantizerModel.class.getPackageName() + ".")) {
            stage(directory, outermost);
            return;
        }
        checkStages(directory, metadata);
        for (Path inner : directories(directory)) {
            if (FOLDERS_OF_STAGES.contains(inner.getName())) {
                stagesIn(inner);
            } else if (files.exists(new Path(inner, METADATA))
                    || Manifest.newest(files, inner).isPresent()) { // such as bestModel of a CrossValidatorModel
                stageOrPipeline(inner, false);
            }
        }
    }

    /** Checks all stages in a folder of them, which may be sorted by folds. */
    private void stagesIn(Path folder) throws IOException {
        for (Path inner : directories(folder)) {
            if (inner.getName().startsWith("fold")) {
                stagesIn(inner);
            } else {
                stageOrPipeline(inner, false);
            }
        }
    }

    private List<Path> directories(Path parent) throws IOException {
        return Arrays.stream(files.listStatus(parent))
                .filter(inner ->
                        inner.isDirectory() && SavedFiles.counts(inner.getPath().getName()))
                .map(FileStatus::getPath)
                .toList();
    }

    private SparkInternals.StageMetadata metadata(Path directory) {
        try {
            return SparkInternals.loadMetadata(directory.toString(), spark);
        } catch (Exception e) { // what json4s throws is checked, but not declared
            throw new NsvqException("the metadata of " + directory + " is damaged: " + Reason.of(e), e);
        }
    }

    /** Compares the stages of a pipeline with what its metadata say. */
    private void checkStages(Path directory, SparkInternals.StageMetadata metadata) throws IOException {
        JsonNode names =
                new ObjectMapper().readTree(metadata.json()).path("paramMap").path("stageUids");
        Path all = new Path(directory, "stages");
        FileStatus[] found = files.exists(all) ? files.listStatus(all) : new FileStatus[0];
        for (JsonNode name : names) {
            boolean there = Arrays.stream(found)
                    .anyMatch(stage -> stage.getPath().getName().endsWith("_" + name.asText()));
            damage.collect(() -> NsvqException.unless(
                    there, all + " has no stage " + name.asText() + ": the metadata of " + directory + " say so"));
        }
    }

    /** Checks a stage; once more if it is an index that was changed meanwhile. */
    private void stage(Path directory, boolean outermost) throws IOException {
        OptionalInt commit = Manifest.newest(files, directory);
        while (true) {
            try {
                String checked = checked(directory);
                kind = outermost ? checked : kind;
                stages++;
                return;
            } catch (NsvqException | FileNotFoundException e) {
                OptionalInt now = Manifest.newest(files, directory);
                if (now.equals(commit)) {
                    throw e;
                }
                commit = now;
            }
        }
    }

    /** Checks a stage, counts what it has if it is whole, and returns its kind. */
    private String checked(Path directory) throws IOException {
        Damage found = new Damage();
        Map<String, FileStatus> all = SavedFiles.list(files, directory);
        Manifest written = Manifest.verify(files, directory, found, spark);
        IndexDirectory index = new IndexDirectory(directory.toString(), spark);
        int[] ofSegments = new int[1];
        found.collect(() -> ofSegments[0] = index.verify(found));
        found.throwIfAny(); // what is damaged cannot be loaded
        String loaded = metadata(directory).className();
        String what = loaded.equals(IvfIndexModel.class.getName())
                ? "index"
                : QuantizerModel.classNames().contains(loaded) ? "model" : "estimator";
        if (what.equals("index")) {
            IndexContents contents = IndexContents.verified(
                    IvfIndexModel.load(directory.toString()).stored(spark));
            vectors += contents.vectors();
            segments += contents.segments();
        } else if (what.equals("model")) {
            QuantizerModel.open(directory.toString(), spark);
        }
        count += all.size();
        bytes += all.values().stream().mapToLong(FileStatus::getLen).sum();
        checksums += ofSegments[0] + (written == null ? 0 : written.files().size());
        manifest &= written != null || what.equals("estimator");
        return what;
    }
}
