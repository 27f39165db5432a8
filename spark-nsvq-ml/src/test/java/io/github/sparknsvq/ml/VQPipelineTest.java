package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.evaluation.ClusteringEvaluator;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** VQ among Spark's own: Pipeline, CrossValidator, evaluators, streams. */
class VQPipelineTest {
    private static final float[][] VECTORS = TestVectors.clustered(240, 3, 6, 9);

    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    Path directory;

    private static VQ vq() {
        return new VQ().setK(6).setMaxIter(3).setDistanceCol("distance");
    }

    private String path(String name) {
        return directory.resolve(name).toString();
    }

    @Test
    void worksInAPipelineBeforeAndAfterSaving() throws Exception {
        Dataset<Row> vectors = TestVectors.frame(VECTORS);
        Dataset<Row> data = vectors.selectExpr("id", "features[0] as a", "features[1] as b", "features[2] as c");
        VectorAssembler assembler =
                new VectorAssembler().setInputCols(new String[] {"a", "b", "c"}).setOutputCol("abc");
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {assembler, vq().setFeaturesCol("abc")});
        pipeline.write().save(path("pipeline"));
        PipelineModel model = Pipeline.load(path("pipeline")).fit(data);
        List<Row> codes = model.transform(data).select("prediction", "distance").collectAsList();
        assertEquals(240, codes.size());
        model.write().save(path("model"));
        model.write().overwrite().save(path("model"));
        PipelineModel loaded = PipelineModel.load(path("model"));
        assertEquals(
                codes, loaded.transform(data).select("prediction", "distance").collectAsList());
        VQModel stage = (VQModel) model.stages()[1];
        assertArrayEquals(
                stage.codebook().values(),
                ((VQModel) loaded.stages()[1]).codebook().values());
    }

    @Test
    void crossValidatesAndSaves() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        VQ vq = vq();
        ParamMap[] grid =
                new ParamGridBuilder().addGrid(vq.k(), new int[] {2, 6}).build();
        CrossValidatorModel tuned = new CrossValidator()
                .setEstimator(vq)
                .setEstimatorParamMaps(grid)
                .setEvaluator(new VQEvaluator())
                .setNumFolds(2)
                .setSeed(1)
                .fit(data);
        assertEquals(6, ((VQModel) tuned.bestModel()).codebook().rows());
        assertTrue(tuned.avgMetrics()[1] < tuned.avgMetrics()[0]);
        tuned.write().save(path("tuned"));
        VQModel loaded = (VQModel) CrossValidatorModel.load(path("tuned")).bestModel();
        assertEquals(6, loaded.getK());
    }

    @Test
    void evaluatesTheMeanSquaredDistance() {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        VQModel model = vq().fit(data);
        double mse = new VQEvaluator().evaluate(model.transform(data));
        assertEquals(model.summary().mse(), mse, 1e-5 * mse);
        VQModel cosine = vq().setDistanceMeasure("cosine").fit(data);
        double ofUnitLength = new VQEvaluator().setDistanceMeasure("cosine").evaluate(cosine.transform(data));
        assertEquals(cosine.summary().mse(), ofUnitLength, 1e-5 * ofUnitLength);
        Exception e = assertThrows(
                NsvqException.class,
                () -> new VQEvaluator().setDistanceCol("far").evaluate(data));
        assertEquals("there is no column 'far' to evaluate: setDistanceCol(\"far\") of VQ makes it", e.getMessage());
        e = assertThrows(
                NsvqException.class,
                () -> new VQEvaluator().evaluate(model.transform(data).limit(0)));
        assertEquals("column 'distance' has no distances to evaluate", e.getMessage());
    }

    @Test
    void clusteringEvaluatorTakesItsColumns() {
        Dataset<Row> data = TestVectors.frame(VECTORS, TestVectors.VECTOR, 2);
        double silhouette = new ClusteringEvaluator().evaluate(vq().fit(data).transform(data));
        assertTrue(silhouette > 0.5, "" + silhouette);
    }

    @Test
    void encodesAStream() throws Exception {
        Dataset<Row> data = TestVectors.frame(VECTORS);
        VQModel model =
                vq().setReconstructionCol("near").setHandleInvalid("skip").fit(data);
        data.write().parquet(path("in"));
        Dataset<Row> stream = spark.readStream().schema(data.schema()).parquet(path("in"));
        Dataset<Row> codes = model.transform(stream);
        assertTrue(codes.isStreaming());
        StreamingQuery query = codes.writeStream()
                .format("parquet")
                .option("path", path("out"))
                .option("checkpointLocation", path("checkpoint"))
                .trigger(Trigger.AvailableNow())
                .start();
        try {
            query.processAllAvailable();
        } finally {
            query.stop();
        }
        List<Row> streamed = spark.read().parquet(path("out")).orderBy("id").collectAsList();
        assertEquals(model.transform(data).orderBy("id").collectAsList(), streamed);
    }

    @Test
    void encodingDoesNotHideFiltersFromTheSource() {
        TestVectors.frame(VECTORS).write().parquet(path("data"));
        Dataset<Row> codes = vq().fit(TestVectors.frame(VECTORS))
                .transform(spark.read().parquet(path("data")))
                .filter("id = 7");
        String plan = ((org.apache.spark.sql.classic.Dataset<Row>) codes)
                .queryExecution()
                .toString();
        assertTrue(plan.contains("PushedFilters: [IsNotNull(id), EqualTo(id,7)]"), plan);
        assertEquals(1, codes.count());
    }

    @Test
    void manyColumnsCostOneSearch() {
        VQModel model = vq().setReconstructionCol("near").fit(TestVectors.frame(VECTORS));
        String plan = ((org.apache.spark.sql.classic.Dataset<Row>) model.transform(TestVectors.frame(VECTORS)))
                .queryExecution()
                .executedPlan()
                .toString();
        assertEquals(2, plan.split("invoke\\(", -1).length, plan);
    }
}
