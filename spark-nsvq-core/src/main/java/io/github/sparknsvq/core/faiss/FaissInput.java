package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.io.CorruptFileException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The primitive values of a file, little-endian and packed, each checked against the length of the file. */
final class FaissInput {
    private static final int BLOCK_BYTES = 1 << 16;

    private final InputStream in;
    private final long length;
    private final String file;
    private final ByteBuffer value = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;

    FaissInput(InputStream in, long length, String file) {
        this.in = in;
        this.length = length;
        this.file = file;
    }

    long position() {
        return position;
    }

    /** The bytes of the whole file. */
    long length() {
        return length;
    }

    /** A type as messages show it: in quotes. */
    static String quoted(String fourcc) {
        return "'" + fourcc.replaceAll("[^ -~]", "?") + "'";
    }

    /** The error for content that makes no sense. */
    CorruptFileException corrupt(long offset, String reason) {
        return new CorruptFileException(file, offset, reason);
    }

    /** The error for content that faiss can read, but spark-nsvq cannot. */
    NsvqException unsupported(String what, String supported) {
        return new NsvqException(file + " holds " + what + ", which is not supported; supported is " + supported);
    }

    /** The error for a file that is one of FAISS, but of a type that is not read at all. */
    NsvqException notRead(String what, String read) {
        return new NsvqException(file + " is " + what + ", which spark-nsvq does not read: it reads " + read);
    }

    /** Refuses the file as corrupt at an offset unless something holds. */
    void check(boolean holds, long offset, String reason) {
        if (!holds) {
            throw corrupt(offset, reason);
        }
    }

    /** Refuses what the file holds unless it is supported. */
    void checkSupported(boolean holds, String what, String supported) {
        if (!holds) {
            throw unsupported(what, supported);
        }
    }

    /** The error for content that no quantizer can be made of. */
    NsvqException refused(NsvqException why) {
        return new NsvqException(file + " holds an index that cannot be used: " + why.getMessage(), why);
    }

    /** Checks that bytes are there before anything is allocated for them. */
    void require(long count, int size, String what) {
        if (count > (length - position) / size) {
            boolean countable = count <= (Long.MAX_VALUE - position) / size;
            throw corrupt(
                    length,
                    "truncated: " + what + " should "
                            + (countable
                                    ? "end at byte " + (position + count * size)
                                    : "be " + count + " of " + size + " bytes"));
        }
    }

    String fourcc(String what) throws IOException {
        return StandardCharsets.ISO_8859_1.decode(read(4, what)).toString();
    }

    /** A type that was read, with as many of the bytes behind it as make it {@code most}, or the file has. */
    byte[] withRest(String fourcc, int most) throws IOException {
        byte[] bytes = Arrays.copyOf(fourcc.getBytes(StandardCharsets.ISO_8859_1), most);
        int n = (int) Math.min(most - 4, length - position);
        byte[] rest = new byte[n];
        fill(rest, n, "the start of the file");
        System.arraycopy(rest, 0, bytes, 4, n);
        return Arrays.copyOf(bytes, 4 + n);
    }

    int int8(String what) throws IOException {
        return read(1, what).get();
    }

    int int32(String what) throws IOException {
        return read(Integer.BYTES, what).getInt();
    }

    long int64(String what) throws IOException {
        return read(Long.BYTES, what).getLong();
    }

    float float32(String what) throws IOException {
        return read(Float.BYTES, what).getFloat();
    }

    boolean bool(String what) throws IOException {
        int found = read(1, what).get();
        check(found == 0 || found == 1, position - 1, what + " is " + found + ": it should be 0 or 1");
        return found == 1;
    }

    /** A number of values of {@code size} bytes each, all of which lie in the file. */
    long count(int size, String what) throws IOException {
        long at = position;
        long count = int64("the number of " + what);
        if (count < 0) {
            throw corrupt(at, "there are " + count + " " + what);
        }
        require(count, size, "the " + what);
        return count;
    }

    /** As above, checking that there are as many as should be. */
    void expectCount(long expected, int size, String what) throws IOException {
        long at = position;
        long count = int64("the number of " + what);
        if (count != expected) {
            throw corrupt(at, "there are " + count + " " + what + ", there should be " + expected);
        }
        require(count, size, "the " + what);
    }

    void expect(long expected, String what) throws IOException {
        long at = position;
        long found = int64(what);
        check(found == expected, at, what + " is " + found + ", it should be " + expected);
    }

    /** Values that {@link #count} or {@link #expectCount} found to be there. */
    float[] floats(long count, String what) throws IOException {
        checkSupported(count <= Integer.MAX_VALUE - 8, count + " " + what, "what fits one array");
        float[] values = new float[(int) count];
        ByteBuffer block = ByteBuffer.allocate((int) Math.min(BLOCK_BYTES, count * Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values.length; ) {
            int n = Math.min(block.capacity() / Float.BYTES, values.length - i);
            fill(block.array(), n * Float.BYTES, what);
            block.clear().asFloatBuffer().get(values, i, n);
            for (int end = i + n; i < end; i++) {
                if (!Float.isFinite(values[i])) {
                    throw corrupt(
                            position - (long) (end - i) * Float.BYTES,
                            "value " + i + " of the " + what + " is " + values[i] + ": it should be finite");
                }
            }
        }
        return values;
    }

    /** Checks that the file ends here. */
    void expectEnd() {
        check(
                position == length,
                position,
                "the index ends here, but " + (length - position)
                        + (length - position == 1 ? " byte follows" : " bytes follow"));
    }

    /** Goes past values, all of which must lie in the file. */
    void skip(long count, int size, String what) throws IOException {
        require(count, size, what);
        for (long left = count * size; left > 0; ) {
            long skipped = in.skip(left);
            if (skipped <= 0) {
                if (in.read() < 0) {
                    throw shortened(position, what);
                }
                skipped = 1;
            }
            left -= skipped;
            position += skipped;
        }
    }

    private ByteBuffer read(int bytes, String what) throws IOException {
        require(1, bytes, what);
        fill(value.array(), bytes, what);
        return value.clear().limit(bytes);
    }

    /** Reads the next bytes, which {@link #require} found to be there. */
    void fill(byte[] target, int bytes, String what) throws IOException {
        int got = in.readNBytes(target, 0, bytes);
        if (got < bytes) {
            throw shortened(position + got, what);
        }
        position += bytes;
    }

    private CorruptFileException shortened(long offset, String what) {
        return corrupt(
                offset,
                "the file ends here, amid " + what + ", but it was " + length + " bytes long when it was opened");
    }
}
