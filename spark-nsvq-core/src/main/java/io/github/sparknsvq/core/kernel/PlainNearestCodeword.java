package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Nearest-codeword search in plain Java: one row against a panel of codewords at a time, in loops that HotSpot turns
 * into SIMD by itself. The fallback where the Vector API is off.
 */
final class PlainNearestCodeword implements NearestCodeword {
    private static final int WIDTH = 64;

    private final PackedCodebook codebook;

    PlainNearestCodeword(FloatMatrix codebook) {
        this.codebook = PackedCodebook.pack(codebook, WIDTH);
    }

    @Override
    public int dimension() {
        return codebook.dimension();
    }

    @Override
    public int codewords() {
        return codebook.codewords();
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, 1, index, squaredDistance);
        float[] row = new float[codebook.dimension()];
        float[] scores = new float[WIDTH];
        for (int i = 0; i < count; i++) {
            int at = offset + i * row.length;
            center(rows, at, row);
            float best = Float.NEGATIVE_INFINITY;
            int chosen = 0;
            for (int panel = 0; panel < codebook.panels(); panel++) {
                scores(row, panel, scores);
                for (int j = 0; j < WIDTH; j++) {
                    if (scores[j] > best) {
                        best = scores[j];
                        chosen = panel * WIDTH + j;
                    }
                }
            }
            index[i] = chosen;
            squaredDistance[i] = squaredDistance(rows, at, codebook.original(), chosen * row.length, row.length);
        }
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, p, index, squaredDistance);
        float[] row = new float[codebook.dimension()];
        float[] scores = new float[WIDTH];
        float[] best = new float[p];
        for (int i = 0; i < count; i++) {
            int at = offset + i * row.length;
            center(rows, at, row);
            TopScores.clear(best, 0, index, i * p, p);
            for (int panel = 0; panel < codebook.panels(); panel++) {
                scores(row, panel, scores);
                int live = Math.min(WIDTH, codebook.codewords() - panel * WIDTH);
                for (int j = 0; j < live; j++) {
                    TopScores.offer(scores[j], panel * WIDTH + j, best, 0, index, i * p, p);
                }
            }
            for (int j = i * p; j < i * p + p; j++) {
                int codeword = index[j] * row.length;
                squaredDistance[j] = squaredDistance(rows, at, codebook.original(), codeword, row.length);
            }
            TopScores.sort(index, squaredDistance, i * p, p);
        }
    }

    private void center(float[] rows, int at, float[] row) {
        float[] shift = codebook.shift();
        for (int j = 0; j < row.length; j++) {
            row[j] = rows[at + j] - shift[j];
        }
    }

    private void scores(float[] row, int panel, float[] scores) {
        float[] values = codebook.values();
        int at = codebook.panelStart(panel);
        System.arraycopy(values, at, scores, 0, WIDTH);
        at += WIDTH;
        for (float x : row) {
            for (int j = 0; j < WIDTH; j++) {
                scores[j] += x * values[at + j];
            }
            at += WIDTH;
        }
    }

    /** Squared distance of two vectors, summed in float32 in four lanes so that the sum does not wait for itself. */
    static float squaredDistance(float[] a, int aOffset, float[] b, int bOffset, int dimension) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int j = 0;
        for (; j + 3 < dimension; j += 4) {
            float d0 = a[aOffset + j] - b[bOffset + j];
            float d1 = a[aOffset + j + 1] - b[bOffset + j + 1];
            float d2 = a[aOffset + j + 2] - b[bOffset + j + 2];
            float d3 = a[aOffset + j + 3] - b[bOffset + j + 3];
            s0 += d0 * d0;
            s1 += d1 * d1;
            s2 += d2 * d2;
            s3 += d3 * d3;
        }
        for (; j < dimension; j++) {
            float d = a[aOffset + j] - b[bOffset + j];
            s0 += d * d;
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** The plain-Java provider: always there. */
    static final class Provider implements NearestCodewordProvider {
        @Override
        public String name() {
            return "plain-java";
        }

        @Override
        public String description() {
            return "plain Java";
        }

        @Override
        public NearestCodeword prepare(FloatMatrix codebook) {
            return new PlainNearestCodeword(codebook);
        }
    }
}
