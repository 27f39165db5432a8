package io.github.sparknsvq.gpu;

import com.aparapi.Range;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import java.util.Arrays;

/**
 * A lane through Aparapi: one kernel object, with its context, queue and buffers on the device.
 *
 * <p>Aparapi has a buffer for every array that a kernel's fields name, of the array's whole length. An array that
 * stays keeps its buffer, and is sent again only where {@code put} says so; a new array is sent when its buffer is
 * made. Arrays therefore stay while they are large enough and not much too large.
 */
final class KernelLane implements Lane {
    private final SearchKernel kernel;
    private final int units;
    private PackedCodebook codebook;
    private Batch batch;
    private boolean newRows;
    private boolean newWeights;

    /**
     * Makes a lane.
     *
     * @param kernel its kernel
     * @param units number of the device's compute units
     */
    KernelLane(SearchKernel kernel, int units) {
        this.kernel = kernel;
        this.units = units;
    }

    @Override
    public void fill(PackedCodebook next, Batch rows) {
        batch = rows;
        load(next);
        int d = next.dimension();
        kernel.count = rows.count();
        kernel.most = rows.most();
        kernel.summing = rows.summing() ? 1 : 0;
        kernel.weighted = rows.weights() == null ? 0 : 1;
        float[] block = fitting(kernel.rows, rows.count() * d);
        newRows = block != kernel.rows;
        kernel.rows = block;
        System.arraycopy(rows.rows(), rows.offset(), block, 0, rows.count() * d);
        if (rows.weights() != null) {
            float[] weights = fitting(kernel.weights, rows.count());
            newWeights = weights != kernel.weights;
            kernel.weights = weights;
            System.arraycopy(rows.weights(), rows.firstWeight(), weights, 0, rows.count());
        }
        int found = rows.count() * rows.most();
        kernel.index = fitting(kernel.index, found);
        kernel.distance = fitting(kernel.distance, found);
        if (rows.most() > 1) {
            kernel.score = fitting(kernel.score, found);
        }
        if (rows.summing()) {
            kernel.sums = fitting(kernel.sums, next.codewords() * d);
            kernel.counts = fitting(kernel.counts, next.codewords());
            kernel.errors = fitting(kernel.errors, next.codewords());
            kernel.sumCodewords = sumCodewords(next);
        }
    }

    /** Takes another codebook in, unless it is the same: every task of a training step prepares that of the step. */
    private void load(PackedCodebook next) {
        boolean same = codebook != null
                && codebook.dimension() == next.dimension()
                && Arrays.equals(codebook.original(), next.original());
        codebook = next;
        if (same) {
            return;
        }
        kernel.values = next.values();
        kernel.shift = next.shift();
        kernel.originals = next.original();
        kernel.dimension = next.dimension();
        kernel.codewords = next.codewords();
        kernel.panels = next.panels();
    }

    /** Few enough codewords for a group to add up that all compute units have some to do. */
    private int sumCodewords(PackedCodebook next) {
        int parts = parts(next.dimension());
        return Math.max(1, Math.min(SearchKernel.SUM_CODEWORDS, next.codewords() * parts / (2 * units)));
    }

    private static int parts(int dimension) {
        return (dimension + SearchKernel.SUM_DIMENSIONS - 1) / SearchKernel.SUM_DIMENSIONS;
    }

    @Override
    public void run() {
        if (!newRows) {
            kernel.put(kernel.rows);
        }
        if (batch.weights() != null && !newWeights) {
            kernel.put(kernel.weights);
        }
        kernel.execute(range(), batch.summing() ? SearchKernel.PASSES : SearchKernel.PASSES - 1);
        if (batch.summing()) {
            kernel.get(kernel.counts);
            kernel.get(kernel.sums);
            kernel.get(kernel.errors);
        } else {
            kernel.get(kernel.index);
            kernel.get(kernel.distance);
        }
    }

    /** Searches again for what is on the device already, and brings nothing back; for measuring the kernel alone. */
    void searchAgain() {
        kernel.execute(range(), 1);
    }

    private Range range() {
        int groups = (batch.count() + kernel.groupRows() - 1) / kernel.groupRows();
        if (batch.summing()) {
            int blocks = (codebook.codewords() + kernel.sumCodewords - 1) / kernel.sumCodewords;
            // no more than there is room for side by side: POCL searches for no rows where a group has none
            groups = Math.max(groups, Math.min(blocks * parts(codebook.dimension()), 4 * units));
        }
        return Range.create(groups * kernel.groupSize(), kernel.groupSize());
    }

    @Override
    public int[] index() {
        return kernel.index;
    }

    @Override
    public float[] squaredDistance() {
        return kernel.distance;
    }

    @Override
    public float[] counts() {
        return kernel.counts;
    }

    @Override
    public float[] sums() {
        return kernel.sums;
    }

    @Override
    public float[] errors() {
        return kernel.errors;
    }

    @Override
    public void close() {
        kernel.dispose();
    }

    private static float[] fitting(float[] array, int length) {
        return fits(array.length, length) ? array : new float[room(length)];
    }

    private static int[] fitting(int[] array, int length) {
        return fits(array.length, length) ? array : new int[room(length)];
    }

    private static boolean fits(int room, int length) {
        return length <= room && room <= 2L * room(length);
    }

    /** The length and at most an eighth more, so that batches of nearly one size share an array. */
    private static int room(int length) {
        long step = Math.max(16, Integer.highestOneBit(length) / 8);
        return (int) Math.min(Integer.MAX_VALUE - 8, (length + step - 1) / step * step);
    }
}
