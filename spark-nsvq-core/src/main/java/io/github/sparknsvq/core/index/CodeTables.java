package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.SumQuantizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * What the tables of all queries are made from: inner products with codewords, and what does not depend on the query.
 *
 * <p>A code's distance is a sum of table entries, one for each of its indices, and of a number that the codes of a
 * list share. For a query {@code q}, a centroid {@code y}, and a code that stands for the residual {@code r}, which
 * is one codeword {@code c} of each codebook, put together or added up:
 *
 * <pre>
 * ||q - y - r||^2 = ||q - y||^2 + (||r||^2 + 2 &lt;y, r&gt;) - 2 &lt;q, r&gt;
 * </pre>
 *
 * The first term is the coarse distance. The second is the same for all queries and tabulated for each list, where
 * there is room (Jegou, Tavenard, Douze and Amsaleg, Searching in one billion vectors: re-rank with source coding,
 * ICASSP 2011, describe the split; FAISS calls it precomputed tables), or kept for each vector, which is faster. The
 * third is tabulated once a query. Codes of sums have {@code ||r||^2} stored with them, and it is left out of the
 * tables.
 *
 * <p>Both {@code y} and {@code q} are first shifted by the centroids' mean, so that an offset that all share does not
 * cancel in float32. Without residuals, part by part {@code ||q - r||^2 = ||q - s||^2 + ||c - s||^2 - 2 <q - s, c -
 * s>}, where {@code s} is the codewords' mean. May be used by several threads at once.
 */
final class CodeTables {
    /** Whether tables differ from list to list. */
    final boolean perList;

    final IvfQuantizer quantizer;
    private final int[] starts;
    private final ScanKernel.Products products;
    private final float[] squares;
    private final float[] shift;

    /** The second term above for each list, filled in when first needed; null where there is no room. */
    private final AtomicReferenceArray<float[]> terms;

    CodeTables(IvfQuantizer quantizer, ScanKernel kernel, long bytesOfTerms) {
        this.quantizer = quantizer;
        this.perList = quantizer.metric() == Metric.L2 && quantizer.byResidual();
        Quantizer codes = quantizer.codes();
        boolean parts = codes instanceof ProductQuantizer;
        List<FloatMatrix> codebooks = codebooks(codes);
        this.starts = starts(codes);
        this.shift = new float[quantizer.innerDimension()];
        if (quantizer.metric() == Metric.L2 && parts && !perList) {
            codebooks = shifted(codebooks);
        } else if (perList) {
            shiftToMean(quantizer.centroids());
        }
        this.products = kernel.prepare(codebooks);
        this.squares = new float[products.size()];
        if (quantizer.metric() == Metric.L2 && parts) {
            fillSquares(codebooks);
        }
        boolean room = (long) quantizer.lists() * products.size() * Float.BYTES <= bytesOfTerms;
        this.terms = perList && room ? new AtomicReferenceArray<>(quantizer.lists()) : null;
    }

    /** Whether there are tables for the codes of a quantizer. */
    static boolean canDo(Quantizer codes) {
        return codes instanceof ProductQuantizer || codes instanceof SumQuantizer;
    }

