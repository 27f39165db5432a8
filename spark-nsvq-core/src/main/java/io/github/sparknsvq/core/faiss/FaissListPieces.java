package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes one list of an inverted-file index that comes piece by piece, so that nobody need hold it: its codes to one
 * stream, its ids to another. In the file, what {@link FaissIvfWriter#writeList} writes in one go, they stand in the
 * order that {@link #idsFirst} says, each behind the bytes that {@link #beforeIds} and {@link #beforeCodes} give when
 * the list has ended. For one thread.
 */
public final class FaissListPieces {
    /** Bytes of codes that are brought into their format at a time. */
    private static final int BLOCK_BYTES = 1 << 18;

    private final boolean blocks;
    private final int codeSize;
    private final ListFormat format;
    private final OutputStream codes;
    private final FaissOutput ids;

    /** Codes that wait for the rest of their group. */
    private final byte[] rest;

    private int waiting;
    private final byte[] target;
    private final int together;
    private long count;

    /**
     * Starts a list.
     *
     * @param quantizer of the index
     * @param blocks whether codes are to lie in blocks of 32, for {@code IndexIVFPQFastScan}
     * @param codes where codes go; not flushed or closed
     * @param ids where ids go; not flushed or closed
     * @throws NsvqException if faiss has no index for the quantizer
     */
    public FaissListPieces(IvfQuantizer quantizer, boolean blocks, OutputStream codes, OutputStream ids) {
        this.blocks = blocks;
        this.codeSize = quantizer.codeSize();
        this.format = FaissIvfWriter.format(quantizer, blocks);
        this.codes = codes;
        this.ids = new FaissOutput(ids);
        int group = format.group();
        this.rest = new byte[group * codeSize];
        this.together = (int) Math.max(1, BLOCK_BYTES / format.bytes(group)) * group;
        this.target = new byte[(int) format.bytes(together)];
    }

    /**
     * Writes the next vectors of the list.
     *
     * @param packed their codes as the quantizer packs them, {@code IvfQuantizer.codeSize()} bytes each
     * @param labels the id of each
     * @throws NsvqException if there are more or fewer codes than ids, a code holds an index that no codeword has, or
     *     the list gets more vectors than a list of faiss can have, 2^31 - 1
     * @throws IOException if a stream fails
     */
    public void add(byte[] packed, long[] labels) throws IOException {
        NsvqException.unless(
                packed.length == (long) labels.length * codeSize,
                packed.length + " bytes cannot be " + labels.length + " codes of " + codeSize + " bytes");
        count += labels.length;
        NsvqException.unless(
                count <= Integer.MAX_VALUE,
                "a list has " + count + " vectors, more than the " + Integer.MAX_VALUE
                        + " that are written of a list: build the index with more lists");
        for (long label : labels) {
            ids.int64(label);
        }
        int group = format.group();
        int from = 0;
        if (waiting > 0) {
            from = Math.min(group - waiting, labels.length);
            System.arraycopy(packed, 0, rest, waiting * codeSize, from * codeSize);
            waiting += from;
            if (waiting < group) {
                return;
            }
            write(rest, 0, group);
            waiting = 0;
        }
        int end = labels.length - (labels.length - from) % group;
        for (; from < end; from += together) {
            write(packed, from, Math.min(together, end - from));
        }
        waiting = labels.length - end;
        System.arraycopy(packed, end * codeSize, rest, 0, waiting * codeSize);
    }

    private void write(byte[] packed, int from, int n) throws IOException {
        format.pack(packed, from * codeSize, n, target, 0);
        codes.write(target, 0, (int) format.bytes(n));
    }

    /**
     * Writes what waits; nothing may be added any more.
     *
     * @return the number of vectors
     * @throws IOException if a stream fails
     */
    public int end() throws IOException {
        if (waiting > 0) {
            write(rest, 0, waiting);
            waiting = 0;
        }
        ids.flush();
        return (int) count;
    }

    /** Returns whether ids come before codes in the file. */
    public boolean idsFirst() {
        return blocks;
    }

    /** Returns what stands right before the ids, once the list has ended; may be empty. */
    public byte[] beforeIds() throws IOException {
        return number(count);
    }

    /** Returns what stands right before the codes, once the list has ended; may be empty. */
    public byte[] beforeCodes() throws IOException {
        return number(format.bytes((int) count));
    }

    private byte[] number(long value) throws IOException {
        if (!blocks) {
            return new byte[0];
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(Long.BYTES);
        FaissOutput out = new FaissOutput(bytes, Long.BYTES);
        out.int64(value);
        out.flush();
        return bytes.toByteArray();
    }
}
