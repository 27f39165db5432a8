package io.github.sparknsvq.core.faiss;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Bytes of index files, made field by field without the code under test; remembers where fields start. */
final class FileBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final List<Integer> starts = new ArrayList<>();

    private FileBytes add(byte[] field) {
        starts.add(out.size());
        out.writeBytes(field);
        return this;
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    FileBytes text(String fourcc) {
        return add(fourcc.getBytes(StandardCharsets.US_ASCII));
    }

    FileBytes int32(int value) {
        return add(buffer(4).putInt(value).array());
    }

    FileBytes int64(long... values) {
        for (long value : values) {
            add(buffer(8).putLong(value).array());
        }
        return this;
    }

    FileBytes int8(int... values) {
        for (int value : values) {
            add(new byte[] {(byte) value});
        }
        return this;
    }

    FileBytes floats(float... values) {
        for (float value : values) {
            add(buffer(4).putFloat(value).array());
        }
        return this;
    }

    /** What every index starts with. */
    FileBytes index(String fourcc, int d, long count, int metric) {
        return text(fourcc).int32(d).int64(count, 1 << 20, 1 << 20).int8(1).int32(metric);
    }

    FileBytes fill(int bytes) {
        return add(new byte[bytes]);
    }

    byte[] bytes() {
        return out.toByteArray();
    }

    /** Where each field starts. */
    List<Integer> starts() {
        return starts;
    }
}
