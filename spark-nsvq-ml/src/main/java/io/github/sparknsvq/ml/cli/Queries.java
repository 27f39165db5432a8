package io.github.sparknsvq.ml.cli;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.UnitLength;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.util.SparkInternals;
import io.github.sparknsvq.ml.util.VectorColumn;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Queries, and what they should find.
 *
 * @param vectors one per row, of length 1 for a cosine model
 * @param truth id of each query's nearest vector
 * @param codebook of the model that is searched with
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Queries(FloatMatrix vectors, long[] truth, FloatMatrix codebook) {
    /** The id column of the codes that are searched. */
    static final String ID = "id";

    /**
     * Reads queries.
     *
     * @param format Spark's name of the queries' format where the file's suffix does not tell, or null
     * @param options say which columns hold vectors and ids
     * @param model that is searched with
     */
    static Queries read(
            SparkSession spark, String queries, String truth, String format, IdVectorOptions options, VQModel model) {
        FloatMatrix codebook = model.codebook();
        FloatMatrix vectors = vectors(spark, queries, format, options, model.cosine());
        long[] nearest = nearest(spark, truth);
        if (vectors.rows() == 0) {
            throw new NsvqException(queries + " (--queries) holds no vectors");
        }
        if (vectors.rows() != nearest.length) {
            throw new NsvqException("--queries holds " + vectors.rows() + " vectors, but --truth " + nearest.length
                    + " rows: they should belong together");
        }
        if (vectors.columns() != codebook.columns()) {
            throw new NsvqException("--queries holds vectors of dimension " + vectors.columns() + ", but the model has "
                    + codebook.columns());
        }
        return new Queries(vectors, nearest, codebook);
    }

    private static FloatMatrix vectors(
            SparkSession spark, String queries, String format, IdVectorOptions options, boolean cosine) {
        String byName = Inputs.fileFormat(queries).isPresent() ? null : format;
        Dataset<Row> data = Inputs.read(spark, queries, byName, "--queries");
        Inputs.requireColumn(data, options.features, queries, "--features-col");
        String id = options.idColumn(data)
                .orElseThrow(() -> new NsvqException(
                        queries + " (--queries) has no column 'id' that says which row of --truth is which query's"));
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

    private static long[] nearest(SparkSession spark, String truth) {
        List<Row> rows = Inputs.read(spark, truth, "ivecs", "--truth")
                .orderBy(ID)
                .select(col("features").getItem(0))
                .collectAsList();
        return rows.stream().mapToLong(row -> row.getInt(0)).toArray();
    }

    /**
     * Searches, and puts the recall.
     *
     * @param codes {@code id: bigint, prediction: int}, and maybe more
     * @param histogram of these codes
     * @param k among how many the true nearest should be
     * @param skipped whether rows may be missing because they were invalid
     */
    void report(Dataset<Row> codes, CodeHistogram histogram, List<Integer> k, boolean skipped, Result result) {
        Dataset<Row> searched = codes.select(ID, Encoder.PREDICTION);
        long[] ranks = NeighbourRanks.of(searched, histogram, codebook, vectors, truth, skipped);
        result.put("queries", ranks.length);
        for (int each : k) {
            result.put("recall@" + each, Recall.at(ranks, each));
        }
    }
}
