package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissIvfWriter;
import io.github.sparknsvq.core.faiss.FaissListPieces;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.ml.saving.JoinedFile;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Writes the lists of a bin for FAISS, in a task. Lists that a task may hold become one file. One that has more bytes
 * goes by row after row, its codes to one file and its ids to another: so nobody holds it.
 *
 * @param index on all executors
 * @param reader reads the lists
 * @param blocks whether codes of 4 bits lie in blocks
 * @param probes how many lists FAISS looks at unless it is told otherwise
 * @param mostBytes bytes of lists that a task should hold at most
 * @param starts the first place of each list, which lists hold in place of ids; null where they hold ids
 * @param directory of the files
 * @param configuration of its file system
 */
@SuppressWarnings("ArrayRecordComponent") // travels, is never compared
record FaissBinWriter(
        Broadcast<SerializedValue<SharedIndex>> index,
        ListReader reader,
        boolean blocks,
        int probes,
        long mostBytes,
        long[] starts,
        String directory,
        SerializableConfiguration configuration)
        implements Serializable {
    /** In place of the first place of a list whose ids are written. */
    static final long NO_PLACES = -1;

    /**
     * What a task wrote.
     *
     * @param from the first list of the bin
     * @param sizes of the bin's lists
     * @param files where they are, in order; none of them is empty
     * @param ids where their ids are, if the lists have places instead; else null
     */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    record Part(int from, int[] sizes, List<String> files, String ids) implements Serializable {}

    /** Writes a bin with what its lists hold for the second time, sorted by list, and returns its part serialized. */
    byte[] write(ListReader.Bin bin, Iterator<InternalRow> second) throws IOException {
        // an attempt of its own: a task may run twice
        String name = bin.number() + "-" + TaskContext.get().taskAttemptId();
        IvfQuantizer quantizer = index.value().value().quantizer();
        Iterator<LoadedList> more = grouped(second, quantizer.codeSize());
        boolean large = bin.to() - bin.from() == 1 && bin.bytes() > mostBytes;
        return SparkInternals.serialize(
                large ? streamed(bin, quantizer, more, name) : held(bin, quantizer, more, name));
    }

    /** Gathers codes, rows of {@link ListSchema#coded} sorted by list. */
    private Iterator<LoadedList> grouped(Iterator<InternalRow> rows, int codeSize) {
        return Iterators.map(
                ListGrouper.of(FaissVectorExport.NUMBERED, codeSize, mostBytes).call(rows), row -> {
                    long[] ids = row.getArray(ListSchema.IDS_AT).toLongArray();
                    return new LoadedList(
                            row.getInt(ListSchema.LIST_AT), ids, null, row.getBinary(ListSchema.CODES_AT), null);
                });
    }

    private OutputStream create(Path file) throws IOException {
        return JoinedFile.createPart(file.getFileSystem(configuration.value()), file);
    }

    private Part held(ListReader.Bin bin, IvfQuantizer quantizer, Iterator<LoadedList> second, String name)
            throws IOException {
        HeldLists held = HeldLists.of(bin, reader, quantizer.codeSize());
        int[] own = held.sizes();
        Path ids = new Path(directory, "ids-" + name);
        if (starts != null) {
            try (OutputStream out = create(ids)) {
                for (List<LoadedList> list : held.parts()) {
                    for (LoadedList part : list) {
                        write(part.ids(), out);
                    }
                }
            }
        }
        second.forEachRemaining(held::add);
        int[] sizes = held.sizes();
        int[] all = new int[quantizer.lists()];
        System.arraycopy(sizes, 0, all, bin.from(), sizes.length);
        FaissIvfWriter writer = new FaissIvfWriter(quantizer, blocks, all, probes);
        Path file = new Path(directory, name);
        try (OutputStream out = create(file)) {
            for (int list = bin.from(); list < bin.to(); list++) {
                int at = list - bin.from();
                InvertedLists lists = starts == null ? held : new PlacedLists(held, starts[list], own[at]);
                writer.writeList(lists, list, out);
                held.parts().set(at, null);
            }
        }
        boolean empty = !blocks && Arrays.stream(sizes).allMatch(size -> size == 0);
        List<String> files = empty ? List.of() : List.of(file.toString());
        return new Part(bin.from(), sizes, files, starts == null ? null : ids.toString());
    }

    private Part streamed(ListReader.Bin bin, IvfQuantizer quantizer, Iterator<LoadedList> second, String name)
            throws IOException {
        Path codes = new Path(directory, name + "-codes");
        Path labels = new Path(directory, name + "-labels");
        Path ids = new Path(directory, "ids-" + name);
        FaissListPieces pieces;
        int size;
        try (OutputStream codesOut = create(codes);
                OutputStream labelsOut = create(labels);
                OutputStream idsOut = starts == null ? OutputStream.nullOutputStream() : create(ids)) {
            pieces = new FaissListPieces(quantizer, blocks, codesOut, labelsOut);
            long place = starts == null ? NO_PLACES : starts[bin.from()];
            add(reader.lists(bin, false), second, pieces, idsOut, place);
            size = pieces.end();
        }
        List<Path> idFiles = files(name + "-before-labels", pieces.beforeIds(), labels, size);
        List<Path> codeFiles = files(name + "-before-codes", pieces.beforeCodes(), codes, size);
        List<Path> files = new ArrayList<>(pieces.idsFirst() ? idFiles : codeFiles);
        files.addAll(pieces.idsFirst() ? codeFiles : idFiles);
        return new Part(
                bin.from(),
                new int[] {size},
                files.stream().map(Path::toString).toList(),
                starts == null ? null : ids.toString());
    }

    /** Writes what stands before a file to another; returns those of the two that have anything. */
    private List<Path> files(String name, byte[] before, Path file, int size) throws IOException {
        List<Path> files = new ArrayList<>();
        if (before.length > 0) {
            Path first = new Path(directory, name);
            try (OutputStream out = create(first)) {
                out.write(before);
            }
            files.add(first);
        }
        if (size > 0) {
            files.add(file);
        }
        return files;
    }

    /**
     * Adds a list's rows, each when it is asked for, and what the list holds for the second time.
     *
     * @param out receives the ids of vectors that have places
     * @param place the first place of the list; {@link #NO_PLACES} where lists hold ids
     */
    static void add(
            Iterator<LoadedList> own, Iterator<LoadedList> more, FaissListPieces pieces, OutputStream out, long place)
            throws IOException {
        long next = place;
        while (own.hasNext()) {
            LoadedList row = own.next();
            long[] labels = row.ids();
            if (place != NO_PLACES) {
                write(labels, out);
                labels = LongStream.range(next, next + labels.length).toArray();
                next += labels.length;
            }
            pieces.add(row.codes(), labels);
        }
        while (more.hasNext()) {
            LoadedList row = more.next();
            pieces.add(row.codes(), row.ids());
        }
    }

    private static void write(long[] ids, OutputStream out) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(ids.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(ids);
        out.write(bytes.array());
    }

    /**
     * Lists with places in place of their ids, of which one is read.
     *
     * @param held holds the list
     * @param start its first place
     * @param own how many have places that follow each other; the others have theirs in place of an id already
     */
    private record PlacedLists(HeldLists held, long start, int own) implements InvertedLists {
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
    private record HeldLists(int from, List<List<LoadedList>> parts, ListFormat format) implements InvertedLists {
        /** Reads the lists of a bin. */
        static HeldLists of(ListReader.Bin bin, ListReader reader, int codeSize) {
            List<List<LoadedList>> lists = new ArrayList<>();
            IntStream.range(bin.from(), bin.to()).forEach(list -> lists.add(new ArrayList<>(1)));
            HeldLists held = new HeldLists(bin.from(), lists, new PlainFormat(codeSize));
            reader.lists(bin, false).forEachRemaining(held::add);
            return held;
        }

        /** Adds a part behind those of its list. */
        void add(LoadedList part) {
            parts.get(part.list() - from).add(part);
        }

        int[] sizes() {
            return IntStream.range(from, lists()).map(this::size).toArray();
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
