package io.github.sparknsvq.ml.saving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * What belongs to a saved stage, written last: {@code manifest/commit-N.json} in its directory, a
 * {@link ChecksummedJson}. A model has one for ever, and an index one for each commit, of which the newest counts.
 *
 * @param commit number of the commit: of a model 0, of an index that of its newest segment, -1 without any
 * @param files all files but those of segments
 * @param segments of an index; empty for a model
 */
public record Manifest(int commit, List<SavedFile> files, JsonNode segments) {
    /** The directory of manifests. */
    public static final String DIRECTORY = "manifest";

    /** Stands in a stage's metadata where there should be a manifest. */
    public static final String METADATA_KEY = "manifest";

    private static final Pattern NAME = Pattern.compile("commit-(-?\\d{1,10})\\.json");
    private static final String COMMIT_KEY = "commit";
    private static final String FILES_KEY = "files";
    private static final String SEGMENTS_KEY = "segments";

    /** Directories whose files a manifest names one by one. */
    private static final List<String> PARTS =
            List.of("metadata", "data", "coarse", "quantizer", QuantizerFiles.ROTATION, QuantizerFiles.PRICES);

    /** Returns the file of a commit's manifest. */
    public static Path path(Path root, int commit) {
        return new Path(new Path(root, DIRECTORY), "commit-" + commit + ".json");
    }

    /** Finds all files that a manifest names one by one. */
    private static Map<String, FileStatus> listed(FileSystem files, Path root) throws IOException {
        Map<String, FileStatus> found = new LinkedHashMap<>();
        for (String part : PARTS) {
            found.putAll(SavedFiles.list(files, root, part));
        }
        return found;
    }

    /**
     * Describes the files of a stage as they are.
     *
     * @param root directory of the stage
     * @param segments of an index, as they will be read back; null for none
     */
    public static Manifest of(Path root, int commit, ArrayNode segments, SparkSession spark) throws IOException {
        FileSystem files = root.getFileSystem(SparkInternals.hadoopConfiguration(spark));
        List<SavedFile> measured = SavedFiles.measure(root, listed(files, root), null, spark);
        return new Manifest(
                commit, measured, segments == null ? ChecksummedJson.create().arrayNode() : segments);
    }

    /** Writes the manifest of a model, whose files are all there. */
    public static void save(String path, SparkSession spark) {
        try {
            Path root = new Path(path);
            of(root, 0, null, spark).write(root.getFileSystem(SparkInternals.hadoopConfiguration(spark)), root);
        } catch (IOException e) {
            throw new NsvqException("the manifest of " + path + " cannot be written: " + Reason.of(e), e);
        }
    }

    /** Writes the manifest, whole or not at all, and deletes those of earlier commits. */
    public void write(FileSystem files, Path root) throws IOException {
        ObjectNode object = ChecksummedJson.create().put(COMMIT_KEY, commit);
        object.set(FILES_KEY, SavedFile.toJson(this.files));
        object.set(SEGMENTS_KEY, segments);
        Path target = files.makeQualified(path(root, commit));
        try (StagedOutput staged = StagedOutput.begin(files, target, false, target + " cannot be written")) {
            ChecksummedJson.write(files, staged.path(), object);
            staged.commit();
        }
        deleteEarlier(files, root);
    }

    /** Deletes the manifests of earlier commits, as {@link #write} does unless its process is killed. */
    public void deleteEarlier(FileSystem files, Path root) throws IOException {
        for (int earlier : commits(files, root)) {
            if (earlier < commit) {
                files.delete(path(root, earlier), false);
            }
        }
    }

    private static List<Integer> commits(FileSystem files, Path root) throws IOException {
        FileStatus[] found;
        try {
            found = files.listStatus(new Path(root, DIRECTORY));
        } catch (FileNotFoundException e) {
            return List.of();
        }
        List<Integer> commits = new ArrayList<>();
        for (FileStatus status : found) {
            Matcher name = NAME.matcher(status.getPath().getName());
            if (name.matches()) {
                try {
                    commits.add(Integer.parseInt(name.group(1)));
                } catch (NumberFormatException e) {
                    throw new NsvqException(status.getPath() + " is no manifest: its number is too large", e);
                }
            }
        }
        return commits;
    }

