package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.training.rows.SeededHash;
import org.apache.spark.unsafe.types.UTF8String;

/** Numbers made of strings, and of queries: 64 bits that are as good as random. */
final class NameHash {
    private NameHash() {}

    /** Returns the number of a string, 0 or more. */
    static long of(UTF8String name) {
        byte[] bytes = name.getBytes();
        long hash = SeededHash.mix(bytes.length);
        for (int at = 0; at < bytes.length; at += Long.BYTES) {
            long word = 0;
            for (int i = Math.min(at + Long.BYTES, bytes.length) - 1; i >= at; i--) {
                word = (word << Byte.SIZE) | (bytes[i] & 0xFF);
            }
            hash = SeededHash.mix(hash ^ word);
        }
        return hash & Long.MAX_VALUE;
    }

    /** Returns a query's hash; equal queries share it. */
    static long of(float[] query, long id) {
        long hash = SeededHash.mix(id);
        for (float value : query) {
            hash = SeededHash.mix(hash ^ Float.floatToRawIntBits(value));
        }
        return hash;
    }
}
