package io.github.sparknsvq.benchmarks.codebooks;

import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;

/** Exhaustive search for the true nearest row of queries among what the codes of all rows stand for. */
final class AsymmetricSearch {
    /** Results beyond these are not looked at. */
    static final int MOST = 512;

    private static final int BLOCK = 500;

    private final FloatMatrix base;
    private final FloatMatrix queries;
    private final int[] truth;

    /** Finds the true neighbors; of several as near the first row is taken. */
    AsymmetricSearch(FloatMatrix base, FloatMatrix queries) {
        this.base = base;
        this.queries = queries;
        this.truth = new int[queries.rows()];
        NearestCodewordProviders.cpu()
                .prepare(base)
                .nearest(queries.values(), 0, truth.length, truth, new float[truth.length]);
    }

    int queries() {
        return truth.length;
    }

    FloatMatrix base() {
        return base;
    }

    /** Mean squared error of what codes stand for, summed over dimensions. */
    double error(FloatMatrix decoded) {
        double sum = 0;
        int d = base.columns();
        for (int i = 0; i < base.rows(); i++) {
            sum += VectorMath.squaredDistance(base.values(), i * d, decoded.values(), i * d, d);
        }
        return sum / base.rows();
    }

    /** For each query how many decoded rows come before its true neighbor; of rows as near the first comes first. */
    long[] ranks(FloatMatrix decoded) {
        int[] index = new int[BLOCK * MOST];
        float[] distance = new float[BLOCK * MOST];
        long[] ranks = new long[truth.length];
        NearestCodeword search = NearestCodewordProviders.cpu().prepare(decoded);
        for (int from = 0; from < truth.length; from += BLOCK) {
            int n = Math.min(BLOCK, truth.length - from);
            search.nearest(queries.values(), from * queries.columns(), n, MOST, index, distance);
            for (int i = 0; i < n; i++) {
                ranks[from + i] = Recall.NOT_FOUND;
                for (int r = 0; r < MOST; r++) {
                    if (index[i * MOST + r] == truth[from + i]) {
                        ranks[from + i] = r;
                    }
                }
            }
        }
        return ranks;
    }
}
