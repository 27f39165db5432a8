package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.saving.StagedOutput;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * An index's directory: {@code metadata}, {@code coarse}, {@code quantizer}, and below {@code lists} and
 * {@code deleted} a directory {@code segment=N} for each time that vectors were added or deleted. A segment appears
 * whole (see {@link StagedOutput}) and does not change once it is there. Ids in {@code deleted/segment=N} are gone
 * from the segments of {@code lists} before {@code N}. A segment that holds a file {@value #COMPACTED} takes the
 * place of all before it, which are deleted after it is there.
 *
 * <p>Any number of readers see whole segments alone; there should be one writer at a time, and a second one is an
 * error.
 */
public final class IndexDirectory {
    /** Directory of the lists. */
    public static final String LISTS = "lists";

    private static final String DELETED = "deleted";
    private static final String PREFIX = "segment=";
    private static final String COMPACTED = "_compacted";

    /** Start of the names, in the index's directory, of what earlier versions were writing when they were killed. */
    private static final String WRITING = "writing-";

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
        try {
            configuration = SparkInternals.hadoopConfiguration(spark);
            Path given = new Path(path);
            files = given.getFileSystem(configuration);
            root = files.makeQualified(given);
        } catch (IOException | IllegalArgumentException e) {
            throw new NsvqException("index directory " + path + " cannot be used: " + Reason.of(e), e);
        }
    }

    /** One directory of lists or of deleted ids; {@code part} is the directory that it is in. */
    private record Segment(String part, int number, Path path) {}

    /**
     * The index as it was at one moment.
     *
     * @param files of lists, by segment and list
     * @param tombstones directories of deleted ids, with the number of their segment
     * @param base the segment that took the place of all before it, or 0
     * @param next the number of the next segment
     */
    record Snapshot(List<ListFile> files, List<Tombstones> tombstones, int base, int next) implements Serializable {
        /** Returns the bytes of all files of lists. */
        long bytes() {
            return files.stream().mapToLong(ListFile::length).sum();
        }

        /** Returns the paths of all files of lists. */
        String[] paths() {
            return files.stream().map(ListFile::path).distinct().toArray(String[]::new);
        }

        /** Returns the number of segments that have lists. */
        int segments() {
            return (int) files.stream().mapToInt(ListFile::segment).distinct().count();
        }
    }

    /**
     * Ids that were deleted together.
     *
     * @param segment from which on ids are back
     * @param path of a Parquet directory with a column {@code id}
     */
    record Tombstones(int segment, String path) implements Serializable {}

    /** Returns the path of the index. */
    public String path() {
        return root.toString();
    }

    /** Returns the path of a part of the index. */
    String path(String part) {
        return new Path(root, part).toString();
    }

    /** Returns what is there now. */
    Snapshot snapshot() {
        try {
            int next = nextNumber(); // read first, so that a segment added meanwhile is noticed
            List<Segment> lists = segments(LISTS);
            int base = 0;
            for (Segment segment : lists) {
                if (files.exists(new Path(segment.path(), COMPACTED))) {
                    base = segment.number();
                }
            }
            List<ListFile> found = new ArrayList<>();
            for (Segment segment : lists) {
                if (segment.number() >= base) {
                    found.addAll(ListFile.in(segment.path(), segment.number(), files, configuration));
                }
            }
            List<Tombstones> tombstones = new ArrayList<>();
            for (Segment segment : segments(DELETED)) {
                if (segment.number() > base) {
                    tombstones.add(
                            new Tombstones(segment.number(), segment.path().toString()));
                }
            }
            return new Snapshot(List.copyOf(found), List.copyOf(tombstones), base, next);
        } catch (IOException e) {
            throw new NsvqException("the index in " + root + " cannot be read: " + Reason.of(e), e);
        }
    }

    private List<Segment> segments(String part) throws IOException {
        List<Segment> segments = new ArrayList<>();
        FileStatus[] found;
        try {
            found = files.listStatus(new Path(root, part));
        } catch (FileNotFoundException e) {
            return segments; // nothing was added or deleted yet
        }
        for (FileStatus status : found) {
            String name = status.getPath().getName();
            if (name.startsWith(PREFIX)) {
                try {
                    int number = Integer.parseInt(name.substring(PREFIX.length()));
                    segments.add(new Segment(part, number, status.getPath()));
                } catch (NumberFormatException e) {
                    throw new NsvqException(status.getPath() + " is no segment: its name should end in a number", e);
                }
            }
        }
        segments.sort(Comparator.comparingInt(Segment::number));
        return segments;
    }

    private int nextNumber() throws IOException {
        return segments().stream().mapToInt(Segment::number).max().orElse(-1) + 1;
    }

    private List<Segment> segments() throws IOException {
        List<Segment> segments = segments(LISTS);
        segments.addAll(segments(DELETED));
        return segments;
    }

    /**
     * Adds a segment of lists, whole or not at all.
     *
     * @param before the index as the writer knows it: if it has changed since, nothing is written
     * @param write gets the path to write Parquet to
     */
    void addLists(Snapshot before, Consumer<String> write) {
        add(LISTS, before, write, false);
    }

    /** Adds a segment of deleted ids, in the same way. */
    void addDeleted(Snapshot before, Consumer<String> write) {
        add(DELETED, before, write, false);
    }

    /** Replaces all segments by one, in the same way. */
    void replaceLists(Snapshot before, Consumer<String> write) {
        add(LISTS, before, write, true);
    }

    private void add(String part, Snapshot before, Consumer<String> write, boolean compacted) {
        Path target = new Path(new Path(root, part), PREFIX + before.next());
        String failure = "the index in " + root + " cannot be written";
        try (StagedOutput staged = StagedOutput.begin(files, target, false, failure)) {
            checkUnchanged(before);
            write.accept(staged.path().toString());
            if (compacted) {
                files.create(new Path(staged.path(), COMPACTED)).close();
            }
            checkUnchanged(before);
            commit(staged, before);
            if (compacted) {
                deleteBefore(before.next());
            }
        } catch (IOException e) {
            throw new NsvqException(failure + ": " + Reason.of(e), e);
        }
    }

    private void commit(StagedOutput staged, Snapshot before) throws IOException {
        try {
            staged.commit();
        } catch (NsvqException e) {
            checkUnchanged(before); // another writer was faster: that says more
            throw e;
        }
    }

    private void checkUnchanged(Snapshot before) throws IOException {
        if (nextNumber() != before.next()) {
            String advice = "nothing was written, try again";
            throw new NsvqException("the index in " + root + " was changed by someone else meanwhile: " + advice);
        }
    }

    /** Copies what the index consists of now to another directory, on the executors. */
    public void copyLists(String path, SparkSession spark) {
        List<String> copied = new ArrayList<>();
        int base = snapshot().base();
        try {
            for (Segment segment : segments()) {
                if (segment.number() >= base) {
                    String directory = segment.part() + "/" + segment.path().getName() + "/";
                    for (FileStatus file : files.listStatus(segment.path())) {
                        copied.add(directory + file.getPath().getName());
                    }
                }
            }
        } catch (IOException e) {
            throw new NsvqException("the index in " + root + " cannot be read: " + Reason.of(e), e);
        }
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

    /** Deletes segments that another took the place of, and what writers that were killed left. */
    private void deleteBefore(int number) throws IOException {
        delete(root, name -> name.startsWith(WRITING));
        delete(new Path(root, LISTS), name -> name.startsWith("." + PREFIX));
        delete(new Path(root, DELETED), name -> name.startsWith("." + PREFIX));
        for (Segment segment : segments()) {
            if (segment.number() < number) {
                files.delete(segment.path(), true);
            }
        }
    }

    private void delete(Path directory, Predicate<String> leftover) throws IOException {
        if (files.exists(directory)) {
            for (FileStatus left : files.listStatus(directory, path -> leftover.test(path.getName()))) {
                files.delete(left.getPath(), true);
            }
        }
    }
}
