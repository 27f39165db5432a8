package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.ListScanner;
import io.github.sparknsvq.core.index.NearestLabels;
import io.github.sparknsvq.ml.index.ListReader.Bin;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.FlatMapFunction2;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/**
 * Searches the lists of a bin for the queries that look at them: the lists are read once and held, the queries
 * stream by. Gives blocks of results with the number of the partition that the queries came from.
 *
 * @param index on all executors
 * @param reader reads the lists
 * @param wanted neighbors of each query at most
 */
record BinSearch(Broadcast<SerializedValue<SharedIndex>> index, ListReader reader, int wanted)
        implements FlatMapFunction2<Iterator<Bin>, Iterator<Tuple2<Integer, byte[]>>, Tuple2<Long, byte[]>> {
    @Override
    public Iterator<Tuple2<Long, byte[]>> call(Iterator<Bin> bins, Iterator<Tuple2<Integer, byte[]>> queries) {
        if (!queries.hasNext()) {
            return Collections.emptyIterator(); // nothing need be read
        }
        Lists lists = new Lists(bins.next(), index.value().value());
        return Iterators.map(queries, query -> {
            QueryBlock block = SparkInternals.deserialize(query._2());
            return new Tuple2<>(block.home(), SparkInternals.serialize(lists.search(block)));
        });
    }

    /** The lists of a bin, held for scanning. */
    private final class Lists {
        private final int from;
        private final List<List<Part>> parts;
        private final List<LoadedList> rows = new ArrayList<>();
        private final ListScanner scanner;
        private final int k;
        private final NearestLabels nearest;
        private final float[] distances;
        private final long[] labels;

        /** What one segment has of a list, in the scanner's format, at a place in {@link #rows}. */
        @SuppressWarnings("ArrayRecordComponent") // is never compared
        private record Part(byte[] codes, int count, int row) {}

        Lists(Bin bin, SharedIndex shared) {
            this.from = bin.from();
            this.parts = new ArrayList<>();
            for (int list = bin.from(); list < bin.to(); list++) {
                parts.add(new ArrayList<>(1));
            }
            ListFormat format = shared.format();
            reader.lists(bin, false).forEachRemaining(list -> {
                int count = list.ids().length;
                byte[] codes = new byte[Math.toIntExact(format.bytes(count))];
                format.pack(list.codes(), 0, count, codes, 0);
                parts.get(list.list() - from).add(new Part(codes, count, rows.size()));
                rows.add(new LoadedList(list.list(), list.ids(), list.names(), null, null));
            });
            this.scanner = shared.scanning().get();
            long held = rows.stream().mapToLong(row -> row.ids().length).sum();
            this.k = (int) Math.max(1, Math.min(wanted, held)); // k may be far more than there are vectors
            this.nearest = new NearestLabels(k, this::id);
            this.distances = new float[k];
            this.labels = new long[k];
        }

        FoundBlock search(QueryBlock block) {
            int queries = block.keys().length;
            int dimension = queries == 0 ? 0 : block.vectors().length / queries;
            int[] starts = new int[queries + 1];
            long[] ids = new long[queries * k];
            float[] all = new float[queries * k];
            byte[][] names = reader.schema().named() ? new byte[queries * k][] : null;
            for (int q = 0; q < queries; q++) {
                scanner.query(block.vectors(), q * dimension);
                for (int i = block.starts()[q]; i < block.starts()[q + 1]; i++) {
                    scan(block.lists()[i], block.coarse()[i]);
                }
                int found = nearest.drain(distances, labels, 0);
                starts[q + 1] = starts[q] + found;
                for (int i = 0; i < found; i++) {
                    ids[starts[q] + i] = id(labels[i]);
                    all[starts[q] + i] = distances[i];
                    if (names != null) {
                        names[starts[q] + i] =
                                row(labels[i]).names()[(int) labels[i]].getBytes();
                    }
                }
            }
            int total = starts[queries];
            return new FoundBlock(
                    block.home(),
                    block.keys(),
                    starts,
                    Arrays.copyOf(ids, total),
                    Arrays.copyOf(all, total),
                    names == null ? null : Arrays.copyOf(names, total));
        }

        private LoadedList row(long label) {
            return rows.get((int) (label >>> 32));
        }

        private long id(long label) {
            return row(label).ids()[(int) label];
        }

        private void scan(int list, float coarse) {
            List<Part> of = parts.get(list - from);
            if (of.isEmpty()) {
                return;
            }
            scanner.list(list, coarse);
            for (Part part : of) {
                scanner.scan(part.codes(), 0, part.count(), (long) part.row() << 32, nearest);
            }
        }
    }
}
