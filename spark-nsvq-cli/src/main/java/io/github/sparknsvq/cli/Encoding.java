package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.core.evaluation.UsageMeasures;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.QuantizerModel;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import io.github.sparknsvq.ml.SpaceFillingVQSummary;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.VQSummary;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.evaluation.NeighborRanks;
import io.github.sparknsvq.ml.param.SpaceFillingVQParams;
import io.github.sparknsvq.ml.param.SumParams;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;

/** A model as the commands use it: it encodes the vectors of an input, and measures the error. */
final class Encoding {
    /** The column of codes of one codebook. */
    static final String PREDICTION = "prediction";

    /** The column of positions on a line. */
    static final String POSITION = "position";

    /** The column of packed codes of several codebooks. */
    static final String CODE = "code";

    /** The column of the indices of these codes. */
    static final String CODES = "codes";

    /** What {@link #measure} needs of codes of one codebook, and of several. */
    static final String DISTANCE = "__nsvq_distance";

    static final String ERRORS = "__nsvq_errors";

    /** What Spark's tab Storage calls codes that are kept. */
    static final String KEPT = "spark-nsvq codes";

    private static final String CORNERS = "corners";
    private static final String ROWS = "rows";

    final QuantizerModel<?, ?> model;
    private final VectorOptions vectors;

    /** The model if it has several codebooks, else null. */
    private final CodeModel<?> several;

    /** How the codes that were measured last use codewords, or null. */
    private CodeUsage measured;

    /**
     * Makes an encoding.
     *
     * @param model which is set to the input's columns; one without a column for packed codes gets none
     * @param vectors says which these are
     */
    Encoding(QuantizerModel<?, ?> model, VectorOptions vectors) {
        this.model = model;
        this.vectors = vectors;
        model.setFeaturesCol(vectors.features);
        model.setHandleInvalid(vectors.handleInvalid);
        this.several = model instanceof CodeModel<?> codes ? codes : null;
        if (several != null) {
            several.setCodeCol(several.getCodeCol().isEmpty() ? "" : CODE)
                    .setCodesCol(CODES)
                    .setErrorsCol(ERRORS)
                    .setDistanceCol("")
                    .setReconstructionCol("");
        } else if (model instanceof SpaceFillingVQModel line) {
            line.setPredictionCol(PREDICTION)
                    .setPositionCol(POSITION)
                    .setDistanceCol(DISTANCE)
                    .setReconstructionCol("");
        } else {
            ((VQModel) model)
                    .setPredictionCol(PREDICTION)
                    .setDistanceCol(DISTANCE)
                    .setReconstructionCol("");
        }
    }

    /**
     * Sets how many sums of codewords the search for a code keeps.
     *
     * @param beam how many, or null for as many as the model says
     */
    static QuantizerModel<?, ?> withBeam(QuantizerModel<?, ?> model, Integer beam) {
        if (beam != null) {
            if (!(model instanceof SumParams<?> sums)) {
                throw new NsvqException(
                        "--beam is for models of rq and aq, whose codes are searched by sums of codewords");
            }
            sums.set(sums.beam(), beam);
        }
        return model;
    }

    /** Refuses a name of no search for the nearest segment. */
    static void checkSearch(NsvqCommand command, String search) {
        if (search != null) {
            command.requireOneOf("--search", search, SpaceFillingVQParams.SEARCHES);
        }
    }

    /**
     * Sets which segments of a line are looked at for the nearest.
     *
     * @param search which, or null for those that the model says
     */
    static QuantizerModel<?, ?> withSearch(QuantizerModel<?, ?> model, String search) {
        if (search != null) {
            if (!(model instanceof SpaceFillingVQModel line)) {
                throw new NsvqException("--search is for models of sfvq, whose vectors are projected on a line");
            }
            line.setSearch(search);
        }
        return model;
    }

