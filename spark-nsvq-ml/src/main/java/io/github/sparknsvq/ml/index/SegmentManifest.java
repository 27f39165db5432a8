package io.github.sparknsvq.ml.index;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.saving.ChecksummedJson;
import io.github.sparknsvq.ml.saving.SavedFile;
import io.github.sparknsvq.ml.saving.SavedFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/**
 * What a segment is: it lies in the segment's directory, as a {@link ChecksummedJson} of the name {@value #NAME}. For
 * a segment that an earlier revision wrote it lies in the manifest of the index, and has lengths without checksums.
 *
 * <p>{@code sources}, where there are any, is an array of objects with the fields of {@link SourcePosition}, as
 * texts, the kinds in lower case: how far sources were read when the segment was committed, and of a compaction the
 * newest of all before.
 *
 * @param part the directory that the segment is in: of lists or of deleted ids
 * @param number of the segment
 * @param after number of the segment before, -1 for the first
 * @param compacted whether the segment takes the place of all before
 * @param files its files; of lists, those in {@value SavedFiles#DELETED} hold ids that the same commit deletes
 * @param sources how far sources were read
 * @param crc32c of the file {@value #NAME}; null where there is none
 */
record SegmentManifest(
        String part,
        int number,
        int after,
        boolean compacted,
        List<SavedFile> files,
        List<SourcePosition> sources,
        String crc32c) {
    /** The file's name; Spark reads no file whose name starts like that. */
    static final String NAME = "_manifest";

    /** Marks a segment of an earlier revision that takes the place of all before. */
    private static final String COMPACTED = "_compacted";

    private static final String PART_KEY = "part";
    private static final String NUMBER_KEY = "segment";
    private static final String FOLLOWS_KEY = "follows";
    private static final String COMPACTED_KEY = "compacted";
    private static final String IDS_KEY = "ids";
    private static final String FILES_KEY = "files";
    private static final String SOURCES_KEY = "sources";
    private static final String SOURCE_KEY = "source";
    private static final String KIND_KEY = "kind";
    private static final String VALUE_KEY = "value";
    private static final String CRC_KEY = "manifest";

    /** Returns the number of ids in lists, or of deleted ids; those of an earlier revision do not count. */
    long ids() {
        return files.stream().mapToLong(file -> Math.max(0, file.ids())).sum();
    }

    boolean is(Segment segment) {
        return part.equals(segment.part()) && number == segment.number();
    }

    /**
     * Reads the files of a segment that is not in its place yet, and writes what they are beside them. Files of ids
     * that hold none are deleted.
     */
    static SegmentManifest write(
            FileSystem files,
            Path at,
            Segment segment,
            boolean compacted,
            List<SourcePosition> sources,
            SparkSession spark)
            throws IOException {
        boolean lists = segment.part().equals(IndexDirectory.LISTS);
        String counted = lists ? ListSchema.IDS + ".list.element" : IndexIds.GONE;
        List<SavedFile> measured =
                withoutEmpty(files, at, SavedFiles.measure(at, SavedFiles.list(files, at), counted, spark));
        int number = segment.number();
        SegmentManifest manifest =
                new SegmentManifest(segment.part(), number, number - 1, compacted, measured, sources, null);
        ObjectNode object = ChecksummedJson.create()
                .put(PART_KEY, manifest.part())
                .put(NUMBER_KEY, manifest.number())
                .put(FOLLOWS_KEY, manifest.after())
                .put(COMPACTED_KEY, compacted)
                .put(IDS_KEY, manifest.ids());
        object.set(FILES_KEY, SavedFile.toJson(measured));
        if (!sources.isEmpty()) {
            object.set(SOURCES_KEY, toJson(sources));
        }
        return manifest.withChecksum(ChecksummedJson.write(files, new Path(at, NAME), object));
    }

    private SegmentManifest withChecksum(String crc) {
        return new SegmentManifest(part, number, after, compacted, files, sources, crc);
    }

    /** Whether a file of the segment holds ids that are deleted from segments before. */
    boolean deletes(Path file) {
        return part.equals(IndexDirectory.DELETED) || file.getParent().getName().equals(SavedFiles.DELETED);
    }

    /** Deletes the files of deleted ids if no ids are in them. */
    private static List<SavedFile> withoutEmpty(FileSystem files, Path at, List<SavedFile> measured)
            throws IOException {
        String within = SavedFiles.DELETED + "/";
        if (measured.stream().anyMatch(file -> file.name().startsWith(within) && file.rows() > 0)) {
            return measured;
        }
        files.delete(new Path(at, SavedFiles.DELETED), true);
        return measured.stream().filter(file -> !file.name().startsWith(within)).toList();
    }

    private static ArrayNode toJson(List<SourcePosition> sources) {
        ArrayNode array = ChecksummedJson.create().arrayNode();
        for (SourcePosition position : sources) {
            array.addObject()
                    .put(SOURCE_KEY, position.source())
                    .put(KIND_KEY, position.kind().label())
                    .put(VALUE_KEY, position.value());
        }
        return array;
    }

    private static List<SourcePosition> sources(JsonNode array) {
        List<SourcePosition> sources = new ArrayList<>();
        for (JsonNode node : array) {
            sources.add(new SourcePosition(
                    node.path(SOURCE_KEY).asText(),
                    SourcePosition.Kind.of(node.path(KIND_KEY).asText()),
                    node.path(VALUE_KEY).asText()));
        }
        return sources;
    }

    /**
     * Reads what a segment says of itself.
     *
     * @return null if it is of an earlier revision and says nothing
     * @throws NsvqException if what it says is damaged, or is of another segment
     */
    static SegmentManifest read(FileSystem files, Segment segment) {
        Path path = new Path(segment.path(), NAME);
        ChecksummedJson read;
        try {
            read = ChecksummedJson.read(files, path);
        } catch (FileNotFoundException e) {
            return null;
        }
        SegmentManifest manifest =
                of(read.json(), SavedFile.fromJson(read.json().path(FILES_KEY)), read.crc32c());
        NsvqException.unless(
                manifest.is(segment),
                segment.path() + " is damaged: its " + NAME + " is that of " + manifest.part() + "/" + Segment.PREFIX
                        + manifest.number());
        return manifest;
    }

    /** Describes a segment of an earlier revision, by the lengths of its files. */
    static SegmentManifest ofEarlier(FileSystem files, Segment segment, Map<String, FileStatus> found)
            throws IOException {
        List<SavedFile> lengths = found.entrySet().stream()
                .map(file -> SavedFile.unread(file.getKey(), file.getValue().getLen()))
                .toList();
        boolean compacted = files.exists(new Path(segment.path(), COMPACTED));
        int number = segment.number();
        return new SegmentManifest(segment.part(), number, number - 1, compacted, lengths, List.of(), null);
    }

    private static SegmentManifest of(JsonNode json, List<SavedFile> files, String crc) {
        return new SegmentManifest(
                json.path(PART_KEY).asText(),
                json.path(NUMBER_KEY).asInt(),
                json.path(FOLLOWS_KEY).asInt(),
                json.path(COMPACTED_KEY).asBoolean(),
                files,
                sources(json.path(SOURCES_KEY)),
                crc);
    }

    /** Returns segments as the manifest of the index names them. */
    static ArrayNode entries(List<SegmentManifest> segments) {
        ArrayNode entries = ChecksummedJson.create().arrayNode();
        for (SegmentManifest segment : segments) {
            ObjectNode entry = entries.addObject()
                    .put(PART_KEY, segment.part())
                    .put(NUMBER_KEY, segment.number())
                    .put(COMPACTED_KEY, segment.compacted());
            if (segment.crc32c() != null) {
                entry.put(CRC_KEY, segment.crc32c());
            } else {
                entry.set(FILES_KEY, SavedFile.toJson(segment.files()));
            }
        }
        return entries;
    }

    /** The inverse of {@link #entries}: segments without files, but for those of earlier revisions. */
    static List<SegmentManifest> fromEntries(JsonNode entries) {
        List<SegmentManifest> segments = new ArrayList<>();
        for (JsonNode entry : entries) {
            String crc = entry.has(CRC_KEY) ? entry.get(CRC_KEY).asText() : null;
            segments.add(of(entry, SavedFile.fromJson(entry.path(FILES_KEY)), crc));
        }
        return segments;
    }
}
