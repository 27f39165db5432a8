package io.github.sparknsvq.ml.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.faiss.FaissRefineWriter;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.ValueRanges;
import io.github.sparknsvq.ml.saving.JoinedFile;
import io.github.sparknsvq.ml.spark.Jobs;
import io.github.sparknsvq.ml.spark.SerializedValue;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Writes the vectors that an index's candidates are ranked by, in the order of their places: the executors bring
 * vectors and places together by ids, and write a file for each range of places.
 *
 * @param stored the index
 * @param raw the vectors
 */
record FaissVectorExport(StoredIndex stored, BatchSearch.RawVectors raw) {
    /** The columns of an id and its place. */
    static final StructType PLACES = new StructType().add("id", "bigint", false).add("place", "bigint", false);

    /** Codes on their way to a list, with places for ids. */
    static final ListSchema NUMBERED = new ListSchema(false, new StructType());

    private static final String BIN = "bin";
    private static final String PLACE = "place";
    private static final String VECTOR_ID = "vectorId";
    static final int PLACE_AT = 0;
    private static final int ID_AT = 1;
    private static final int VECTOR_ID_AT = 2;
    private static final int VECTOR_AT = 3;

    /** Bytes of vectors that a file should not exceed by much. */
    private static final long FILE_BYTES = 64L << 20;

    /**
     * Refuses what cannot be the vectors of the index, before the export's work. Of other rows, each is checked when
     * it is written; rows that are not in the index are left out.
     *
     * @throws NsvqException if they are fewer, or the first vector has another dimension
     */
    void check() {
        VectorColumn vectors = raw.vectors();
        Dataset<?> some = raw.rows().filter(vectors.column().isNotNull()).limit(1);
        int d = stored.index().dimension();
        for (int has : Jobs.collect(SparkInternals.internalRows(some.select(vectors.column()))
                .map(row -> {
                    float[] vector = vectors.read(vectors.value(row, 0));
                    return vector == null ? d : vector.length; // one that is invalid is reported with its id
                }))) {
            NsvqException.unless(
                    has == d,
                    "the first of the vectors to rank by has " + has + " values, the index has " + d
                            + ": give the vectors of the index");
        }
        long held = IndexContents.of(stored).vectors();
        long given = raw.rows().count();
        NsvqException.unless(
                given >= held,
                "the vectors to rank by are " + given + ", and the index has " + held
                        + ": give all of the index's vectors");
    }

    /**
     * Returns the ranges of the valid vectors' values. They are those of all rows given, and not of a sample such as
     * the one that codebooks were trained on, so that no value is cut off at the end of a range: rows that were added
     * later may lie farther out. It takes one more pass over the vectors, without a shuffle, of which each partition
     * gives two values and a flag for each dimension; least and greatest values do not depend on the partitioning.
     */
    ScalarQuantizer bytes() {
        JavaRDD<InternalRow> rows =
                SparkInternals.internalRows(raw.rows().select(raw.vectors().column()));
        ValueRanges all = ranges();
        for (byte[] some : Jobs.collect(rows.mapPartitions(new Ranges(raw.vectors(), stored.broadcast())))) {
            all.add(SparkInternals.<ValueRanges>deserialize(some));
        }
        return all.quantizer();
    }

    private ValueRanges ranges() {
        int d = stored.index().dimension();
        return new ValueRanges(FaissRefineWriter.ranking(stored.index().quantizer(), new float[d], 1).length);
    }

    /** Finds the ranges of a partition's values. */
    private record Ranges(VectorColumn vectors, Broadcast<SerializedValue<SharedIndex>> index)
            implements org.apache.spark.api.java.function.FlatMapFunction<Iterator<InternalRow>, byte[]> {

        @Override
        public Iterator<byte[]> call(Iterator<InternalRow> rows) {
            SharedIndex shared = index.value().value();
            ValueRanges ranges = null;
            while (rows.hasNext()) {
                float[] vector = vectors.readWith(shared.dimension(), vectors.value(rows.next(), 0));
                if (vector != null) {
                    float[] row = FaissRefineWriter.ranking(shared.quantizer(), vector, 1);
                    ranges = ranges == null ? new ValueRanges(row.length) : ranges;
                    ranges.add(row, 1);
                }
            }
            return ranges == null
                    ? Collections.emptyIterator()
                    : List.of(SparkInternals.serialize(ranges)).iterator();
        }
    }

    /**
     * Writes the vectors.
     *
     * @param places ids and places, as {@link #PLACES}
     * @param count number of places
     * @param scalar what vectors are written as codes of; null for float32
     * @param directory where the files go
     * @return the files, in order
     * @throws NsvqException if an id has no vector, or several
     */
    List<Path> write(
            JavaRDD<InternalRow> places,
            long count,
            ScalarQuantizer scalar,
            Path directory,
            SerializableConfiguration configuration) {
        if (count == 0) {
            return List.of();
        }
        long enough = Math.max(stored.spark().sparkContext().defaultParallelism(), 1);
        long bytes = count * stored.index().dimension() * (scalar == null ? Float.BYTES : 1);
        int parts = (int) Math.min(Math.max(enough, bytes / FILE_BYTES), count);
        Dataset<Row> ordered = SparkInternals.repartitionById(
                        joined(places), parts, expr("int(" + PLACE + " * " + parts + " div " + count + ")"))
                .sortWithinPartitions(PLACE);
        List<Path> files = new ArrayList<>();
        for (String file : Jobs.collect(SparkInternals.internalRows(ordered)
                .mapPartitionsWithIndex(
                        new Writer(raw.vectors(), stored.broadcast(), scalar, directory.toString(), configuration),
                        true))) {
            files.add(new Path(file));
        }
        return files;
    }

