package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.array_distinct;
import static org.apache.spark.sql.functions.array_intersect;
import static org.apache.spark.sql.functions.array_position;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.slice;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.spark.DriverGauges;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;

/**
 * How many of the true neighbors of queries an index finds, for choosing its params with {@code CrossValidator} or
 * {@code TrainValidationSplit}: larger is better, 1 is all. It compares the column of neighbors that {@link
 * IvfIndexModel} adds with one of the ids of the true ones, nearest first.
 *
 * <p>{@code metricName} says what is counted: {@code recall} (default), the share of queries whose true nearest
 * neighbor is among the first {@code k} found, or {@code intersection}, the share of the first {@code k} true ones
 * that is among the first {@code k} found, mean over queries.
 */
public final class RecallEvaluator extends Evaluator implements MLWritable {
    private static final long serialVersionUID = 1L;

    private static final String RECALL = "recall";
    private static final int K = 10;

    private final String uid;
    private final Param<String> neighborsCol;
    private final Param<String> truthCol;
    private final IntParam k;
    private final Param<String> metricName;

    /** Makes an evaluator with an id of its own. */
    public RecallEvaluator() {
        this(Identifiable$.MODULE$.randomUID("recallEvaluator"));
    }

    /**
     * Makes an evaluator.
     *
     * @param uid its id
     */
    public RecallEvaluator(String uid) {
        this.uid = uid;
        this.neighborsCol = new Param<>(
                this, "neighborsCol", "column of the neighbors found, array<struct<id, ...>>, nearest first");
        this.truthCol =
                new Param<>(this, "truthCol", "column of the ids of the true neighbors, an array, nearest first");
        this.k = new IntParam(
                this, "k", "among how many neighbors found the true ones should be (>= 1)", Checks.atLeast("k", 1));
        this.metricName = new Param<>(
                this,
                "metricName",
                "recall (share of queries whose true nearest neighbor is among the first k) or intersection (share of"
                        + " the first k true ones among the first k)",
                Checks.oneOf("metricName", List.of(RECALL, "intersection")));
        setDefault(neighborsCol, "neighbors");
        setDefault(truthCol, "truth");
        setDefault(k, K);
        setDefault(metricName, RECALL);
    }

    @Override
    public String uid() {
        return uid;
    }

    /** Param for the column of neighbors. */
    public Param<String> neighborsCol() {
        return neighborsCol;
    }

    /** Returns the column of neighbors. */
    public String getNeighborsCol() {
        return getOrDefault(neighborsCol);
    }

    /** Sets the column of neighbors. */
    public RecallEvaluator setNeighborsCol(String value) {
        return (RecallEvaluator) set(neighborsCol, value);
    }

    /** Param for the column of the ids of the true neighbors. */
    public Param<String> truthCol() {
        return truthCol;
    }

    /** Returns the column of the ids of the true neighbors. */
    public String getTruthCol() {
        return getOrDefault(truthCol);
    }

    /** Sets the column of the ids of the true neighbors. */
    public RecallEvaluator setTruthCol(String value) {
        return (RecallEvaluator) set(truthCol, value);
    }

    /** Param for among how many neighbors found the true ones should be. */
    public IntParam k() {
        return k;
    }

    /** Returns among how many neighbors found the true ones should be. */
    public int getK() {
        return (int) (Integer) getOrDefault(k);
    }

    /** Sets among how many neighbors found the true ones should be. */
    public RecallEvaluator setK(int value) {
        return (RecallEvaluator) set(k, value);
    }

    /** Param for what is counted: recall (default) or intersection. */
    public Param<String> metricName() {
        return metricName;
    }

    /** Returns what is counted. */
    public String getMetricName() {
        return getOrDefault(metricName);
    }

    /** Sets what is counted. */
    public RecallEvaluator setMetricName(String value) {
        return (RecallEvaluator) set(metricName, value);
    }

    @Override
    public double evaluate(Dataset<?> dataset) {
        Checks.notStreaming(dataset, "evaluated");
        DataType common = idType(dataset.schema());
        Column found = slice(ids(VectorColumn.column(getNeighborsCol()).getField("id"), common), 1, getK());
        Column truth = ids(VectorColumn.column(getTruthCol()), common);
        Column nearest = functions.get(truth, lit(0));
        Dataset<Row> measured = dataset.select(
                avg(getMetricName().equals(RECALL) ? hit(found, nearest) : shared(found, truth)),
                count_if(nearest.isNull()),
                count_if(found.isNull()));
        Row row = JobLabels.run(dataset.sparkSession(), uid, "measuring recall", () -> measured.first());
        refuse(getTruthCol(), row.getLong(1), "names no true neighbor");
        refuse(getNeighborsCol(), row.getLong(2), "is null");
        if (row.isNullAt(0)) {
            throw new NsvqException("column '" + getNeighborsCol() + "' has no neighbors to evaluate: no rows");
        }
        double share = row.getDouble(0);
        if (getMetricName().equals(RECALL)) {
            DriverGauges.of(dataset.sparkSession().sparkContext()).found(share, getK());
        }
        return share;
    }

    private static Column hit(Column found, Column nearest) {
        return array_position(found, nearest).gt(0).cast("double");
    }

    private Column shared(Column found, Column truth) {
        Column wanted = array_distinct(slice(truth, 1, getK()));
        return size(array_intersect(wanted, found)).cast("double").divide(size(wanted));
    }

    private static Column ids(Column column, DataType type) {
        return column.cast(new ArrayType(type, true));
    }

    private static void refuse(String column, long rows, String problem) {
        if (rows > 0) {
            throw new NsvqException("column '" + column + "' " + problem + " in " + rows + " rows");
        }
    }

    /** Returns the type that ids of both columns are compared as. */
    private DataType idType(StructType schema) {
        DataType found = idOf(VectorColumn.type(
                schema, getNeighborsCol(), "neighbors, array<struct<id, distance>>", type -> isId(idOf(type))));
        DataType truth = elementOf(VectorColumn.type(
                schema, getTruthCol(), "arrays of ids (whole numbers or strings)", type -> isId(elementOf(type))));
        if (found instanceof StringType != truth instanceof StringType) {
            throw new NsvqException("column '" + getTruthCol() + "' holds ids that are " + truth.catalogString()
                    + ", those in column '" + getNeighborsCol() + "' are " + found.catalogString());
        }
        return found instanceof StringType ? DataTypes.StringType : DataTypes.LongType;
    }

    private static DataType elementOf(DataType type) {
        return type instanceof ArrayType array ? array.elementType() : null;
    }

    private static DataType idOf(DataType neighbors) {
        return elementOf(neighbors) instanceof StructType struct
                        && Arrays.asList(struct.fieldNames()).contains("id")
                ? struct.apply("id").dataType()
                : null;
    }

    private static boolean isId(DataType type) {
        return type instanceof StringType || type instanceof IntegralType;
    }

    @Override
    public boolean isLargerBetter() {
        return true;
    }

    @Override
    public RecallEvaluator copy(ParamMap extra) {
        return copyValues(new RecallEvaluator(uid), extra);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of());
    }

    /** Returns a reader of saved evaluators. */
    public static MLReader<RecallEvaluator> read() {
        return new StageReader<>(RecallEvaluator.class, (files, spark) -> new RecallEvaluator(files.uid()));
    }

    /** Loads a saved evaluator. */
    public static RecallEvaluator load(String path) {
        return read().load(path);
    }
}
