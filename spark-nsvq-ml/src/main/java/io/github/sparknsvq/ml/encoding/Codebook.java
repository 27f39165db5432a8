package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.spark.SearchDevice;
import java.io.Serializable;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/**
 * A codebook that travels: executors get its values once, as a broadcast, and prepare the search on first use, once per
 * JVM.
 */
public final class Codebook implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int codewords;
    private final int dimension;
    private final float[] values;
    private final Device device;

    private transient volatile NearestCodeword search;

    /**
     * Wraps a codebook, without copying it.
     *
     * @param codebook {@code K x D} codewords, which do not change any more
     * @param device where to search: auto, cpu or opencl
     */
    public Codebook(FloatMatrix codebook, Device device) {
        this.codewords = codebook.rows();
        this.dimension = codebook.columns();
        this.values = codebook.values();
        this.device = device;
    }

    /** Returns the codewords, not copied. */
    public FloatMatrix matrix() {
        return new FloatMatrix(codewords, dimension, values);
    }

    /** Returns the dimension. */
    public int dimension() {
        return dimension;
    }

    /** Returns where it is searched. */
    public Device device() {
        return device;
    }

    /** Returns a copy of one codeword. */
    public float[] codeword(int k) {
        float[] codeword = new float[dimension];
        System.arraycopy(values, k * dimension, codeword, 0, dimension);
        return codeword;
    }

    /** Copies a codeword over the elements of an array of as many floats. */
    void copyCodeword(int k, UnsafeArrayData to) {
        Platform.copyMemory(
                values,
                Platform.FLOAT_ARRAY_OFFSET + 4L * k * dimension,
                to.getBaseObject(),
                to.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(dimension),
                4L * dimension);
    }

    /** Returns the search, made when it is first asked for. */
    public NearestCodeword search() {
        NearestCodeword current = search;
        if (current == null) {
            synchronized (this) {
                current = search;
                if (current == null) {
                    current = SearchDevice.provider(device).prepare(matrix());
                    search = current;
                }
            }
        }
        return current;
    }
}
