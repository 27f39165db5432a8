package io.github.sparknsvq.gpu;

/**
 * The search for OpenCL on a CPU, where a work-item is one turn of a loop and what it computes side by side
 * becomes SIMD: an item takes 4 rows against a panel of 32 adjacent codewords, whose next 64 dimensions a group of 16
 * items shares.
 */
final class PanelKernel extends SearchKernel {
    static final int ITEMS = 16;
    static final int EACH = 4;
    static final int WIDTH = 32;
    static final int DEPTH = 64;

    @PrivateMemorySpace(EACH * WIDTH)
    float[] sum = new float[EACH * WIDTH];

    @PrivateMemorySpace(EACH)
    float[] best = new float[EACH];

    @PrivateMemorySpace(EACH)
    int[] found = new int[EACH];

    PanelKernel(long device) {
        super(device, ITEMS, ITEMS * EACH, WIDTH);
    }

    @Override
    void search() {
        int firstRow = getGroupId(0) * ITEMS * EACH;
        if (firstRow < count) {
            searchRows(firstRow + getLocalId(0) * EACH);
        }
    }

    void searchRows(int firstRow) {
        for (int r = 0; r < EACH; r++) {
            best[r] = WORST;
            found[r] = 0;
        }
        for (int panel = 0; panel < panels; panel++) {
            int start = panel * WIDTH * (dimension + 1);
            for (int r = 0; r < EACH; r++) {
                for (int c = 0; c < WIDTH; c++) {
                    sum[r * WIDTH + c] = values[start + c];
                }
            }
            for (int from = 0; from < dimension; from += DEPTH) {
                int depth = min(DEPTH, dimension - from);
                localBarrier();
                for (int e = getLocalId(0); e < depth * WIDTH; e += ITEMS) {
                    tile[e] = values[start + WIDTH * (from + 1) + e];
                }
                localBarrier();
                multiply(firstRow, from, depth);
            }
            if (most == 1) {
                keepBest(panel * WIDTH);
            } else {
                offerScores(firstRow, panel * WIDTH);
            }
        }
        if (most == 1) {
            for (int r = 0; r < EACH; r++) {
                if (firstRow + r < count) {
                    index[firstRow + r] = found[r];
                }
            }
        }
        localBarrier();
    }

    /** Adds the products of some dimensions. Past the last row, the last row is taken. */
    void multiply(int firstRow, int from, int depth) {
        int row0 = min(firstRow, count - 1) * dimension + from;
        int row1 = min(firstRow + 1, count - 1) * dimension + from;
        int row2 = min(firstRow + 2, count - 1) * dimension + from;
        int row3 = min(firstRow + 3, count - 1) * dimension + from;
        for (int j = 0; j < depth; j++) {
            float x0 = rows[row0 + j] - shift[from + j];
            float x1 = rows[row1 + j] - shift[from + j];
            float x2 = rows[row2 + j] - shift[from + j];
            float x3 = rows[row3 + j] - shift[from + j];
            for (int c = 0; c < WIDTH; c++) {
                float y = tile[j * WIDTH + c];
                sum[c] = fma(x0, y, sum[c]);
                sum[WIDTH + c] = fma(x1, y, sum[WIDTH + c]);
                sum[2 * WIDTH + c] = fma(x2, y, sum[2 * WIDTH + c]);
                sum[3 * WIDTH + c] = fma(x3, y, sum[3 * WIDTH + c]);
            }
        }
    }

    void keepBest(int firstCodeword) {
        for (int r = 0; r < EACH; r++) {
            for (int c = 0; c < WIDTH; c++) {
                if (sum[r * WIDTH + c] > best[r]) {
                    best[r] = sum[r * WIDTH + c];
                    found[r] = firstCodeword + c;
                }
            }
        }
    }

    void offerScores(int firstRow, int firstCodeword) {
        int live = min(WIDTH, codewords - firstCodeword);
        for (int r = 0; r < EACH; r++) {
            if (firstRow + r < count) {
                for (int c = 0; c < live; c++) {
                    offer(firstRow + r, firstCodeword + c, sum[r * WIDTH + c]);
                }
            }
        }
    }
}
