package io.github.sparknsvq.cli;

import static org.apache.spark.ml.functions.array_to_vector;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.clustering.KMeansModel;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataTypes;

/** MLlib's KMeans on the same data with the same k, number of passes and seed, for comparison. */
final class MllibBaseline {
    static final String NAME = "mllib";
    static final List<String> NAMES = List.of(NAME);

    /** Its start modes, which have the same names in spark-nsvq. */
    static final List<String> INIT_MODES = List.of(InitMode.RANDOM.label(), InitMode.PARALLEL.label());

    private MllibBaseline() {}

    /**
     * What MLlib made.
     *
     * @param model its model
     * @param codebook the same as a {@link VQModel}, so that both are measured in the same way
     * @param seconds from the call of fit to its return
     */
    record Trained(KMeansModel model, VQModel codebook, double seconds) {}

    /**
     * Trains.
     *
     * <p>The vectors are converted to MLlib's type once and held in memory before the clock starts. The block solver
     * is used, which is the faster one.
     *
     * @param asked the estimator whose settings are taken over as far as MLlib knows them; its initMode only if set,
     *     and a maxIter that is left to choose is MLlib's own
     */
    static Trained train(Dataset<Row> data, VQ asked) {
        KMeans kmeans = new KMeans()
                .setFeaturesCol(asked.getFeaturesCol())
                .setK(asked.getK())
                .setTol(asked.getTol())
                .setSeed(asked.getSeed())
                .setDistanceMeasure(asked.getDistanceMeasure())
                .setInitSteps(asked.getInitSteps())
                .setSolver("block");
        if (asked.getMaxIter() >= 0) {
            kmeans.setMaxIter(asked.getMaxIter());
        }
        if (asked.isSet(asked.initMode())) {
            kmeans.setInitMode(asked.getInitMode());
        }
        check(data, asked);
        List<Column> columns = new ArrayList<>();
        columns.add(vectors(data, asked.getFeaturesCol()));
        if (asked.isSet(asked.weightCol())) {
            columns.add(VectorColumn.column(asked.getWeightCol()));
            kmeans.setWeightCol(asked.getWeightCol());
        }
        // Unlike persist, a checkpoint does not show in the plan: KMeans would warn that it caches a second time.
        JavaSparkContext context =
                JavaSparkContext.fromSparkContext(data.sparkSession().sparkContext());
        Set<Integer> before = context.getPersistentRDDs().keySet();
        Dataset<Row> converted = data.select(columns.toArray(Column[]::new)).localCheckpoint();
        Map<Integer, JavaRDD<?>> held = new HashMap<>(context.getPersistentRDDs());
        held.keySet().removeAll(before);
        held.values().forEach(rows -> rows.setName("rows for MLlib's KMeans"));
        long began = System.nanoTime();
        KMeansModel model;
        try {
            model = kmeans.fit(converted);
        } catch (Exception e) { // what Spark throws is checked, but not declared
            if (ExceptionUtils.throwableOfType(e, ArrayIndexOutOfBoundsException.class) == null) {
                throw e;
            }
            throw new NsvqException("MLlib's KMeans fails with fewer distinct vectors than codewords: lower --k", e);
        } finally {
            held.values().forEach(rows -> rows.unpersist(false));
        }
        double seconds = (System.nanoTime() - began) / 1e9;
        return new Trained(model, SavedModels.codebookOf(model), seconds);
    }

    /** Refuses what VQ refuses, with the same messages: those of MLlib name neither the column nor the row. */
    private static void check(Dataset<Row> data, VQ asked) {
        VectorColumn vectors = VectorColumn.of(data.schema(), asked.getFeaturesCol(), asked.cosine());
        String weights = asked.isSet(asked.weightCol()) ? asked.getWeightCol() : null;
        SparkStatisticsSource.pack(data, vectors, weights, false).close();
    }

    private static Column vectors(Dataset<Row> data, String features) {
        VectorColumn column = VectorColumn.of(data.schema(), features, false);
        return column.type() instanceof ArrayType
                ? array_to_vector(column.column().cast(DataTypes.createArrayType(DataTypes.DoubleType)))
                        .as(features)
                : column.column();
    }
}
