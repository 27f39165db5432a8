package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.ingest.SourcePosition;
import io.github.sparknsvq.ml.saving.Damage;
import io.github.sparknsvq.ml.saving.Manifest;
import io.github.sparknsvq.ml.saving.SavedFile;
import io.github.sparknsvq.ml.saving.SavedFiles;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * An index's directory: {@code metadata}, {@code coarse}, {@code quantizer}, below {@code lists} and {@code deleted}
 * a directory {@code segment=N} for each time that vectors were added or deleted, and {@code manifest}, which says
 * what belongs to the index. A segment appears whole (see {@link StagedOutput}), with its {@link SegmentManifest} in
 * it, and does not change once it is there; from then on it counts, and then the {@link Manifest} of the index is
 * written.
 * Ids in {@code deleted/segment=N} are gone from the segments of {@code lists} before {@code N}, and so are those in
 * {@code lists/segment=N/_deleted}, which one commit replaces by its vectors or deletes beside them. A segment of a
 * compaction takes the place of all before it, which are deleted after it is there. A segment says how far the
 * sources of its vectors were read ({@link SourcePosition}).
 *
 * <p>Any number of readers see whole segments alone; there should be one writer at a time, and a second one is an
 * error. A file that is missing, additional, shorter or longer than it was is an error that names it.
 */
public final class IndexDirectory {
    /** Directory of the lists. */
    public static final String LISTS = "lists";

    /** Directory of the deleted ids. */
    static final String DELETED = "deleted";

    /** Start of the names, in the index's directory, of what earlier versions were writing when they were killed. */
    private static final String WRITING = "writing-";

    private final SparkSession spark;
    private final Path root;
    private final FileSystem files;
    private final Configuration configuration;

    /**
     * Names a directory.
     *
     * @param path of the index, which need not be there
     * @param spark the session, whose Hadoop settings apply
     * @throws NsvqException if there is no such file system
     */
    public IndexDirectory(String path, SparkSession spark) {
        this.spark = spark;
        try {
            configuration = SparkInternals.hadoopConfiguration(spark);
            Path given = new Path(path);
            files = given.getFileSystem(configuration);
            root = files.makeQualified(given);
        } catch (IOException | IllegalArgumentException e) {
            throw Reason.failed("index directory " + path + " cannot be used", e);
        }
    }

    /**
     * The index as it was at one moment.
     *
     * @param files of lists, by segment and list
     * @param tombstones files of deleted ids
     * @param state the segments that these are in
     */
    record Snapshot(List<ListFile> files, List<StoredFile> tombstones, IndexState state) {
        /** Returns the bytes of all files of lists. */
        long bytes() {
            return files.stream().mapToLong(ListFile::length).sum();
        }

        /** Returns all files of lists. */
        List<StoredFile> listFiles() {
            return files.stream().map(ListFile::file).toList();
        }

        /** Returns how far sources were read, by their names. */
        Map<String, SourcePosition> positions() {
            return state.positions();
        }

        /** Returns the number of segments that have lists. */
        int segments() {
            return (int) files.stream().mapToInt(ListFile::segment).distinct().count();
        }
    }

    /** Returns the path of the index. */
    public String path() {
        return root.toString();
    }

    /** Returns the path of a part of the index. */
    String path(String part) {
        return new Path(root, part).toString();
    }

    /** Reads something of what was listed. */
    @FunctionalInterface
    private interface Reading<T> {
        T read(IndexState.Listing listing) throws IOException;
    }

    /** Reads what is there now; reads again where somebody changed the index meanwhile. */
    private <T> T read(Reading<T> reading) {
        try {
            IndexState.Listing listing = IndexState.Listing.of(files, root);
            while (true) {
                try {
                    return reading.read(listing);
                } catch (IOException | NsvqException e) {
                    IndexState.Listing now = IndexState.Listing.of(files, root);
                    if (now.equals(listing)) {
                        throw e;
                    }
                    listing = now;
                }
            }
        } catch (IOException e) {
            throw new NsvqException("the index in " + root + " cannot be read: " + Reason.of(e), e);
        }
    }