    /** Refuses to search codes that may end early: there are no tables of distances for them. */
    void checkSearchable() {
        NsvqException.unless(
                !(model instanceof SpaceFillingVQModel),
                "a line gives positions, by which nothing is searched: leave out --queries and --truth, or train with"
                        + " --resample");
        boolean searchable = several == null
                || (!several.variableLength() && !several.getCodeCol().isEmpty());
        NsvqException.unless(
                searchable,
                "codes that may end early have no tables of distances: leave out --queries and --truth, or train"
                        + " without --error-threshold");
    }

    /** Returns the codes: the columns that are kept, the code, and what {@link #measure} needs. */
    Dataset<Row> codes(Dataset<Row> data, List<Column> kept) {
        Column features = VectorColumn.column(vectors.features);
        Column[] needed = Stream.concat(kept.stream(), Stream.of(features)).toArray(Column[]::new);
        return model.transform(data.select(needed)).drop(features);
    }

    /**
     * Writes codes as Parquet and puts how good they are.
     *
     * @param kept columns to write beside the code
     * @param indices whether to write the indices of packed codes, too
     * @return the seconds that writing took
     */
    double write(Dataset<Row> data, List<Column> kept, boolean indices, String path, Result result) {
        Dataset<Row> codes = codes(data, kept);
        if (several == null) {
            return writeOne(codes, path, result);
        }
        SparkInternals.persist(codes, KEPT);
        try {
            Dataset<Row> wanted = codes.drop(ERRORS);
            boolean packed = List.of(wanted.columns()).contains(CODE);
            double seconds = write(packed && !indices ? wanted.drop(CODES) : wanted, path);
            result.putAll(measure(codes));
            return seconds;
        } finally {
            codes.unpersist();
        }
    }

