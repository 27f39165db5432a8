package io.github.sparknsvq.core.kernel;

import java.util.Objects;

/** Distances from rows of bytes in plain Java. */
final class PlainByteDistances implements ByteDistances {
    private final float[] first;
    private final float[] step;

    /** The query, for squares less what the first steps stand for. */
    private final float[] query;

    private boolean squares;

    PlainByteDistances(float[] first, float[] step) {
        this.first = first;
        this.step = step;
        this.query = new float[first.length];
    }

    @Override
    public void squaredDistancesFrom(float[] from, int offset) {
        Objects.checkFromIndexSize(offset, query.length, from.length);
        squares = true;
        for (int j = 0; j < query.length; j++) {
            query[j] = from[offset + j] - first[j];
        }
    }

    @Override
    public void innerProductsWith(float[] from, int offset) {
        Objects.checkFromIndexSize(offset, query.length, from.length);
        squares = false;
        System.arraycopy(from, offset, query, 0, query.length);
    }

    @Override
    public void measure(byte[] codes, int offset, int count, float[] measured) {
        int d = query.length;
        Objects.checkFromIndexSize(offset, count * d, codes.length);
        for (int i = 0; i < count; i++) {
            int at = offset + i * d;
            measured[i] = squares ? squaredDistance(codes, at) : innerProduct(codes, at);
        }
    }

    private float squaredDistance(byte[] codes, int at) {
        // two sums: one would wait for itself
        float even = 0;
        float odd = 0;
        int j = 0;
        for (; j < query.length - 1; j += 2) {
            float apart = query[j] - (codes[at + j] & 0xFF) * step[j];
            float next = query[j + 1] - (codes[at + j + 1] & 0xFF) * step[j + 1];
            even += apart * apart;
            odd += next * next;
        }
        if (j < query.length) {
            float apart = query[j] - (codes[at + j] & 0xFF) * step[j];
            even += apart * apart;
        }
        return even + odd;
    }

    private float innerProduct(byte[] codes, int at) {
        float even = 0;
        float odd = 0;
        int j = 0;
        for (; j < query.length - 1; j += 2) {
            even += query[j] * value(codes, at, j);
            odd += query[j + 1] * value(codes, at, j + 1);
        }
        if (j < query.length) {
            even += query[j] * value(codes, at, j);
        }
        return even + odd;
    }

    private float value(byte[] codes, int at, int j) {
        return first[j] + (codes[at + j] & 0xFF) * step[j];
    }
}
