package io.github.sparknsvq.ml.encoding;

import io.github.sparknsvq.ml.vectors.VectorColumn;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Finds the nearest codeword of the vector in a row. */
public final class CodewordEncoder extends VectorEncoder {
    private static final long serialVersionUID = 1L;

    /** Field of the encoded struct: index of the nearest codeword. */
    public static final String INDEX = "index";

    /** Field of the encoded struct: distance from it. */
    public static final String DISTANCE = "distance";

    /** Field of the encoded struct: the codeword itself. */
    public static final String CODEWORD = "codeword";

    /** Name of the method that gives the index alone, as {@link BatchedSearchRule} knows it. */
    static final String INDEX_OF = "indexOf";

    private final Broadcast<Codebook> codebook;
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
    public CodewordEncoder(VectorColumn vectors, Broadcast<Codebook> codebook, boolean cosine, boolean withCodeword) {
        super(vectors, codebook.value().dimension());
        this.codebook = codebook;
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

    /** The index comes first, so that a row of the struct serves for the index alone as well. */
    @Override
    StructType type() {
        StructType type =
                new StructType().add(INDEX, DataTypes.IntegerType, false).add(DISTANCE, DataTypes.FloatType, false);
        return withCodeword ? type.add(CODEWORD, DataTypes.createArrayType(DataTypes.FloatType, false), false) : type;
    }

    /** Called by Spark: the index for an array. */
    public int indexOf(ArrayData vector) {
        return index(vector);
    }

    /** Called by Spark: the index for a {@code Vector}, which Spark takes for any object. */
    public int indexOf(Object vector) {
        return index(vector);
    }

    private int index(Object value) {
        int[] index = new int[1];
        codebook.value().search().nearest(vector(value), 0, 1, index, new float[1]);
        return index[0];
    }

    /** Where the search wants larger calls than the CPU's, as a device does, batches are as large. */
    @Override
    int rowsPerBatch() {
        return Math.max(super.rowsPerBatch(), codebook.value().search().rowsPerCall());
    }

    @Override
    Batch batch(int capacity) {
        return new Found(capacity);
    }

    private final class Found implements Batch {
        private final int[] index;
        private final float[] squaredDistance;
        private final UnsafeArrayData codeword;

        Found(int capacity) {
            this.index = new int[capacity];
            this.squaredDistance = new float[capacity];
            this.codeword = withCodeword ? UnsafeArrayData.fromPrimitiveArray(new float[dimension()]) : null;
        }

        @Override
        public void search(float[] rows, int count) {
            codebook.value().search().nearest(rows, 0, count, index, squaredDistance);
        }

        @Override
        public void write(int i, InternalRow result) {
            result.setInt(0, index[i]);
            result.setFloat(1, distance(cosine, squaredDistance[i]));
            if (codeword != null) {
                codebook.value().copyCodeword(index[i], codeword);
                result.update(2, codeword);
            }
        }
    }
}
