package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissIvfWriter;
import io.github.sparknsvq.core.faiss.FaissRefineWriter;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.SpilledLists;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.ml.saving.JoinedFile;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.SpecificInternalRow;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Writes an index as one file that FAISS opens, with the vectors that rank again what codes find if they are asked
 * for. The executors write the lists, a file for each bin, or several of a list that is more than a task should hold;
 * the driver writes the header, which needs no more than the sizes of the lists, and has the files put one after the
 * other: by the file system where it can do that, as a stream elsewhere. No JVM holds more than a bin.
 *
 * @param stored the index
 * @param probes how many lists FAISS looks at unless it is told otherwise
 * @param blocks whether codes of 4 bits are written for FAISS's fast scan
 * @param ranked the vectors that candidates are ranked by, written too; null for none
 */
public record FaissIndexExport(StoredIndex stored, int probes, boolean blocks, Ranked ranked) {
    /**
     * Vectors to rank by.
     *
     * @param vectors the vectors of the index under its ids
     * @param bytes whether they are rounded to 8 bits a value, rather than float32
     * @param factor candidates for each neighbor unless a search says how many
     * @param spilled whether each vector is put into a second list, too, for searches by spark-nsvq
     */
    public record Ranked(BatchSearch.RawVectors vectors, boolean bytes, float factor, boolean spilled) {}

    /**
     * Prepares an export.
     *
     * @throws NsvqException if the index's ids are strings
     */
    public FaissIndexExport {
        if (stored.schema().named()) {
            IndexDirectory directory = stored.directory();
            String columns = ListSchema.IDS + " and " + ListSchema.NAMES;
            throw new NsvqException("the ids of the index in " + directory.path()
                    + " are strings, and FAISS knows numbers only: build the index with ids that are numbers"
                    + " (those that stand for the strings are in columns " + columns + " of the Parquet files in "
                    + directory.path(IndexDirectory.LISTS) + ")");
        }
        probes = Math.min(probes, stored.index().lists());
    }

