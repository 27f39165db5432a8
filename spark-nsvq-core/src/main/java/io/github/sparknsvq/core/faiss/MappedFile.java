package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

/**
 * The bytes of a file, mapped in segments, as no buffer holds more than 2 GB. May be read by several threads at once.
 *
 * <p>After {@link #close} nothing can be read. The mapping itself goes with the buffers, when they are collected:
 * were it taken away at once, a thread that still reads would crash the JVM.
 */
final class MappedFile {
    /** Segments of 1 GiB. */
    static final int SEGMENT_BITS = 30;

    private static final int LONGS = 1 << 10;

    private final Path file;
    private final long length;
    private final int segmentBits;

    /** What the file was when it was opened; null for bytes in memory. */
    private final BasicFileAttributes state;

    private volatile ByteBuffer[] segments;
    private volatile boolean changed;

    private MappedFile(Path file, long length, int segmentBits, BasicFileAttributes state, ByteBuffer[] segments) {
        this.file = file;
        this.length = length;
        this.segmentBits = segmentBits;
        this.state = state;
        this.segments = segments;
    }

    /** Maps a file in segments of 2 to the power of {@code segmentBits} bytes. */
    static MappedFile open(Path file, int segmentBits) throws IOException {
        NsvqException.unless(!Files.isDirectory(file), file + " is a directory: an index file of FAISS is needed");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            BasicFileAttributes state = Files.readAttributes(file, BasicFileAttributes.class);
            long length = channel.size();
            long segment = 1L << segmentBits;
            ByteBuffer[] segments = new ByteBuffer[Math.toIntExact((length + segment - 1) >>> segmentBits)];
            for (int i = 0; i < segments.length; i++) {
                long start = i * segment;
                segments[i] = channel.map(MapMode.READ_ONLY, start, Math.min(segment, length - start))
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
            return new MappedFile(file, length, segmentBits, state, segments);
        }
    }

    /** Bytes in memory, as if they were those of a file. */
    static MappedFile of(Path file, byte[] bytes) {
        return new MappedFile(file, bytes.length, SEGMENT_BITS, null, new ByteBuffer[] {
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN)
        });
    }

    Path file() {
        return file;
    }

    /** The file from its start, for parsing. */
    FaissInput input() {
        return new FaissInput(stream(), length, file.toString());
    }

    /**
     * Copies bytes, all of which lie in the file.
     *
     * @throws NsvqException if the file became shorter since it was opened
     */
    void read(long position, byte[] target, int offset, int count) {
        try {
            copy(position, target, offset, count);
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    /**
     * Returns the error for a file that was cut or whose disk fails. The JVM learns of it by a signal and tells the
     * thread that read by an {@link InternalError}, a little later where code is compiled.
     *
     * @throws InternalError the same, if it is about something else
     */
    NsvqException unreadable(InternalError e) {
        if (e.getMessage() == null || !e.getMessage().contains("unsafe memory access")) {
            throw e;
        }
        return changed(e);
    }

    private NsvqException changed(InternalError e) {
        changed = true; // nothing more is read, so that no other error comes late
        return new NsvqException(
                file + " was changed or cut while it was open, or cannot be read any more: open it again (to replace"
                        + " a file that is in use, write another beside it and rename that)",
                e);
    }

    /**
     * Checks that the file is as it was when it was opened, by its length and the time of its last change. One that
     * was renamed or deleted since is there as long as it is mapped, whatever has its name now.
     *
     * @throws NsvqException if it is not
     */
    void checkUnchanged() {
        if (state == null || segments == null) {
            return;
        }
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            if (Objects.equals(now.fileKey(), state.fileKey())
                    && (now.size() != state.size() || !now.lastModifiedTime().equals(state.lastModifiedTime()))) {
                throw changed(null);
            }
        } catch (IOException e) {
            return; // renamed or deleted, or cannot be asked: what is mapped stays
        }
    }

    /** The segments, of which bytes are to be read that must lie in the file. */
    private ByteBuffer[] open(long position, long count) {
        Objects.checkFromIndexSize(position, count, length);
        ByteBuffer[] all = segments;
        if (changed) {
            throw changed(null);
        }
        if (all == null) {
            throw new IllegalStateException(file + " is closed");
        }
        return all;
    }

    private void copy(long position, byte[] target, int offset, int count) {
        ByteBuffer[] all = open(position, count);
        long at = position;
        int to = offset;
        int end = offset + count;
        while (to < end) {
            ByteBuffer segment = all[(int) (at >>> segmentBits)];
            int from = (int) (at & ((1L << segmentBits) - 1));
            int n = Math.min(end - to, segment.capacity() - from);
            segment.get(from, target, to, n);
            at += n;
            to += n;
        }
    }

    /** Reads a little-endian number. */
    long int64(long position) {
        try {
            ByteBuffer segment = open(position, Long.BYTES)[(int) (position >>> segmentBits)];
            int from = (int) (position & ((1L << segmentBits) - 1));
            if (from <= segment.capacity() - Long.BYTES) {
                return segment.getLong(from);
            }
        } catch (InternalError e) {
            throw unreadable(e);
        }
        byte[] bytes = new byte[Long.BYTES];
        read(position, bytes, 0, bytes.length);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** Copies little-endian floats. */
    void read(long position, float[] target, int offset, int count) {
        int bytes = count * Float.BYTES;
        try {
            ByteBuffer segment = open(position, bytes)[(int) (position >>> segmentBits)];
            int from = (int) (position & ((1L << segmentBits) - 1));
            if (from <= segment.capacity() - bytes) {
                segment.slice(from, bytes)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .get(target, offset, count);
                return;
            }
        } catch (InternalError e) {
            throw unreadable(e);
        }
        byte[] straddling = new byte[bytes];
        read(position, straddling, 0, bytes);
        ByteBuffer.wrap(straddling)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(target, offset, count);
    }

    /** Copies little-endian numbers to the start of an array. */
    void read(long position, long[] target, int count) {
        if (count == 1) {
            target[0] = int64(position);
            return;
        }
        byte[] bytes = new byte[Math.min(count, LONGS) * Long.BYTES];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < count; from += LONGS) {
            int n = Math.min(LONGS, count - from);
            read(position + (long) from * Long.BYTES, bytes, 0, n * Long.BYTES);
            buffer.asLongBuffer().get(target, from, n);
        }
    }

    private InputStream stream() {
        return new InputStream() {
            private long position;

            @Override
            public int read() {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
            }

            @Override
            public int read(byte[] target, int offset, int most) {
                int n = (int) Math.min(most, length - position);
                if (n <= 0) {
                    return most == 0 ? 0 : -1;
                }
                MappedFile.this.read(position, target, offset, n);
                position += n;
                return n;
            }

            @Override
            public long skip(long most) {
                long n = Math.max(0, Math.min(most, length - position));
                position += n;
                return n;
            }
        };
    }

    void close() {
        segments = null;
    }
}
