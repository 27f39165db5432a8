package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.io.CorruptFileException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;

/**
 * Reads an index file from a stream: its head at once, then codes and at last ids, in blocks.
 *
 * <p>Read are {@code IndexPQ}, {@code IndexResidualQuantizer} and {@code IndexLocalSearchQuantizer} (as product, residual
 * and additive quantizers), each in an {@code IndexPreTransform} with one rotation and in an {@code IndexIDMap} or
 * {@code IndexIDMap2}, or in both. Codebooks of product quantizers have 4 to 16 bits, others 1 to 16; search types are 0
 * to 5. Norms that are stored beside codes are left out, as they follow from the codes. Bytes after the index are not
 * looked at, as faiss does not.
 *
 * <p>All sizes are checked against the length of the file before anything is allocated. For one thread.
 */
public final class FaissReader implements Closeable {
    private static final int BLOCK_BYTES = 1 << 20;

    private final InputStream stream;
    private final FaissInput in;
    private final FaissIndex index;
    private final CodeForm form;
    private final boolean isProduct;
    private long codesLeft;
    private long idsLeft;
    private boolean isTrailerRead;

    /**
     * Reads the head of a file.
     *
     * @param stream stands at the first byte of the file; closed by {@link #close}
     * @param length of the file, in bytes
     * @param file path or URI of the file, for messages
     * @throws CorruptFileException if the file is no such index, is truncated or contradicts itself
     * @throws NsvqException if the file holds an index of a kind that is not read
     * @throws IOException if the stream fails
     */
    public FaissReader(InputStream stream, long length, String file) throws IOException {
        this.stream = stream;
        this.in = new FaissInput(stream, length, file);
        FaissHeader header = FaissHeader.parse(in);
        this.index = header.index();
        this.form = header.form();
        this.isProduct = header.isProduct();
        this.codesLeft = index.count();
        this.idsLeft = index.hasIds() ? index.count() : 0;
    }

    /** Returns the index but for its codes and ids. */
    public FaissIndex index() {
        return index;
    }

    /**
     * Reads the next codes.
     *
     * @param codes receives them, {@code index().quantizer().codeSize()} bytes each
     * @param offset where the first goes
     * @param most how many to read, 0 or more
     * @return how many were read: {@code most}, or as many as were left
     * @throws CorruptFileException if the stream ends too early
     * @throws IOException if the stream fails
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public int readCodes(byte[] codes, int offset, int most) throws IOException {
        int count = (int) Math.min(most, codesLeft);
        int codeSize = form.codeBits().codeSize();
        if (offset < 0 || count < 0 || offset + (long) count * codeSize > codes.length) {
            throw new IndexOutOfBoundsException(count + " codes of " + codeSize + " bytes from " + offset
                    + " do not lie in an array of " + codes.length);
        }
        int block = Math.min(count, Math.max(1, BLOCK_BYTES / form.size()));
        byte[] stored = new byte[block * form.size()];
        for (int from = 0; from < count; from += block) {
            int n = Math.min(block, count - from);
            in.fill(stored, n * form.size(), "the codes");
            form.strip(stored, 0, n, codes, offset + from * codeSize);
            codesLeft -= n;
        }
        return count;
    }

    /**
     * Reads the next ids, once all codes are read.
     *
     * @param ids receives them
     * @param offset where the first goes
     * @param most how many to read, 0 or more
     * @return how many were read: {@code most}, or as many as were left, which is 0 where {@code index().hasIds()} is false
     * @throws CorruptFileException if what follows the codes is truncated or contradicts the rest
     * @throws IOException if the stream fails
     * @throws IndexOutOfBoundsException if the array is too short
     * @throws IllegalStateException if codes are still to be read
     */
    public int readIds(long[] ids, int offset, int most) throws IOException {
        if (codesLeft > 0) {
            throw new IllegalStateException(codesLeft + " codes are still to be read: ids follow them");
        }
        if (!isTrailerRead) {
            readTrailer();
            isTrailerRead = true;
        }
        int count = (int) Math.min(most, idsLeft);
        Objects.checkFromIndexSize(offset, count, ids.length);
        in.longs(ids, offset, count, "the ids");
        idsLeft -= count;
        return count;
    }

    private void readTrailer() throws IOException {
        if (isProduct) {
            in.int32("the search type");
            in.bool("whether signs are encoded");
            in.int32("the threshold of polysemous codes");
        }
        if (index.hasIds()) {
            in.expectCount(index.count(), Long.BYTES, "ids");
        }
    }

    /**
     * Reads all codes and ids, from a reader that has read none yet.
     *
     * @return the whole index
     * @throws CorruptFileException if the file is truncated or contradicts itself
     * @throws NsvqException if the codes do not fit one array
     * @throws IOException if the stream fails
     */
    public FaissContent readAll() throws IOException {
        int codeSize = form.codeBits().codeSize();
        if (index.count() > (Integer.MAX_VALUE - 8) / codeSize) {
            throw in.unsupported(
                    index.count() + " codes of " + codeSize + " bytes", "what fits one array: read blocks");
        }
        int count = (int) index.count();
        byte[] codes = new byte[count * codeSize];
        readCodes(codes, 0, count);
        long[] ids = new long[index.hasIds() ? count : 0];
        readIds(ids, 0, ids.length);
        return new FaissContent(index, codes, index.hasIds() ? ids : null);
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}
