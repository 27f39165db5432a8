package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;
import java.util.List;

/**
 * Codebooks of whole rows of which one codeword each is added up: what residual and additive quantizers have in common
 * once a code is there. The codewords of all codebooks are numbered through, as {@code start(m) + index}.
 */
final class SummedCodebooks {
    private final int dimension;
    private final int[] starts;
    private final float[] values;
    private final CodeBits codeBits;
    private final TableLookup lookup;

    /**
     * Takes codebooks, copying them.
     *
     * @throws NsvqException if there is none, or one is empty, too large, of another dimension or not finite
     */
    SummedCodebooks(List<FloatMatrix> codebooks) {
        if (codebooks.isEmpty()) {
            throw new NsvqException("a quantizer needs at least one codebook");
        }
        this.dimension = codebooks.get(0).columns();
        this.starts = new int[codebooks.size() + 1];
        int[] widths = new int[codebooks.size()];
        for (int m = 0; m < widths.length; m++) {
            int rows = checked(codebooks.get(m), m);
            widths[m] = CodeBits.widthFor(rows);
            starts[m + 1] = starts[m] + rows;
        }
        this.values = new float[Blocks.length(starts[widths.length], dimension)];
        for (int m = 0; m < widths.length; m++) {
            float[] from = codebooks.get(m).values();
            System.arraycopy(from, 0, values, starts[m] * dimension, from.length);
        }
        this.codeBits = new CodeBits(widths);
        this.lookup = new TableLookup(codeBits, starts);
    }

    private int checked(FloatMatrix codebook, int m) {
        int most = 1 << ProductQuantizer.MOST_BITS;
        if (codebook.rows() < 1 || codebook.rows() > most || codebook.columns() < 1) {
            throw new NsvqException("codebook " + m + " is " + codebook.rows() + " x " + codebook.columns()
                    + ": it needs 1 to " + most + " codewords of dimension 1 or more");
        }
        if (codebook.columns() != dimension) {
            throw new NsvqException(
                    "codebook " + m + " has dimension " + codebook.columns() + ", the first has " + dimension);
        }
        for (float value : codebook.values()) {
            if (!Float.isFinite(value)) {
                throw new NsvqException(
                        "codebook " + m + " holds " + value + ": codewords that are added up must be" + " finite");
            }
        }
        return codebook.rows();
    }

    int dimension() {
        return dimension;
    }

    /** The number of codebooks {@code M}. */
    int count() {
        return codeBits.indices();
    }

    /** Where the codewords of a codebook start; for {@code M}, how many there are in all. */
    int start(int codebook) {
        return starts[codebook];
    }

    /** The codewords of a codebook. */
    int size(int codebook) {
        return starts[codebook + 1] - starts[codebook];
    }

    /** The codewords of all codebooks. */
    int total() {
        return starts[count()];
    }

    /** All codewords, codebook after codebook, row-major; not copied. */
    float[] values() {
        return values;
    }

    FloatMatrix codebook(int m) {
        float[] copy = Arrays.copyOfRange(values, starts[m] * dimension, starts[m + 1] * dimension);
        return new FloatMatrix(size(m), dimension, copy);
    }

    CodeBits codeBits() {
        return codeBits;
    }

    /** Adds up the codewords of the first {@code levels} indices of each row; others are not looked at. */
    void decode(int[] indices, int offset, int count, int levels, float[] rows, int to) {
        Blocks.check("indices", indices.length, offset, count, count());
        Blocks.check("values", rows.length, to, count, dimension);
        for (int i = 0; i < count; i++) {
            int at = to + i * dimension;
            Arrays.fill(rows, at, at + dimension, 0f);
            for (int m = 0; m < levels; m++) {
                int index = indices[offset + i * count() + m];
                Blocks.checkIndex(index, size(m), m);
                add((starts[m] + index) * dimension, rows, at);
            }
        }
    }

    private void add(int from, float[] row, int at) {
        for (int j = 0; j < dimension; j++) {
            row[at + j] += values[from + j];
        }
    }

    /** Unpacks codes and decodes the first {@code levels} indices of each. */
    void decode(byte[] codes, int offset, int count, int levels, float[] rows, int to) {
        int size = codeBits.codeSize();
        Blocks.check("bytes of codes", codes.length, offset, count, size);
        Blocks.check("values", rows.length, to, count, dimension);
        int[] indices = new int[Math.min(count, Blocks.ROWS) * count()];
        for (int from = 0; from < count; from += Blocks.ROWS) {
            int n = Math.min(Blocks.ROWS, count - from);
            codeBits.unpack(codes, offset + from * size, n, indices, 0);
            decode(indices, 0, n, levels, rows, to + from * dimension);
        }
    }

    /** Squared norms of what codes stand for. */
    void squaredNorms(byte[] codes, int offset, int count, float[] norms, int to) {
        Blocks.check("bytes of codes", codes.length, offset, count, codeBits.codeSize());
        Blocks.check("norms", norms.length, to, count, 1);
        float[] row = new float[dimension];
        int[] indices = new int[count()];
        for (int i = 0; i < count; i++) {
            codeBits.unpack(codes, offset + i * codeBits.codeSize(), 1, indices, 0);
            decode(indices, 0, 1, count(), row, 0);
            double sum = 0;
            for (float value : row) {
                sum += (double) value * value;
            }
            norms[to + i] = (float) sum;
        }
    }

    /** Inner products of a query with all codewords. */
    void innerProductTable(float[] query, int offset, float[] table) {
        Blocks.check("values", query.length, offset, 1, dimension);
        Blocks.check("table entries", table.length, 0, 1, total());
        for (int c = 0; c < total(); c++) {
            float sum = 0;
            for (int j = 0; j < dimension; j++) {
                sum += query[offset + j] * values[c * dimension + j];
            }
            table[c] = sum;
        }
    }

    /** Inner products of codes with the query of a table. */
    void innerProducts(float[] table, byte[] codes, int offset, int count, float[] products, int to) {
        lookup.sum(table, codes, offset, count, products, to);
    }
}
