package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Writes what the local searcher finds, to compare with what faiss finds in the same file.
 *
 * <p>Arguments: index file, queries, k, probes, file to write. It gets {@code k} ids of each query as int64, -1 where
 * there are fewer, then their distances as float32, all little-endian.
 */
public final class LocalNeighbors {
    private LocalNeighbors() {}

    /** Searches and writes. */
    public static void main(String[] args) throws IOException {
        FloatMatrix queries = VectorFiles.readMatrix(Path.of(args[1]));
        int k = Integer.parseInt(args[2]);
        int count = queries.rows();
        long[] ids = new long[count * k];
        float[] distances = new float[count * k];
        int[] found = new int[count];
        try (IvfIndex index = FaissFiles.open(Path.of(args[0]))) {
            SearchOptions options = SearchOptions.nearest(k).withProbes(Integer.parseInt(args[3]));
            index.search(new IvfIndex.Batch(queries.values(), count, options, ids, distances, found));
        }
        for (int q = 0; q < count; q++) {
            Arrays.fill(ids, q * k + found[q], (q + 1) * k, -1);
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(count * k * (Long.BYTES + Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(ids);
        bytes.position(count * k * Long.BYTES);
        bytes.asFloatBuffer().put(distances);
        Files.write(Path.of(args[4]), bytes.array());
    }
}
