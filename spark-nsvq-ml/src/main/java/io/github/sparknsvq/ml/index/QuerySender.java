package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListSlack;
import io.github.sparknsvq.ml.spark.SparkInternals;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.Queue;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.InternalRow;
import scala.Tuple2;

/**
 * Finds the lists that a partition's queries look at, and makes a block of queries for each bin that has any of
 * them.
 */
final class QuerySender implements Supplier<Tuple2<Integer, byte[]>> {
    /** The most queries that are looked at together, unless the search for centroids wants more, as a device does. */
    private static final int MOST_QUERIES = 1920;

    /** The most lists, and neighbors, of all queries that are looked at together. */
    private static final int MOST_RESULTS = 1 << 22;

    /** The most values of all queries that are looked at together, twice over: 64 MB of long vectors. */
    private static final int MOST_VALUES = 1 << 23;

    private final Iterator<InternalRow> rows;
    private final QueryReader reader;
    private final int home;
    private final Bins bins;
    private final int probes;
    private final IvfQuantizer quantizer;

    /** Leaves out lists; null for none. */
    private final ListSlack slack;

    private final Queue<Tuple2<Integer, byte[]>> ready = new ArrayDeque<>();
    private final QueryBlock.Builder[] builders;
    private final int most;
    private boolean full;
    private long[] keys;
    private float[] given;
    private float[] transformed;
    private int[] lists;
    private float[] distances;
    private int number;

    QuerySender(
            Iterator<InternalRow> rows,
            QueryReader reader,
            int home,
            Bins bins,
            int probes,
            double slack,
            int kept,
            SharedIndex index) {
        this.rows = rows;
        this.reader = reader;
        this.home = home;
        this.bins = bins;
        this.probes = probes;
        this.quantizer = index.quantizer();
        this.slack = slack > 0 ? new ListSlack(quantizer, slack) : null;
        this.builders = new QueryBlock.Builder[bins.ranges()];
        int wanted = Math.max(MOST_QUERIES, quantizer.rowsPerCall());
        int room = MOST_VALUES / Math.max(quantizer.dimension(), quantizer.innerDimension());
        this.most = Math.max(1, Math.min(Math.min(wanted, room), MOST_RESULTS / Math.max(probes, kept)));
        allocate(Math.min(most, MOST_QUERIES));
    }

    private void allocate(int queries) {
        keys = new long[queries];
        given = new float[queries * quantizer.dimension()];
        transformed = new float[queries * quantizer.innerDimension()];
        lists = new int[queries * probes];
        distances = new float[queries * probes];
    }

    /** Returns the next block and its bin; null at the end. */
    @Override
    public Tuple2<Integer, byte[]> get() {
        while (ready.isEmpty() && rows.hasNext()) {
            fill();
        }
        return ready.poll();
    }

    private void fill() {
        if (full && keys.length < most) {
            // few queries need no room for a device's call
            allocate((int) Math.min(most, 4L * keys.length));
        }
        int count = 0;
        while (count < keys.length && rows.hasNext()) {
            InternalRow row = rows.next();
            float[] query = reader.read(row);
            if (query != null) {
                System.arraycopy(query, 0, given, count * query.length, query.length);
                keys[count++] = NameHash.of(query, reader.id(row));
            }
        }
        full = count == keys.length;
        quantizer.transform(given, 0, count, transformed, 0);
        quantizer.probes(transformed, 0, count, probes, lists, distances);
        if (slack != null) {
            slack.apply(transformed, 0, count, probes, lists, distances);
        }
        int[] lastOf = new int[bins.ranges()];
        for (int q = 0; q < count; q++) {
            for (int i = q * probes; i < (q + 1) * probes; i++) {
                if (lists[i] < 0) {
                    continue; // left out
                }
                int range = bins.of(lists[i]);
                if (builders[range] == null) {
                    builders[range] = new QueryBlock.Builder(quantizer.innerDimension());
                }
                if (lastOf[range] != q + 1) {
                    builders[range].query(keys[q], transformed, q * quantizer.innerDimension());
                    lastOf[range] = q + 1;
                }
                builders[range].list(lists[i], distances[i]);
            }
        }
        for (int range = 0; range < builders.length; range++) {
            if (builders[range] != null && !builders[range].isEmpty()) {
                byte[] block = SparkInternals.serialize(builders[range].take(Home.of(home, number)));
                for (int bin = bins.firstBins()[range]; bin < bins.firstBins()[range + 1]; bin++) {
                    ready.add(new Tuple2<>(bin, block));
                }
            }
        }
        number++;
    }
}
