package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.evaluation.NeighborRanks;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;

/** Encodes with a model of one codebook. */
final class CodewordEncoding implements Encoding {
    /** The column of codes. */
    static final String PREDICTION = "prediction";

    private static final String DISTANCE = "__nsvq_distance";
    private static final String ERROR = "error";
    private static final String WEIGHT = "weight";

    private final VQModel model;
    private final VectorOptions vectors;

    /**
     * Makes an encoder.
     *
     * @param model which is set to the input's columns
     * @param vectors says which these are
     */
    CodewordEncoding(VQModel model, VectorOptions vectors) {
        this.vectors = vectors;
        this.model = model.setFeaturesCol(vectors.features)
                .setHandleInvalid(vectors.handleInvalid)
                .setPredictionCol(PREDICTION)
                .setDistanceCol(DISTANCE)
                .setReconstructionCol("");
    }

    @Override
    public int dimension() {
        return model.codebook().columns();
    }

    @Override
    public boolean cosine() {
        return model.cosine();
    }

    /**
     * Codes, and what they say of the vectors.
     *
     * @param histogram rows per codeword
     * @param mse squared error, summed over dimensions, mean over rows; NaN without rows
     * @param codebook of the model
     * @param seconds how long it took
     */
    record CodewordQuality(CodeHistogram histogram, double mse, FloatMatrix codebook, double seconds)
            implements Quality {
        @Override
        public void report(Result result) {
            CodewordEncoding.report((long) histogram.total(), codebook.columns(), histogram, false, mse, result);
        }

        @Override
        public long[] ranks(Dataset<Row> codes, FloatMatrix queries, long[] truth, Search search) {
            if (search.innerProduct()) {
                throw new NsvqException(
                        "--metric ip searches codes of several codebooks: train with --quantizer pq, opq, rq"
                                + " or aq, or search by l2");
            }
            Dataset<Row> searched = codes.select(Queries.ID, PREDICTION);
            return NeighborRanks.of(searched, new VectorQuantizer(codebook), queries, truth, search.skipped());
        }

        /** Reports a histogram of weights, of so many rows. */
        void report(long rows, Result result) {
            CodewordEncoding.report(rows, codebook.columns(), histogram, true, mse, result);
        }
    }

    /** Puts what codes say of vectors; of weights instead of counts, not how many rows share a code. */
    static void report(long rows, int dimension, CodeHistogram histogram, boolean weighted, double mse, Result result) {
        result.put("rows", rows)
                .put("dimension", dimension)
                .put("codewords", histogram.counts().length)
                .put("codeBytes", CodeHistogram.codeBytes(histogram.counts().length))
                .put("bits", histogram.entropyBits())
                .put("perplexity", histogram.perplexity())
                .put("dead", histogram.dead())
                .put("collisionRate", weighted ? null : histogram.collisionRate())
                .put("mse", mse)
                .put("msePerDimension", mse / dimension);
    }

    @Override
    public Dataset<Row> codes(Dataset<Row> data, List<Column> kept) {
        Column[] needed = Stream.concat(kept.stream(), Stream.of(VectorColumn.column(vectors.features)))
                .toArray(Column[]::new);
        return model.transform(data.select(needed)).drop(VectorColumn.column(vectors.features));
    }

    @Override
    public CodewordQuality write(Dataset<Row> data, List<Column> kept, String path) {
        long began = System.nanoTime();
        Observation seen = new Observation();
        codes(data, kept)
                .observe(seen, sum(squaredError()).as(ERROR), count(lit(1)).as(WEIGHT))
                .drop(DISTANCE)
                .write()
                .parquet(path);
        double seconds = (System.nanoTime() - began) / 1e9;
        Map<String, Object> sums = get(seen);
        Object error = sums.get(ERROR);
        double rows = ((Number) sums.get(WEIGHT)).doubleValue();
        double mse = error == null ? Double.NaN : ((Number) error).doubleValue() / rows;
        Dataset<Row> written = data.sparkSession().read().parquet(path);
        return new CodewordQuality(histogram(written), mse, model.codebook(), seconds);
    }

    private static Map<String, Object> get(Observation seen) {
        try {
            return seen.getAsJava();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NsvqException("interrupted while encoding", e);
        }
    }

    @Override
    public CodewordQuality measure(Dataset<Row> codes) {
        return measure(codes, lit(1));
    }

    /**
     * Measures codes.
     *
     * @param codes from {@link #codes}
     * @param weight of a row, in the error and in the histogram
     */
    CodewordQuality measure(Dataset<Row> codes, Column weight) {
        long began = System.nanoTime();
        double[] counts = new double[model.codebook().rows()];
        double error = 0;
        double weights = 0;
        List<Row> groups = codes.groupBy(PREDICTION)
                .agg(coalesce(sum(weight.multiply(squaredError())), lit(0.0)), sum(weight.cast("double")))
                .orderBy(PREDICTION)
                .collectAsList();
        for (Row group : groups) {
            counts[group.getInt(0)] = group.getDouble(2);
            error += group.getDouble(1);
            weights += group.getDouble(2);
        }
        return new CodewordQuality(
                new CodeHistogram(counts), error / weights, model.codebook(), (System.nanoTime() - began) / 1e9);
    }

    private CodeHistogram histogram(Dataset<Row> codes) {
        double[] counts = new double[model.codebook().rows()];
        for (Row group : codes.groupBy(PREDICTION).count().collectAsList()) {
            counts[group.getInt(0)] = group.getLong(1);
        }
        return new CodeHistogram(counts);
    }

    /** From the distance in the model's measure to the squared Euclidean one that errors are summed of. */
    private Column squaredError() {
        Column distance = col(DISTANCE).cast("double");
        // Between vectors of length 1 the squared distance is 2 (1 - cosine).
        return model.cosine() ? distance.multiply(2) : distance.multiply(distance);
    }
}
