package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.IvfQuantizer;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * Writes an index whose candidates are ranked again, as it was opened from a file: an {@code IndexRefine} around an
 * inverted-file index, and around that a map of ids, where the file has one. The vectors are copied as they are.
 */
final class RefineWriter {
    private static final int BLOCK_BYTES = 1 << 16;

    private final IvfQuantizer whole;
    private final MappedVectors vectors;
    private final MappedLists lists;
    private final FaissIvfWriter writer;

    /** A second code of each vector, written behind the others; null for none. */
    private final SecondCodes second;

    /**
     * Prepares a file.
     *
     * @param spills whether each vector is put into a second list, too
     * @throws NsvqException if the vectors to rank by are of no file, or faiss has no index for it
     */
    RefineWriter(MappedIndex index, boolean spills) {
        if (!(index.refinement().vectors() instanceof MappedVectors mapped) || mapped.parsed() == null) {
            throw new NsvqException("an index whose candidates are ranked by vectors that are in no file of FAISS"
                    + " cannot be written");
        }
        this.vectors = mapped;
        this.whole = index.quantizer();
        int around = index.refinement().transforms();
        IvfQuantizer inside = FaissRefineWriter.inside(whole, around);
        this.lists = mapped.lists().withoutMap();
        long count = mapped.parsed().count();
        NsvqException.unless(
                !spills
                        || (lists.vectors() == count
                                && lists.lists() > 1
                                && !lists.parsed().isSpilled()),
                "vectors cannot be put into second lists where there is one list, they are in two already, or some"
                        + " are in none, as those with NaN");
        this.second = spills ? new SecondCodes(inside, lists, index.refinement()) : null;
        int[] sizes = new int[lists.lists()];
        Arrays.setAll(sizes, spills ? second::size : lists::size);
        boolean blocks = lists.format() instanceof BlockFormat;
        this.writer = new FaissIvfWriter(inside, blocks, sizes, index.probes(), count);
    }

    void write(OutputStream stream) throws IOException {
        ParsedRefinement parsed = vectors.parsed();
        ParsedIndex index = vectors.lists().parsed();
        long count = parsed.count();
        FaissRefineWriter.writeAround(stream, whole, parsed.transforms(), count, index.hasMap());
        writer.writeHeader(stream);
        for (int list = 0; list < lists.lists(); list++) {
            if (second == null) {
                writer.writeList(lists, list, stream);
            } else {
                writer.writeList(list, second.codes(list), second.ids(list), stream);
            }
        }
        copy(parsed.start(), parsed.end(), stream);
        FaissOutput out = new FaissOutput(stream);
        out.float32(parsed.factor());
        if (index.hasMap()) {
            out.int64(count);
        }
        out.flush();
        if (index.hasMap()) {
            copy(index.idMap(), index.idMap() + count * Long.BYTES, stream);
        }
        vectors.checkUnchanged();
        lists.checkUnchanged();
    }

    private void copy(long from, long end, OutputStream stream) throws IOException {
        byte[] block = new byte[(int) Math.min(BLOCK_BYTES, end - from)];
        for (long at = from; at < end; at += block.length) {
            int n = (int) Math.min(block.length, end - at);
            vectors.file().read(at, block, 0, n);
            stream.write(block, 0, n);
        }
    }
}
