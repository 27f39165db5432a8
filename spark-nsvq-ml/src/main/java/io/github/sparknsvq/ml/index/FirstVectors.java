package io.github.sparknsvq.ml.index;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.List;
import java.util.function.IntConsumer;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.catalyst.InternalRow;

/** The dimension of vectors, by a look at the first of them: what cannot work is refused before hours of work. */
public final class FirstVectors {
    private static final int ROWS = 64;

    private FirstVectors() {}

    /**
     * Gives a check the dimension of the first vectors; no check if none is valid or they differ among themselves.
     *
     * @param data a data set with the column
     * @param vectors the column
     */
    public static void check(Dataset<?> data, VectorColumn vectors, IntConsumer check) {
        List<Integer> found = dimensions(SparkInternals.internalRows(data.select(vectors.column())), vectors, 0);
        if (found.size() == 1) {
            check.accept(found.get(0));
        }
    }

    /**
     * Refuses vectors the first of which are all of another dimension than one that is needed.
     *
     * @param what they are for, as in {@code to index}
     * @param needs says whose dimension is needed, as in {@code the index has}
     */
    public static void check(Dataset<?> data, VectorColumn vectors, String what, int dimension, String needs) {
        check(SparkInternals.internalRows(data.select(vectors.column())), vectors, 0, what, dimension, needs);
    }

    /** The same for rows that have the vectors at an ordinal. */
    static void check(
            JavaRDD<InternalRow> rows, VectorColumn vectors, int at, String what, int dimension, String needs) {
        List<Integer> found = dimensions(rows, vectors, at);
        if (!found.isEmpty() && !found.contains(dimension)) {
            throw new NsvqException("column '" + vectors.name() + "' of the vectors " + what
                    + " has vectors of dimension " + found.get(0) + ", " + needs + " " + dimension);
        }
    }

    /** Returns the dimensions of the first vectors, without invalid ones. */
    private static List<Integer> dimensions(JavaRDD<InternalRow> rows, VectorColumn vectors, int at) {
        return rows
                .map(row -> {
                    float[] vector = vectors.read(row, at);
                    return vector == null ? 0 : vector.length;
                })
                .take(ROWS)
                .stream()
                .filter(dimension -> dimension > 0)
                .distinct()
                .toList();
    }
}