    /**
     * Checks that all segments are there, with all their files and nothing else, by names and lengths.
     *
     * @throws NsvqException if not
     */
    public void check() {
        read(listing -> {
            for (SegmentManifest segment : IndexState.read(files, root, listing).live()) {
                stored(segment);
            }
            return null;
        });
    }

    /**
     * Reads all files of all segments, on the executors, and compares them with what was written.
     *
     * @param damage takes what differs
     * @return the number of files whose checksums were compared
     */
    public int verify(Damage damage) {
        IndexState state = read(listing -> IndexState.read(files, root, listing));
        damage.collect(() -> read(listing -> {
            for (String part : List.of(LISTS, DELETED)) {
                SavedFiles.refuseOthers(files, new Path(root, part), name -> name.startsWith(Segment.PREFIX));
            }
            return null;
        }));
        int checksums = 0;
        for (SegmentManifest segment : state.live()) {
            Path directory = Segment.of(root, segment.part(), segment.number()).path();
            Map<String, FileStatus> found = read(listing -> SavedFiles.list(files, directory));
            SavedFiles.verify(directory, segment.files(), found, damage, spark);
            checksums += (int) segment.files().stream()
                    .filter(file -> file.crc32c() != null)
                    .count();
        }
        return checksums;
    }

    /**
     * Returns when the index was last changed, in milliseconds since 1970: when its newest manifest or segment was
     * written.
     */
    public long committed() {
        return read(listing -> {
            long newest = 0;
            List<Path> all = new ArrayList<>();
            listing.segments().forEach(segment -> all.add(segment.path()));
            listing.commit().ifPresent(commit -> all.add(Manifest.path(root, commit)));
            for (Path path : all) {
                newest = Math.max(newest, files.getFileStatus(path).getModificationTime());
            }
            return newest;
        });
    }

    /** Returns how far sources were read, by their names. */
    Map<String, SourcePosition> positions() {
        return read(listing -> IndexState.read(files, root, listing).positions());
    }

    /** Returns what is there now. */
    Snapshot snapshot() {
        return read(listing -> {
            IndexState state = IndexState.read(files, root, listing);
            List<ListFile> lists = new ArrayList<>();
            List<StoredFile> tombstones = new ArrayList<>();
            for (SegmentManifest segment : state.live()) {
                Map<Boolean, List<StoredFile>> deletes = stored(segment).stream()
                        .collect(Collectors.partitioningBy(file -> segment.deletes(new Path(file.path()))));
                lists.addAll(ListFile.of(deletes.get(false), configuration));
                tombstones.addAll(deletes.get(true));
            }
            tombstones.removeIf(file -> file.rows() == 0); // of a commit that says how far a source was read, alone
            return new Snapshot(List.copyOf(lists), List.copyOf(tombstones), state);
        });
    }

    /** Returns the files of a segment, in the order of its manifest. */
    private List<StoredFile> stored(SegmentManifest segment) throws IOException {
        Path directory = Segment.of(root, segment.part(), segment.number()).path();
        SavedFiles.checkLengths(directory, segment.files(), SavedFiles.list(files, directory));
        return segment.files().stream()
                .map(file -> new StoredFile(
                        new Path(directory, file.name()).toString(),
                        file.length(),
                        segment.number(),
                        file.rows(),
                        file.crc32c()))
                .filter(file -> file.path().endsWith(".parquet"))
                .toList();
    }

    /** Returns the Parquet files of a segment that is not in its place yet. */
    List<StoredFile> staged(String path) {
        try {
            return SavedFiles.list(files, new Path(path)).values().stream()
                    .filter(file -> file.getPath().getName().endsWith(".parquet"))
                    .map(file -> new StoredFile(
                            file.getPath().toString(), file.getLen(), SavedFile.UNKNOWN, SavedFile.UNKNOWN, null))
                    .toList();
        } catch (IOException e) {
            throw new NsvqException("the files of " + path + " cannot be listed: " + Reason.of(e), e);
        }
    }

