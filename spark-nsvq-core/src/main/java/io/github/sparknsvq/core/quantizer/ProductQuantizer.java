package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * A row cut into {@code M} parts of {@code D / M} dimensions, each quantized with a codebook of its own (Jegou, Douze
 * and Schmid, Product quantization for nearest neighbor search, TPAMI 2011, eq. 8). The code is the {@code M}
 * indices, each of the same 4 to 16 bits.
 */
public final class ProductQuantizer implements Quantizer {
    /** The fewest bits of an index. */
    public static final int LEAST_BITS = 4;

    /** The most bits of an index. */
    public static final int MOST_BITS = 16;

    private final int dimension;
    private final int parts;
    private final int size;
    private final int codewords;
    private final float[] values;

    private final NearestCodeword[] searches;
    private final CodeBits codeBits;

    /**
     * Makes a quantizer that searches on the CPU.
     *
     * @param dimension dimension {@code D} of the rows
     * @param parts number of parts {@code M}, a divisor of {@code D}
     * @param bits bits of an index, in [{@value #LEAST_BITS}, {@value #MOST_BITS}]
     * @param codewords the codebooks, part after part, each {@code 2^bits x D / M} row-major, as FAISS orders them;
     *     copied
     * @throws NsvqException if a number is out of range or there are more or fewer values
     */
    public ProductQuantizer(int dimension, int parts, int bits, float[] codewords) {
        this(dimension, parts, bits, codewords, NearestCodewordProviders.cpu());
    }

    /**
     * Makes a quantizer.
     *
     * @param dimension dimension {@code D} of the rows
     * @param parts number of parts {@code M}, a divisor of {@code D}
     * @param bits bits of an index, in [{@value #LEAST_BITS}, {@value #MOST_BITS}]
     * @param codewords the codebooks, part after part, each {@code 2^bits x D / M} row-major, as FAISS orders them;
     *     copied
     * @param provider what searches
     * @throws NsvqException if a number is out of range or there are more or fewer values
     */
    public ProductQuantizer(int dimension, int parts, int bits, float[] codewords, NearestCodewordProvider provider) {
        checkShape(dimension, parts, bits);
        NsvqException.unless(
                codewords.length == (long) dimension << bits,
                "codebooks of " + bits + " bits for dimension " + dimension + " have " + ((long) dimension << bits)
                        + " values, not " + codewords.length);
        this.dimension = dimension;
        this.parts = parts;
        this.size = dimension / parts;
        this.codewords = 1 << bits;
        this.values = codewords.clone();
        this.codeBits = CodeBits.uniform(parts, bits);
        this.searches = new NearestCodeword[parts];
        Arrays.setAll(searches, m -> provider.prepare(codebook(m)));
    }

    /**
     * Checks numbers that users choose.
     *
     * @param dimension dimension {@code D} of the rows
     * @param parts number of parts {@code M}
     * @param bits bits of an index
     * @throws NsvqException if there can be no such quantizer, saying what would be valid
     */
    public static void checkShape(int dimension, int parts, int bits) {
        NsvqException.unless(
                bits >= LEAST_BITS && bits <= MOST_BITS,
                "a product quantizer has " + LEAST_BITS + " to " + MOST_BITS + " bits per codebook, not " + bits);
        NsvqException.unless(
                dimension >= 1 && parts >= 1 && dimension % parts == 0,
                "dimension " + dimension + " cannot be cut into " + parts
                        + " equal parts: the number of codebooks must divide the dimension");
        NsvqException.unless(
                (long) dimension << bits <= Integer.MAX_VALUE - 8,
                "codebooks of " + bits + " bits for dimension " + dimension + " do not fit one array:"
                        + " take fewer bits");
    }

    /** Returns the number of parts {@code M}. */
    public int parts() {
        return parts;
    }

    /** Returns the number of codewords {@code K} of each part. */
    public int codewords() {
        return codewords;
    }

    /** Returns a copy of the codebook of a part, {@code K x D / M}. */
    public FloatMatrix codebook(int part) {
        int length = codewords * size;
        return new FloatMatrix(codewords, size, Arrays.copyOfRange(values, part * length, (part + 1) * length));
    }

    @Override
    public int dimension() {
        return dimension;
    }

    @Override
    public CodeBits codeBits() {
        return codeBits;
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension);
        Blocks.check("indices", indices.length, to, count, parts);
        int chunk = Math.min(count, Blocks.ROWS);
        float[] block = new float[chunk * size];
        int[] index = new int[chunk];
        float[] squaredDistance = new float[chunk];
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            for (int m = 0; m < parts; m++) {
                gather(rows, offset + from * dimension + m * size, n, block);
                searches[m].nearest(block, 0, n, index, squaredDistance);
                for (int i = 0, at = to + from * parts + m; i < n; i++, at += parts) {
                    indices[at] = index[i];
                }
            }
        }
    }

    /** Copies one part of each of {@code n} rows. */
    private void gather(float[] rows, int at, int n, float[] block) {
        if (size < 16) { // too short for calls of arraycopy
            for (int i = 0, from = at; i < n; i++, from += dimension) {
                for (int j = 0; j < size; j++) {
                    block[i * size + j] = rows[from + j];
                }
            }
        } else {
            for (int i = 0; i < n; i++) {
                System.arraycopy(rows, at + i * dimension, block, i * size, size);
            }
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        Blocks.check("indices", indices.length, offset, count, parts);
        Blocks.check("values", rows.length, to, count, dimension);
        for (int i = 0; i < count * parts; i++) {
            int m = i % parts;
            int index = indices[offset + i];
            Blocks.checkIndex(index, codewords, m);
            System.arraycopy(values, (m * codewords + index) * size, rows, to + i * size, size);
        }
    }
}
