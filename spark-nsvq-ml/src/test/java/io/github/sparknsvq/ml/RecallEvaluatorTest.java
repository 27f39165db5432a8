package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertRefused;
import static io.github.sparknsvq.ml.IndexTestData.nearest;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.IndexTestData.Found;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.StreamSupport;
import org.apache.spark.ml.evaluation.Evaluator;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.tuning.CrossValidator;
import org.apache.spark.ml.tuning.CrossValidatorModel;
import org.apache.spark.ml.tuning.ParamGridBuilder;
import org.apache.spark.ml.tuning.TrainValidationSplit;
import org.apache.spark.ml.tuning.TrainValidationSplitModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recall of neighbors, and choosing an index's params by it. */
class RecallEvaluatorTest {
    private final SparkSession spark = SparkTestSession.get();

    @TempDir
    private Path directory;

    /** Three queries that find 1, 2 and 3. */
    private Dataset<Row> found(String idType, String... truths) {
        Dataset<Row> all = null;
        for (String truth : truths) {
            Dataset<Row> one = spark.range(1)
                    .selectExpr(
                            "transform(array(1, 2, 3), x -> struct(cast(x as " + idType
                                    + ") as id, float(x) as distance))" + " as neighbors",
                            truth + " as truth");
            all = all == null ? one : all.union(one);
        }
        return all;
    }

    @Test
    void recallIsTheShareOfNearestThatAreAmongTheFirst() {
        Dataset<Row> data = found("bigint", "array(1, 9)", "array(3, 1)", "array(2)", "array(8, 1)");
        assertEquals(0.75, new RecallEvaluator().evaluate(data));
        assertEquals(0.5, new RecallEvaluator().setK(2).evaluate(data));
        assertEquals(0.25, new RecallEvaluator().setK(1).evaluate(data));
    }

    @Test
    void intersectionIsTheShareOfTheTrueOnesThatAreFound() {
        RecallEvaluator evaluator = new RecallEvaluator().setMetricName("intersection");
        Dataset<Row> data = found("bigint", "array(1, 9, 3)", "array(7, 3, 2)");
        assertEquals(2 / 3., evaluator.evaluate(data), 1e-12);
        assertEquals(1 / 4., evaluator.setK(2).evaluate(data)); // (1) of (1, 9), none of (7, 3)
        assertEquals(1, evaluator.setK(5).evaluate(found("bigint", "array(2, 1, 2)")));
    }

    @Test
    void idsMayBeStringsOrNumbersOfAnyWidth() {
        assertEquals(1, new RecallEvaluator().evaluate(found("string", "array('3')")));
        assertEquals(0, new RecallEvaluator().evaluate(found("string", "array('4')")));
        assertEquals(1, new RecallEvaluator().evaluate(found("bigint", "array(smallint(3))")));
        assertEquals(0, new RecallEvaluator().evaluate(found("int", "array(4294967297L)")));
    }

    @Test
    void errorsNameColumns() {
        RecallEvaluator evaluator = new RecallEvaluator();
        Dataset<Row> data = found("bigint", "array(1, 9)", "array()");
        assertRefused(
                () -> evaluator.evaluate(data.drop("truth")), "there is no column 'truth': the data has neighbors");
        assertRefused(() -> evaluator.evaluate(data.drop("neighbors")), "there is no column 'neighbors'");
        assertRefused(() -> evaluator.evaluate(data), "column 'truth' names no true neighbor in 1 rows");
        assertRefused(
                () -> evaluator.evaluate(found("bigint", "array(1)")
                        .selectExpr("if(truth[0] > 0, null, neighbors) as neighbors", "truth")),
                "column 'neighbors' is null in 1 rows");
        assertRefused(
                () -> evaluator.evaluate(found("bigint", "array(1)").limit(0)),
                "column 'neighbors' has no neighbors to evaluate: no rows");
        assertRefused(
                () -> evaluator.evaluate(found("bigint", "array('1')")),
                "column 'truth' holds ids that are string, those in column 'neighbors' are bigint");
        assertRefused(
                () -> evaluator.evaluate(found("bigint", "1")),
                "column 'truth' should hold arrays of ids (whole numbers or strings), but is int");
        assertRefused(
                () -> evaluator.evaluate(data.selectExpr("truth as neighbors", "truth")),
                "column 'neighbors' should hold neighbors, array<struct<id, distance>>, but is array<int>");
        assertRefused(() -> evaluator.setK(0), "k = 0: at least 1 is needed");
        assertRefused(
                () -> evaluator.setMetricName("precision"),
                "metricName = 'precision': must be one of recall, intersection");
    }

