package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.io.VectorFileFormat;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.ml.spark.Reason;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Queries, each with its true nearest vector.
 *
 * @param vectors one per row, of length 1 for a cosine model
 * @param truth id of each query's nearest vector
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Queries(FloatMatrix vectors, long[] truth) {
    /** The id column of the codes that are searched. */
    static final String ID = "id";

    /**
     * Reads queries.
     *
     * @param format of the queries where the file's suffix does not say it
     * @param options say which columns hold vectors and ids
     * @param encoding of the model that is searched with
     */
    static Queries read(
            SparkSession spark,
            String queries,
            String truth,
            FormatOptions format,
            IdVectorOptions options,
            Encoding encoding) {
        FloatMatrix vectors = vectors(spark, queries, format, options, encoding.model.cosine());
        long[] nearest = nearest(spark, truth);
        NsvqException.unless(vectors.rows() > 0, queries + " (--queries) holds no vectors");
        NsvqException.unless(
                vectors.rows() == nearest.length,
                "--queries holds " + vectors.rows() + " vectors, but --truth " + nearest.length
                        + " rows: they should belong together");
        if (vectors.columns() != encoding.model.dimension()) {
            String model = ", but the model has " + encoding.model.dimension();
            throw new NsvqException("--queries holds vectors of dimension " + vectors.columns() + model);
        }
        return new Queries(vectors, nearest);
    }

    /** Reads the vectors, in the order of their ids. */
    static FloatMatrix vectors(
            SparkSession spark, String queries, FormatOptions format, IdVectorOptions options, boolean cosine) {
        Dataset<Row> data = format.readAnother(spark, queries, "--queries");
        Inputs.requireVectors(data, options.features, queries + " (--queries)");
        String id = idColumn(data, queries, options);
        VectorColumn column = VectorColumn.of(data.schema(), options.features, false);
        Dataset<Row> sorted =
                data.orderBy(Inputs.wholeNumbers(data, id, queries)).select(column.column());
        List<byte[]> rows = SparkInternals.internalRows(sorted)
                .map(row -> SparkInternals.serialize(column.read(row, 0)))
                .collect();
        float[][] vectors = new float[rows.size()][];
        for (int q = 0; q < vectors.length; q++) {
            vectors[q] = SparkInternals.deserialize(rows.get(q));
            boolean ragged = vectors[q] != null && vectors[q].length != vectors[0].length;
            if (vectors[q] == null || ragged || (cosine && !UnitLength.normalize(vectors[q], 0, vectors[q].length))) {
                throw new NsvqException(
                        "query " + q + " of " + queries + " (--queries) is not valid: null, not finite, "
                                + (cosine ? "all zeros, " : "") + "or of another dimension than the ones before");
            }
        }
        return FloatMatrix.of(vectors);
    }

    /** Returns the column that orders queries as --truth does. */
    static String idColumn(Dataset<Row> data, String queries, IdVectorOptions options) {
        return options.idColumn(data)
                .orElseThrow(() -> new NsvqException(
                        queries + " (--queries) has no column 'id' that says which row of --truth is which query's"));
    }

    /**
     * Reads the id of each query's true nearest neighbor.
     *
     * @throws NsvqException if the file is named as one of another format is, or cannot be read as one
     */
    static long[] nearest(SparkSession spark, String truth) {
        String expected = " (--truth) is no whole .ivecs file, per query the ids of the nearest vectors";
        VectorFileFormat format = Inputs.fileFormat(truth).orElse(VectorFileFormat.IVECS);
        NsvqException.unless(
                format == VectorFileFormat.IVECS,
                truth + expected + ", but holds vectors: its name ends in ." + format.shortName());
        Inputs.requirePath(spark.sparkContext().hadoopConfiguration(), truth, "--truth");
        try {
            List<Row> rows = Inputs.read(spark, truth, VectorFileFormat.IVECS.shortName(), "--truth")
                    .orderBy(ID)
                    .select(col("features").getItem(0))
                    .collectAsList();
            return rows.stream().mapToLong(row -> row.getInt(0)).toArray();
        } catch (Exception e) { // what Spark throws is checked, but not declared
            NsvqException.unless(Reason.ours(e).isEmpty(), truth + expected + ": " + Reason.of(e));
            throw e;
        }
    }

    /**
     * Searches, and puts the recall.
     *
     * @param codes what the encoding made of the input, with the ids
     * @param k among how many the true nearest should be
     * @param how to search
     */
    void putRecall(Dataset<Row> codes, Encoding encoding, List<Integer> k, Encoding.Search how, Result result) {
        long[] ranks = encoding.ranks(codes, this, how);
        putRecall(ranks, k, result.put("queries", ranks.length));
    }

    /**
     * Puts the recall of a search.
     *
     * @param ranks per query how many neighbors come before the true one, or {@link Recall#NOT_FOUND}
     * @param k among how many the true nearest should be
     */
    static void putRecall(long[] ranks, List<Integer> k, Result result) {
        k.forEach(each -> result.put("recall@" + each, Recall.at(ranks, each)));
    }
}
