package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.SumKernel;
import java.util.Arrays;

/**
 * What a search level by level needs to know how much less the squared error of a row becomes when a codeword {@code
 * c} is added to a sum of codewords {@code b} of the levels before: {@code 2 <x, c> - ||c||^2 - sum of 2 <b, c>}. The
 * last are a table: of each level, a row for every codeword of the levels before it, which lie together, so that a
 * level's table may stay in a cache while many rows go past.
 */
final class LevelTables {
    private final SumKernel kernel;
    private final CenteredCodewords centered;
    private final SumKernel.Products[] products;
    private final float[][] norms;
    private final float[][] tables;

    /**
     * Prepares the tables.
     *
     * @param codebooks the quantizer, of which nothing but the codebooks is used
     * @param prices what each codeword adds to the squared error that a search looks at, or null for nothing
     */
    LevelTables(SumQuantizer codebooks, float[] prices) {
        this.kernel = NearestCodewordProviders.cpu().sums();
        this.centered = new CenteredCodewords(codebooks, true);
        int levels = codebooks.codebooks();
        this.products = new SumKernel.Products[levels];
        this.norms = new float[levels][];
        this.tables = new float[levels][];
        float[] all = centered.norms(prices);
        for (int m = 0; m < levels; m++) {
            int before = codebooks.start(m);
            products[m] = kernel.prepare(centered.doubled(m, m + 1));
            norms[m] = Arrays.copyOfRange(all, before, codebooks.start(m + 1));
            tables[m] = table(products[m], before, codebooks.size(m), codebooks.dimension());
        }
    }

    private float[] table(SumKernel.Products level, int before, int size, int d) {
        float[] table = new float[Blocks.length(before, size)];
        float[][] some = new float[Math.min(before, Blocks.ROWS)][size];
        for (int from = 0; from < before; from += some.length) {
            int n = Math.min(some.length, before - from);
            level.fill(centered.values(), from * d, n, some);
            for (int i = 0; i < n; i++) {
                System.arraycopy(some[i], 0, table, (from + i) * size, size);
            }
        }
        return table;
    }

    /** Rows as {@link #gains} wants them, into another array from its start. */
    void scale(float[] rows, int offset, int count, float[] scaled) {
        centered.scale(rows, offset, count, scaled);
    }

    /**
     * Fills in what the codewords of a level would gain as the only ones of a sum.
     *
     * @param scaled scaled rows, the first at 0
     * @param count number of rows
     * @param gains receives the gains of each row in an array of its own, in units of the scale
     */
    void gains(int level, float[] scaled, int count, float[][] gains) {
        products[level].fill(scaled, 0, count, gains);
        float[] norm = norms[level];
        for (int i = 0; i < count; i++) {
            kernel.subtract(gains[i], norm, gains[i], 0, norm.length, Float.NaN);
        }
    }

    /**
     * Twice the inner products of the codewords of earlier levels with those of a level, {@code size} for each
     * codeword as they are numbered. Not copied.
     */
    float[] table(int level) {
        return tables[level];
    }

    /** The loops that suit this machine. */
    SumKernel kernel() {
        return kernel;
    }
}
