package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.RankingVectors;
import io.github.sparknsvq.core.io.CorruptFileException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Vectors to rank by, in the file that has the lists, too. */
final class MappedVectors implements RankingVectors {
    private final MappedFile file;
    private final MappedLists lists;
    private final ParsedRefinement parsed;

    MappedVectors(MappedFile file, MappedLists lists, ParsedRefinement parsed) {
        this.file = file;
        this.lists = lists;
        this.parsed = parsed;
    }

    @Override
    public int dimension() {
        return parsed.body().header().dimension();
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
    public void read(long[] places, int from, int count, float[] rows) {
        StoredCodes codes = parsed.body().codes();
        int size = codes.size();
        long start = parsed.body().extents().codes()[0];
        byte[] stored = new byte[count * size];
        long[] numbers = new long[1];
        for (int i = 0; i < count; i++) {
            lists.stored((int) (places[from + i] >>> 32), (int) places[from + i], 1, numbers);
            long number = numbers[0];
            if (number < 0 || number >= parsed.count()) {
                throw new CorruptFileException(
                        file.file().toString(),
                        start,
                        "a list holds id " + number + ", but there are " + parsed.count() + " vectors to rank by");
            }
            file.read(start + number * size, stored, i * size, size);
        }
        if (codes.quantizer() == null) {
            ByteBuffer.wrap(stored)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(rows, 0, count * dimension());
        } else {
            codes.quantizer().decode(stored, 0, count, rows, 0);
        }
    }
}
