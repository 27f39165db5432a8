package io.github.sparknsvq.gpu;

import com.aparapi.Kernel;
import com.aparapi.Range;
import com.aparapi.device.Device;
import com.aparapi.device.JavaDevice;
import com.aparapi.device.OpenCLDevice;

/**
 * What Aparapi translates to OpenCL: the nearest codewords of a block of rows, their distances, and the sums of the
 * rows by codeword, each a pass over the device of its own.
 *
 * <p>The codebook comes in panels as {@link io.github.sparknsvq.core.kernel.PackedCodebook} lays them out. Everything
 * is added up in an order that the shape of the data alone decides: the same call gives the same bits again.
 *
 * <p>Private arrays are only ever indexed by what becomes a constant when loops of constant length are unrolled and
 * methods inlined, or a compiler puts them, accumulators first of all, into memory: a private index that a loop
 * around barriers makes is enough for that. A branch with barriers in it ends with one: POCL 3.1 otherwise runs what
 * follows the last barrier of the branch before the others have come to it.
 */
abstract class SearchKernel extends Kernel {
    /** The search, the distances of what it found, the sums by codeword. */
    static final int PASSES = 3;

    /** Below every score. Not an infinity, for which Aparapi has no OpenCL. */
    static final float WORST = -3.4028235e38f;

    /** Floats and ints that a work-group shares. */
    static final int TILE = 4112;

    static final int MARKS = 2304;

    /** Most codewords, and dimensions, that one work-group adds up. */
    static final int SUM_CODEWORDS = 32;

    static final int SUM_DIMENSIONS = 128;

    /** Rows whose choices a work-group looks at together when it adds up. */
    private static final int SUM_ROWS = 2048;

    // Not read by translated code.
    private final long device;
    private final int groupSize;
    private final int groupRows;
    private final int panelWidth;

    // The codebook.
    float[] values = {0};
    float[] shift = {0};
    float[] originals = {0};
    int dimension;
    int codewords;
    int panels;

    // The rows and what is found: most codewords each, nearest first.
    float[] rows = {0};
    float[] weights = {0};
    int[] index = {0};
    float[] score = {0};
    float[] distance = {0};
    int count;
    int most = 1;

    // Sums of the rows' differences by codeword, if asked for; a group adds up so many codewords.
    float[] counts = {0};
    float[] sums = {0};
    float[] errors = {0};
    int summing;
    int weighted;
    int sumCodewords = SUM_CODEWORDS;

    @Local
    float[] tile = new float[TILE];

    @Local
    int[] marks = new int[MARKS];

    /**
     * Makes a kernel for one device.
     *
     * @param device its id
     * @param groupSize work-items in a group
     * @param groupRows rows that a group searches for
     * @param panelWidth codewords in a panel
     */
    SearchKernel(long device, int groupSize, int groupRows, int panelWidth) {
        this.device = device;
        this.groupSize = groupSize;
        this.groupRows = groupRows;
        this.panelWidth = panelWidth;
        setExplicit(true);
    }

    /** Returns the number of work-items in a group. */
    final int groupSize() {
        return groupSize;
    }

    /** Returns the number of rows that a group searches for. */
    final int groupRows() {
        return groupRows;
    }

    /** Returns the number of codewords in a panel. */
    final int panelWidth() {
        return panelWidth;
    }

    /** Finds the nearest codewords of a group's rows: {@code index}, and {@code score} if there are several. */
    abstract void search();

    @Override
    public void run() {
        int pass = getPassId();
        if (pass == 0) {
            search();
        }
        if (pass == 1) {
            measure();
        }
        if (pass == 2) {
            addUp();
        }
    }

    /** Squared distances of the rows from what they found, in four sums as on the CPU. */
    void measure() {
        int last = count * most;
        for (int i = getGlobalId(0); i < last; i += getGlobalSize(0)) {
            int a = i / most * dimension;
            int b = index[i] * dimension;
            float s0 = 0f;
            float s1 = 0f;
            float s2 = 0f;
            float s3 = 0f;
            int j = 0;
            for (; j + 3 < dimension; j += 4) {
                float d0 = rows[a + j] - originals[b + j];
                float d1 = rows[a + j + 1] - originals[b + j + 1];
                float d2 = rows[a + j + 2] - originals[b + j + 2];
                float d3 = rows[a + j + 3] - originals[b + j + 3];
                s0 = fma(d0, d0, s0);
                s1 = fma(d1, d1, s1);
                s2 = fma(d2, d2, s2);
                s3 = fma(d3, d3, s3);
            }
            for (; j < dimension; j++) {
                float d = rows[a + j] - originals[b + j];
                s0 = fma(d, d, s0);
            }
            distance[i] = (s0 + s1) + (s2 + s3);
        }
    }

    /**
     * Adds up, for some codewords and dimensions, what the rows that chose them differ from them, one group for each
     * such block; in the order of the rows. Differences are small where rows are not: float32 sums of thousands of
     * them hold.
     */
    void addUp() {
        int parts = (dimension + SUM_DIMENSIONS - 1) / SUM_DIMENSIONS;
        int blocks = (codewords + sumCodewords - 1) / sumCodewords * parts;
        if (summing == 1) {
            for (int block = getGroupId(0); block < blocks; block += getNumGroups(0)) {
                addUpBlock(block / parts * sumCodewords, block % parts * SUM_DIMENSIONS);
            }
            localBarrier();
        }
    }

