package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** The scan kernel in plain Java, in loops that HotSpot turns into SIMD by itself where it can. */
final class PlainScanKernel implements ScanKernel {
    /** Where floats are 1/256 apart: added to an entry, it leaves the entry's whole part in bits 8 to 15. */
    private static final float TO_BITS = 1 << 15;

    /** Where floats are 1 apart: added to a term, it leaves the nearest whole number in the lowest bits. */
    private static final float WHOLE = 1 << 23;

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
    public BlockSums nibbleBlocks(int parts) {
        return new PlainBlockSums(parts, 16);
    }

    @Override
    public boolean sumsBytesFast() {
        return false;
    }

    @Override
    public void ranges(float[] table, int at, int parts, int entries, float[] lowest, float[] highest) {
        for (int m = 0; m < parts; m++) {
            float min = table[at + m * entries];
            float max = min;
            for (int k = at + m * entries; k < at + (m + 1) * entries; k++) {
                min = Math.min(min, table[k]);
                max = Math.max(max, table[k]);
            }
            lowest[m] = min;
            highest[m] = max;
        }
    }

    @Override
    public void roundDown(
            float[] table, int at, int parts, int entries, float[] lowest, float scale, byte[] rounded, int to) {
        for (int m = 0; m < parts; m++) {
            for (int k = m * entries; k < (m + 1) * entries; k++) {
                float bits = (table[at + k] - lowest[m]) * scale + TO_BITS;
                rounded[to + k] = (byte) (Float.floatToRawIntBits(bits) >> 8);
            }
        }
    }

    @Override
    public boolean addTerms(
            short[] sums, int at, int count, float[] terms, int from, float least, float scale, float most, int low) {
        int end = (count + BLOCK - 1) / BLOCK * BLOCK;
        boolean any = false;
        for (int i = 0; i < end; i++) {
            float term = Math.min((terms[from + ScanKernel.termPlace(i)] - least) * scale, most);
            sums[at + i] += (short) Float.floatToRawIntBits(term + WHOLE);
            any |= sums[at + i] <= low;
        }
        return any;
    }

    @Override
    public int low(short[] sums, int at, int count, int bound, int[] places) {
        int found = 0;
        for (int i = 0; i < count; i++) {
            if (sums[at + i] <= bound) {
                places[found++] = i;
            }
        }
        return found;
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
}
