package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Nearest-codeword search in a codebook of very many codewords by way of cells: a row is compared with the centroids
 * of the cells, and then with the codewords of the nearest cells alone, {@code sqrt(K)} cells or so in place of
 * {@code K} codewords. It is not exact: where the nearest codeword lies in a cell that was not looked at, another
 * one of about the same distance is found. Distances are those of the codewords that are returned.
 *
 * <p>The rows of a call are sorted by cell, so that the loops of a cell get as many as there are: a call should
 * bring thousands.
 */
public final class TwoLevelSearch implements NearestCodeword {
    /** Cells that a row looks at, at least, unless something else is asked for. */
    static final int CELLS = 8;

    /** Codewords of the cells that a row looks at, at least, for each codeword that it asks for. */
    private static final int CANDIDATES = 12;

    /** Rows that go through the cells together. */
    static final int CHUNK = 4096;

    private static final int LEAST_CHUNK = 64;

    /** Values of the rows that are searched for together, 16 MB. */
    private static final int CHUNK_VALUES = 1 << 22;

    private final int dimension;
    private final int codewords;
    private final int least;
    private final NearestCodeword cells;

    /** The codewords of each cell. */
    private final int[][] members;

    private final NearestCodeword[] inCell;

    /** Codewords of the smallest cells together: of 1, 2 and so on. */
    private final long[] smallest;

    private TwoLevelSearch(
            FloatMatrix codebook, FloatMatrix centroids, int[][] members, int least, NearestCodewordProvider of) {
        this.least = least;
        this.dimension = codebook.columns();
        this.codewords = codebook.rows();
        int[] filled = IntStream.range(0, members.length)
                .filter(cell -> members[cell].length > 0)
                .toArray();
        this.cells = of.prepare(centroids.select(filled));
        this.members = Arrays.stream(filled).mapToObj(cell -> members[cell]).toArray(int[][]::new);
        this.inCell = Arrays.stream(this.members)
                .map(codebook::select)
                .map(of::prepare)
                .toArray(NearestCodeword[]::new);
        this.smallest = Arrays.stream(this.members)
                .mapToLong(cell -> cell.length)
                .sorted()
                .toArray();
        Arrays.parallelPrefix(smallest, Long::sum);
    }

    /**
     * Prepares a search.
     *
     * @param codebook {@code K x D} codewords; copied
     * @param cells centroids of cells, of dimension {@code D}
     * @param cellOf the cell of each codeword
     * @param least how many cells a row looks at, at least
     * @param provider searches for cells, and in cells
     */
    public static TwoLevelSearch of(
            FloatMatrix codebook, FloatMatrix cells, int[] cellOf, int least, NearestCodewordProvider provider) {
        int[] sizes = new int[cells.rows()];
        for (int cell : cellOf) {
            sizes[cell]++;
        }
        int[][] members = Arrays.stream(sizes).mapToObj(int[]::new).toArray(int[][]::new);
        Arrays.fill(sizes, 0);
        for (int k = 0; k < cellOf.length; k++) {
            members[cellOf[k]][sizes[cellOf[k]]++] = k;
        }
        return new TwoLevelSearch(codebook, cells, members, least, provider);
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
        return rowsPerCall(dimension);
    }

    /** Returns how many rows of a dimension should be searched for together: fewer where they are long. */
    public static int rowsPerCall(int dimension) {
        return Math.max(LEAST_CHUNK, Math.min(CHUNK, CHUNK_VALUES / dimension));
    }

    /** Returns how many cells are looked at for {@code p} codewords: together they have as many at least. */
    private int cellsFor(int p) {
        long mean = Math.max(1, codewords / members.length);
        int wanted = (int) Math.min(members.length, least + (long) CANDIDATES * (p - 1) / mean);
        int enough = Arrays.binarySearch(smallest, p);
        return Math.max(wanted, enough < 0 ? -enough : enough + 1);
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, p, index, squaredDistance);
        int most = rowsPerCall();
        Call call = new Call(Math.min(count, most), p);
        for (int from = 0; from < count; from += most) {
            int n = Math.min(most, count - from);
            call.run(rows, offset + from * dimension, n, index, squaredDistance, from * p);
        }
    }

    /** What one call works in. */
    private final class Call {
        private final int p;
        private final int looked;
        private final int[] cellOf;
        private final int[] starts = new int[members.length + 1];
        private final int[] order;
        private final float[] gathered;
        private final int[] found;
        private final float[] distances;
        private final int[] filled;

        Call(int rows, int p) {
            this.p = p;
            this.looked = Math.min(members.length, cellsFor(p));
            this.cellOf = new int[rows * looked];
            this.order = new int[rows * looked];
            this.gathered = new float[rows * dimension];
            this.found = new int[rows * Math.max(p, looked)];
            this.distances = new float[rows * Math.max(p, looked)];
            this.filled = new int[rows];
        }

        void run(float[] rows, int offset, int count, int[] index, float[] squared, int to) {
            cells.nearest(rows, offset, count, looked, cellOf, distances);
            sortByCell(count);
            Arrays.fill(filled, 0, count, 0);
            for (int cell = 0; cell < members.length; cell++) {
                int n = starts[cell + 1] - starts[cell];
                if (n > 0) {
                    for (int i = 0; i < n; i++) {
                        int row = order[starts[cell] + i];
                        System.arraycopy(rows, offset + row * dimension, gathered, i * dimension, dimension);
                    }
                    int most = Math.min(p, members[cell].length);
                    inCell[cell].nearest(gathered, 0, n, most, found, distances);
                    for (int i = 0; i < n; i++) {
                        merge(order[starts[cell] + i], members[cell], i * most, most, index, squared, to);
                    }
                }
            }
        }

        /** Sorts the rows by the cells that they look at. */
        private void sortByCell(int count) {
            Arrays.fill(starts, 0);
            for (int i = 0; i < count * looked; i++) {
                starts[cellOf[i] + 1]++;
            }
            for (int cell = 0; cell < members.length; cell++) {
                starts[cell + 1] += starts[cell];
            }
            for (int i = count * looked - 1; i >= 0; i--) {
                order[--starts[cellOf[i] + 1]] = i / looked;
            }
            // each start has moved to the place before it
            System.arraycopy(starts, 1, starts, 0, members.length);
            starts[members.length] = count * looked;
        }

        /** Puts what a cell has among what a row has so far: nearest first, equal distances by number. */
        private void merge(int row, int[] numbers, int at, int most, int[] index, float[] squared, int to) {
            int start = to + row * p;
            for (int i = at; i < at + most; i++) {
                int number = numbers[found[i]];
                float apart = distances[i];
                int place = start + filled[row];
                if (filled[row] == p) {
                    if (!TopScores.comesBefore(apart, number, squared[place - 1], index[place - 1])) {
                        return;
                    }
                    place--;
                } else {
                    filled[row]++;
                }
                while (place > start && TopScores.comesBefore(apart, number, squared[place - 1], index[place - 1])) {
                    squared[place] = squared[place - 1];
                    index[place] = index[place - 1];
                    place--;
                }
                squared[place] = apart;
                index[place] = number;
            }
        }
    }
}
