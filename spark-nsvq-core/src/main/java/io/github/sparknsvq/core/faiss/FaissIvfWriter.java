package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.NormFormat;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Writes the parts of a file of an inverted-file index: the header, which needs no more of the lists than their
 * sizes, and each list by itself. The file is the header and then the lists in order, so that several machines can
 * write it and their parts need only be put one after the other.
 *
 * <ul>
 *   <li>Lists of vectors become an {@code IndexIVFFlat}.
 *   <li>A {@link ProductQuantizer} becomes an {@code IndexIVFPQ}, or an {@code IndexIVFPQFastScan} if it has 4 bits
 *       and blocks are asked for.
 *   <li>A {@link ScalarQuantizer} becomes an {@code IndexIVFScalarQuantizer}.
 *   <li>A residual, additive or vector quantizer becomes an {@code IndexIVFResidualQuantizer} of search type {@code
 *       ST_norm_float}, as {@link FaissWriter} writes it.
 *   <li>Transforms become an {@code IndexPreTransform} around it.
 *   <li>The centroids become an {@code IndexFlatL2} or {@code IndexFlatIP}, by what queries choose lists by.
 * </ul>
 *
 * <p>An instance does not change and may be used by several threads at once.
 */
public final class FaissIvfWriter {
    /** Bytes of codes that are brought into their format at a time. */
    private static final int BLOCK_BYTES = 1 << 18;

    private final IvfQuantizer quantizer;
    private final boolean blocks;
    private final int[] sizes;
    private final int probes;
    private final ListFormat format;
    private final long count;

    /**
     * Prepares a file.
     *
     * @param quantizer of the index
     * @param blocks whether codes are to lie in blocks of 32, for {@code IndexIVFPQFastScan}
     * @param sizes number of vectors of each list, 0 or more; copied
     * @param probes how many lists a search with the file looks at unless it is told otherwise, at least 1
     * @throws NsvqException if faiss has no index for it, or there is not one size, 0 or more, for each list
     */
    public FaissIvfWriter(IvfQuantizer quantizer, boolean blocks, int[] sizes, int probes) {
        this(quantizer, blocks, sizes, probes, 0);
    }

    /**
     * As above, of an index that counts at least so many vectors: some may be in no list, as those with NaN, or each
     * may be in two.
     */
    FaissIvfWriter(IvfQuantizer quantizer, boolean blocks, int[] sizes, int probes, long counted) {
        this.quantizer = quantizer;
        this.blocks = blocks;
        this.sizes = sizes.clone();
        this.probes = probes;
        this.format = format(quantizer, blocks);
        NsvqException.unless(
                sizes.length == quantizer.lists(),
                "there are " + sizes.length + " sizes of lists, but the index has " + quantizer.lists());
        long sum = 0;
        for (int list = 0; list < sizes.length; list++) {
            if (sizes[list] < 0) {
                throw new NsvqException("list " + list + " cannot have " + sizes[list] + " vectors");
            }
            sum += sizes[list];
        }
        this.count = ListExtents.isSpilled(sum, counted) ? counted : Math.max(sum, counted);
        NsvqException.unless(probes >= 1, "a search cannot look at " + probes + " lists: it should be 1 or more");
        int d = Math.max(quantizer.dimension(), quantizer.innerDimension());
        NsvqException.unless(
                d <= FaissIndex.MOST_DIMENSIONS,
                "dimension " + d + " is too large for FAISS: it reads at most " + FaissIndex.MOST_DIMENSIONS
                        + " dimensions");
    }

