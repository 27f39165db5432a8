package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;

/**
 * How far codes are from a query that is not quantized, read from a table that is made once per query (Jegou, Douze and
 * Schmid, TPAMI 2011, section III.A). Smaller is nearer. Of product quantizers the values are squared Euclidean distances;
 * of sums of codewords they lack the squared norm of the query, {@code ||x^||^2 - 2 <q, x^>}; under inner product they are
 * {@code -<q, x^>}.
 *
 * <p>May be used by several threads at once.
 */
public final class AsymmetricDistances {
    private final Quantizer quantizer;
    private final RotatedQuantizer rotated;
    private final boolean innerProduct;

    /**
     * Makes the distances of a quantizer's codes.
     *
     * @param quantizer a product, residual or additive quantizer, or a rotated one of these
     * @param innerProduct whether the nearest code is that of the largest inner product
     * @throws NsvqException if the quantizer is of another kind
     */
    public AsymmetricDistances(Quantizer quantizer, boolean innerProduct) {
        this.rotated = quantizer instanceof RotatedQuantizer turned ? turned : null;
        this.quantizer = rotated == null ? quantizer : rotated.inner();
        this.innerProduct = innerProduct;
        if (!(this.quantizer instanceof ProductQuantizer || this.quantizer instanceof SumQuantizer)) {
            throw new NsvqException("there are no tables of distances for a "
                    + this.quantizer.getClass().getSimpleName());
        }
    }

    /** Returns the number of values of a query's table. */
    public int tableSize() {
        return quantizer instanceof ProductQuantizer product
                ? product.tableSize()
                : ((SumQuantizer) quantizer).tableSize();
    }

    /**
     * Fills a query's table.
     *
     * @param query holds the query, {@code D} values
     * @param offset where it starts
     * @param table receives {@link #tableSize} values
     * @throws IndexOutOfBoundsException if an array is too short
     */
    public void fill(float[] query, int offset, float[] table) {
        float[] from = query;
        int at = offset;
        if (rotated != null) {
            from = new float[rotated.dimension()];
            rotated.rotation().apply(query, offset, 1, from, 0);
            at = 0;
        }
        if (quantizer instanceof ProductQuantizer product) {
            if (innerProduct) {
                product.innerProductTable(from, at, table);
            } else {
                product.squaredDistanceTable(from, at, table);
            }
        } else {
            ((SumQuantizer) quantizer).innerProductTable(from, at, table);
        }
    }

    /**
     * Returns what codes add to their distance from any query, for {@link #read}.
     *
     * @param codes codes, one after the other
     * @param count how many
     */
    public float[] terms(byte[] codes, int count) {
        float[] terms = new float[count];
        if (!innerProduct && quantizer instanceof SumQuantizer sums) {
            sums.squaredNorms(codes, 0, count, terms, 0);
        }
        return terms;
    }

    /**
     * Reads distances from a query's table.
     *
     * @param table the query's table
     * @param codes codes, one after the other
     * @param terms what {@link #terms} gave for them
     * @param count how many
     * @param distances receives one value for each code
     */
    public void read(float[] table, byte[] codes, float[] terms, int count, float[] distances) {
        if (quantizer instanceof ProductQuantizer product) {
            product.distances(table, codes, 0, count, distances, 0);
            for (int i = 0; innerProduct && i < count; i++) {
                distances[i] = -distances[i];
            }
            return;
        }
        ((SumQuantizer) quantizer).innerProducts(table, codes, 0, count, distances, 0);
        float factor = innerProduct ? -1 : -2;
        for (int i = 0; i < count; i++) {
            distances[i] = terms[i] + factor * distances[i];
        }
    }
}
