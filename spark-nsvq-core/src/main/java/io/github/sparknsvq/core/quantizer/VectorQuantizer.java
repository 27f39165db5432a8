package io.github.sparknsvq.core.quantizer;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * One codebook: the code of a row is the index of its nearest codeword in squared Euclidean distance, and stands for
 * that codeword.
 *
 * <p>Any number of codewords {@code K} from 1 to 2^{@value CodeBits#MOST_BITS} will do; the code takes the bits that
 * {@code K - 1} takes.
 */
public final class VectorQuantizer implements Quantizer {
    private final FloatMatrix codebook;
    private final NearestCodeword search;
    private final CodeBits codeBits;

    /**
     * Makes a quantizer that searches on the CPU.
     *
     * @param codebook {@code K x D} codewords, at least one; kept, and not to change while the quantizer is in use
     * @throws NsvqException if the codebook is empty or has too many codewords
     */
    public VectorQuantizer(FloatMatrix codebook) {
        this(codebook, NearestCodewordProviders.cpu());
    }

    /**
     * Makes a quantizer.
     *
     * @param codebook {@code K x D} codewords, at least one; kept, and not to change while the quantizer is in use
     * @param provider what searches
     * @throws NsvqException if the codebook is empty or has too many codewords
     */
    public VectorQuantizer(FloatMatrix codebook, NearestCodewordProvider provider) {
        NsvqException.unless(
                codebook.rows() >= 1 && codebook.columns() >= 1 && codebook.rows() <= 1 << CodeBits.MOST_BITS,
                "a codebook of " + codebook.rows() + " x " + codebook.columns()
                        + " cannot quantize: it needs 1 to " + (1 << CodeBits.MOST_BITS)
                        + " codewords of dimension 1 or more");
        this.codebook = codebook;
        this.search = provider.prepare(codebook);
        this.codeBits = new CodeBits(CodeBits.widthFor(codebook.rows()));
    }

    /** Returns the codebook, {@code K x D}, not copied. */
    public FloatMatrix codebook() {
        return codebook;
    }

    /** Returns the search for the nearest codewords, which gives the squared distances from them, too. */
    public NearestCodeword search() {
        return search;
    }

    @Override
    public int dimension() {
        return codebook.columns();
    }

    @Override
    public CodeBits codeBits() {
        return codeBits;
    }

    /** Returns what fills a cache of the CPU, or a device, whose calls are larger. */
    @Override
    public int rowsPerCall() {
        return Math.max(Blocks.ROWS, search.rowsPerCall());
    }

    @Override
    public void encode(float[] rows, int offset, int count, int[] indices, int to) {
        Blocks.check("values", rows.length, offset, count, dimension());
        Blocks.check("indices", indices.length, to, count, 1);
        int chunk = Math.min(count, rowsPerCall());
        int[] index = new int[chunk];
        float[] squaredDistance = new float[chunk];
        for (int from = 0; from < count; from += chunk) {
            int n = Math.min(chunk, count - from);
            search.nearest(rows, offset + from * dimension(), n, index, squaredDistance);
            System.arraycopy(index, 0, indices, to + from, n);
        }
    }

    @Override
    public void decode(int[] indices, int offset, int count, float[] rows, int to) {
        Blocks.check("indices", indices.length, offset, count, 1);
        Blocks.check("values", rows.length, to, count, dimension());
        int d = dimension();
        for (int i = 0; i < count; i++) {
            int index = indices[offset + i];
            Blocks.checkIndex(index, codebook.rows(), 0);
            System.arraycopy(codebook.values(), index * d, rows, to + i * d, d);
        }
    }
}
