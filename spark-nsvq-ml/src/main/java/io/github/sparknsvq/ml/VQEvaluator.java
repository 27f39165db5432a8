package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.param.Checks;
import io.github.sparknsvq.ml.param.QuantizerParams;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import io.github.sparknsvq.ml.watch.JobLabels;
import java.util.Arrays;
import java.util.Map;
import org.apache.spark.ml.evaluation.Evaluator;
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

/**
 * The mean squared distance of vectors from their codewords, for choosing params with {@code CrossValidator}: smaller
 * is better. It reads the distance column that {@code VQ} writes when its {@code distanceCol} is set; under cosine
 * distance, where the column has {@code 1 - cosine}, it takes vectors and codewords at length 1, as training does.
 */
public final class VQEvaluator extends Evaluator implements MLWritable {
    private static final long serialVersionUID = 1L;

    private static final String COSINE = "cosine";

    private final String uid;
    private final Param<String> distanceCol;
    private final Param<String> distanceMeasure;

    /** Makes an evaluator with an id of its own. */
    public VQEvaluator() {
        this(Identifiable$.MODULE$.randomUID("vqEvaluator"));
    }

    /**
     * Makes an evaluator.
     *
     * @param uid its id
     */
    public VQEvaluator(String uid) {
        this.uid = uid;
        this.distanceCol = new Param<>(this, "distanceCol", "column of distances, as VQ's distanceCol names it");
        this.distanceMeasure = new Param<>(
                this,
                "distanceMeasure",
                "what the distances are: euclidean or cosine",
                Checks.oneOf("distanceMeasure", QuantizerParams.DISTANCE_MEASURES));
        setDefault(distanceCol, "distance");
        setDefault(distanceMeasure, "euclidean");
    }

    @Override
    public String uid() {
        return uid;
    }

    /** Param for the column of distances. */
    public Param<String> distanceCol() {
        return distanceCol;
    }

    /** Returns the column of distances. */
    public String getDistanceCol() {
        return getOrDefault(distanceCol);
    }

    /** Sets the column of distances. */
    public VQEvaluator setDistanceCol(String value) {
        return (VQEvaluator) set(distanceCol, value);
    }

    /** Param for what the distances are: euclidean (default) or cosine. */
    public Param<String> distanceMeasure() {
        return distanceMeasure;
    }

    /** Returns what the distances are. */
    public String getDistanceMeasure() {
        return getOrDefault(distanceMeasure);
    }

    /** Sets what the distances are, as VQ's param of this name says. */
    public VQEvaluator setDistanceMeasure(String value) {
        return (VQEvaluator) set(distanceMeasure, value);
    }

    @Override
    public double evaluate(Dataset<?> dataset) {
        Checks.notStreaming(dataset, "evaluated");
        String name = getDistanceCol();
        if (!Arrays.asList(dataset.schema().fieldNames()).contains(name)) {
            throw new NsvqException(
                    "there is no column '" + name + "' to evaluate: setDistanceCol(\"" + name + "\") of VQ makes it");
        }
        Column distance = VectorColumn.column(name).cast("double");
        // between vectors of length 1 the squared distance is 2 (1 - cosine)
        Column squared = getDistanceMeasure().equals(COSINE) ? distance.multiply(2) : distance.multiply(distance);
        Row mean = JobLabels.run(
                dataset.sparkSession(),
                uid,
                "measuring distances",
                () -> dataset.select(functions.avg(squared)).first());
        if (mean.isNullAt(0)) {
            throw new NsvqException("column '" + name + "' has no distances to evaluate");
        }
        return mean.getDouble(0);
    }

    @Override
    public boolean isLargerBetter() {
        return false;
    }

    @Override
    public VQEvaluator copy(ParamMap extra) {
        return copyValues(new VQEvaluator(uid), extra);
    }

    @Override
    public MLWriter write() {
        return new ParamsWriter(this, Map.of());
    }

    /** Returns a reader of saved evaluators. */
    public static MLReader<VQEvaluator> read() {
        return new StageReader<>(VQEvaluator.class, (files, spark) -> new VQEvaluator(files.uid()));
    }

    /** Loads a saved evaluator. */
    public static VQEvaluator load(String path) {
        return read().load(path);
    }
}
