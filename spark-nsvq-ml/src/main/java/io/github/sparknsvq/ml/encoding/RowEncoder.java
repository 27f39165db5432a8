package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.ml.InvalidVectorException;
import io.github.sparknsvq.ml.util.SparkInternals;
import io.github.sparknsvq.ml.util.VectorColumn;
import java.io.Serializable;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Finds the nearest codeword of the vector in a row. Spark's generated code calls the public methods that take a value as
 * Spark holds it; the columns that do so come from {@link #index}, {@link #encoded} and {@link #valid}.
 *
 * <p>The first two say what a query means; {@link BatchedSearchRule} then has the rows searched in batches where it can,
 * with the same results.
 */
public final class RowEncoder implements Serializable {
    private static final long serialVersionUID = 1L;

    /** Field of the encoded struct: index of the nearest codeword. */
    public static final String INDEX = "index";

    /** Field of the encoded struct: distance from it. */
    public static final String DISTANCE = "distance";

    /** Field of the encoded struct: the codeword itself. */
    public static final String CODEWORD = "codeword";

    /** Names of the methods that search, as {@link BatchedSearchRule} knows them. */
    static final String INDEX_OF = "indexOf";

    static final String ENCODE = "encode";

    private final VectorColumn vectors;
    private final Broadcast<Codebook> codebook;
    private final int dimension;
    private final boolean cosine;
    private final boolean withCodeword;

    /**
     * Makes the encoder of a column.
     *
     * @param vectors the column, scaled to length 1 for cosine distance
     * @param codebook the codebook, on all executors
     * @param cosine whether the distance is 1 - cosine rather than Euclidean
     * @param withCodeword whether the encoded struct has the codeword itself
     */
    public RowEncoder(VectorColumn vectors, Broadcast<Codebook> codebook, boolean cosine, boolean withCodeword) {
        this.vectors = vectors;
        this.codebook = codebook;
        this.dimension = codebook.value().dimension();
        this.cosine = cosine;
        this.withCodeword = withCodeword;
    }

    /** Returns the distance in a stage's measure for a squared Euclidean one. */
    public static float distance(boolean cosine, float squared) {
        // between vectors of length 1 the squared distance is 2 (1 - cosine)
        return cosine ? squared / 2 : (float) Math.sqrt(squared);
    }

    /** A column with the index of the nearest codeword alone. */
    public Column index() {
        return call(INDEX_OF, DataTypes.IntegerType);
    }

    /** A column with a struct of index, distance and, if asked for, codeword. */
    public Column encoded() {
        return call(ENCODE, type());
    }

    /** Returns the type of the struct. */
    StructType type() {
        StructType type =
                new StructType().add(INDEX, DataTypes.IntegerType, false).add(DISTANCE, DataTypes.FloatType, false);
        return withCodeword ? type.add(CODEWORD, DataTypes.createArrayType(DataTypes.FloatType, false), false) : type;
    }

    /** A column that says whether the vector is valid and of the codebook's dimension. */
    public Column valid() {
        return call("isValid", DataTypes.BooleanType);
    }

    private Column call(String method, org.apache.spark.sql.types.DataType returns) {
        return SparkInternals.call(this, method, returns, vectors.column(), vectors.type());
    }

    /** Called by Spark: the index for an array. */
    public int indexOf(ArrayData vector) {
        return index(vector, new float[1]);
    }

    /** Called by Spark: the index for a {@code Vector}, which Spark takes for any object. */
    public int indexOf(Object vector) {
        return index(vector, new float[1]);
    }

    /** Called by Spark: the struct for an array. */
    public InternalRow encode(ArrayData vector) {
        return struct(vector);
    }

    /** Called by Spark: the struct for a {@code Vector}, which Spark takes for any object. */
    public InternalRow encode(Object vector) {
        return struct(vector);
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
        float[] vector = vectors.read(value);
        return vector != null && vector.length == dimension;
    }

    private int index(Object value, float[] squaredDistance) {
        float[] vector = vector(value);
        int[] index = new int[1];
        codebook.value().search().nearest(vector, 0, 1, index, squaredDistance);
        return index[0];
    }

    /** Reads a vector; throws an {@link InvalidVectorException} that says what is wrong with it. */
    private float[] vector(Object value) {
        float[] vector = vectors.read(value);
        if (vector == null || vector.length != dimension) {
            throw invalid(value, vector);
        }
        return vector;
    }

    /** Reads the vector of a row, at an ordinal; throws as the methods that search do. */
    float[] vector(InternalRow row, int ordinal) {
        return vector(vectors.value(row, ordinal));
    }

    boolean withCodeword() {
        return withCodeword;
    }

    Codebook codebook() {
        return codebook.value();
    }

    float distance(float squared) {
        return distance(cosine, squared);
    }

    private InternalRow struct(Object value) {
        float[] squaredDistance = new float[1];
        int index = index(value, squaredDistance);
        float distance = distance(cosine, squaredDistance[0]);
        if (!withCodeword) {
            return new GenericInternalRow(new Object[] {index, distance});
        }
        ArrayData codeword = UnsafeArrayData.fromPrimitiveArray(codebook.value().codeword(index));
        return new GenericInternalRow(new Object[] {index, distance, codeword});
    }

    private InvalidVectorException invalid(Object value, float[] vector) {
        String problem =
                vector == null ? vectors.problem(value) : "has " + vector.length + " values, the codebook " + dimension;
        return new InvalidVectorException("column '" + vectors.name() + "' holds a vector that " + problem
                + " (handleInvalid = skip leaves such rows out)");
    }
}
