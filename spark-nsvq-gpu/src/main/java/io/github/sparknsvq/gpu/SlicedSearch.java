package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.function.Function;

/** Search in a codebook that is too large for the device: in slices, one after the other. */
final class SlicedSearch implements NearestCodeword {
    private final int dimension;
    private final int codewords;
    private final int size;
    private final NearestCodeword[] slices;

    /**
     * Cuts a codebook.
     *
     * @param codebook {@code K x D}
     * @param size most codewords of a slice
     * @param prepare makes the search of a slice
     */
    SlicedSearch(FloatMatrix codebook, int size, Function<FloatMatrix, NearestCodeword> prepare) {
        this.dimension = codebook.columns();
        this.codewords = codebook.rows();
        this.size = size;
        this.slices = new NearestCodeword[(codewords + size - 1) / size];
        Arrays.setAll(slices, s -> {
            int to = Math.min(codewords, (s + 1) * size);
            float[] values = Arrays.copyOfRange(codebook.values(), s * size * dimension, to * dimension);
            return prepare.apply(new FloatMatrix(to - s * size, dimension, values));
        });
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public int codewords() {
        return codewords;
    }

    @Override
    public int rowsPerCall() {
        return slices[0].rowsPerCall();
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, p, index, squaredDistance);
        int[] found = new int[0];
        float[] distance = new float[0];
        for (int s = 0; s < slices.length; s++) {
            int each = Math.min(p, slices[s].codewords());
            if (found.length != count * each) {
                found = new int[count * each];
                distance = new float[count * each];
            }
            slices[s].nearest(rows, offset, count, each, found, distance);
            for (int i = 0; i < count; i++) {
                int held = Math.min(p, s * size);
                merge(index, squaredDistance, i * p, held, p, found, distance, i * each, each, s * size);
            }
        }
    }

    /**
     * Puts the codewords of a slice among those of the slices before it, which come first where distances are equal.
     */
    private static void merge(
            int[] index,
            float[] squaredDistance,
            int at,
            int held,
            int p,
            int[] found,
            float[] distance,
            int from,
            int each,
            int firstCodeword) {
        int filled = held;
        for (int j = from; j < from + each; j++) {
            int to = Math.min(filled, p - 1);
            if (filled == p && Float.compare(distance[j], squaredDistance[at + p - 1]) >= 0) {
                return;
            }
            for (; to > 0 && Float.compare(distance[j], squaredDistance[at + to - 1]) < 0; to--) {
                squaredDistance[at + to] = squaredDistance[at + to - 1];
                index[at + to] = index[at + to - 1];
            }
            squaredDistance[at + to] = distance[j];
            index[at + to] = firstCodeword + found[j];
            filled = Math.min(p, filled + 1);
        }
    }
}
