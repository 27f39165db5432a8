package io.github.sparknsvq.cli;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeUsage;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.CodeErrors;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.evaluation.NeighborRanks;
import io.github.sparknsvq.ml.spark.SparkInternals;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.storage.StorageLevel;

/** Encodes with models that have several codebooks. */
final class CodeEncoding implements Encoding {
    /** The column of packed codes. */
    static final String CODE = "code";

    /** The column of the codes' indices. */
    static final String CODES = "codes";

    private static final String ERRORS = "__nsvq_errors";
    private static final String ROWS = "rows";

    private final CodeModel<?> model;
    private final VectorOptions vectors;
    private final boolean packed;
    private boolean writesIndices;

    /**
     * Makes an encoding.
     *
     * @param model which is set to the input's columns; one without a column for packed codes gets none
     * @param vectors says which these are
     */
    CodeEncoding(CodeModel<?> model, VectorOptions vectors) {
        this.vectors = vectors;
        this.packed = !model.getCodeCol().isEmpty();
        this.model = model.setFeaturesCol(vectors.features)
                .setHandleInvalid(vectors.handleInvalid)
                .setCodeCol(packed ? CODE : "")
                .setCodesCol(CODES)
                .setErrorsCol(ERRORS)
                .setDistanceCol("")
                .setReconstructionCol("");
    }

    CodeModel<?> model() {
        return model;
    }

    /** Refuses to search codes that may end early: there are no tables of distances for them. */
    void checkSearchable() {
        if (model.variableLength() || !packed) {
            throw new NsvqException("codes that may end early have no tables of distances: leave out --queries and"
                    + " --truth, or train without --error-threshold");
        }
    }

    /** Has the indices written, too. */
    void writeIndices() {
        writesIndices = true;
    }

    @Override
    public int dimension() {
        return model.dimension();
    }

    @Override
    public boolean cosine() {
        return model.cosine();
    }

    @Override
    public Dataset<Row> codes(Dataset<Row> data, List<Column> kept) {
        Column[] needed = Stream.concat(kept.stream(), Stream.of(VectorColumn.column(vectors.features)))
                .toArray(Column[]::new);
        return model.transform(data.select(needed)).drop(VectorColumn.column(vectors.features));
    }

    @Override
    public Quality write(Dataset<Row> data, List<Column> kept, String path) {
        Dataset<Row> codes = codes(data, kept).persist(StorageLevel.MEMORY_AND_DISK());
        try {
            long began = System.nanoTime();
            Dataset<Row> wanted = codes.drop(ERRORS);
            (packed && !writesIndices ? wanted.drop(CODES) : wanted).write().parquet(path);
            double seconds = (System.nanoTime() - began) / 1e9;
            return measured(codes, seconds);
        } finally {
            codes.unpersist();
        }
    }

    @Override
    public Quality measure(Dataset<Row> codes) {
        long began = System.nanoTime();
        CodeQuality quality = measured(codes, 0);
        return quality.taking((System.nanoTime() - began) / 1e9);
    }

    private CodeQuality measured(Dataset<Row> codes, double seconds) {
        CodeUsage usage = new CodeUsage(model.shared().layout().sizes());
        CodeUsage empty = new CodeUsage(model.shared().layout().sizes());
        SparkInternals.internalRows(codes.select(CODES, ERRORS))
                .mapPartitions(rows -> List.of(used(rows, empty)).iterator())
                .collect()
                .forEach(usage::add);
        Column code = col(CODES);
        Row shared = codes.groupBy(code)
                .agg(count(lit(1)).as(ROWS))
                .agg(sum(when(col(ROWS).gt(1), col(ROWS)).otherwise(0)), sum(ROWS))
                .head();
        double collisionRate = shared.isNullAt(1) ? Double.NaN : shared.getLong(0) / (double) shared.getLong(1);
        return new CodeQuality(model, usage, collisionRate, seconds);
    }

    private static CodeUsage used(Iterator<InternalRow> rows, CodeUsage usage) {
        while (rows.hasNext()) {
            InternalRow row = rows.next();
            usage.add(row.getArray(0).toIntArray(), row.getArray(1).toFloatArray());
        }
        return usage;
    }

    /**
     * What codes say of vectors.
     *
     * @param model which made them
     * @param usage how they use its codebooks
     * @param collisionRate share of the rows that share their whole code with another
     * @param seconds how long it took
     */
    record CodeQuality(CodeModel<?> model, CodeUsage usage, double collisionRate, double seconds) implements Quality {
        CodeQuality taking(double time) {
            return new CodeQuality(model, usage, collisionRate, time);
        }

        @Override
        public void report(Result result) {
            boolean addUp = new CodeErrors(model.quantizer()).addUp();
            List<Double> errors = new ArrayList<>();
            double total = 0;
            for (double error : usage.meanErrors()) {
                errors.add(error);
                total = addUp ? total + error : error;
            }
            List<Double> perplexities = new ArrayList<>();
            double entropies = 0;
            for (int m = 0; m < model.codebooks(); m++) {
                perplexities.add(usage.histogram(m).perplexity());
                entropies += usage.histogram(m).entropyBits();
            }
            result.put("rows", (long) usage.rows());
            describe(model, result);
            result.put("bits", usage.bits())
                    .put("meanLevels", model.variableLength() ? usage.meanLength() : null)
                    .put("perplexity", Math.pow(2, entropies / model.codebooks()))
                    .put("perplexityPerCodebook", perplexities)
                    .put("dead", usage.dead())
                    .put("collisionRate", collisionRate)
                    .put("mse", total)
                    .put("msePerDimension", total / model.dimension())
                    .put(addUp ? "msePerPart" : "msePerLevel", errors);
        }

        @Override
        public long[] ranks(Dataset<Row> codes, FloatMatrix queries, long[] truth, Search search) {
            Metric metric = search.innerProduct() ? Metric.INNER_PRODUCT : Metric.L2;
            Dataset<Row> searched = codes.select(Queries.ID, CODE);
            return NeighborRanks.of(searched, model.shared(), queries, truth, search.skipped(), metric);
        }
    }

    /** Puts what a model's codes look like. */
    static void describe(CodeModel<?> model, Result result) {
        int[] sizes = model.shared().layout().sizes();
        boolean alike = Arrays.stream(sizes).distinct().count() == 1;
        result.put("dimension", model.dimension())
                .put("codebooks", model.codebooks())
                .put("codewords", alike ? sizes[0] : sizes)
                .put("codeBytes", model.codeSize());
    }
}
