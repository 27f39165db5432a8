package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.RankingVectors;
import io.github.sparknsvq.core.io.CorruptFileException;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;

/** Vectors to rank by, in the file that has the lists, too, or in one beside it. */
final class MappedVectors implements RankingVectors {
    private final MappedFile file;
    private final MappedLists lists;
    private final Rows rows;

    /** Whose transforms vectors go through before they are ranked by, as far as lengths are 1; null for none. */
    private final IvfQuantizer around;

    /** What the file of the lists says of the vectors; null where they are in a file of their own. */
    private final ParsedRefinement parsed;

    /**
     * Where vectors lie.
     *
     * @param start of the first
     * @param stride from one to the next
     * @param count number of vectors
     * @param dimension of the vectors
     * @param quantizer what they are codes of; null for float32
     */
    record Rows(long start, long stride, long count, int dimension, ScalarQuantizer quantizer) {}

    private MappedVectors(MappedFile file, MappedLists lists, Rows rows, IvfQuantizer whole, ParsedRefinement by) {
        this.file = file;
        this.lists = lists;
        this.rows = rows;
        this.around = whole;
        this.parsed = by;
    }

    /** The vectors that the file of the lists has. */
    static MappedVectors inside(MappedFile file, MappedLists lists, ParsedRefinement parsed) {
        return new MappedVectors(file, lists, rows(parsed.body()), null, parsed);
    }

    /** The vectors of a file beside that of the lists, as users have them. */
    static MappedVectors beside(MappedFile file, MappedLists lists, Rows rows, IvfQuantizer index) {
        IvfQuantizer around = FaissRefineWriter.around(index) == 0 ? null : index;
        return new MappedVectors(file, lists, rows, around, null);
    }

    /** Where the vectors of an index without inverted lists lie: flat ones or scalar codes. */
    static Rows rows(ParsedIndex.Body body) {
        StoredCodes codes = body.codes();
        return new Rows(
                body.extents().codes()[0],
                codes.size(),
                body.header().count(),
                body.header().dimension(),
                (ScalarQuantizer) codes.quantizer());
    }

    @Override
    public int dimension() {
        return around == null ? rows.dimension() : FaissRefineWriter.dimension(around);
    }

    @Override
    public ScalarQuantizer quantizer() {
        return around == null ? rows.quantizer() : null;
    }

    ParsedRefinement parsed() {
        return parsed;
    }

    MappedLists lists() {
        return lists;
    }

    MappedFile file() {
        return file;
    }

    @Override
    public void read(long[] places, int from, int count, float[] target) {
        if (around == null) {
            readStored(places, from, count, target);
        } else {
            float[] stored = new float[count * rows.dimension()];
            readStored(places, from, count, stored);
            float[] ranking = FaissRefineWriter.ranking(around, stored, count);
            System.arraycopy(ranking, 0, target, 0, count * dimension());
        }
    }

    private void readStored(long[] places, int from, int count, float[] target) {
        if (rows.quantizer() != null) {
            byte[] stored = new byte[count * rows.quantizer().codeSize()];
            codes(places, from, count, stored);
            rows.quantizer().decode(stored, 0, count, target, 0);
            return;
        }
        long[] positions = positions(places, from, count);
        for (int i = 0; i < count; i++) {
            file.read(positions[i], target, i * rows.dimension(), rows.dimension());
        }
    }

    @Override
    public void codes(long[] places, int from, int count, byte[] codes) {
        int size = rows.quantizer().codeSize();
        long[] positions = positions(places, from, count);
        for (int i = 0; i < count; i++) {
            file.read(positions[i], codes, i * size, size);
        }
    }

    /** Where vectors are in the file: all first, so that the processor need not wait for one after the other. */
    private long[] positions(long[] places, int from, int count) {
        long[] positions = new long[count];
        for (int i = 0; i < count; i++) {
            long number = lists.stored((int) (places[from + i] >>> 32), (int) places[from + i]);
            if (number < 0 || number >= rows.count()) {
                throw new CorruptFileException(
                        file.file().toString(),
                        rows.start(),
                        "a list holds id " + number + ", but there are " + rows.count() + " vectors to rank by");
            }
            positions[i] = rows.start() + number * rows.stride();
        }
        return positions;
    }

    @Override
    public void checkUnchanged() {
        if (parsed == null) {
            file.checkUnchanged();
        }
    }

    @Override
    public void close() {
        if (parsed == null) {
            file.close();
        }
    }
}
