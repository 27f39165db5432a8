package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;

/**
 * Chooses a second list for each vector, so that a query that misses the first may meet it there: SOAR of Sun et al.,
 * SOAR: Improved indexing for approximate nearest neighbor search, NeurIPS 2023, equation 6. Let {@code r} be the
 * residual {@code x - c} from the centroid of the vector's list, and {@code r'} that from another list. The second
 * list is the one of least
 *
 * <pre>{@code |r'|^2 + weight * <r, r'>^2 / |r|^2}</pre>
 *
 * among the {@value #CANDIDATES} nearest that are not its own, of equals the nearest. The second term is large where
 * both residuals point the same way, since then the query that looks past one list looks past the other, too.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class SpilledLists {
    /** The weight that does well on all data that it was measured on. */
    public static final float WEIGHT = 1;

    /** Lists that are compared for each vector. */
    private static final int CANDIDATES = 10;

    private final IvfQuantizer quantizer;
    private final float weight;
    private final NearestCodeword nearest;

    /**
     * Prepares the choice.
     *
     * @param quantizer of the index, of 2 lists or more
     * @param weight what a second residual along the first counts more than one across it, 0 or more; 0 chooses the
     *     second nearest list
     * @param provider searches for centroids
     * @throws NsvqException if there is one list alone, or the weight is below 0 or not finite
     */
    public SpilledLists(IvfQuantizer quantizer, float weight, NearestCodewordProvider provider) {
        check(quantizer);
        NsvqException.unless(
                weight >= 0 && Float.isFinite(weight),
                "second lists cannot be chosen with a weight of " + weight + ": it should be 0 or more");
        this.quantizer = quantizer;
        this.weight = weight;
        this.nearest = provider.prepare(quantizer.centroids());
    }

    /**
     * Checks that there are second lists.
     *
     * @throws NsvqException if there is one list alone
     */
    public static void check(IvfQuantizer quantizer) {
        NsvqException.unless(
                quantizer.lists() >= 2,
                "an index of one list has no second list for its vectors: it should have 2 lists or more");
    }

    /** Prepares the choice on the CPU with {@link #WEIGHT}. */
    public SpilledLists(IvfQuantizer quantizer) {
        this(quantizer, WEIGHT, NearestCodewordProviders.cpu());
    }

    /**
     * Finds the second list of each row.
     *
     * @param rows transformed rows, of {@link IvfQuantizer#innerDimension} values
     * @param offset where the first starts
     * @param count number of rows, 0 or more
     * @param first the list that row {@code i} is in, at {@code i}
     * @param second receives another list at {@code i}
     */
    public void assign(float[] rows, int offset, int count, int[] first, int[] second) {
        int d = quantizer.innerDimension();
        int compared = Math.min(CANDIDATES + 1, quantizer.lists());
        int[] near = new int[count * compared];
        float[] apart = new float[near.length];
        nearest.nearest(rows, offset, count, compared, near, apart);
        float[] residual = new float[d];
        for (int i = 0; i < count; i++) {
            double squared = residual(rows, offset + i * d, first[i], residual);
            float best = Float.POSITIVE_INFINITY;
            second[i] = -1;
            int others = 0;
            for (int j = i * compared; j < (i + 1) * compared && others < compared - 1; j++) {
                if (near[j] == first[i]) {
                    continue;
                }
                others++;
                double along = along(rows, offset + i * d, near[j], residual);
                float loss = (float) (apart[j] + (squared > 0 ? weight * along * along / squared : 0));
                if (loss < best || second[i] < 0) { // there is a list even where distances are not finite
                    best = loss;
                    second[i] = near[j];
                }
            }
        }
    }

    /** Computes a row's residual, and returns its squared length. */
    private double residual(float[] rows, int at, int list, float[] residual) {
        float[] centroids = quantizer.centroids().values();
        int from = list * residual.length;
        float sum = 0;
        for (int j = 0; j < residual.length; j++) {
            float apart = rows[at + j] - centroids[from + j];
            residual[j] = apart;
            sum += apart * apart;
        }
        return sum;
    }

    /** Returns the product of a residual with the one from another list. */
    private double along(float[] rows, int at, int list, float[] residual) {
        float[] centroids = quantizer.centroids().values();
        int from = list * residual.length;
        float sum = 0;
        for (int j = 0; j < residual.length; j++) {
            sum += residual[j] * (rows[at + j] - centroids[from + j]);
        }
        return sum;
    }
}
