package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The files of a directory, compared with what a manifest says of them. Names that start with a dot or an underscore
 * do not count: they are Hadoop's checksums, marks of success and what was being written, and Spark reads none. Only
 * those in {@value #DELETED} count, and Spark does not read them as lists either.
 */
public final class SavedFiles {
    /** Directory, in a segment of an index's lists, of ids that the same commit deletes. */
    public static final String DELETED = "_deleted";

    /** Bytes of files up to which the driver reads them by itself: a job takes longer. */
    private static final long DRIVERS_BYTES = 4L << 20;

    /** Tasks that files are read by, at most. */
    private static final int MOST_TASKS = 1000;

    private SavedFiles() {}

    /** Whether a file or directory of some name counts. */
    public static boolean counts(String name) {
        return name.equals(DELETED) || (!name.startsWith(".") && !name.startsWith("_"));
    }

    /**
     * Lists the files below a directory that count.
     *
     * @param root what names are relative to
     * @param part a directory in it, which need not be there
     * @return the files by their names, sorted
     */
    public static Map<String, FileStatus> list(FileSystem files, Path root, String part) throws IOException {
        Map<String, FileStatus> found = new LinkedHashMap<>();
        add(files, new Path(root, part), part + "/", found);
        return found;
    }

    /** Lists the files in a directory, and below it, that count; names are relative to it. */
    public static Map<String, FileStatus> list(FileSystem files, Path directory) throws IOException {
        Map<String, FileStatus> found = new LinkedHashMap<>();
        add(files, directory, "", found);
        return found;
    }

    private static void add(FileSystem files, Path directory, String prefix, Map<String, FileStatus> found)
            throws IOException {
        FileStatus[] entries;
        try {
            entries = files.listStatus(directory);
        } catch (FileNotFoundException e) {
            return;
        }
        Arrays.sort(entries);
        for (FileStatus entry : entries) {
            String name = entry.getPath().getName();
            if (counts(name) && entry.isDirectory()) {
                add(files, entry.getPath(), prefix + name + "/", found);
            } else if (counts(name)) {
                found.put(prefix + name, entry);
            }
        }
    }

    /**
     * Reads files and says what they are: on the executors, or on the driver if they are small.
     *
     * @param root what names are relative to
     * @param found files by their names
     * @param column a column of Parquet files whose values are ids, as Parquet names it; null for none
     */
    public static List<SavedFile> measure(Path root, Map<String, FileStatus> found, String column, SparkSession spark)
            throws IOException {
        List<SavedFile> measured = new ArrayList<>();
        long bytes = found.values().stream().mapToLong(FileStatus::getLen).sum();
        Configuration configuration = SparkInternals.hadoopConfiguration(spark);
        if (bytes <= DRIVERS_BYTES) {
            for (String name : found.keySet()) {
                measured.add(SavedFile.measure(root, name, column, configuration));
            }
            return measured;
        }
        SerializableConfiguration settings = new SerializableConfiguration(configuration);
        String directory = root.toString();
        List<String> names = List.copyOf(found.keySet());
        // as bytes: spark.serializer may be Kryo, which knows no records
        for (byte[] one : Jobs.collect(SparkInternals.context(spark)
                .parallelize(names, names.size())
                .map(name -> SparkInternals.serialize(
                        SavedFile.measure(new Path(directory), name, column, settings.value()))))) {
            measured.add(SparkInternals.deserialize(one));
        }
        return measured;
    }

    /**
     * Compares which files are there, and how long they are, with what was written.
     *
     * @param directory of the files
     * @param written what the manifest says
     * @param found what is there
     * @throws NsvqException if one is missing, additional, longer or shorter
     */
    public static void checkLengths(Path directory, List<SavedFile> written, Map<String, FileStatus> found) {
        Map<String, FileStatus> more = new LinkedHashMap<>(found);
        for (SavedFile file : written) {
            checkLength(directory, file, more.remove(file.name()));
        }
        more.values().forEach(SavedFiles::refuse);
    }

    private static void checkLength(Path directory, SavedFile written, FileStatus found) {
        NsvqException.unless(found != null, new Path(directory, written.name()) + " is missing: its manifest has it");
        written.checkLength(found);
    }

    private static void refuse(FileStatus additional) {
        throw new NsvqException(additional.getPath() + " does not belong there: the manifest has no such file");
    }

    /**
     * Refuses what is in a directory, which need not be there, and does not belong there.
     *
     * @param belongs by its name; what does not count may be there, too
     * @throws NsvqException if there is anything else
     */
    public static void refuseOthers(FileSystem files, Path directory, Predicate<String> belongs) throws IOException {
        FileStatus[] entries;
        try {
            entries = files.listStatus(directory);
        } catch (FileNotFoundException e) {
            return;
        }
        for (FileStatus entry : entries) {
            String name = entry.getPath().getName();
            NsvqException.unless(
                    !counts(name) || belongs.test(name),
                    entry.getPath() + " does not belong there: nothing of spark-nsvq has such a name");
        }
    }

    /**
     * Reads all files, on the executors, and compares them with what was written.
     *
     * @param root of the files
     * @param written what the manifest says
     * @param found what is there
     * @param damage takes what differs
     */
    public static void verify(
            Path root, List<SavedFile> written, Map<String, FileStatus> found, Damage damage, SparkSession spark) {
        Map<String, FileStatus> more = new LinkedHashMap<>(found);
        List<byte[]> whole = new ArrayList<>();
        for (SavedFile file : written) {
            FileStatus there = more.remove(file.name());
            damage.collect(() -> checkLength(root, file, there));
            if (there != null && there.getLen() == file.length()) {
                whole.add(SparkInternals.serialize(file)); // as bytes: Kryo knows no records
            }
        }
        more.values().forEach(additional -> damage.collect(() -> refuse(additional)));
        if (whole.isEmpty()) {
            return;
        }
        SerializableConfiguration settings = new SerializableConfiguration(SparkInternals.hadoopConfiguration(spark));
        String place = root.toString();
        Jobs.collect(SparkInternals.context(spark)
                        .parallelize(whole, Math.min(whole.size(), MOST_TASKS))
                        .map(file -> difference(place, SparkInternals.deserialize(file), settings.value())))
                .stream()
                .filter(difference -> !difference.isEmpty())
                .forEach(damage::add);
    }

    /** Returns how a file differs from what was written; an empty text if it does not. */
    private static String difference(String root, SavedFile written, Configuration configuration) throws IOException {
        Path path = new Path(root, written.name());
        try {
            written.checkContent(path.getFileSystem(configuration), path);
            return "";
        } catch (NsvqException e) {
            return e.getMessage();
        }
    }
}