    void addUpBlock(int firstCodeword, int firstDimension) {
        int t = getLocalId(0);
        int items = getLocalSize(0);
        for (int e = t; e < TILE; e += items) {
            tile[e] = 0f;
        }
        for (int from = 0; from < count; from += SUM_ROWS) {
            int chosen = listRows(firstCodeword, from);
            addRows(firstCodeword, firstDimension, from, chosen);
            if (firstDimension == 0) {
                addErrors(firstCodeword, from, chosen);
            }
            localBarrier();
        }
        int width = min(SUM_DIMENSIONS, dimension - firstDimension);
        int live = min(sumCodewords, codewords - firstCodeword);
        int lanes = min(items, SUM_DIMENSIONS);
        for (int k = t / lanes; k < live; k += items / lanes) {
            for (int d = t % lanes; d < width; d += lanes) {
                sums[(firstCodeword + k) * dimension + firstDimension + d] = tile[k * SUM_DIMENSIONS + d];
            }
        }
        localBarrier();
    }

    /**
     * Lists those of the next rows that chose the block's codewords, in order, in {@code marks}; returns how many.
     */
    int listRows(int firstCodeword, int from) {
        int t = getLocalId(0);
        int items = getLocalSize(0);
        int each = SUM_ROWS / items;
        int end = min(from + (t + 1) * each, count);
        int own = 0;
        for (int i = from + t * each; i < end; i++) {
            int k = index[i] - firstCodeword;
            if (k >= 0 && k < sumCodewords) {
                own++;
            }
        }
        marks[SUM_ROWS + t] = own;
        localBarrier();
        int at = 0;
        int all = 0;
        for (int j = 0; j < items; j++) {
            int others = marks[SUM_ROWS + j];
            all += others;
            if (j < t) {
                at += others;
            }
        }
        for (int i = from + t * each; i < end; i++) {
            int k = index[i] - firstCodeword;
            if (k >= 0 && k < sumCodewords) {
                marks[at] = i - from;
                at++;
            }
        }
        localBarrier();
        return all;
    }

    void addRows(int firstCodeword, int firstDimension, int from, int chosen) {
        int items = getLocalSize(0);
        int lanes = min(items, SUM_DIMENSIONS);
        int lane = getLocalId(0) % lanes;
        int turn = getLocalId(0) / lanes;
        int turns = items / lanes;
        int width = min(SUM_DIMENSIONS, dimension - firstDimension);
        for (int i = 0; i < chosen; i++) {
            int row = from + marks[i];
            int k = index[row] - firstCodeword;
            if (k % turns == turn) {
                float weight = weightOf(row);
                int at = row * dimension + firstDimension;
                int codeword = (firstCodeword + k) * dimension + firstDimension;
                for (int d = lane; d < width; d += lanes) {
                    int e = k * SUM_DIMENSIONS + d;
                    tile[e] = fma(weight, rows[at + d] - originals[codeword + d], tile[e]);
                }
            }
        }
    }

    void addErrors(int firstCodeword, int from, int chosen) {
        for (int k = getLocalId(0); k < min(sumCodewords, codewords - firstCodeword); k += getLocalSize(0)) {
            float weight = 0f;
            float error = 0f;
            if (from > 0) {
                weight = counts[firstCodeword + k];
                error = errors[firstCodeword + k];
            }
            for (int i = 0; i < chosen; i++) {
                int row = from + marks[i];
                if (index[row] - firstCodeword == k) {
                    weight += weightOf(row);
                    error = fma(weightOf(row), distance[row], error);
                }
            }
            counts[firstCodeword + k] = weight;
            errors[firstCodeword + k] = error;
        }
    }

    float weightOf(int row) {
        float weight = 1f;
        if (weighted == 1) {
            weight = weights[row];
        }
        return weight;
    }

    /**
     * Puts a codeword among the best of a row, if it is one of them. Codewords come in rising order, so that of
     * equals the first stays in front.
     */
    void offer(int row, int codeword, float offered) {
        int first = row * most;
        int held = min(codeword, most);
        if (held < most || offered > score[first + most - 1]) {
            int at = min(held, most - 1);
            while (at > 0 && offered > score[first + at - 1]) {
                score[first + at] = score[first + at - 1];
                index[first + at] = index[first + at - 1];
                at--;
            }
            score[first + at] = offered;
            index[first + at] = codeword;
        }
    }

    @Override
    public boolean isAllowDevice(Device candidate) {
        return candidate.equals(JavaDevice.ALTERNATIVE_ALGORITHM)
                || (candidate instanceof OpenCLDevice openCl && openCl.getDeviceId() == device);
    }

    @Override
    public boolean hasFallbackAlgorithm() {
        return true;
    }

    /** Called by Aparapi when the device failed; {@link OpenClNearestCodeword} then goes on on the CPU. */
    @Override
    public void executeFallbackAlgorithm(Range range, int passId) {
        throw new DeviceFailedException("the device refused to run the kernel, or failed in it");
    }
}