    /** The same with one codebook: no codes are kept in memory, as what was written is enough to count them. */
    private double writeOne(Dataset<Row> codes, String path, Result result) {
        Observation observed = new Observation();
        double seconds =
                write(codes.observe(observed, sum(squaredError()).as(ERRORS)).drop(DISTANCE), path);
        double[] counts = new double[model.shared().largest()];
        Dataset<Row> written = codes.sparkSession().read().parquet(SparkInternals.literal(path));
        for (Row group : written.groupBy(PREDICTION).count().collectAsList()) {
            counts[group.getInt(0)] = group.getLong(1);
        }
        try {
            Object error = observed.getAsJava().get(ERRORS);
            result.putAll(qualityOfOne(CodeUsage.of(counts, error == null ? 0 : (double) error)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NsvqException("interrupted while encoding", e);
        }
        return seconds;
    }

    private static double write(Dataset<Row> codes, String path) {
        long began = System.nanoTime();
        codes.write().parquet(path);
        return (System.nanoTime() - began) / 1e9;
    }

    /**
     * Encodes, measures the codes and searches them.
     *
     * @param ids the id column if there are queries, else none
     * @param queries to search with, or null
     * @param k among how many the true nearest should be
     */
    Result evaluate(Dataset<Row> data, List<Column> ids, Queries queries, List<Integer> k, Search how) {
        Dataset<Row> codes = SparkInternals.persist(codes(data, ids), KEPT);
        try {
            CodeUsage usage = usage(codes);
            Result result = measure(codes, usage).putAll(evenness(usage));
            if (model instanceof SpaceFillingVQModel line && line.getSearch().equals(CORNERS)) {
                result.put("missRate", line.cornerSearch(data).missRate());
            }
            if (queries != null) {
                queries.putRecall(codes, this, k, how, result);
            }
            return result;
        } finally {
            codes.unpersist();
        }
    }

    /** Says how good the codes are that {@link #codes} gave. */
    Result measure(Dataset<Row> codes) {
        return measure(codes, usage(codes));
    }

    private Result measure(Dataset<Row> codes, CodeUsage usage) {
        return several == null ? qualityOfOne(usage) : quality((long) usage.rows(), usage, collisionRate(codes));
    }

    /** Returns how many rows chose each codeword, of all codebooks, among the codes that were measured last. */
    double[] use() {
        return use(measured);
    }

    /** The same of codes that {@link #codes} gave. */
    double[] use(Dataset<Row> codes) {
        return use(usage(codes));
    }

    private double[] use(CodeUsage of) {
        return IntStream.range(0, model.shared().layout().codebooks())
                .mapToObj(of::histogram)
                .flatMapToDouble(histogram -> Arrays.stream(histogram.counts()))
                .toArray();
    }

    private CodeUsage usage(Dataset<Row> codes) {
        return several == null ? usageOfOne(codes, lit(1)) : usageOfSeveral(codes);
    }

    /** Says how evenly the codewords are used, if there is one codebook. */
    private Result evenness(CodeUsage usage) {
        if (model.shared().layout().codebooks() > 1 || usage.rows() == 0) {
            return new Result();
        }
        UsageMeasures measures = UsageMeasures.of(usage.histogram(0));
        return new Result()
                .put("kl", measures.kl())
                .put("worstDisclosure", measures.worstDisclosure())
                .put("averageDisclosure", measures.averageDisclosure())
                .put("sparseness", measures.sparseness())
                .put("deviation", measures.deviation());
    }

    private Result qualityOfOne(CodeUsage usage) {
        boolean whole = model instanceof VQModel; // rows of a segment have positions of their own
        return quality((long) usage.rows(), usage, whole ? usage.histogram(0).collisionRate() : Double.NaN);
    }

    /** The same for a model of one codebook and rows with weights, of which it is not known how many share a code. */
    Result measure(Dataset<Row> codes, Column weight, long rows) {
        return quality(rows, usageOfOne(codes, weight), Double.NaN);
    }

    private CodeUsage usageOfOne(Dataset<Row> codes, Column weight) {
        double[] counts = new double[model.shared().largest()];
        double error = 0;
        List<Row> groups = codes.groupBy(PREDICTION)
                .agg(coalesce(sum(weight.multiply(squaredError())), lit(0.0)), sum(weight.cast("double")))
                .orderBy(PREDICTION)
                .collectAsList();
        for (Row group : groups) {
            error += group.getDouble(1);
            counts[group.getInt(0)] = group.getDouble(2);
        }
        return CodeUsage.of(counts, error);
    }

    private Column squaredError() {
        Column distance = col(DISTANCE).cast("double");
        // between vectors of length 1 the squared distance is 2 (1 - cosine); the points of a line are none
        return model.cosine() && model instanceof VQModel ? distance.multiply(2) : distance.multiply(distance);
    }

    private CodeUsage usageOfSeveral(Dataset<Row> codes) {
        CodeUsage usage = new CodeUsage(model.shared().layout().sizes());
        CodeUsage empty = new CodeUsage(model.shared().layout().sizes());
        SparkInternals.internalRows(codes.select(col(CODES), col(ERRORS).cast("array<double>")))
                .mapPartitions(rows -> {
                    rows.forEachRemaining(row -> empty.add(
                            row.getArray(0).toIntArray(), row.getArray(1).toDoubleArray(), 1));
                    return List.of(empty).iterator();
                })
                .collect()
                .forEach(usage::add);
        return usage;
    }

    private static double collisionRate(Dataset<Row> codes) {
        Row shared = codes.groupBy(CODES)
                .agg(count(lit(1)).as(ROWS))
                .agg(sum(when(col(ROWS).gt(1), col(ROWS)).otherwise(0)), sum(ROWS))
                .head();
        return shared.isNullAt(1) ? Double.NaN : shared.getLong(0) / (double) shared.getLong(1);
    }

    /**
     * Searches all codes for the true nearest neighbors of queries.
     *
     * @param codes {@code id: bigint}, the code, and maybe more
     * @return per query the number of rows that come before its true neighbor
     */
    long[] ranks(Dataset<Row> codes, Queries queries, Search search) {
        if (several != null) {
            Metric metric = search.innerProduct() ? Metric.INNER_PRODUCT : Metric.L2;
            Dataset<Row> searched = codes.select(Queries.ID, CODE);
            return NeighborRanks.of(
                    searched, model.shared(), queries.vectors(), queries.truth(), search.skipped(), metric);
        }
        NsvqException.unless(
                !search.innerProduct(),
                "--metric ip searches codes of several codebooks: train with --quantizer pq, opq, rq or aq, or"
                        + " search by l2");
        Dataset<Row> searched = codes.select(Queries.ID, PREDICTION);
        VectorQuantizer quantizer = (VectorQuantizer) model.shared().scaledQuantizer();
        FloatMatrix vectors = queries.vectors();
        Scaling scaling = model.shared().scaling();
        if (scaling != null) {
            float[] scaled = new float[vectors.values().length];
            scaling.apply(vectors.values(), 0, vectors.rows(), scaled, 0);
            vectors = new FloatMatrix(vectors.rows(), vectors.columns(), scaled);
        }
        return NeighborRanks.of(searched, quantizer, vectors, queries.truth(), search.skipped());
    }

    /** Says what a model's codes look like. */
    static Result describe(QuantizerModel<?, ?> model) {
        if (model instanceof SpaceFillingVQModel line) {
            return new Result()
                    .put("dimension", line.dimension())
                    .put("codewords", line.corners().rows())
                    .put("segments", line.curve().segments())
                    .put("length", line.curve().length());
        }
        int[] sizes = model.shared().layout().sizes();
        boolean alike = Arrays.stream(sizes).distinct().count() == 1;
        return new Result()
                .put("dimension", model.dimension())
                .put("codebooks", model instanceof VQModel ? null : sizes.length)
                .put("codewords", alike ? sizes[0] : sizes)
                .put("codeBytes", model.codeSize());
    }

    /**
     * How codes are searched.
     *
     * @param skipped whether rows may be missing because they were invalid
     * @param innerProduct whether the nearest has the largest inner product rather than the smallest distance
     */
    record Search(boolean skipped, boolean innerProduct) {}

    /** Says what a training with one codebook found out of its own rows; with weights, not how many share a code. */
    Result trained(VQSummary summary, boolean weighted) {
        CodeHistogram sizes = new CodeHistogram(summary.clusterWeights());
        CodeUsage usage = CodeUsage.of(sizes.counts(), summary.trainingCost());
        return quality(summary.rows(), usage, weighted ? Double.NaN : sizes.collisionRate());
    }

    /** The same of a line. */
    Result trained(SpaceFillingVQSummary summary) {
        CodeUsage usage = CodeUsage.of(summary.segmentSizes(), summary.trainingCost());
        return quality(summary.rows(), usage, Double.NaN);
    }

    /**
     * Says how good codes are.
     *
     * @param rows how many there are, whatever their weights
     * @param usage how they use the model's codebooks
     * @param collisionRate share of the rows that share their whole code with another; NaN if it is not known
     */
    private Result quality(long rows, CodeUsage usage, double collisionRate) {
        measured = usage;
        boolean addUp = model.shared().kind() == SharedQuantizer.Kind.PRODUCT;
        List<Double> errors = Arrays.stream(usage.meanErrors()).boxed().toList();
        double mse = addUp ? Arrays.stream(usage.meanErrors()).sum() : errors.get(errors.size() - 1);
        List<CodeHistogram> histograms =
                IntStream.range(0, errors.size()).mapToObj(usage::histogram).toList();
        double entropy = histograms.stream()
                .mapToDouble(CodeHistogram::entropyBits)
                .average()
                .orElseThrow();
        List<Double> perplexities =
                histograms.stream().map(CodeHistogram::perplexity).toList();
        boolean endsEarly = several != null && several.variableLength();
        return new Result()
                .put("rows", rows)
                .putAll(describe(model))
                .put("bits", usage.bits())
                .put("meanLevels", endsEarly ? usage.meanLength() : null)
                .put("perplexity", Math.pow(2, entropy))
                .put("perplexityPerCodebook", several != null ? perplexities : null)
                .put("dead", usage.dead())
                .put("collisionRate", collisionRate)
                .put("mse", mse)
                .put("msePerDimension", mse / model.dimension())
                .put(addUp ? "msePerPart" : "msePerLevel", several != null ? errors : null);
    }
}
