package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.Iterators;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.stream.IntStream;
import scala.Tuple2;

/**
 * Measures the distances of candidates, in the partitions that have their vectors, and ranks them.
 *
 * @param distance what vectors are compared by
 * @param named whether ids are strings
 * @param dimension of the vectors
 * @param kept neighbors of each query at most
 */
record ExactRanking(DistanceKind distance, boolean named, int dimension, int kept) implements Serializable {

    /** Returns answers with the number of the partition that the queries came from. */
    Iterator<Tuple2<Integer, byte[]>> answers(Iterator<byte[]> requests, Iterator<byte[]> blocks) {
        if (!requests.hasNext()) {
            return Collections.emptyIterator(); // nothing need be held
        }
        HeldVectors vectors = new HeldVectors(dimension);
        while (blocks.hasNext()) {
            vectors.add(SparkInternals.deserialize(blocks.next()));
        }
        return Iterators.map(requests, bytes -> {
            CandidateRequests.Request request = SparkInternals.deserialize(bytes);
            return new Tuple2<>(request.home(), SparkInternals.serialize(found(request, vectors)));
        });
    }

    private FoundBlock found(CandidateRequests.Request request, HeldVectors vectors) {
        int queries = request.keys().length;
        int[] starts = new int[queries + 1];
        int total = Arrays.stream(request.candidates())
                .mapToInt(ids -> Math.min(kept, ids.length))
                .sum();
        long[] ids = new long[total];
        float[] distances = new float[total];
        byte[][] names = named ? new byte[total][] : null;
        for (int q = 0; q < queries; q++) {
            long[] of = request.candidates()[q];
            float[] measured = new float[of.length];
            for (int c = 0; c < of.length; c++) {
                measured[c] = measure(request.queries()[q], of[c], vectors);
            }
            int[] order = IntStream.range(0, of.length)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(c -> measured[c])
                            .thenComparingLong(c -> of[c]))
                    .limit(kept)
                    .mapToInt(Integer::intValue)
                    .toArray();
            for (int i = 0; i < order.length; i++) {
                ids[starts[q] + i] = of[order[i]];
                distances[starts[q] + i] = measured[order[i]];
                if (named) {
                    names[starts[q] + i] = vectors.name(vectors.place(of[order[i]]));
                }
            }
            starts[q + 1] = starts[q] + order.length;
        }
        return new FoundBlock(request.keys(), starts, ids, distances, names);
    }

    private float measure(float[] query, long id, HeldVectors vectors) {
        long place = vectors.place(id);
        if (place == 0) {
            throw new NsvqException("the vectors to rank by lack the one of id " + id
                    + ", which is in the index: give all of the index's vectors");
        }
        float[] values = vectors.values(place);
        int at = vectors.offset(place);
        double sum = 0;
        for (int j = 0; j < query.length; j++) {
            double apart = (double) query[j] - values[at + j];
            sum += distance == DistanceKind.L2 ? apart * apart : -(double) query[j] * values[at + j];
        }
        return (float) sum;
    }
}
