package io.github.sparknsvq.gpu;

/**
 * The search for GPUs: a group of 16 x 16 work-items takes 128 rows against panels of 128 codewords, 16 dimensions at
 * a time through local memory; an item keeps the scores of 8 rows and 8 codewords in registers, so that 16 loads from
 * local memory serve 64 multiply-adds. Adjacent work-items of a group read adjacent addresses.
 */
final class GroupTileKernel extends SearchKernel {
    static final int SIDE = 16;
    static final int EACH = 8;
    static final int WIDTH = SIDE * EACH;
    static final int ITEMS = SIDE * SIDE;
    static final int DEPTH = 16;

    /** One more than the rows of a tile, so that writing a row down a column meets as many banks. */
    static final int STRIDE = WIDTH + 1;

    /** Where the codewords' tile starts behind the rows'. */
    static final int CODEWORDS = DEPTH * STRIDE;

    /** Codewords whose scores go through local memory at once when several are asked for. */
    static final int QUARTER = 32;

    @PrivateMemorySpace(EACH * EACH)
    float[] sum = new float[EACH * EACH];

    @PrivateMemorySpace(EACH)
    float[] best = new float[EACH];

    @PrivateMemorySpace(EACH)
    int[] found = new int[EACH];

    @PrivateMemorySpace(EACH)
    float[] x = new float[EACH];

    @PrivateMemorySpace(EACH)
    float[] y = new float[EACH];

    GroupTileKernel(long device) {
        super(device, ITEMS, WIDTH, WIDTH);
    }

    @Override
    void search() {
        int firstRow = getGroupId(0) * WIDTH;
        if (firstRow < count) {
            searchRows(firstRow);
        }
    }

    void searchRows(int firstRow) {
        int column = getLocalId(0) % SIDE;
        int line = getLocalId(0) / SIDE;
        for (int r = 0; r < EACH; r++) {
            best[r] = WORST;
            found[r] = 0;
        }
        for (int panel = 0; panel < panels; panel++) {
            int start = panel * WIDTH * (dimension + 1);
            for (int c = 0; c < EACH; c++) {
                y[c] = values[start + column + SIDE * c];
            }
            for (int r = 0; r < EACH; r++) {
                for (int c = 0; c < EACH; c++) {
                    sum[r * EACH + c] = y[c];
                }
            }
            for (int from = 0; from < dimension; from += DEPTH) {
                localBarrier();
                loadRows(firstRow, from);
                loadCodewords(start, from);
                localBarrier();
                for (int j = 0; j < DEPTH; j++) {
                    multiply(j * STRIDE + line, CODEWORDS + j * WIDTH + column);
                }
            }
            if (most == 1) {
                keepBest(panel * WIDTH + column);
            } else {
                offerScores(firstRow, panel * WIDTH);
            }
        }
        if (most == 1) {
            writeBest(firstRow);
        }
        localBarrier();
    }

    /** Loads 16 dimensions of the group's rows, transposed so that rows lie side by side. */
    void loadRows(int firstRow, int from) {
        int j = getLocalId(0) % DEPTH;
        int line = getLocalId(0) / DEPTH;
        int live = count - firstRow - line;
        int at = (firstRow + line) * dimension + from + j;
        if (from + j >= dimension) {
            live = 0;
        }
        float offset = shift[min(from + j, dimension - 1)];
        for (int i = 0; i < EACH; i++) {
            float value = 0f;
            if (SIDE * i < live) {
                value = rows[at] - offset;
            }
            tile[j * STRIDE + line + SIDE * i] = value;
            at += SIDE * dimension;
        }
    }

    /** Loads 16 dimensions of a panel's codewords, which have the right order already. */
    void loadCodewords(int start, int from) {
        int live = dimension - from - getLocalId(0) / WIDTH;
        int at = start + WIDTH * (from + 1) + getLocalId(0);
        for (int i = 0; i < EACH; i++) {
            float value = 0f;
            if (ITEMS / WIDTH * i < live) {
                value = values[at + ITEMS * i];
            }
            tile[CODEWORDS + getLocalId(0) + ITEMS * i] = value;
        }
    }

    void multiply(int row, int codeword) {
        for (int r = 0; r < EACH; r++) {
            x[r] = tile[row + SIDE * r];
        }
        for (int c = 0; c < EACH; c++) {
            y[c] = tile[codeword + SIDE * c];
        }
        for (int r = 0; r < EACH; r++) {
            for (int c = 0; c < EACH; c++) {
                sum[r * EACH + c] = fma(x[r], y[c], sum[r * EACH + c]);
            }
        }
    }

    void keepBest(int codeword) {
        keepBestOf(0, codeword);
        keepBestOf(1, codeword);
        keepBestOf(2, codeword);
        keepBestOf(3, codeword);
        keepBestOf(4, codeword);
        keepBestOf(5, codeword);
        keepBestOf(6, codeword);
        keepBestOf(7, codeword);
    }

    void keepBestOf(int r, int codeword) {
        float highest = best[r];
        int at = found[r];
        for (int c = 0; c < EACH; c++) {
            if (sum[r * EACH + c] > highest) {
                highest = sum[r * EACH + c];
                at = codeword + SIDE * c;
            }
        }
        best[r] = highest;
        found[r] = at;
    }

    /** Of the 16 items that looked at a row, the best; the lowest codeword of equals. */
    void writeBest(int firstRow) {
        int column = getLocalId(0) % SIDE;
        int line = getLocalId(0) / SIDE;
        localBarrier();
        for (int r = 0; r < EACH; r++) {
            int e = (line + SIDE * r) * SIDE + column;
            tile[e] = best[r];
            marks[e] = found[r];
        }
        localBarrier();
        int t = getLocalId(0);
        if (t < WIDTH && firstRow + t < count) {
            float highest = tile[t * SIDE];
            int at = marks[t * SIDE];
            for (int i = t * SIDE + 1; i < (t + 1) * SIDE; i++) {
                if (tile[i] > highest || (tile[i] == highest && marks[i] < at)) {
                    highest = tile[i];
                    at = marks[i];
                }
            }
            index[firstRow + t] = at;
        }
        localBarrier();
    }

    /** Hands the scores of a panel to the rows' lists of best codewords, an item for each row. */
    void offerScores(int firstRow, int firstCodeword) {
        offerQuarter(0, firstRow, firstCodeword);
        offerQuarter(1, firstRow, firstCodeword);
        offerQuarter(2, firstRow, firstCodeword);
        offerQuarter(3, firstRow, firstCodeword);
    }

    void offerQuarter(int q, int firstRow, int firstCodeword) {
        int t = getLocalId(0);
        int column = t % SIDE;
        int line = t / SIDE;
        localBarrier();
        for (int r = 0; r < EACH; r++) {
            int row = line + SIDE * r;
            // columns turn with the rows: those who read one row each meet all banks
            tile[row * QUARTER + (column + row) % QUARTER] = sum[r * EACH + 2 * q];
            tile[row * QUARTER + (column + SIDE + row) % QUARTER] = sum[r * EACH + 2 * q + 1];
        }
        localBarrier();
        if (t < WIDTH && firstRow + t < count) {
            int first = firstCodeword + q * QUARTER;
            int live = min(QUARTER, codewords - first);
            for (int i = 0; i < live; i++) {
                offer(firstRow + t, first + i, tile[t * QUARTER + (i + t) % QUARTER]);
            }
        }
        localBarrier();
    }
}