    /** Returns how codes lie in the file; refuses what faiss has no index for. */
    static ListFormat format(IvfQuantizer quantizer, boolean blocks) {
        ProductQuantizer product = quantizer.codes() instanceof ProductQuantizer p ? p : null;
        if (blocks) {
            NsvqException.unless(
                    product != null && product.codeBits().width(0) == 4,
                    "codes cannot lie in blocks:" + " they should be of a product quantizer of 4 bits");
            return new BlockFormat(product.parts());
        }
        if (quantizer.codes() == null || product != null || quantizer.codes() instanceof ScalarQuantizer) {
            return new PlainFormat(quantizer.codeSize());
        }
        NsvqException.unless(
                !(quantizer.codes() instanceof RotatedQuantizer),
                "the codes of an index cannot be of a RotatedQuantizer to be written for FAISS: a"
                        + " rotation should be among the index's transforms");
        FaissParts.codebooks(quantizer.codes()); // refuses what cannot be written
        return new NormFormat(quantizer.codes());
    }

    /** Returns how the codes of a list lie in the file. */
    public ListFormat format() {
        return format;
    }

    /** Returns the number of vectors of all lists. */
    public long count() {
        return count;
    }

    /** Returns the bytes that a list takes in the file. */
    public long listBytes(int list) {
        long bytes = format.bytes(sizes[list]) + (long) sizes[list] * Long.BYTES;
        return blocks ? bytes + 2 * Long.BYTES : bytes;
    }

    /**
     * Writes what comes before the lists.
     *
     * @param stream where it goes; not flushed or closed
     * @throws IOException if the stream fails
     * @throws NsvqException if faiss has none of the index's transforms
     */
    public void writeHeader(OutputStream stream) throws IOException {
        FaissOutput out = new FaissOutput(stream);
        if (!quantizer.transforms().isEmpty()) {
            out.fourcc("IxPT");
            FaissParts.indexHeader(out, quantizer.dimension(), count, quantizer.metric());
            out.int32(quantizer.transforms().size());
            for (VectorTransform transform : quantizer.transforms()) {
                FaissParts.transform(out, transform);
            }
        }
        if (quantizer.codes() == null) {
            writeIvf(out, "IwFl");
        } else if (quantizer.codes() instanceof ProductQuantizer product) {
            writeProduct(out, product);
        } else if (quantizer.codes() instanceof ScalarQuantizer scalar) {
            writeIvf(out, "IwSq");
            FaissParts.scalar(out, scalar);
            out.int64(format.bytes(1));
            out.bool(quantizer.byResidual());
        } else {
            writeIvf(out, "IwRQ");
            out.int64(format.bytes(1));
            FaissParts.residual(out, quantizer.codes());
            out.bool(quantizer.byResidual());
            out.int32(0); // no precomputed table
        }
        if (blocks) {
            out.fourcc("ilbl");
            out.int64(sizes.length);
            out.int64(-1); // no bytes of a code, as there are none by itself
            out.int64(BlockFormat.GROUP);
            out.int64(format.bytes(1));
        } else {
            writeSizes(out);
        }
        out.flush();
    }

    private void writeIvf(FaissOutput out, String type) throws IOException {
        int d = quantizer.innerDimension();
        out.fourcc(type);
        FaissParts.indexHeader(out, d, count, quantizer.metric());
        out.int64(sizes.length);
        out.int64(probes);
        Metric coarse = quantizer.choice().queries();
        out.fourcc(coarse == Metric.L2 ? "IxF2" : "IxFI");
        FaissParts.indexHeader(out, d, sizes.length, coarse);
        out.int64((long) sizes.length * d);
        out.floats(quantizer.centroids().values());
        out.bool(false); // no map from ids to places
        out.int64(0);
    }

    private void writeProduct(FaissOutput out, ProductQuantizer product) throws IOException {
        writeIvf(out, blocks ? "IwPf" : "IwPQ");
        out.bool(quantizer.byResidual());
        out.int64(product.codeSize());
        if (blocks) {
            out.int32(BlockFormat.GROUP);
            out.int64((product.parts() + 1L) / 2 * 2);
            out.int32(0); // how faiss searches: its own choice
            out.int64(0);
        }
        FaissParts.product(out, product);
    }

