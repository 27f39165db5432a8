package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.InvalidVectorException;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.Serializable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Finds what a quantizer makes of the vector in a row. Spark's generated code calls the public methods that take a
 * value as Spark holds it; the columns that do so come from {@link #encoded} and {@link #valid}.
 *
 * <p>These say what a query means; {@link BatchedSearchRule} then has the rows searched in batches where it can, with
 * the same results.
 */
public abstract class VectorEncoder implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Name of the method that searches, as {@link BatchedSearchRule} knows it. */
    public static final String ENCODE = "encode";

    /** Name of a method that gives the struct's first field alone, an index. */
    public static final String INDEX_OF = "indexOf";

    /** Rows of a full batch: whole tiles of the kernel, and enough that a call's own cost does not show. */
    private static final int MOST_ROWS = NearestCodeword.BATCH_ROWS;

    /** Values of a full batch's vectors: they should stay in the cache. */
    private static final int MOST_VALUES = 1 << 18;

    private final VectorColumn vectors;
    private final int dimension;

    /** For rows that are searched one by one, and what was found for the last of them. */
    private transient Batch one;

    private transient GenericInternalRow foundByOne;

    /**
     * Makes the encoder of a column.
     *
     * @param vectors the column, scaled to length 1 for cosine distance
     * @param dimension of the vectors that the quantizer takes
     */
    VectorEncoder(VectorColumn vectors, int dimension) {
        this.vectors = vectors;
        this.dimension = dimension;
    }

    /** Rows that are searched together. For one thread. */
    interface Batch {
        /**
         * Searches.
         *
         * @param rows row-major vectors, from the start
         * @param count how many, at most what the batch was made for
         */
        void search(float[] rows, int count);

        /**
         * Writes what was found for a row to the fields of a row of {@link VectorEncoder#type}. Arrays may be written
         * over by the next call.
         */
        void write(int i, InternalRow result);
    }

    /** Returns how many rows a full batch should have, at least 1; asked on executors, before the first batch. */
    int rowsPerBatch() {
        return Math.max(1, Math.min(MOST_ROWS, MOST_VALUES / Math.max(1, dimension)));
    }

    /** Makes room for a batch of so many rows. */
    abstract Batch batch(int capacity);

    /** Returns the type of what is found. */
    public abstract StructType type();

    /** Returns the dimension of the vectors. */
    int dimension() {
        return dimension;
    }

    /** A column with a struct of what is found. */
    public Column encoded() {
        return call(ENCODE, type());
    }

    /** A column that says whether the vector is valid and of the quantizer's dimension. */
    public Column valid() {
        return call("isValid", DataTypes.BooleanType);
    }

    /** A column that calls a method of this with the vector. */
    Column call(String method, DataType returns) {
        return SparkInternals.call(this, method, returns, vectors.column(), vectors.type());
    }

    /** Called by Spark: the struct for an array. */
    public InternalRow encode(ArrayData vector) {
        return found(vector);
    }

    /** Called by Spark: the struct for a {@code Vector}, which Spark takes for any object. */
    public InternalRow encode(Object vector) {
        return found(vector);
    }

    /** Called by Spark: whether an array is valid. */
    public boolean isValid(ArrayData vector) {
        return valid(vector);
    }

    /** Called by Spark: whether a {@code Vector} is valid. */
    public boolean isValid(Object vector) {
        return valid(vector);
    }

    private boolean valid(Object value) {
        return vectors.readWith(dimension, value) != null;
    }

    /** Each task has an encoder of its own, so that threads do not wait for each other. */
    private synchronized InternalRow found(Object value) {
        float[] vector = vector(value);
        if (one == null) {
            one = batch(1);
            foundByOne = new GenericInternalRow(type().length());
        }
        one.search(vector, 1);
        one.write(0, foundByOne);
        return foundByOne.copy();
    }

    /** Reads a vector; throws an {@link InvalidVectorException} that says what is wrong with it. */
    float[] vector(Object value) {
        float[] vector = vectors.readWith(dimension, value);
        if (vector == null) {
            throw invalid(value);
        }
        return vector;
    }

    /** Says what is wrong with a value that is no vector for the quantizer. */
    InvalidVectorException invalid(Object value) {
        return vectors.invalid(dimension, value, "holds a vector", "the codebook");
    }

    /** Returns the column of vectors. */
    VectorColumn vectors() {
        return vectors;
    }

    /** Reads the vector of a row, at an ordinal; throws as the methods that search do. */
    float[] vector(InternalRow row, int ordinal) {
        return vector(vectors.value(row, ordinal));
    }
}