    /** Returns the number of the newest commit; empty if there is no manifest. */
    public static OptionalInt newest(FileSystem files, Path root) throws IOException {
        return commits(files, root).stream().mapToInt(Integer::intValue).max();
    }

    /**
     * Reads the manifest of a commit.
     *
     * @param root directory of the stage
     * @throws FileNotFoundException if it is not there
     * @throws NsvqException if it is damaged
     */
    public static Manifest read(FileSystem files, Path root, int commit) throws IOException {
        Path path = path(root, commit);
        JsonNode json = ChecksummedJson.read(files, path).json();
        int named = json.path(COMMIT_KEY).asInt();
        NsvqException.unless(
                named == commit, path + " is the manifest of commit " + named + " under the name of another");
        return new Manifest(commit, SavedFile.fromJson(json.path(FILES_KEY)), json.path(SEGMENTS_KEY));
    }

    /**
     * Reads the newest manifest of a stage and all files that it names one by one, and compares them with it.
     *
     * @return the manifest, or null if there is none
     * @throws NsvqException if one is missing, additional, or not as it was written
     */
    public static Manifest check(String path, SparkSession spark) {
        try {
            FileSystem files = new Path(path).getFileSystem(SparkInternals.hadoopConfiguration(spark));
            Path root = files.makeQualified(new Path(path));
            OptionalInt newest = newest(files, root);
            while (newest.isPresent()) {
                int commit = newest.getAsInt();
                try {
                    Manifest manifest = read(files, root, commit);
                    manifest.checkFiles(files, root);
                    return manifest;
                } catch (FileNotFoundException e) { // the next commit has taken its place
                    newest = newest(files, root);
                    if (newest.isPresent() && newest.getAsInt() == commit) {
                        throw e;
                    }
                }
            }
            return null;
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed(path + " cannot be read", e);
        }
    }

    /**
     * Reads the newest manifest of a stage, and all files that it names one by one, on the executors.
     *
     * @param damage takes what differs from what was written
     * @return the manifest, or null if there is none
     * @throws NsvqException if the manifest is damaged, or missing though the metadata speak of one
     */
    public static Manifest verify(FileSystem files, Path root, Damage damage, SparkSession spark) throws IOException {
        OptionalInt newest = newest(files, root);
        if (newest.isEmpty()) {
            if (isPromised(files, root)) {
                throw missing(root.toString());
            }
            return null;
        }
        Manifest manifest = read(files, root, newest.getAsInt());
        SavedFiles.refuseOthers(
                files, new Path(root, DIRECTORY), name -> NAME.matcher(name).matches());
        SavedFiles.verify(root, manifest.files(), listed(files, root), damage, spark);
        return manifest;
    }

    private void checkFiles(FileSystem files, Path root) throws IOException {
        SavedFiles.checkLengths(root, this.files, listed(files, root));
        // parallel: waits for the file system, mostly
        this.files.parallelStream().forEach(file -> file.checkContent(files, new Path(root, file.name())));
    }

    /**
     * Whether a stage's metadata say that there should be a manifest; false if there are none.
     *
     * @param root directory of the stage
     */
    public static boolean isPromised(FileSystem files, Path root) throws IOException {
        for (FileStatus part : SavedFiles.list(files, root, "metadata").values()) {
            try (var in = files.open(part.getPath())) {
                String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                if (text.contains("\"" + METADATA_KEY + "\":\"true\"")) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Returns what to throw where there should be a manifest, and there is none. */
    public static NsvqException missing(String path) {
        return new NsvqException(path + "/" + DIRECTORY + " is missing or empty: what is in " + path
                + " was written with a manifest there");
    }
}