    /** Sizes of all lists or, where at least half are empty, of the others with their numbers: faiss's own rule. */
    private void writeSizes(FaissOutput out) throws IOException {
        long filled = Arrays.stream(sizes).filter(size -> size > 0).count();
        out.fourcc("ilar");
        out.int64(sizes.length);
        out.int64(format.bytes(1));
        boolean full = filled > sizes.length / 2;
        out.fourcc(full ? "full" : "sprs");
        out.int64(full ? sizes.length : 2 * filled);
        for (int list = 0; list < sizes.length; list++) {
            if (full) {
                out.int64(sizes[list]);
            } else if (sizes[list] > 0) {
                out.int64(list);
                out.int64(sizes[list]);
            }
        }
    }

    /**
     * Writes a list that is in memory.
     *
     * @param list the list
     * @param codes its codes as the quantizer packs them, {@code IvfQuantizer.codeSize()} bytes each
     * @param ids the id of each
     * @param stream where they go; not flushed or closed
     * @throws NsvqException if there are more or fewer codes or ids than the list was to have, or a code holds an
     *     index that no codeword has
     * @throws IOException if the stream fails
     */
    public void writeList(int list, byte[] codes, long[] ids, OutputStream stream) throws IOException {
        checkSize(list, ids.length);
        NsvqException.unless(
                codes.length == (long) ids.length * quantizer.codeSize(),
                codes.length + " bytes cannot be the " + ids.length + " codes of " + quantizer.codeSize()
                        + " bytes of list " + list);
        write(
                new HeapLists(new PlainFormat(quantizer.codeSize()), new byte[][] {codes}, new long[][] {ids}),
                0,
                stream);
    }

    /**
     * Writes a list.
     *
     * @param lists holds the list, in any format
     * @param list the list
     * @param stream where it goes; not flushed or closed
     * @throws NsvqException if the list has more or fewer codes than it was to have, or a code holds an index that no
     *     codeword has
     * @throws IOException if the stream fails
     */
    public void writeList(InvertedLists lists, int list, OutputStream stream) throws IOException {
        checkSize(list, lists.size(list));
        write(lists, list, stream);
    }

    private void checkSize(int list, int size) {
        NsvqException.unless(
                size == sizes[list],
                "list " + list + " has " + size + " vectors, but " + sizes[list] + " were announced in the header");
    }

    private void write(InvertedLists lists, int list, OutputStream stream) throws IOException {
        int size = lists.size(list);
        FaissOutput out = new FaissOutput(stream, Math.min(size, 1 << 13) * Long.BYTES + 64);
        if (blocks) {
            out.int64(size);
            writeIds(lists, list, out);
            out.int64(format.bytes(size));
            out.flush();
            writeCodes(lists, list, stream);
        } else {
            writeCodes(lists, list, stream);
            writeIds(lists, list, out);
            out.flush();
        }
    }

    private void writeCodes(InvertedLists lists, int list, OutputStream stream) throws IOException {
        ListFormat from = lists.format();
        int size = lists.size(list);
        int group = Math.max(from.group(), format.group());
        int step = (int)
                Math.max(1, BLOCK_BYTES * (long) group / Math.max(from.bytes(group), format.bytes(group)) / group);
        int most = (int) Math.min(size, (long) step * group);
        byte[] source = new byte[(int) from.bytes(most)];
        boolean same = from.equals(format);
        byte[] packed = new byte[same ? 0 : most * quantizer.codeSize()];
        byte[] target = same ? source : new byte[(int) format.bytes(most)];
        for (int at = 0; at < size; at += most) {
            int n = Math.min(most, size - at);
            lists.codes(list, at, n, source);
            if (!same) {
                from.unpack(source, 0, n, packed, 0);
                format.pack(packed, 0, n, target, 0);
            }
            stream.write(target, 0, (int) format.bytes(n));
        }
    }

    private static void writeIds(InvertedLists lists, int list, FaissOutput out) throws IOException {
        int size = lists.size(list);
        long[] ids = new long[Math.min(size, 1 << 13)];
        for (int at = 0; at < size; at += ids.length) {
            int n = Math.min(ids.length, size - at);
            lists.ids(list, at, n, ids);
            for (int i = 0; i < n; i++) {
                out.int64(ids[i]);
            }
        }
    }
}
