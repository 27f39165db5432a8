package io.github.sparknsvq.core.faiss;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The primitive values of a file, little-endian and packed, gathered in a buffer that {@link #flush} empties. */
final class FaissOutput {
    private final OutputStream out;
    private final ByteBuffer buffer;

    FaissOutput(OutputStream out) {
        this(out, 1 << 16);
    }

    /** With a buffer of so many bytes, which hold any one value. */
    FaissOutput(OutputStream out, int bytes) {
        this.out = out;
        this.buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    void fourcc(String name) throws IOException {
        room(name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
    }

    void int32(int value) throws IOException {
        room(Integer.BYTES).putInt(value);
    }

    void int64(long value) throws IOException {
        room(Long.BYTES).putLong(value);
    }

    void float32(float value) throws IOException {
        room(Float.BYTES).putFloat(value);
    }

    void bool(boolean value) throws IOException {
        room(1).put((byte) (value ? 1 : 0));
    }

    /** The values of a vector, whose length stands before it. */
    void floats(float[] values) throws IOException {
        for (float value : values) {
            float32(value);
        }
    }

    private ByteBuffer room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
        return buffer;
    }

    /** Hands what is gathered to the stream, without flushing the stream. */
    void flush() throws IOException {
        out.write(buffer.array(), 0, buffer.position());
        buffer.clear();
    }
}