    /**
     * Writes the manifest of an index whose files are all there but that has none: a new one, a copy, or one of an
     * earlier revision. Segments keep the checksums that they have, and get no new ones.
     */
    public void writeManifest() {
        try {
            IndexState.Listing listing = IndexState.Listing.of(files, root);
            manifest(listing.next() - 1, IndexState.earlier(files, listing)).write(files, root);
        } catch (IOException e) {
            throw new NsvqException("the manifest of " + root + " cannot be written: " + Reason.of(e), e);
        }
    }

    /** Describes all files of the index, which are read but for those of segments. */
    private Manifest manifest(int commit, List<SegmentManifest> segments) throws IOException {
        return Manifest.of(root, commit, SegmentManifest.entries(segments), spark);
    }

    /**
     * Adds a segment of lists, whole or not at all.
     *
     * @param before the index as the writer knows it: if it has changed since, nothing is written
     * @param position how far the source of the vectors was read; null for one that nobody asks about
     * @param write gets the path to write Parquet to
     */
    void addLists(Snapshot before, SourcePosition position, Consumer<String> write) {
        add(LISTS, before, position, write, false);
    }

    /** Adds a segment of deleted ids, in the same way. */
    void addDeleted(Snapshot before, SourcePosition position, Consumer<String> write) {
        add(DELETED, before, position, write, false);
    }

    /** Replaces all segments by one, in the same way; it says of all sources how far they were read. */
    void replaceLists(Snapshot before, Consumer<String> write) {
        add(LISTS, before, null, write, true);
    }

    private void checkDeleted(Snapshot before, SegmentManifest written, Path staged) {
        List<SavedFile> own = written.files().stream()
                .filter(file -> written.deletes(new Path(staged, file.name())))
                .toList();
        List<String> paths = new ArrayList<>();
        before.tombstones().forEach(file -> paths.add(file.path()));
        own.forEach(file -> paths.add(new Path(staged, file.name()).toString()));
        long rows = own.stream().mapToLong(SavedFile::rows).sum();
        for (StoredFile file : before.tombstones()) { // those of an earlier revision do not say how many they hold
            rows = file.rows() == SavedFile.UNKNOWN ? Long.MAX_VALUE / 2 : rows + file.rows();
        }
        IndexIds.checkDeleted(spark, paths, rows);
    }

    private void add(
            String part, Snapshot snapshot, SourcePosition position, Consumer<String> write, boolean compacted) {
        IndexState before = snapshot.state();
        List<SourcePosition> own = position == null ? List.of() : List.of(position);
        List<SourcePosition> sources =
                compacted ? List.copyOf(before.positions().values()) : own;
        Segment segment = Segment.of(root, part, before.next());
        String failure = "the index in " + root + " cannot be written";
        SegmentManifest written;
        Manifest last;
        try (StagedOutput staged = StagedOutput.begin(files, segment.path(), false, failure)) {
            sweep();
            checkUnchanged(before);
            write.accept(staged.path().toString());
            written = SegmentManifest.write(files, staged.path(), segment, compacted, sources, spark);
            if (!compacted) {
                checkDeleted(snapshot, written, staged.path());
            }
            last = before.manifest() == null ? adopted(before) : before.manifest();
            checkUnchanged(before);
            commit(staged, before); // from here on the segment counts
            requireAlone(segment);
        } catch (IOException e) {
            throw new NsvqException(failure + ": " + Reason.of(e), e);
        }
        try {
            List<SegmentManifest> live = new ArrayList<>(compacted ? List.of() : before.live());
            live.add(written);
            new Manifest(segment.number(), last.files(), SegmentManifest.entries(live)).write(files, root);
            deleteBefore(compacted ? segment.number() : before.base());
        } catch (IOException | NsvqException e) {
            throw new NsvqException(
                    "the index in " + root + " was changed, but its manifest could not be written, or what was"
                            + " replaced could not be deleted; the next change does that: " + Reason.of(e),
                    e);
        }
    }

