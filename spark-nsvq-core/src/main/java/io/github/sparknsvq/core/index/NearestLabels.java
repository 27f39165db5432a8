package io.github.sparknsvq.core.index;

import java.util.Arrays;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

/**
 * The {@code k} nearest of what was offered so far, each with a label: a heap with the farthest on top. Of equal
 * distances the smaller label is nearer, so that the result does not depend on the order of the offers. NaN and
 * infinities, of which no order follows, are never taken. For one thread.
 */
public final class NearestLabels {
    private final float[] distances;
    private final long[] labels;

    /** Gives the number that decides between labels at equal distance. */
    private final LongUnaryOperator order;

    private int size;

    /** Which labels are taken; null for all. */
    private LongPredicate filter;

    /**
     * Makes an empty heap.
     *
     * @param k how many it keeps, at least 1
     * @throws IllegalArgumentException if {@code k} is less
     */
    public NearestLabels(int k) {
        this(k, LongUnaryOperator.identity());
    }

    /**
     * Makes an empty heap whose labels have an order of their own.
     *
     * @param k how many it keeps, at least 1
     * @param order gives a number for a label: of equal distances the smaller number is nearer
     * @throws IllegalArgumentException if {@code k} is less
     */
    public NearestLabels(int k, LongUnaryOperator order) {
        if (k < 1) {
            throw new IllegalArgumentException("there are no " + k + " nearest: at least 1");
        }
        this.distances = new float[k];
        this.labels = new long[k];
        this.order = order;
    }

    /** Returns how many are kept at most. */
    public int capacity() {
        return distances.length;
    }

    /** Returns how many there are. */
    public int size() {
        return size;
    }

    /** Forgets everything. */
    public void clear() {
        size = 0;
    }

    /**
     * Takes only some labels from now on.
     *
     * @param labelFilter says whether a label is taken; asked only for those that are near enough. Null takes all
     */
    public void filter(LongPredicate labelFilter) {
        filter = labelFilter;
    }

    /** Returns whether only some labels are taken. */
    boolean hasFilter() {
        return filter != null;
    }

    /** Returns the distance beyond which nothing is taken: that of the farthest, or infinity while there is room. */
    public float threshold() {
        return size < distances.length ? Float.POSITIVE_INFINITY : distances[0];
    }

    /** Offers a label. */
    public void offer(float distance, long label) {
        if (size == distances.length) {
            if (isNearer(distance, label, distances[0], labels[0]) && Float.isFinite(distance) && passes(label)) {
                sink(0, distance, label);
            }
        } else if (Float.isFinite(distance) && passes(label)) {
            rise(size++, distance, label);
        }
    }

    /** Offers labels that follow each other: {@code label} has the first distance. */
    public void offer(float[] offered, int from, int count, long label) {
        for (int i = 0; i < count; i++) {
            if (offered[from + i] <= threshold()) {
                offer(offered[from + i], label + i);
            }
        }
    }

    private boolean passes(long label) {
        return filter == null || filter.test(label);
    }

    private boolean isNearer(float distance, long label, float other, long otherLabel) {
        return distance < other || (distance == other && order.applyAsLong(label) < order.applyAsLong(otherLabel));
    }

    private void rise(int at, float distance, long label) {
        int i = at;
        while (i > 0) {
            int parent = (i - 1) / 2;
            if (!isNearer(distances[parent], labels[parent], distance, label)) {
                break;
            }
            move(parent, i);
            i = parent;
        }
        distances[i] = distance;
        labels[i] = label;
    }

    private void sink(int at, float distance, long label) {
        int i = at;
        for (int child = 2 * i + 1; child < size; child = 2 * i + 1) {
            if (child + 1 < size
                    && isNearer(distances[child], labels[child], distances[child + 1], labels[child + 1])) {
                child++;
            }
            if (!isNearer(distance, label, distances[child], labels[child])) {
                break;
            }
            move(child, i);
            i = child;
        }
        distances[i] = distance;
        labels[i] = label;
    }

    private void move(int from, int to) {
        distances[to] = distances[from];
        labels[to] = labels[from];
    }

    /**
     * Takes everything out, nearest first, and leaves the heap empty.
     *
     * @param sortedDistances receives the distances
     * @param sortedLabels receives the labels
     * @param to where the nearest goes; {@link #size()} places are filled
     * @return how many there were
     */
    public int drain(float[] sortedDistances, long[] sortedLabels, int to) {
        return drain(sortedDistances, sortedLabels, to, to);
    }

    /** As above, with a place of their own for labels. */
    int drain(float[] sortedDistances, long[] sortedLabels, int to, int labelsTo) {
        int count = size;
        while (size > 0) {
            size--;
            sortedDistances[to + size] = distances[0];
            sortedLabels[labelsTo + size] = labels[0];
            sink(0, distances[size], labels[size]);
        }
        return count;
    }

    @Override
    public String toString() {
        return "NearestLabels(" + Arrays.toString(Arrays.copyOf(labels, size)) + ")";
    }
}
