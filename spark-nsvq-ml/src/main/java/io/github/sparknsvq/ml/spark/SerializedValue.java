package io.github.sparknsvq.ml.spark;

import java.io.Serializable;

/**
 * A value serialized by Java serialization, and deserialized once in each JVM that asks for it. Broadcasts and
 * results are sent like this, because {@code spark.serializer} may be Kryo, which knows neither records nor
 * lambdas.
 *
 * @param <T> the value
 */
public final class SerializedValue<T> implements Serializable {
    private static final long serialVersionUID = 1L;

    private final byte[] bytes;
    private transient T value;

    /** Serializes a value. */
    public SerializedValue(T value) {
        this.bytes = SparkInternals.serialize(value);
    }

    /** Returns the value. */
    public synchronized T value() {
        if (value == null) {
            value = SparkInternals.deserialize(bytes);
        }
        return value;
    }
}
