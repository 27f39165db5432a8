package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissIvfWriter;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.IOUtils;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Writes an index as one file that FAISS opens. The executors write the lists, a file for each bin; the driver
 * writes the header, which needs no more than the sizes of the lists, and has the files put one after the other: by
 * the file system where it can do that, as a stream elsewhere. No JVM holds more than a bin.
 *
 * @param stored the index
 * @param probes how many lists FAISS looks at unless it is told otherwise
 * @param blocks whether codes of 4 bits are written for FAISS's fast scan
 */
public record FaissIndexExport(StoredIndex stored, int probes, boolean blocks) {
    private static final int COPY_BYTES = 1 << 20;

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
     */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record Part(int from, int[] sizes, String file) implements Serializable {}

    /**
     * Writes the file.
     *
     * @param path of the file, which is not there yet
     * @throws NsvqException if FAISS has no index for this one
     */
    public void write(String path) {
        IvfQuantizer quantizer = stored.index().quantizer();
        new FaissIvfWriter(quantizer, blocks, new int[quantizer.lists()], probes); // refuses before any work
        Path target = new Path(path);
        Path parts = new Path(target.getParent(), "." + target.getName() + ".parts");
        Configuration configuration = SparkInternals.hadoopConfiguration(stored.spark());
        try {
            FileSystem files = target.getFileSystem(configuration);
            try {
                files.mkdirs(parts);
                join(files, target, written(parts, configuration), quantizer);
            } finally {
                files.delete(parts, true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Part> written(Path parts, Configuration configuration) {
        IndexDirectory.Snapshot snapshot = stored.directory().snapshot();
        Bins bins = Bins.whole(snapshot.files(), stored.index().lists(), Bins.most(stored.spark()));
        ListReader reader = stored.reader(snapshot, null, null);
        BinWriter writer = new BinWriter(
                stored.broadcast(),
                reader,
                blocks,
                probes,
                parts.toString(),
                new SerializableConfiguration(configuration));
        List<Part> written = new ArrayList<>();
        for (byte[] part : stored.bins(bins).map(writer).collect()) {
            written.add(SparkInternals.deserialize(part));
        }
        written.sort(Comparator.comparingInt(Part::from));
        return written;
    }

    private void join(FileSystem files, Path target, List<Part> parts, IvfQuantizer quantizer) throws IOException {
        int[] sizes =
                parts.stream().flatMapToInt(part -> Arrays.stream(part.sizes())).toArray();
        FaissIvfWriter writer = new FaissIvfWriter(quantizer, blocks, sizes, probes);
        write(files, target, writer);
        Path[] following = parts.stream()
                .filter(part -> Arrays.stream(part.sizes()).anyMatch(size -> size > 0) || blocks)
                .map(part -> new Path(part.file()))
                .toArray(Path[]::new);
        if (following.length == 0) {
            return; // an index without vectors: HDFS refuses to join nothing
        }
        try {
            files.concat(target, following);
        } catch (UnsupportedOperationException | IOException e) { // some file systems join no files, or not these
            files.delete(target, false);
            write(files, target, writer, following);
        }
    }

    /** Writes the header, and copies files behind it. */
    private static void write(FileSystem files, Path target, FaissIvfWriter writer, Path... following)
            throws IOException {
        try (OutputStream out = new BufferedOutputStream(files.create(target, false), COPY_BYTES)) {
            writer.writeHeader(out);
            for (Path part : following) {
                try (InputStream in = files.open(part)) {
                    IOUtils.copyBytes(in, out, COPY_BYTES, false);
                }
            }
        }
    }

    /** Writes the lists of a bin to a file. */
    private record BinWriter(
            Broadcast<SerializedValue<SharedIndex>> index,
            ListReader reader,
            boolean blocks,
            int probes,
            String directory,
            SerializableConfiguration configuration)
            implements Function<ListReader.Bin, byte[]> {

        @Override
        public byte[] call(ListReader.Bin bin) throws IOException {
            List<List<LoadedList>> lists = new ArrayList<>();
            IntStream.range(bin.from(), bin.to()).forEach(list -> lists.add(new ArrayList<>(1)));
            reader.lists(bin, false)
                    .forEachRemaining(
                            list -> lists.get(list.list() - bin.from()).add(list));
            IvfQuantizer quantizer = index.value().value().quantizer();
            BinLists held = new BinLists(bin.from(), lists, new PlainFormat(quantizer.codeSize()));
            int[] sizes = new int[quantizer.lists()];
            for (int list = bin.from(); list < bin.to(); list++) {
                sizes[list] = held.size(list);
            }
            // an attempt of its own: a task may run twice
            Path file =
                    new Path(directory, bin.number() + "-" + TaskContext.get().taskAttemptId());
            FaissIvfWriter writer = new FaissIvfWriter(quantizer, blocks, sizes, probes);
            FileSystem files = file.getFileSystem(configuration.value());
            try (OutputStream out = new BufferedOutputStream(files.create(file, true), COPY_BYTES)) {
                for (int list = bin.from(); list < bin.to(); list++) {
                    writer.writeList(held, list, out);
                    lists.set(list - bin.from(), null);
                }
            }
            return SparkInternals.serialize(
                    new Part(bin.from(), Arrays.copyOfRange(sizes, bin.from(), bin.to()), file.toString()));
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
