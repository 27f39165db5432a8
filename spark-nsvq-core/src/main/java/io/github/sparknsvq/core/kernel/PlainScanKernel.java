package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The scan kernel in plain Java, in loops that HotSpot turns into SIMD by itself where it can. */
final class PlainScanKernel implements ScanKernel {
    @Override
    public void squaredDistances(float[] query, float[] rows, int count, float[] distances) {
        int d = query.length;
        for (int i = 0, at = 0; i < count; i++, at += d) {
            distances[i] = PlainNearestCodeword.squaredDistance(query, 0, rows, at, d);
        }
    }

    @Override
    public void innerProducts(float[] query, float[] rows, int count, float[] products) {
        int d = query.length;
        for (int i = 0, at = 0; i < count; i++, at += d) {
            // four sums: one would wait for itself, and C2 does not reorder a float sum
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            int j = 0;
            for (; j <= d - 4; j += 4) {
                s0 += query[j] * rows[at + j];
                s1 += query[j + 1] * rows[at + j + 1];
                s2 += query[j + 2] * rows[at + j + 2];
                s3 += query[j + 3] * rows[at + j + 3];
            }
            for (; j < d; j++) {
                s0 += query[j] * rows[at + j];
            }
            products[i] = (s0 + s1) + (s2 + s3);
        }
    }

    @Override
    public Products prepare(List<FloatMatrix> codebooks) {
        return new Columns(codebooks);
    }

    @Override
    public BlockSums blocks(int parts) {
        return new Blocks(parts);
    }

    @Override
    public ByteDistances bytes(float[] first, float[] step) {
        return new PlainByteDistances(first, step);
    }

    /** An array of {@code K} values for each dimension of a part: loops run over codewords. */
    private static final class Columns implements Products {
        private final float[][][] columns;
        private final int size;
        private final int most;

        Columns(List<FloatMatrix> codebooks) {
            if (codebooks.isEmpty()) {
                throw new IllegalArgumentException("no codebook has no inner products");
            }
            this.columns = new float[codebooks.size()][][];
            int sum = 0;
            int longest = 0;
            for (int m = 0; m < columns.length; m++) {
                FloatMatrix codebook = codebooks.get(m);
                if (codebook.rows() < 1 || codebook.columns() < 1) {
                    throw new IllegalArgumentException(codebook + " has no inner products");
                }
                columns[m] = transposed(codebook);
                sum = Math.addExact(sum, codebook.rows());
                longest = Math.max(longest, codebook.rows());
            }
            this.size = sum;
            this.most = longest;
        }

        private static float[][] transposed(FloatMatrix codebook) {
            float[][] columns = new float[codebook.columns()][codebook.rows()];
            for (int j = 0; j < columns.length; j++) {
                for (int k = 0; k < codebook.rows(); k++) {
                    columns[j][k] = codebook.values()[k * columns.length + j];
                }
            }
            return columns;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public void fill(float[] rows, int offset, int count, float[] products, int to) {
            Objects.checkFromIndexSize(to, count * size, products.length);
            float[] sums = new float[most];
            int at = offset;
            int out = to;
            for (int i = 0; i < count; i++) {
                for (float[][] part : columns) {
                    int n = part[0].length;
                    Arrays.fill(sums, 0, n, 0f);
                    for (float[] column : part) {
                        add(rows[at++], column, sums);
                    }
                    System.arraycopy(sums, 0, products, out, n);
                    out += n;
                }
            }
        }

        private static void add(float x, float[] column, float[] sums) {
            for (int k = 0; k < column.length; k++) {
                sums[k] += x * column[k];
            }
        }
    }

    /** Reads entry by entry, the codes of a block side by side. */
    private static final class Blocks implements BlockSums {
        private static final int HALF = BLOCK / 2;

        private final int parts;
        private final short[] entries;
        private final int[] low = new int[HALF];
        private final int[] high = new int[HALF];

        Blocks(int parts) {
            this.parts = parts;
            this.entries = new short[16 * parts];
        }

        @Override
        public int bytes() {
            return 16 * (parts + parts % 2);
        }

        @Override
        public void table(byte[] table) {
            for (int i = 0; i < entries.length; i++) {
                entries[i] = (short) (table[i] & 0xFF);
            }
        }

        @Override
        public int next(byte[] codes, int offset, int from, int blocks, int bound, short[] sums) {
            for (int block = from; block < blocks; block++) {
                if (sum(codes, offset + block * bytes()) <= bound) {
                    for (int j = 0; j < HALF; j++) {
                        int code = j / 2 + (j & 1) * 8;
                        sums[code] = (short) low[j];
                        sums[code + HALF] = (short) high[j];
                    }
                    return block;
                }
            }
            return blocks;
        }

        private int sum(byte[] codes, int offset) {
            Arrays.fill(low, 0);
            Arrays.fill(high, 0);
            for (int m = 0; m < parts; m++) {
                int at = offset + m * HALF;
                for (int j = 0; j < HALF; j++) {
                    int both = codes[at + j];
                    low[j] += entries[16 * m + (both & 15)];
                    high[j] += entries[16 * m + (both >> 4 & 15)];
                }
            }
            int least = Integer.MAX_VALUE;
            for (int j = 0; j < HALF; j++) {
                least = Math.min(least, Math.min(low[j], high[j]));
            }
            return least;
        }
    }
}