    /** Writes the manifest of an index of an earlier revision, before its first segment that needs one. */
    private Manifest adopted(IndexState before) throws IOException {
        Manifest manifest = manifest(before.next() - 1, before.live());
        manifest.write(files, root);
        return manifest;
    }

    /** Lists and deleted ids are two directories: in each of them a writer may have taken the same number. */
    private void requireAlone(Segment own) throws IOException {
        long same = IndexState.Listing.of(files, root).segments().stream()
                .filter(segment -> segment.number() == own.number())
                .count();
        if (same > 1) {
            files.delete(own.path(), true);
            throw changedMeanwhile();
        }
    }

    private NsvqException changedMeanwhile() {
        return new NsvqException(
                "the index in " + root + " was changed by someone else meanwhile: nothing was written, try again");
    }

    private void commit(StagedOutput staged, IndexState before) throws IOException {
        try {
            staged.commit();
        } catch (NsvqException e) {
            checkUnchanged(before); // another writer was faster: that says more
            throw e;
        }
    }

    private void checkUnchanged(IndexState before) throws IOException {
        if (IndexState.Listing.of(files, root).next() != before.next()) {
            throw changedMeanwhile();
        }
    }

    /** Copies what the index consists of now to another directory, on the executors. */
    public void copyLists(String path) {
        List<String> copied = read(listing -> {
            List<String> names = new ArrayList<>();
            for (SegmentManifest segment : IndexState.read(files, root, listing).live()) {
                Segment directory = Segment.of(root, segment.part(), segment.number());
                String within = segment.part() + "/" + directory.path().getName() + "/";
                for (FileStatus entry : files.listStatus(directory.path())) {
                    String name = within + entry.getPath().getName();
                    if (!entry.isDirectory()) {
                        names.add(name);
                        continue;
                    }
                    // file by file: a directory that is copied again would go into the one that is there
                    for (FileStatus file : files.listStatus(entry.getPath())) {
                        names.add(name + "/" + file.getPath().getName());
                    }
                }
            }
            return names;
        });
        if (copied.isEmpty()) {
            return;
        }
        SerializableConfiguration settings = new SerializableConfiguration(configuration);
        String from = path();
        SparkInternals.context(spark).parallelize(copied, copied.size()).foreach(name -> {
            Path source = new Path(from, name);
            Path target = new Path(path, name);
            Configuration used = settings.value();
            FileSystem to = target.getFileSystem(used);
            to.mkdirs(target.getParent());
            FileUtil.copy(source.getFileSystem(used), source, to, target, false, true, used);
        });
    }

    /** Does what a killed writer did not come to after its segment was there, and deletes what it left. */
    void finish(Snapshot known) {
        IndexState state = known.state();
        try {
            sweep();
            Manifest manifest = state.manifest();
            if (manifest != null && manifest.commit() < state.next() - 1) {
                new Manifest(state.next() - 1, manifest.files(), SegmentManifest.entries(state.live()))
                        .write(files, root);
            } else if (manifest != null) {
                manifest.deleteEarlier(files, root);
            }
            deleteBefore(state.base());
        } catch (IOException e) {
            throw new NsvqException("the index in " + root + " cannot be written: " + Reason.of(e), e);
        }
    }

    /** Deletes segments that another took the place of. */
    private void deleteBefore(int base) throws IOException {
        for (Segment segment : IndexState.Listing.of(files, root).segments()) {
            if (segment.number() < base) {
                files.delete(segment.path(), true);
            }
        }
    }

    /** Deletes what writers that were killed left. */
    private void sweep() throws IOException {
        for (FileStatus left : files.listStatus(root, path -> path.getName().startsWith(WRITING))) {
            files.delete(left.getPath(), true);
        }
        for (String part : List.of(LISTS, DELETED, Manifest.DIRECTORY)) {
            StagedOutput.sweep(files, new Path(root, part), name -> true);
        }
    }
}