    /** One codebook for each part, or all codewords that are added up as one. */
    private static List<FloatMatrix> codebooks(Quantizer codes) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        if (codes instanceof ProductQuantizer product) {
            for (int m = 0; m < product.parts(); m++) {
                codebooks.add(product.codebook(m));
            }
            return codebooks;
        }
        SumQuantizer sums = (SumQuantizer) codes;
        return List.of(new FloatMatrix(sums.codewords(), sums.dimension(), sums.values()));
    }

    private static int[] starts(Quantizer codes) {
        int[] starts = new int[codes.codeBits().indices() + 1];
        for (int m = 0; m < starts.length - 1; m++) {
            starts[m + 1] = codes instanceof ProductQuantizer product
                    ? (m + 1) * product.codewords()
                    : ((SumQuantizer) codes).start(m + 1);
        }
        return starts;
    }

    private List<FloatMatrix> shifted(List<FloatMatrix> codebooks) {
        List<FloatMatrix> shifted = new ArrayList<>();
        for (int m = 0; m < codebooks.size(); m++) {
            FloatMatrix codebook = codebooks.get(m);
            int size = codebook.columns();
            float[] values = codebook.values().clone();
            VectorMath.center(values, 0, codebook.rows(), size, shift, m * size);
            shifted.add(new FloatMatrix(codebook.rows(), size, values));
        }
        return shifted;
    }

    private void shiftToMean(FloatMatrix centroids) {
        for (int j = 0; j < shift.length; j++) {
            double sum = 0;
            for (int list = 0; list < centroids.rows(); list++) {
                sum += centroids.get(list, j);
            }
            shift[j] = (float) (sum / centroids.rows());
        }
    }

    private void fillSquares(List<FloatMatrix> codebooks) {
        int at = 0;
        for (FloatMatrix codebook : codebooks) {
            int d = codebook.columns();
            for (int k = 0; k < codebook.rows(); k++) {
                squares[at++] = (float) VectorMath.squaredNorm(codebook.values(), k * d, d);
            }
        }
    }

    /** Where the entries of each index start in a table, and last where they end. */
    int[] starts() {
        return starts;
    }

    /** What tables have room for: a little more than their entries. */
    int size() {
        return products.size();
    }

    /** Whether a list's table is made from the products of the query, rather than of its residual there. */
    boolean takesQueryProducts() {
        return !perList || terms != null;
    }

    /** Copies a query of {@code d} values, shifted. */
    void shift(float[] from, int offset, float[] query, int to, int d) {
        for (int j = 0; j < d; j++) {
            query[to + j] = from[offset + j] - shift[j];
        }
    }

    /** Fills in the inner products of shifted queries. */
    void products(float[] queries, int count, float[] to) {
        products.fill(queries, 0, count, to, 0);
    }

    /** Turns the products of a query into its table, where it serves all lists. */
    void queryTable(float[] from, int at, float[] table) {
        if (quantizer.metric() == Metric.L2) {
            combine(squares, from, at, table);
        } else {
            for (int i = 0; i < table.length; i++) {
                table[i] = -from[at + i];
            }
        }
    }

    /** Turns the products of a query into its table for a list. */
    void listTable(int list, float[] from, int at, float[] table) {
        combine(terms(list), from, at, table);
    }

    /** Fills in the table of a query for a list, from the query's residual there; {@code residual} is scratch. */
    void residualTable(int list, float[] query, float[] residual, float[] table) {
        float[] centroids = quantizer.centroids().values();
        int centroid = list * query.length;
        for (int j = 0; j < query.length; j++) {
            residual[j] = query[j] - (centroids[centroid + j] - shift[j]);
        }
        products.fill(residual, 0, 1, table, 0);
        combine(squares, table, 0, table);
    }

    private static void combine(float[] terms, float[] from, int at, float[] table) {
        for (int i = 0; i < table.length; i++) {
            table[i] = terms[i] - 2 * from[at + i];
        }
    }

    /** Turns the products of a query into its table for codes that come with terms of their own. */
    void commonTable(float[] from, int at, float[] table) {
        for (int i = 0; i < table.length; i++) {
            table[i] = -2 * from[at + i];
        }
    }

    /** Turns the products of a query, in place, into the table that serves it for all lists. */
    void tableForAll(float[] values, int at) {
        boolean squared = quantizer.metric() == Metric.L2 && !perList;
        float factor = quantizer.metric() == Metric.L2 ? -2 : -1;
        for (int i = 0; i < squares.length; i++) {
            values[at + i] *= factor;
        }
        for (int i = 0; squared && i < squares.length; i++) {
            values[at + i] += squares[i];
        }
    }

    private float[] terms(int list) {
        float[] made = terms.get(list);
        if (made == null) {
            made = termsTable(list);
            terms.set(list, made);
        }
        return made;
    }

    /** Makes a table whose sums are the second term of a list's codes. */
    float[] termsTable(int list) {
        float[] made = new float[products.size()];
        float[] centroid = new float[shift.length];
        shift(quantizer.centroids().values(), list * centroid.length, centroid, 0, centroid.length);
        products.fill(centroid, 0, 1, made, 0);
        for (int i = 0; i < made.length; i++) {
            made[i] = squares[i] + 2 * made[i];
        }
        return made;
    }
}
