package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.stream.IntStream;

/**
 * Searches codebooks of very many codewords by way of cells (see {@link TwoLevelSearch}), which it finds by k-means
 * among the codewords: the same codebook has the same cells wherever it is prepared.
 */
public final class TwoLevelProvider implements NearestCodewordProvider {
    /** Lists from which on an index searches for them by way of cells. */
    public static final int LISTS = 1 << 14;

    /** Codewords for each cell among which the cells' centroids are found. */
    private static final int SAMPLE = 48;

    private static final int PASSES = 6;

    private final NearestCodewordProvider within;

    /**
     * Makes a provider.
     *
     * @param within searches for cells, and in cells
     */
    public TwoLevelProvider(NearestCodewordProvider within) {
        this.within = within;
    }

    /** Returns what searches for the lists of an index: two levels from {@value #LISTS} lists on. */
    public static NearestCodewordProvider forLists(int lists, NearestCodewordProvider provider) {
        return lists < LISTS ? provider : new TwoLevelProvider(provider);
    }

    @Override
    public String name() {
        return "two-level";
    }

    @Override
    public Device device() {
        return within.device();
    }

    @Override
    public String description() {
        return "by way of cells, each searched by " + within.description();
    }

    @Override
    public NearestCodeword prepare(FloatMatrix codebook) {
        FloatMatrix cells = cells(codebook);
        int[] cellOf = new int[codebook.rows()];
        nearest(cells, codebook, cellOf);
        return TwoLevelSearch.of(codebook, cells, cellOf, TwoLevelSearch.CELLS, within);
    }

    private void nearest(FloatMatrix cells, FloatMatrix codewords, int[] cellOf) {
        within.prepare(cells).nearest(codewords.values(), 0, codewords.rows(), cellOf, new float[codewords.rows()]);
    }

    /** Finds the centroids of cells by Lloyd's passes over codewords that are spread over the codebook. */
    private FloatMatrix cells(FloatMatrix codebook) {
        int d = codebook.columns();
        int count = (int) Math.ceil(Math.sqrt(codebook.rows()));
        FloatMatrix sample = spread(codebook, (int) Math.min(codebook.rows(), (long) SAMPLE * count));
        FloatMatrix cells = spread(sample, count);
        int[] cellOf = new int[sample.rows()];
        for (int pass = 0; pass < PASSES; pass++) {
            nearest(cells, sample, cellOf);
            double[] sums = new double[count * d];
            int[] sizes = new int[count];
            for (int i = 0; i < cellOf.length; i++) {
                sizes[cellOf[i]]++;
                for (int j = 0; j < d; j++) {
                    sums[cellOf[i] * d + j] += sample.values()[i * d + j];
                }
            }
            for (int i = 0; i < sums.length; i++) {
                if (sizes[i / d] > 0 && Double.isFinite(sums[i])) {
                    cells.values()[i] = (float) (sums[i] / sizes[i / d]);
                }
            }
        }
        return cells;
    }

    private static FloatMatrix spread(FloatMatrix of, int count) {
        int[] which = IntStream.range(0, count)
                .map(i -> (int) ((long) i * of.rows() / count))
                .toArray();
        return of.select(which);
    }
}