    @Test
    void savesCopiesAndIsFoundBySparkConnect() throws Exception {
        RecallEvaluator evaluator = new RecallEvaluator()
                .setNeighborsCol("near")
                .setTruthCol("true")
                .setK(3)
                .setMetricName("intersection");
        evaluator.write().save(directory.resolve("evaluator").toString());
        RecallEvaluator loaded =
                RecallEvaluator.load(directory.resolve("evaluator").toString());
        for (RecallEvaluator same : List.of(loaded, evaluator.copy(ParamMap.empty()))) {
            assertEquals(evaluator.uid(), same.uid());
            assertEquals("near", same.getNeighborsCol());
            assertEquals("true", same.getTruthCol());
            assertEquals(3, same.getK());
            assertEquals("intersection", same.getMetricName());
            assertTrue(same.isLargerBetter());
        }
        assertTrue(StreamSupport.stream(ServiceLoader.load(Evaluator.class).spliterator(), false)
                .anyMatch(found -> found.getClass() == RecallEvaluator.class));
    }

    /** Vectors with the ids of the ones nearest to them, without themselves. */
    private static Dataset<Row> withTruth() {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < VECTORS.length; i++) {
            long[] truth = nearest(VECTORS, VECTORS[i], DistanceKind.L2, 11).stream()
                    .map(Found::id)
                    .mapToLong(Long::parseLong)
                    .filter(new Other(i)::is)
                    .toArray();
            rows.add(RowFactory.create((long) i, VECTORS[i], truth));
        }
        StructType schema = new StructType()
                .add("id", DataTypes.LongType)
                .add("features", TestVectors.FLOATS)
                .add("truth", DataTypes.createArrayType(DataTypes.LongType));
        return TestVectors.rows(rows, schema, 2);
    }

    private record Other(long id) {
        boolean is(long other) {
            return other != id;
        }
    }

    @Test
    void choosesProbesAndCodebooks() throws Exception {
        IvfIndex index = IndexTestData.estimator(directory)
                .setIndexDir("")
                .setNumLists(40)
                .setCodebookBits(4)
                .setMaxIter(2)
                .setK(10);
        ParamMap[] probes = new ParamGridBuilder()
                .addGrid(index.probes(), new int[] {1, 40})
                .build();
        RecallEvaluator evaluator = new RecallEvaluator().setMetricName("intersection");
        TrainValidationSplitModel split = new TrainValidationSplit()
                .setEstimator(index)
                .setEstimatorParamMaps(probes)
                .setEvaluator(evaluator)
                .setTrainRatio(0.8)
                .setSeed(1)
                .fit(withTruth());
        assertTrue(split.validationMetrics()[1] > split.validationMetrics()[0], "" + split.validationMetrics()[1]);
        assertEquals(40, ((IvfIndexModel) split.bestModel()).getProbes());

        ParamMap[] codebooks = new ParamGridBuilder()
                .addGrid(index.numCodebooks(), new int[] {8, 1})
                .build();
        CrossValidatorModel crossed = new CrossValidator()
                .setEstimator(index.setQuantizer("pq").setNumLists(4).setProbes(4))
                .setEstimatorParamMaps(codebooks)
                .setEvaluator(evaluator)
                .setNumFolds(2)
                .setSeed(1)
                .setCollectSubModels(true)
                .fit(withTruth());
        assertTrue(crossed.avgMetrics()[0] > crossed.avgMetrics()[1], "" + crossed.avgMetrics()[0]);
        IvfIndexModel best = (IvfIndexModel) crossed.bestModel();
        assertEquals(8, best.getNumCodebooks());
        assertEquals(VECTORS.length, best.ids(spark).count());
        IvfIndexModel sub = (IvfIndexModel) crossed.subModels()[0][0];
        assertNotEquals(best.path(), sub.path());
        assertTrue(sub.ids(spark).count() < VECTORS.length);
        crossed.write()
                .option("persistSubModels", "false")
                .save(directory.resolve("crossed").toString());
        IvfIndexModel loaded = (IvfIndexModel)
                CrossValidatorModel.load(directory.resolve("crossed").toString())
                        .bestModel();
        assertEquals(VECTORS.length, loaded.ids(spark).count());
        assertTrue(loaded.path().contains("crossed"), loaded.path());
        assertFalse(Files.exists(directory.resolve("metadata")));
    }
}
