package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.NormFormat;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.core.quantizer.WeightedQuantizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Writes the parts of an index file. A file is, in this order: the header, all codes, the trailer, and all ids where
 * there are any. Codes and ids may be written in blocks, by several threads or machines: the blocks one after the
 * other are the file.
 *
 * <ul>
 *   <li>A {@link ProductQuantizer} becomes an {@code IndexPQ}.
 *   <li>A {@link ScalarQuantizer} becomes an {@code IndexScalarQuantizer}.
 *   <li>A {@link ResidualQuantizer}, {@link AdditiveQuantizer} or {@link VectorQuantizer} becomes an {@code
 *       IndexResidualQuantizer} of search type {@code ST_norm_float}: each code is followed by the squared norm of
 *       what it stands for. faiss decodes and searches it rightly; were it to add vectors to an additive quantizer,
 *       it would encode them level by level.
 *   <li>A {@link RotatedQuantizer} of one of these becomes an {@code IndexPreTransform} around it, and a {@link
 *       WeightedQuantizer} of any of these one with a diagonal matrix first: faiss searches by the weighted distance,
 *       but does not scale back what it decodes.
 *   <li>Ids make it an {@code IndexIDMap2}.
 * </ul>
 *
 * <p>faiss knows codebooks of powers of two alone. Others are filled up with their last codeword, under indices that
 * no code holds; a quantizer that is read back has those codewords too.
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class FaissWriter {
    /** Codes that get their norms at a time. */
    private static final int BLOCK = 1 << 10;

    private final FaissIndex index;

    /** What vectors go through first, in order. */
    private final List<VectorTransform> transforms = new ArrayList<>();

    /** The quantizer without weights or a rotation around it. */
    private final Quantizer inner;

    private final CodeForm form;
    private final ListFormat format;

    /**
     * Prepares a file.
     *
     * @param index what the file is to hold
     * @throws NsvqException if faiss has no index for it, or the file would be too large for it
     */
    public FaissWriter(FaissIndex index) {
        this.index = index;
        Quantizer of = index.quantizer();
        if (of instanceof WeightedQuantizer weighted) {
            transforms.add(weighted.scaling());
            of = weighted.inner();
        }
        if (of instanceof RotatedQuantizer rotated) {
            transforms.add(rotated.rotation());
            of = rotated.inner();
        }
        this.inner = of;
        if (!isPlain()) {
            FaissParts.codebooks(inner); // refuses what cannot be written
        }
        this.form = new CodeForm(inner.codeBits(), isPlain() ? 0 : Float.SIZE);
        this.format = isPlain() ? new PlainFormat(inner.codeSize()) : new NormFormat(inner);
        NsvqException.unless(
                inner.dimension() <= FaissIndex.MOST_DIMENSIONS
                        && index.count() <= FaissParts.MOST_BYTES / Math.max(8, form.size()),
                index.count() + " codes of dimension " + inner.dimension() + ", " + form.size()
                        + " bytes each, are too large for FAISS: it reads at most " + FaissIndex.MOST_DIMENSIONS
                        + " dimensions and " + FaissParts.MOST_BYTES + " bytes");
    }

    private boolean isProduct() {
        return inner instanceof ProductQuantizer;
    }

    /** Whether codes are written as they are, without norms. */
    private boolean isPlain() {
        return isProduct() || inner instanceof ScalarQuantizer;
    }

    /** Returns what the file is to hold. */
    public FaissIndex index() {
        return index;
    }

    /**
     * Returns an index without vectors, and without what vectors go through first: a file of it is what another
     * process needs to write the same codes.
     */
    public FaissIndex codebooks() {
        return new FaissIndex(inner, index.metric(), 0, false);
    }

    /** Returns the bytes of a code in the file: those of the quantizer's codes, or more where a norm follows. */
    public int codeSize() {
        return form.size();
    }

    /**
     * Writes what comes before the codes.
     *
     * @param stream where it goes; not flushed or closed
     * @throws IOException if the stream fails
     */
    public void writeHeader(OutputStream stream) throws IOException {
        FaissOutput out = new FaissOutput(stream);
        if (index.hasIds()) {
            out.fourcc("IxM2");
            writeIndexHeader(out);
        }
        if (!transforms.isEmpty()) {
            out.fourcc("IxPT");
            writeIndexHeader(out);
            out.int32(transforms.size());
            for (VectorTransform transform : transforms) {
                FaissParts.transform(out, transform);
            }
        }
        out.fourcc(isProduct() ? "IxPq" : isPlain() ? "IxSQ" : "IxRq");
        writeIndexHeader(out);
        if (inner instanceof ProductQuantizer product) {
            FaissParts.product(out, product);
        } else if (inner instanceof ScalarQuantizer scalar) {
            FaissParts.scalar(out, scalar);
        } else {
            FaissParts.residual(out, inner);
            out.int64(form.size());
        }
        out.int64(index.count() * form.size());
        out.flush();
    }

    private void writeIndexHeader(FaissOutput out) throws IOException {
        FaissParts.indexHeader(out, inner.dimension(), index.count(), index.metric());
    }

    /**
     * Writes a block of codes.
     *
     * @param codes the codes, {@code index().quantizer().codeSize()} bytes each
     * @param offset where the first code starts
     * @param count number of codes, 0 or more
     * @param out where they go, {@link #codeSize()} bytes each; not flushed or closed
     * @throws IOException if the stream fails
     * @throws IndexOutOfBoundsException if the array is too short
     * @throws NsvqException if a code holds an index that no codeword has
     */
    public void writeCodes(byte[] codes, int offset, int count, OutputStream out) throws IOException {
        int size = inner.codeSize();
        if (offset < 0 || count < 0 || offset + (long) count * size > codes.length) {
            throw new IndexOutOfBoundsException(count + " codes of " + size + " bytes from " + offset
                    + " do not lie in an array of " + codes.length);
        }
        if (isPlain()) {
            out.write(codes, offset, count * size);
            return;
        }
        int block = Math.min(count, BLOCK);
        byte[] joined = new byte[block * form.size()];
        for (int from = 0; from < count; from += block) {
            int n = Math.min(block, count - from);
            format.pack(codes, offset + from * size, n, joined, 0);
            out.write(joined, 0, n * form.size());
        }
    }

    /**
     * Writes what comes between the codes and the ids, or after the codes where there are no ids.
     *
     * @param stream where it goes; not flushed or closed
     * @throws IOException if the stream fails
     */
    public void writeTrailer(OutputStream stream) throws IOException {
        FaissOutput out = new FaissOutput(stream);
        if (isProduct()) {
            out.int32(0); // search type ST_PQ
            out.bool(false); // encodes signs
            out.int32(inner.codeBits().bits() + 1); // a threshold of polysemous codes, which these are not
        }
        if (index.hasIds()) {
            out.int64(index.count());
        }
        out.flush();
    }

    /**
     * Writes a block of ids; only where {@code index().hasIds()}.
     *
     * @param ids the ids of codes, in their order
     * @param offset where the first is
     * @param count number of ids, 0 or more
     * @param stream where they go, 8 bytes each; not flushed or closed
     * @throws IOException if the stream fails
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public void writeIds(long[] ids, int offset, int count, OutputStream stream) throws IOException {
        Objects.checkFromIndexSize(offset, count, ids.length);
        FaissOutput out = new FaissOutput(stream);
        for (int i = offset; i < offset + count; i++) {
            out.int64(ids[i]);
        }
        out.flush();
    }
}
