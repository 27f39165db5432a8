package io.github.sparknsvq.core.evaluation;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Where a codeword stands among all codewords by their distance from a query. An exhaustive asymmetric search returns
 * the rows of the nearer codewords first, so that the rank of a row follows from counting rows; nothing is sorted.
 *
 * @param nearer the codewords that are nearer to the query
 * @param asFar those exactly as far, ascending, the codeword itself among them; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record CodewordOrder(BitSet nearer, int[] asFar) {

    /**
     * Compares all codewords with one, in double precision.
     *
     * @param codebook the codewords, {@code K x D}
     * @param codeword the one
     * @param queries queries, {@code N x D}
     * @param query which of them
     * @throws IllegalArgumentException if codewords and queries differ in dimension
     */
    public static CodewordOrder of(FloatMatrix codebook, int codeword, FloatMatrix queries, int query) {
        int d = codebook.columns();
        if (queries.columns() != d) {
            throw new IllegalArgumentException(
                    "queries of dimension " + queries.columns() + " for codewords of dimension " + d);
        }
        double bound = squaredDistance(codebook.values(), codeword * d, queries.values(), query * d, d);
        BitSet nearer = new BitSet(codebook.rows());
        IntStream.Builder asFar = IntStream.builder();
        for (int c = 0; c < codebook.rows(); c++) {
            double squared = squaredDistance(codebook.values(), c * d, queries.values(), query * d, d);
            if (squared < bound) {
                nearer.set(c);
            } else if (squared == bound) {
                asFar.add(c);
            }
        }
        return new CodewordOrder(nearer, asFar.build().toArray());
    }

    private static double squaredDistance(float[] a, int from, float[] b, int at, int dimension) {
        double sum = 0;
        for (int i = 0; i < dimension; i++) {
            double difference = (double) a[from + i] - b[at + i];
            sum += difference * difference;
        }
        return sum;
    }
}