    /**
     * Writes the file.
     *
     * @param path of the file, which is not there yet
     * @throws NsvqException if FAISS has no index for this one, or vectors to rank by are not those of the index
     */
    public void write(String path) {
        IvfQuantizer quantizer = stored.index().quantizer();
        new FaissIvfWriter(quantizer, blocks, new int[quantizer.lists()], probes); // refuses before any work
        if (ranked != null && ranked.spilled()) {
            SpilledLists.check(quantizer);
        }
        if (ranked != null) {
            new FaissVectorExport(stored, ranked.vectors()).check();
        }
        Path target = new Path(path);
        Path parts = JoinedFile.parts(target);
        Configuration configuration = SparkInternals.hadoopConfiguration(stored.spark());
        try {
            FileSystem files = target.getFileSystem(configuration);
            try {
                files.mkdirs(parts);
                if (ranked == null) {
                    List<FaissBinWriter.Part> written = written(lists(), parts, configuration, null, null);
                    FaissIvfWriter writer = new FaissIvfWriter(quantizer, blocks, sizes(written), probes);
                    JoinedFile.join(files, target, writer::writeHeader, lists(written));
                } else {
                    writeRanked(files, target, parts, configuration);
                }
            } finally {
                files.delete(parts, true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes the lists with places, which follow each other from list to list, then the vectors in their order. The
     * driver holds 8 bytes for each list, the first place there, and sends them with each job.
     */
    private void writeRanked(FileSystem files, Path target, Path parts, Configuration configuration)
            throws IOException {
        FaissVectorExport export = new FaissVectorExport(stored, ranked.vectors());
        ScalarQuantizer scalar = ranked.bytes() ? export.bytes() : null;
        Lists all = lists();
        ListReader reader = all.reader();
        IvfQuantizer quantizer = stored.index().quantizer();
        long[] starts = new long[stored.index().lists() + 1];
        for (long[] counted : Jobs.collect(stored.bins(all.bins()).map(bin -> counts(bin, reader)))) {
            System.arraycopy(counted, 1, starts, (int) counted[0] + 1, counted.length - 1);
        }
        Arrays.parallelPrefix(starts, Long::sum);
        JavaRDD<InternalRow> places = stored.bins(all.bins()).flatMap(bin -> {
            long[] next = Arrays.copyOfRange(starts, bin.from(), bin.to());
            return places(bin.from(), next, reader.lists(bin, false));
        });
        List<Path> vectors = export.write(
                places, starts[starts.length - 1], scalar, parts, new SerializableConfiguration(configuration));
        boolean spills = ranked.spilled() && starts[starts.length - 1] > 0; // Spark gives nothing no partitions
        JavaRDD<InternalRow> second = spills ? export.second(places, starts, all.bins()) : null;
        List<FaissBinWriter.Part> written = written(all, parts, configuration, starts, second);
        FaissRefineWriter writer = new FaissRefineWriter(
                quantizer, blocks, sizes(written), probes, scalar, ranked.factor(), starts[starts.length - 1]);
        List<Path> following = new ArrayList<>(lists(written));
        following.add(JoinedFile.write(files, new Path(parts, "before-vectors"), writer::writeVectorsHeader));
        following.addAll(vectors);
        following.add(JoinedFile.write(files, new Path(parts, "behind-vectors"), writer::writeTrailer));
        written.stream()
                .filter(part -> starts[part.from() + part.sizes().length] > starts[part.from()])
                .forEach(part -> following.add(new Path(part.ids())));
        JoinedFile.join(files, target, writer::writeHeader, following);
    }

    /** The first list of a bin, and the sizes of its lists. */
    private static long[] counts(ListReader.Bin bin, ListReader reader) {
        long[] counts = new long[1 + bin.to() - bin.from()];
        counts[0] = bin.from();
        reader.lists(bin, false).forEachRemaining(row -> counts[1 + row.list() - bin.from()] += row.ids().length);
        return counts;
    }

    /**
     * Returns ids with their places, made when they are asked for: a task holds those of a row of a list.
     *
     * @param from the first list of the bin
     * @param next the first place of each list of the bin; becomes the place behind its last
     * @param rows of the bin's lists, those of a list in the order of their places
     * @return rows of {@link FaissVectorExport#PLACES}; each is reused for the next one
     */
    static Iterator<InternalRow> places(int from, long[] next, Iterator<LoadedList> rows) {
        SpecificInternalRow place = new SpecificInternalRow(FaissVectorExport.PLACES);
        return Iterators.flatten(Iterators.map(rows, row -> {
            long[] ids = row.ids();
            long first = next[row.list() - from];
            next[row.list() - from] += ids.length;
            int[] at = {0};
            return Iterators.<InternalRow>untilNull(() -> {
                if (at[0] == ids.length) {
                    return null;
                }
                place.setLong(0, ids[at[0]]);
                place.setLong(1, first + at[0]++);
                return place;
            });
        }));
    }

    /** The lists as they are now, and the bytes of them that a task should hold at most. */
    private record Lists(Bins bins, ListReader reader, long most) {}

    private Lists lists() {
        IndexDirectory.Snapshot snapshot = stored.directory().snapshot();
        long room = Bins.most(stored.spark());
        // lists will hold twice as much where each vector is put into two
        long most = ranked != null && ranked.spilled() ? Math.max(1, room / 2) : room;
        Bins bins = Bins.whole(snapshot.files(), stored.index().lists(), most);
        return new Lists(bins, stored.reader(snapshot, null, null), most);
    }

    /**
     * Writes lists.
     *
     * @param starts the first place of each list; null where lists hold ids
     * @param second codes of vectors that are in lists for the second time, by bin; null for none
     */
    private List<FaissBinWriter.Part> written(
            Lists all, Path parts, Configuration configuration, long[] starts, JavaRDD<InternalRow> second) {
        FaissBinWriter writer = new FaissBinWriter(
                stored.broadcast(),
                all.reader(),
                blocks,
                probes,
                all.most(),
                starts,
                parts.toString(),
                new SerializableConfiguration(configuration));
        List<FaissBinWriter.Part> written = new ArrayList<>();
        JavaRDD<ListReader.Bin> bins = stored.bins(all.bins());
        JavaRDD<byte[]> done = second == null
                ? bins.map(bin -> writer.write(bin, Collections.emptyIterator()))
                : bins.zipPartitions(
                        second,
                        (bin, rows) -> List.of(writer.write(bin.next(), rows)).iterator());
        for (byte[] part : Jobs.collect(done)) {
            written.add(SparkInternals.deserialize(part));
        }
        written.sort(Comparator.comparingInt(FaissBinWriter.Part::from));
        return written;
    }

    private static int[] sizes(List<FaissBinWriter.Part> parts) {
        return parts.stream().flatMapToInt(part -> Arrays.stream(part.sizes())).toArray();
    }

    private static List<Path> lists(List<FaissBinWriter.Part> parts) {
        return parts.stream()
                .flatMap(part -> part.files().stream())
                .map(Path::new)
                .toList();
    }
}
