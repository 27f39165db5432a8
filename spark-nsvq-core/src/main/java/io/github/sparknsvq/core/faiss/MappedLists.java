package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.io.CorruptFileException;
import java.util.Objects;

/** Lists in a mapped file, of which nothing is in memory but where they lie. */
final class MappedLists implements InvertedLists {
    private final MappedFile file;
    private final ParsedIndex index;
    private final ListExtents extents;
    private final ListFormat format;

    /** How codes become those of the format; null if they are the same. */
    private final StoredNorms conversion;

    /** Where blocks are wider than those of the format; null if they are not. */
    private final WideBlocks wide;

    MappedLists(MappedFile file, ParsedIndex index) {
        this.file = file;
        this.index = index;
        this.extents = index.body().extents();
        this.format = index.body().codes().format();
        this.conversion = index.body().codes().conversion();
        this.wide = index.body().codes().wide();
    }

    /** Whether the file has vectors to rank candidates by. */
    boolean isRefined() {
        return index.refined() != null;
    }

    /** The same lists, with ids as they have them. */
    MappedLists withoutMap() {
        return new MappedLists(file, index.withoutMap());
    }

    /** What the file says of its index. */
    ParsedIndex parsed() {
        return index;
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
    public long vectors() {
        return index.count();
    }

    @Override
    public long vector(int list, int position) {
        return stored(list, position);
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
        if (wide != null) {
            wide.read(file, start, from, count, codes);
            return;
        }
        if (conversion == null) {
            file.read(start + format.bytes(from), codes, 0, (int) bytes);
            return;
        }
        int size = conversion.form().size();
        byte[] stored = new byte[count * size];
        file.read(start + (long) from * size, stored, 0, stored.length);
        conversion.convert(stored, count, codes);
    }

    /** Copies ids as the lists have them, not those of a map around them. */
    void stored(int list, int from, int count, long[] ids) {
        if (extents.ids() != null) {
            file.read(extents.ids()[list] + (long) from * Long.BYTES, ids, count);
            return;
        }
        for (int i = 0; i < count; i++) {
            ids[i] = (long) from + i;
        }
    }

    /** Reads the id of a place as the list has it. */
    long stored(int list, int position) {
        Objects.checkIndex(position, size(list));
        return extents.ids() == null ? position : file.int64(extents.ids()[list] + (long) position * Long.BYTES);
    }

    @Override
    public void ids(int list, int from, int count, long[] ids) {
        Objects.checkFromIndexSize(from, count, size(list));
        Objects.checkFromIndexSize(0, count, ids.length);
        if (extents.ids() == null && index.hasMap()) {
            file.read(index.idMap() + (long) from * Long.BYTES, ids, count);
            return;
        }
        stored(list, from, count, ids);
        if (index.hasMap()) {
            lookUp(ids, count);
        }
    }

    private void lookUp(long[] ids, int count) {
        for (int i = 0; i < count; i++) {
            if (ids[i] < 0 || ids[i] >= index.mappedIds()) {
                throw new CorruptFileException(
                        file.file().toString(),
                        index.idMap(),
                        "a list holds id " + ids[i] + ", but the map of ids has " + index.mappedIds());
            }
            ids[i] = file.int64(index.idMap() + ids[i] * Long.BYTES);
        }
    }

    @Override
    public void checkUnchanged() {
        file.checkUnchanged();
    }

    @Override
    public NsvqException unreadable(InternalError e) {
        return file.unreadable(e);
    }

    @Override
    public void close() {
        file.close();
    }
}
