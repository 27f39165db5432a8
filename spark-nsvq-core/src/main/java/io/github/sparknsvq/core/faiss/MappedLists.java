package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.io.CorruptFileException;
import java.util.Objects;

/** Lists in a mapped file, of which nothing is in memory but where they lie. */
final class MappedLists implements InvertedLists {
    /** For an index without a map of ids. */
    static final long NO_MAP = -1;

    private final MappedFile file;
    private final ListExtents extents;
    private final ListFormat format;

    /** How codes become those of the format; null if they are as they should be. */
    private final StoredNorms conversion;

    /** Where the file has an id for each id of a list, or {@link #NO_MAP}. */
    private final long idMap;

    /** Ids in the map. */
    private final long mapped;

    MappedLists(
            MappedFile file, ListExtents extents, ListFormat format, StoredNorms conversion, long idMap, long mapped) {
        this.file = file;
        this.extents = extents;
        this.format = format;
        this.conversion = conversion;
        this.idMap = idMap;
        this.mapped = mapped;
    }

    @Override
    public int lists() {
        return extents.sizes().length;
    }

    @Override
    public int size(int list) {
        return extents.sizes()[list];
    }

    @Override
    public ListFormat format() {
        return format;
    }

    @Override
    public void codes(int list, int from, int count, byte[] codes) {
        Objects.checkFromIndexSize(from, count, size(list));
        long bytes = format.bytes(count);
        if (bytes > codes.length) {
            throw new IndexOutOfBoundsException(bytes + " bytes of codes do not lie in an array of " + codes.length);
        }
        long start = extents.codes()[list];
        if (conversion == null) {
            file.read(start + format.bytes(from), codes, 0, (int) bytes);
            return;
        }
        int size = conversion.form().size();
        byte[] stored = new byte[count * size];
        file.read(start + (long) from * size, stored, 0, stored.length);
        conversion.convert(stored, count, codes);
    }

    @Override
    public void ids(int list, int from, int count, long[] ids) {
        Objects.checkFromIndexSize(from, count, size(list));
        Objects.checkFromIndexSize(0, count, ids.length);
        if (extents.ids() != null) {
            file.read(extents.ids()[list] + (long) from * Long.BYTES, ids, count);
            if (idMap != NO_MAP) {
                lookUp(ids, count);
            }
        } else if (idMap != NO_MAP) {
            file.read(idMap + (long) from * Long.BYTES, ids, count);
        } else {
            for (int i = 0; i < count; i++) {
                ids[i] = (long) from + i;
            }
        }
    }

    private void lookUp(long[] ids, int count) {
        long[] one = new long[1];
        for (int i = 0; i < count; i++) {
            if (ids[i] < 0 || ids[i] >= mapped) {
                throw new CorruptFileException(
                        file.file().toString(),
                        idMap,
                        "a list holds id " + ids[i] + ", but the map of ids has " + mapped);
            }
            file.read(idMap + ids[i] * Long.BYTES, one, 1);
            ids[i] = one[0];
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
