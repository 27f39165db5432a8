package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import io.github.sparknsvq.core.Named;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.CodeHistogram;
import io.github.sparknsvq.core.evaluation.UsageMeasures;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.spark.ml.attribute.Attribute;
import org.apache.spark.ml.attribute.NominalAttribute;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StructField;

/**
 * How evenly the codewords of one codebook are used by the rows of a data set, which should not be those that it was
 * trained on. It reads the column of indices that {@link VQModel} adds, or any other of whole numbers from 0; of
 * codes of several codebooks, take one index out of the array and set {@code k}.
 *
 * <p>{@code metricName} says what is measured, with {@code n} rows, {@code k} codewords and {@code g} rows of each
 * (Vali, thesis 2025, section 5.6):
 *
 * <ul>
 *   <li>{@code kl} (default): the divergence in bits of the counts {@code g} from the binomial distribution that they
 *       would have if each row chose its codeword by chance; smaller is better. Independent rows do not reach 0,
 *       but a few bits with 16 codewords
 *   <li>{@code worstDisclosure}: bits that the rarest index tells about its rows, {@code -log2(min g / n)} over the
 *       codewords that have rows: smaller is better, {@code log2 k} is best. Look at {@code dead}, too
 *   <li>{@code averageDisclosure}: the entropy of the indices in bits; larger is better, and {@code log2 k} if all
 *       are used alike
 *   <li>{@code sparseness}: the Euclidean length of the counts by their sum, from {@code k^-1/2} to 1; smaller is
 *       better
 *   <li>{@code deviation}: the standard deviation of the counts in rows; smaller is better
 *   <li>{@code dead}: codewords without rows; smaller is better
 * </ul>
 */
public final class UsageEvaluator extends Evaluator implements MLWritable {
    private static final long serialVersionUID = 1L;

    private enum Metric implements Named {
        KL("kl", UsageMeasures::kl),
        WORST_DISCLOSURE("worstDisclosure", UsageMeasures::worstDisclosure),
        AVERAGE_DISCLOSURE("averageDisclosure", UsageMeasures::averageDisclosure),
        SPARSENESS("sparseness", UsageMeasures::sparseness),
        DEVIATION("deviation", UsageMeasures::deviation),
        DEAD("dead", UsageMeasures::dead);

        private final String label;

        @SuppressWarnings("ImmutableEnumChecker") // references to methods do not change
        private final ToDoubleFunction<UsageMeasures> value;

        Metric(String label, ToDoubleFunction<UsageMeasures> value) {
            this.label = label;
            this.value = value;
        }

        @Override
        public String label() {
            return label;
        }
    }

    private final String uid;
    private final Param<String> predictionCol;
    private final IntParam k;
    private final Param<String> metricName;

    /** Makes an evaluator with an id of its own. */
    public UsageEvaluator() {
        this(Identifiable$.MODULE$.randomUID("usageEvaluator"));
    }

    /**
     * Makes an evaluator.
     *
     * @param uid its id
     */
    public UsageEvaluator(String uid) {
        this.uid = uid;
        this.predictionCol = new Param<>(this, "predictionCol", "column of the indices of codewords, whole numbers");
        this.k = new IntParam(
                this,
                "k",
                "number of codewords; 0 for what the column's metadata say, which models of one codebook write",
                Checks.between("k", 0, 1 << CodeBits.MOST_BITS));
        this.metricName = new Param<>(
                this,
                "metricName",
                "what is measured: " + String.join(", ", Named.labels(Metric.values())),
                Checks.oneOf("metricName", Named.labels(Metric.values())));
        setDefault(predictionCol, "prediction");
        setDefault(k, 0);
        setDefault(metricName, Metric.KL.label());
    }

    @Override
    public String uid() {
        return uid;
    }

    /** Param for the column of indices. */
    public Param<String> predictionCol() {
        return predictionCol;
    }

    /** Returns the column of indices. */
    public String getPredictionCol() {
        return getOrDefault(predictionCol);
    }

    /** Sets the column of indices. */
    public UsageEvaluator setPredictionCol(String value) {
        return (UsageEvaluator) set(predictionCol, value);
    }

    /** Param for the number of codewords, 0 for what the column's metadata say. */
    public IntParam k() {
        return k;
    }

    /** Returns the number of codewords, 0 for what the column's metadata say. */
    public int getK() {
        return (int) (Integer) getOrDefault(k);
    }

    /** Sets the number of codewords, 0 for what the column's metadata say. */
    public UsageEvaluator setK(int value) {
        return (UsageEvaluator) set(k, value);
    }

    /** Param for what is measured. */
    public Param<String> metricName() {
        return metricName;
    }

    /** Returns what is measured. */
    public String getMetricName() {
        return getOrDefault(metricName);
    }

    /** Sets what is measured. */
    public UsageEvaluator setMetricName(String value) {
        return (UsageEvaluator) set(metricName, value);
    }

    private Metric metric() {
        return Named.parse(
                "metricName", getMetricName(), Metric.values(), String.join(", ", Named.labels(Metric.values())));
    }

    @Override
    public double evaluate(Dataset<?> dataset) {
        return metric().value.applyAsDouble(measures(dataset));
    }

    /**
     * Returns all measures at once, in one job.
     *
     * @param dataset with the column of indices
     * @throws NsvqException if there is no such column, no row, or an index that no codeword has
     */
    public UsageMeasures measures(Dataset<?> dataset) {
        Checks.notStreaming(dataset, "evaluated");
        String name = getPredictionCol();
        VectorColumn.type(
                dataset.schema(), name, "indices of codewords (whole numbers)", type -> type instanceof IntegralType);
        double[] counts = new double[codewords(dataset.schema().apply(name))];
        Column index = VectorColumn.column(name).cast(DataTypes.LongType).as("index");
        boolean empty = true;
        List<Row> groups = JobLabels.run(
                dataset.sparkSession(),
                uid,
                "counting codewords",
                () -> dataset.groupBy(index).agg(count(lit(1))).collectAsList());
        for (Row group : groups) {
            long rows = group.getLong(1);
            NsvqException.unless(!group.isNullAt(0), "column '" + name + "' is null in " + rows + " rows");
            long codeword = group.getLong(0);
            NsvqException.unless(
                    codeword >= 0 && codeword < counts.length,
                    "column '" + name + "' holds " + codeword + ", which is no index of " + counts.length
                            + " codewords");
            counts[(int) codeword] = rows;
            empty = false;
        }
        NsvqException.unless(!empty, "column '" + name + "' has no indices to evaluate: no rows");
        return UsageMeasures.of(new CodeHistogram(counts));
    }

    private int codewords(StructField column) {
        if (getK() > 0) {
            return getK();
        }
        if (Attribute.fromStructField(column) instanceof NominalAttribute nominal
                && nominal.getNumValues().isDefined()) {
            return (int) nominal.getNumValues().get();
        }
        throw new NsvqException("column '" + column.name() + "' does not say of how many codewords it has indices:"
                + " set k of the evaluator");
    }

    @Override
    public boolean isLargerBetter() {
        return metric() == Metric.AVERAGE_DISCLOSURE;
    }

    @Override
    public UsageEvaluator copy(ParamMap extra) {
        return copyValues(new UsageEvaluator(uid), extra);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of());
    }

    /** Returns a reader of saved evaluators. */
    public static MLReader<UsageEvaluator> read() {
        return new StageReader<>(UsageEvaluator.class, (files, spark) -> new UsageEvaluator(files.uid()));
    }

    /** Loads a saved evaluator. */
    public static UsageEvaluator load(String path) {
        return read().load(path);
    }
}
