package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissIvfWriter;
import io.github.sparknsvq.core.faiss.FaissRefineWriter;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.index.SpilledLists;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.ml.saving.JoinedFile;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Writes an index as one file that FAISS opens, with the vectors that rank again what codes find if they are asked
 * for. The executors write the lists, a file for each bin; the driver
 * writes the header, which needs no more than the sizes of the lists, and has the files put one after the other: by
 * the file system where it can do that, as a stream elsewhere. No JVM holds more than a bin.
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
     * What a task wrote.
     *
     * @param from the first list of the bin
     * @param sizes of the bin's lists
     * @param file where they are
     * @param ids where their ids are, if the lists have places instead; else null
     */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Part(int from, int[] sizes, String file, String ids) implements Serializable {}

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
                    List<Part> written = written(lists(), parts, configuration, null, null);
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

    /** Writes the lists with places, which follow each other from list to list, then the vectors in their order. */
    private void writeRanked(FileSystem files, Path target, Path parts, Configuration configuration)
            throws IOException {
        FaissVectorExport export = new FaissVectorExport(stored, ranked.vectors());
        ScalarQuantizer scalar = ranked.bytes() ? export.bytes() : null;
        Lists all = lists();
        ListReader reader = all.reader();
        IvfQuantizer quantizer = stored.index().quantizer();
        int codeSize = quantizer.codeSize();
        long[] starts = new long[stored.index().lists() + 1];
        for (long[] counted : stored.bins(all.bins())
                .map(bin -> counts(bin, reader, codeSize))
                .collect()) {
            System.arraycopy(counted, 1, starts, (int) counted[0] + 1, counted.length - 1);
        }
        Arrays.parallelPrefix(starts, Long::sum);
        JavaRDD<InternalRow> places = stored.bins(all.bins())
                .flatMap(bin -> places(bin, reader, codeSize, starts).iterator());
        List<Path> vectors = export.write(
                places, starts[starts.length - 1], scalar, parts, new SerializableConfiguration(configuration));
        boolean spills = ranked.spilled() && starts[starts.length - 1] > 0; // Spark gives nothing no partitions
        JavaRDD<InternalRow> second = spills ? export.second(places, starts, all.bins()) : null;
        List<Part> written = written(all, parts, configuration, starts, second);
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
    private static long[] counts(ListReader.Bin bin, ListReader reader, int codeSize) {
        BinLists held = BinLists.of(bin, reader, codeSize);
        long[] counts = new long[1 + bin.to() - bin.from()];
        counts[0] = bin.from();
        for (int list = bin.from(); list < bin.to(); list++) {
            counts[1 + list - bin.from()] = held.size(list);
        }
        return counts;
    }

    /** The ids of a bin with their places. */
    private static List<InternalRow> places(ListReader.Bin bin, ListReader reader, int codeSize, long[] starts) {
        BinLists held = BinLists.of(bin, reader, codeSize);
        List<InternalRow> places = new ArrayList<>();
        for (int list = bin.from(); list < bin.to(); list++) {
            long[] ids = new long[held.size(list)];
            held.ids(list, 0, ids.length, ids);
            for (int i = 0; i < ids.length; i++) {
                places.add(new GenericInternalRow(new Object[] {ids[i], starts[list] + i}));
            }
        }
        return places;
    }

    /** The lists as they are now. */
    private record Lists(Bins bins, ListReader reader) {}

    private Lists lists() {
        IndexDirectory.Snapshot snapshot = stored.directory().snapshot();
        Bins bins = Bins.whole(snapshot.files(), stored.index().lists(), Bins.most(stored.spark()));
        return new Lists(bins, stored.reader(snapshot, null, null));
    }

    /**
     * Writes lists.
     *
     * @param starts the first place of each list; null where lists hold ids
     * @param second codes of vectors that are in lists for the second time, by bin; null for none
     */
    private List<Part> written(
            Lists all, Path parts, Configuration configuration, long[] starts, JavaRDD<InternalRow> second) {
        BinWriter writer = new BinWriter(
                stored.broadcast(),
                all.reader(),
                blocks,
                probes,
                starts,
                parts.toString(),
                new SerializableConfiguration(configuration));
        List<Part> written = new ArrayList<>();
        JavaRDD<ListReader.Bin> bins = stored.bins(all.bins());
        JavaRDD<byte[]> done = second == null
                ? bins.map(bin -> writer.write(bin, Collections.emptyIterator()))
                : bins.zipPartitions(
                        second,
                        (bin, rows) -> List.of(writer.write(bin.next(), rows)).iterator());
        for (byte[] part : done.collect()) {
            written.add(SparkInternals.deserialize(part));
        }
        written.sort(Comparator.comparingInt(Part::from));
        return written;
    }

    private static int[] sizes(List<Part> parts) {
        return parts.stream().flatMapToInt(part -> Arrays.stream(part.sizes())).toArray();
    }

    private List<Path> lists(List<Part> parts) {
        return parts.stream()
                .filter(part -> Arrays.stream(part.sizes()).anyMatch(size -> size > 0) || blocks)
                .map(part -> new Path(part.file()))
                .toList();
    }

    /** Writes the lists of a bin to a file. */
    private record BinWriter(
            Broadcast<SerializedValue<SharedIndex>> index,
            ListReader reader,
            boolean blocks,
            int probes,
            long[] starts,
            String directory,
            SerializableConfiguration configuration)
            implements Serializable {

        /** Writes a bin with what its lists hold for the second time, sorted by list. */
        byte[] write(ListReader.Bin bin, Iterator<InternalRow> second) throws IOException {
            IvfQuantizer quantizer = index.value().value().quantizer();
            BinLists held = BinLists.of(bin, reader, quantizer.codeSize());
            int[] own = new int[quantizer.lists()];
            int[] sizes = new int[quantizer.lists()];
            for (int list = bin.from(); list < bin.to(); list++) {
                own[list] = held.size(list);
            }
            // an attempt of its own: a task may run twice
            Path file =
                    new Path(directory, bin.number() + "-" + TaskContext.get().taskAttemptId());
            FileSystem files = file.getFileSystem(configuration.value());
            Path ids = starts == null ? null : new Path(file.getParent(), "ids-" + file.getName());
            if (ids != null) {
                writeIds(held, bin, files, ids);
            }
            held.add(second, quantizer.codeSize());
            for (int list = bin.from(); list < bin.to(); list++) {
                sizes[list] = held.size(list);
            }
            FaissIvfWriter writer = new FaissIvfWriter(quantizer, blocks, sizes, probes);
            try (OutputStream out = new BufferedOutputStream(files.create(file, true), JoinedFile.COPY_BYTES)) {
                for (int list = bin.from(); list < bin.to(); list++) {
                    writer.writeList(starts == null ? held : new Placed(held, starts[list], own[list]), list, out);
                    held.parts().set(list - bin.from(), null);
                }
            }
            int[] written = Arrays.copyOfRange(sizes, bin.from(), bin.to());
            return SparkInternals.serialize(
                    new Part(bin.from(), written, file.toString(), ids == null ? null : ids.toString()));
        }

        private static void writeIds(BinLists held, ListReader.Bin bin, FileSystem files, Path file)
                throws IOException {
            try (OutputStream out = new BufferedOutputStream(files.create(file, true), JoinedFile.COPY_BYTES)) {
                for (int list = bin.from(); list < bin.to(); list++) {
                    long[] ids = new long[held.size(list)];
                    held.ids(list, 0, ids.length, ids);
                    ByteBuffer bytes =
                            ByteBuffer.allocate(ids.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                    bytes.asLongBuffer().put(ids);
                    out.write(bytes.array());
                }
            }
        }
    }

    /**
     * A list with places in place of its ids.
     *
     * @param held holds the list
     * @param start its first place
     * @param own how many have places that follow each other; the others have theirs in place of an id already
     */
    private record Placed(BinLists held, long start, int own) implements InvertedLists {
        @Override
        public int lists() {
            return held.lists();
        }

        @Override
        public int size(int list) {
            return held.size(list);
        }

        @Override
        public ListFormat format() {
            return held.format();
        }

        @Override
        public void codes(int list, int first, int count, byte[] codes) {
            held.codes(list, first, count, codes);
        }

        @Override
        public void ids(int list, int first, int count, long[] ids) {
            if (first + count > own) {
                held.ids(list, first, count, ids);
            }
            for (int i = 0; i < count && first + i < own; i++) {
                ids[i] = start + first + i;
            }
        }

        @Override
        public void close() {
            held.close();
        }
    }

    /**
     * The lists of a bin, each as the parts it came in.
     *
     * @param from the first list
     * @param parts of each list
     * @param format of the codes
     */
    private record BinLists(int from, List<List<LoadedList>> parts, ListFormat format) implements InvertedLists {
        /** Reads the lists of a bin. */
        static BinLists of(ListReader.Bin bin, ListReader reader, int codeSize) {
            List<List<LoadedList>> lists = new ArrayList<>();
            IntStream.range(bin.from(), bin.to()).forEach(list -> lists.add(new ArrayList<>(1)));
            reader.lists(bin, false)
                    .forEachRemaining(
                            list -> lists.get(list.list() - bin.from()).add(list));
            return new BinLists(bin.from(), lists, new PlainFormat(codeSize));
        }

        /** Adds codes, rows of {@link ListSchema#coded} sorted by list, behind those of their lists. */
        void add(Iterator<InternalRow> rows, int codeSize) {
            ListGrouper grouper = ListGrouper.of(FaissVectorExport.NUMBERED, codeSize, Integer.MAX_VALUE);
            grouper.call(rows).forEachRemaining(row -> {
                int list = row.getInt(ListSchema.LIST_AT);
                long[] ids = row.getArray(ListSchema.IDS_AT).toLongArray();
                parts.get(list - from).add(new LoadedList(list, ids, null, row.getBinary(ListSchema.CODES_AT), null));
            });
        }

        /** Copies {@code count} entries of a part from {@code at} to position {@code to}. */
        private interface Copy {
            void copy(LoadedList part, int at, int count, int to);
        }

        @Override
        public int lists() {
            return from + parts.size();
        }

        @Override
        public int size(int list) {
            long size = parts.get(list - from).stream()
                    .mapToLong(part -> part.ids().length)
                    .sum();
            if (size > Integer.MAX_VALUE) {
                String most = Integer.MAX_VALUE + " that are written of a list";
                throw new NsvqException("list " + list + " has " + size + " vectors, more than the " + most
                        + ": build the index with more lists");
            }
            return (int) size;
        }

        @Override
        public void codes(int list, int first, int count, byte[] codes) {
            int size = (int) format.bytes(1);
            copy(
                    list,
                    first,
                    count,
                    (part, at, n, to) -> System.arraycopy(part.codes(), at * size, codes, to * size, n * size));
        }

        @Override
        public void ids(int list, int first, int count, long[] ids) {
            copy(list, first, count, (part, at, n, to) -> System.arraycopy(part.ids(), at, ids, to, n));
        }

        private void copy(int list, int first, int count, Copy copy) {
            long start = 0;
            int done = 0;
            for (LoadedList part : parts.get(list - from)) {
                long at = (long) first + done - start;
                if (done < count && at < part.ids().length) {
                    int n = (int) Math.min(count - done, part.ids().length - at);
                    copy.copy(part, (int) at, n, done);
                    done += n;
                }
                start += part.ids().length;
            }
            Objects.checkFromIndexSize(0, count, done);
        }

        @Override
        public void close() {
            // nothing but arrays
        }
    }
}
