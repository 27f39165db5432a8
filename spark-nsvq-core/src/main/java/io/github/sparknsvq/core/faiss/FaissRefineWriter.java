package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.Refinement;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Writes the parts of a file of an inverted-file index with vectors that rank again what its codes find: faiss's
 * {@code IndexRefine} in an {@code IndexIDMap2}. The file is, in this order: the header, the lists of {@link #lists},
 * the header of the vectors, the vectors, the trailer, and the ids. Lists hold the places of their vectors, which are
 * the numbers from 0 on, list after list; vectors and ids come in that order. So several machines can write the
 * parts, and vectors that are looked at together lie together.
 *
 * <p>Vectors are float32, or codes of a {@link ScalarQuantizer}. They are not transformed, but for lengths of 1 that
 * an index of cosines gives vectors: transforms up to the last {@link Normalization} are around both.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class FaissRefineWriter {
    private final IvfQuantizer quantizer;
    private final FaissIvfWriter lists;
    private final ScalarQuantizer scalar;
    private final float factor;
    private final int around;
    private final int dimension;

    /**
     * Prepares a file.
     *
     * @param quantizer of the index
     * @param blocks whether codes are to lie in blocks of 32, for {@code IndexIVFPQFastScan}
     * @param sizes number of vectors of each list, 0 or more; copied
     * @param probes how many lists a search with the file looks at unless it is told otherwise, at least 1
     * @param scalar what vectors are codes of; null for float32
     * @param factor candidates for each neighbor, unless a search is told otherwise; at least 1
     * @throws NsvqException if faiss has no index for it, or numbers or dimensions do not go with each other
     */
    public FaissRefineWriter(
            IvfQuantizer quantizer, boolean blocks, int[] sizes, int probes, ScalarQuantizer scalar, float factor) {
        this(quantizer, blocks, sizes, probes, scalar, factor, 0);
    }

    /**
     * Prepares a file in which each vector may be in two lists, see {@link
     * io.github.sparknsvq.core.index.SpilledLists}: lists hold the places of what is in them for the second time
     * behind those that follow each other.
     *
     * @param quantizer as above
     * @param blocks as above
     * @param sizes number of codes of each list, 0 or more; copied
     * @param probes as above
     * @param scalar as above
     * @param factor as above
     * @param vectors number of vectors: half of all sizes where each vector is in two lists; 0 for all of them
     * @throws NsvqException as above
     */
    public FaissRefineWriter(
            IvfQuantizer quantizer,
            boolean blocks,
            int[] sizes,
            int probes,
            ScalarQuantizer scalar,
            float factor,
            long vectors) {
        this.quantizer = quantizer;
        this.around = around(quantizer);
        this.dimension = dimension(quantizer, around);
        NsvqException.unless(
                scalar == null || scalar.dimension() == dimension,
                "vectors of dimension " + dimension + " cannot be codes of a " + scalar);
        Refinement.checkFactor(factor);
        this.scalar = scalar;
        this.factor = factor;
        this.lists = new FaissIvfWriter(inside(quantizer, around), blocks, sizes, probes, vectors);
    }

    /** How many transforms, from the first on, the vectors have been through. */
    static int around(IvfQuantizer quantizer) {
        int around = 0;
        for (int i = 0; i < quantizer.transforms().size(); i++) {
            around = quantizer.transforms().get(i) instanceof Normalization ? i + 1 : around;
        }
        return around;
    }

    /** The dimension of the vectors that {@link #ranking} gives. */
    static int dimension(IvfQuantizer quantizer) {
        return dimension(quantizer, around(quantizer));
    }

    private static int dimension(IvfQuantizer quantizer, int around) {
        return around == 0
                ? quantizer.dimension()
                : quantizer.transforms().get(around - 1).outputDimension();
    }

    /** An index without the transforms around it. */
    static IvfQuantizer inside(IvfQuantizer whole, int around) {
        return new IvfQuantizer(
                whole.metric(),
                whole.choice(),
                whole.transforms().subList(around, whole.transforms().size()),
                whole.centroids(),
                whole.codes(),
                whole.byResidual());
    }

    /** Returns what writes the lists. */
    public FaissIvfWriter lists() {
        return lists;
    }

    /** Returns the bytes of a vector in the file. */
    public int vectorBytes() {
        return scalar == null ? dimension * Float.BYTES : scalar.codeSize();
    }

    /**
     * Turns vectors as users have them into those that candidates are ranked by.
     *
     * @param quantizer of the index
     * @param rows row-major vectors of the index's dimension
     * @param count number of vectors, 0 or more
     * @return the same array, if nothing is to be done
     */
    public static float[] ranking(IvfQuantizer quantizer, float[] rows, int count) {
        float[] from = rows;
        for (VectorTransform transform : quantizer.transforms().subList(0, around(quantizer))) {
            float[] next = new float[count * transform.outputDimension()];
            transform.apply(from, 0, count, next, 0);
            from = next;
        }
        return from;
    }

    /**
     * Writes what comes before the lists.
     *
     * @param stream where it goes; not flushed or closed
     * @throws IOException if the stream fails
     * @throws NsvqException if faiss has none of the index's transforms
     */
    public void writeHeader(OutputStream stream) throws IOException {
        writeAround(stream, quantizer, around, lists.count(), true);
        lists.writeHeader(stream);
    }

    /** Writes what is around an index and the vectors that rank what it finds. */
    static void writeAround(OutputStream stream, IvfQuantizer whole, int around, long count, boolean map)
            throws IOException {
        FaissOutput out = new FaissOutput(stream);
        if (map) {
            out.fourcc("IxM2");
            FaissParts.indexHeader(out, whole.dimension(), count, whole.metric());
        }
        List<VectorTransform> transforms = whole.transforms().subList(0, around);
        if (!transforms.isEmpty()) {
            out.fourcc("IxPT");
            FaissParts.indexHeader(out, whole.dimension(), count, whole.metric());
            out.int32(transforms.size());
            for (VectorTransform transform : transforms) {
                FaissParts.transform(out, transform);
            }
        }
        out.fourcc("IxRF");
        FaissParts.indexHeader(out, dimension(whole, around), count, whole.metric());
        out.flush();
    }

    /**
     * Writes what comes between the lists and the vectors.
     *
     * @param stream where it goes; not flushed or closed
     * @throws IOException if the stream fails
     */
    public void writeVectorsHeader(OutputStream stream) throws IOException {
        FaissOutput out = new FaissOutput(stream);
        long count = lists.count();
        Metric metric = quantizer.metric();
        if (scalar == null) {
            out.fourcc(metric == Metric.L2 ? "IxF2" : "IxFI");
            FaissParts.indexHeader(out, dimension, count, metric);
            out.int64(count * dimension);
        } else {
            out.fourcc("IxSQ");
            FaissParts.indexHeader(out, dimension, count, metric);
            FaissParts.scalar(out, scalar);
            out.int64(count * scalar.codeSize());
        }
        out.flush();
    }

    /**
     * Writes vectors, which {@link #ranking} gave.
     *
     * @param rows row-major vectors
     * @param count number of vectors, 0 or more
     * @param stream where they go, {@link #vectorBytes} bytes each; not flushed or closed
     * @throws IOException if the stream fails
     */
    public void writeVectors(float[] rows, int count, OutputStream stream) throws IOException {
        if (scalar != null) {
            byte[] codes = new byte[count * scalar.codeSize()];
            scalar.encode(rows, 0, count, codes, 0);
            stream.write(codes);
            return;
        }
        FaissOutput out = new FaissOutput(stream);
        for (int i = 0; i < count * dimension; i++) {
            out.float32(rows[i]);
        }
        out.flush();
    }

    /**
     * Writes what comes between the vectors and the ids; the ids of all vectors follow, 8 bytes each, the lowest
     * first.
     *
     * @param stream where it goes; not flushed or closed
     * @throws IOException if the stream fails
     */
    public void writeTrailer(OutputStream stream) throws IOException {
        FaissOutput out = new FaissOutput(stream);
        out.float32(factor);
        out.int64(lists.count());
        out.flush();
    }
}
