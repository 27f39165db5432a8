package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.quantizer.CodeBits;

/** Sums of table entries for codes, by what widths the indices have. */
final class TableSums {
    static final int BYTE_ENTRIES = 256;
    static final int NIBBLE_ENTRIES = 16;

    private TableSums() {}

    /**
     * Returns the fastest sums.
     *
     * @param codeBits of the codes
     * @param starts where the entries of each index start in a table, and last the table's size
     * @param stride bytes from one code to the next
     */
    static TableScanner.CodeSums of(CodeBits codeBits, int[] starts, int stride) {
        int parts = codeBits.indices();
        if (areBytes(codeBits, starts)) {
            return new ByteSums(parts, stride);
        }
        boolean nibbles = starts[parts] == parts * NIBBLE_ENTRIES;
        for (int m = 0; m < parts; m++) {
            nibbles &= codeBits.width(m) == 4;
        }
        return nibbles ? new NibblePairSums(parts, stride) : new AnySums(codeBits, starts, stride);
    }

    /** Returns whether codes are whole bytes, each with 256 entries. */
    static boolean areBytes(CodeBits codeBits, int[] starts) {
        return codeBits.wholeBytes() && starts[codeBits.indices()] == codeBits.indices() * BYTE_ENTRIES;
    }

    /** Sums over codes of whole bytes, each with 256 entries. */
    private static final class ByteSums implements TableScanner.CodeSums {
        private final int parts;
        private final int stride;
        private float[] table;

        ByteSums(int parts, int stride) {
            this.parts = parts;
            this.stride = stride;
            this.table = new float[parts * BYTE_ENTRIES];
        }

        @Override
        public void table(float[] next) {
            table = next;
        }

        @Override
        public void sum(byte[] codes, int offset, int count, float start, float[] sums) {
            for (int i = 0, at = offset; i < count; i++, at += stride) {
                sums[i] = start + sum(table, codes, at, parts);
            }
        }

        /** Four sums, because one would wait for itself. */
        private static float sum(float[] table, byte[] codes, int at, int parts) {
            float s0 = 0;
            float s1 = 0;
            float s2 = 0;
            float s3 = 0;
            int m = 0;
            int t = 0;
            for (; m < parts - 3; m += 4, t += 4 * BYTE_ENTRIES) {
                s0 += table[t + (codes[at + m] & 0xFF)];
                s1 += table[t + BYTE_ENTRIES + (codes[at + m + 1] & 0xFF)];
                s2 += table[t + 2 * BYTE_ENTRIES + (codes[at + m + 2] & 0xFF)];
                s3 += table[t + 3 * BYTE_ENTRIES + (codes[at + m + 3] & 0xFF)];
            }
            for (; m < parts; m++, t += BYTE_ENTRIES) {
                s0 += table[t + (codes[at + m] & 0xFF)];
            }
            return (s0 + s1) + (s2 + s3);
        }
    }

    /** Sums over codes of 4-bit indices, two of them in a byte, by a table of the sums of all pairs. */
    private static final class NibblePairSums implements TableScanner.CodeSums {
        private final int parts;
        private final ByteSums sums;
        private final float[] pairs;

        NibblePairSums(int parts, int stride) {
            this.parts = parts;
            this.sums = new ByteSums((parts + 1) / 2, stride);
            this.pairs = new float[(parts + 1) / 2 * NIBBLE_ENTRIES * NIBBLE_ENTRIES];
            sums.table(pairs);
        }

        @Override
        public void table(float[] table) {
            int to = 0;
            int end = parts * NIBBLE_ENTRIES;
            for (int first = 0; first < end; first += 2 * NIBBLE_ENTRIES) {
                for (int high = 0; high < NIBBLE_ENTRIES; high++, to += NIBBLE_ENTRIES) {
                    // an odd last part has no partner
                    float second = first + NIBBLE_ENTRIES < end ? table[first + NIBBLE_ENTRIES + high] : 0;
                    for (int low = 0; low < NIBBLE_ENTRIES; low++) {
                        pairs[to + low] = table[first + low] + second;
                    }
                }
            }
        }

        @Override
        public void sum(byte[] codes, int offset, int count, float start, float[] out) {
            sums.sum(codes, offset, count, start, out);
        }
    }

    /** Sums over codes of indices of any widths. */
    private static final class AnySums implements TableScanner.CodeSums {
        private final CodeBits codeBits;
        private final int[] starts;
        private final int stride;
        private final int[] indices;
        private float[] table = new float[0];

        AnySums(CodeBits codeBits, int[] starts, int stride) {
            this.codeBits = codeBits;
            this.starts = starts;
            this.stride = stride;
            this.indices = new int[codeBits.indices()];
        }

        @Override
        public void table(float[] next) {
            table = next;
        }

        @Override
        public void sum(byte[] codes, int offset, int count, float start, float[] sums) {
            for (int i = 0; i < count; i++) {
                codeBits.unpack(codes, offset + i * stride, 1, indices, 0);
                float sum = 0;
                for (int m = 0; m < indices.length; m++) {
                    int entry = starts[m] + indices[m];
                    if (entry >= starts[m + 1]) {
                        throw new NsvqException("a code holds index " + indices[m] + " of codebook " + m
                                + ", which has " + (starts[m + 1] - starts[m]) + " codewords");
                    }
                    sum += table[entry];
                }
                sums[i] = start + sum;
            }
        }
    }
}
