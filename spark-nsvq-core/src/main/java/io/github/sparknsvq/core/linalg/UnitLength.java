package io.github.sparknsvq.core.linalg;

/** Vectors of length 1: with them the squared Euclidean distance is {@code 2 (1 - cosine)}. */
public final class UnitLength {
    private UnitLength() {}

    /** Scales each vector of a row-major block to length 1; vectors of length 0 stay. */
    public static void normalize(float[] vectors, int dimension) {
        for (int at = 0; at < vectors.length; at += dimension) {
            normalize(vectors, at, dimension);
        }
    }

    /**
     * Scales one vector to length 1.
     *
     * @return whether it had a length
     */
    public static boolean normalize(float[] vectors, int at, int dimension) {
        double norm = VectorMath.squaredNorm(vectors, at, dimension);
        if (!(norm > 0)) {
            return false;
        }
        double scale = 1 / Math.sqrt(norm);
        for (int i = at; i < at + dimension; i++) {
            vectors[i] = (float) (vectors[i] * scale);
        }
        return true;
    }
}