    /** Places, ids and vectors. */
    private Dataset<Row> joined(JavaRDD<InternalRow> places) {
        Column id = VectorColumn.column(raw.idCol());
        Dataset<Row> vectors = raw.rows()
                .select(id.cast("bigint").as(VECTOR_ID), raw.vectors().column().as("vector"))
                .toDF();
        return SparkInternals.dataFrame(stored.spark(), places, PLACES)
                .join(vectors, col("id").equalTo(col(VECTOR_ID)), "left_outer")
                .select(PLACE, "id", VECTOR_ID, "vector");
    }

    /**
     * Codes vectors for second lists.
     *
     * @param places as above
     * @param starts the first place of each list, and last the number of places
     * @param bins of the lists, every list whole
     * @return rows of {@link #NUMBERED} sorted by list and place, a partition for each bin
     */
    JavaRDD<InternalRow> second(JavaRDD<InternalRow> places, long[] starts, Bins bins) {
        JavaRDD<InternalRow> coded = SparkInternals.internalRows(joined(places))
                .mapPartitions(new SecondEncoder(raw.vectors(), stored.broadcast(), starts, bins.starts()));
        StructType columns = NUMBERED.coded().add(BIN, "int", false);
        return SparkInternals.internalRows(SparkInternals.repartitionById(
                        SparkInternals.dataFrame(stored.spark(), coded, columns), bins.count(), col(BIN))
                .sortWithinPartitions(ListSchema.LIST, ListSchema.ID));
    }

    /** Writes the vectors of a partition, which come in the order of their places. */
    private record Writer(
            VectorColumn vectors,
            Broadcast<SerializedValue<SharedIndex>> index,
            ScalarQuantizerParts scalar,
            String directory,
            SerializableConfiguration configuration)
            implements Function2<Integer, Iterator<InternalRow>, Iterator<String>> {

        Writer(
                VectorColumn vectors,
                Broadcast<SerializedValue<SharedIndex>> index,
                ScalarQuantizer scalar,
                String directory,
                SerializableConfiguration configuration) {
            this(vectors, index, ScalarQuantizerParts.of(scalar), directory, configuration);
        }

        @Override
        public Iterator<String> call(Integer partition, Iterator<InternalRow> rows) throws IOException {
            SharedIndex shared = index.value().value();
            FaissRefineWriter writer = new FaissRefineWriter(
                    shared.quantizer(), false, new int[shared.lists()], 1, scalar == null ? null : scalar.get(), 1);
            // an attempt of its own: a task may run twice
            Path file = new Path(
                    directory, "vectors-" + partition + "-" + TaskContext.get().taskAttemptId());
            FileSystem files = file.getFileSystem(configuration.value());
            long before = -1;
            try (OutputStream out = JoinedFile.createPart(files, file)) {
                while (rows.hasNext()) {
                    InternalRow row = rows.next();
                    long place = row.getLong(PLACE_AT);
                    float[] vector = vector(vectors, shared.dimension(), row, place == before);
                    before = place;
                    writer.writeVectors(FaissRefineWriter.ranking(shared.quantizer(), vector, 1), 1, out);
                }
            }
            return List.of(file.toString()).iterator();
        }
    }

    /** Returns the vector of a row of {@link #joined}. */
    static float[] vector(VectorColumn vectors, int dimension, InternalRow row, boolean again) {
        long id = row.getLong(ID_AT);
        if (again) {
            throw HeldVectors.twice(id, null, null);
        }
        if (row.isNullAt(VECTOR_ID_AT)) {
            throw new NsvqException("the vectors to rank by lack the one of id " + id
                    + ", which is in the index: give all of the index's vectors");
        }
        Object value = vectors.value(row, VECTOR_AT);
        float[] vector = vectors.readWith(dimension, value);
        if (vector == null) {
            String holds = "of the vectors to rank by holds a vector, of id " + id + ",";
            throw vectors.refused(dimension, value, holds, "the index has");
        }
        return vector;
    }

    /** What a scalar quantizer of 8 bits is made from, on its way to tasks. */
    @SuppressWarnings("ArrayRecordComponent") // travels, is never compared
    private record ScalarQuantizerParts(int dimension, float[] ranges) implements Serializable {
        static ScalarQuantizerParts of(ScalarQuantizer scalar) {
            return scalar == null ? null : new ScalarQuantizerParts(scalar.dimension(), scalar.ranges());
        }

        ScalarQuantizer get() {
            return new ScalarQuantizer(ScalarQuantizer.Type.QT_8BIT, dimension, ranges);
        }
    }
}
