package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.ListChoice;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.io.IOException;

/** Parses the index that an inverted-file index has its centroids in. */
final class CoarseParser {
    private static final String SUPPORTED = "IxF2, IxFI, and IHNf around them";

    private CoarseParser() {}

    /**
     * Parses the centroids of lists and what they are compared by.
     *
     * @param header of the index that they belong to, whose metric may be another
     * @param lists number of lists, for each of which there should be a centroid
     * @param probes how many lists a search looks at unless it is told otherwise
     */
    static ParsedIndex.Coarse parse(FaissInput in, IndexHeader header, int lists, int probes) throws IOException {
        IndexHeader expected = header.ofCentroids(lists);
        String type = in.fourcc("the type of the index of centroids");
        boolean graph = type.equals("IHNf");
        if (graph) {
            expected = expected.parseInner(in);
            skipGraph(in);
            type = in.fourcc("the type of the index of the graph's vectors");
        }
        in.checkSupported(
                type.equals("IxF2") || type.equals("IxFI"),
                "centroids in an index of type " + FaissTypes.named(type),
                SUPPORTED);
        Metric metric = IndexParser.flatMetric(type);
        IndexHeader flat = (graph ? expected : expected.withMetric(metric)).parseInner(in);
        in.check(
                flat.metricOf() == metric,
                in.position(),
                "the graph of centroids has metric " + flat.metric() + ", its vectors " + metric.number());
        IndexParser.expectVectors(in, flat, "the centroids");
        float[] values = in.floats((long) lists * flat.dimension(), "values of the centroids");
        FloatMatrix centroids = new FloatMatrix(lists, flat.dimension(), values);
        return new ParsedIndex.Coarse(centroids, ListChoice.of(metric), probes);
    }

    /** Goes past the graph of an HNSW index: all centroids are compared with a query instead. */
    private static void skipGraph(FaissInput in) throws IOException {
        skip(in, Double.BYTES, "probabilities of the graph's levels");
        skip(in, Integer.BYTES, "numbers of neighbors by level");
        skip(in, Integer.BYTES, "levels of vectors");
        skip(in, Long.BYTES, "places of neighbors");
        skip(in, Integer.BYTES, "neighbors");
        for (int i = 0; i < 5; i++) {
            in.int32("the graph's entry point and settings");
        }
    }

    private static void skip(FaissInput in, int size, String what) throws IOException {
        in.skip(in.count(size, what), size, "the " + what);
    }
}
