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
    private transient volatile T value;

    /** Serializes a value. */
    public SerializedValue(T value) {
        this.bytes = SparkInternals.serialize(value);
    }

    /** Returns the value. */
    public T value() {
        T current = value;
        if (current == null) {
            synchronized (this) {
                current = value;
                if (current == null) {
                    current = SparkInternals.deserialize(bytes);
                    value = current;
                }
            }
        }
        return current;
    }
}
