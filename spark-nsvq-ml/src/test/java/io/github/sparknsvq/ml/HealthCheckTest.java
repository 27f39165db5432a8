package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.QUERIES;
import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.advice.HealthCheck;
import io.github.sparknsvq.ml.advice.IndexHealth;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HealthCheckTest {
    @TempDir
    private static Path shared;

    private static SparkSession spark;
    private static Dataset<Row> vectors;
    private static Dataset<Row> queries;
    private static IvfIndexModel coded;

    @TempDir
    private Path directory;

    private int copies;

    @BeforeAll
    static void build() {
        spark = SparkTestSession.get();
        vectors = TestVectors.frame(VECTORS).cache();
        queries = TestVectors.frame(QUERIES).cache();
        coded = new IvfIndex()
                .setNumLists(IndexTestData.LISTS)
                .setQuantizer("pq")
                .setNumCodebooks(4)
                .setCodebookBits(4)
                .setMaxIter(3)
                .setIndexDir(shared.resolve("coded").toString())
                .fit(vectors)
                .setProbes(2);
    }

    private static Set<String> actions(IndexHealth health) {
        Set<String> actions = new HashSet<>();
        health.advice().forEach(advice -> actions.add(advice.action()));
        return actions;
    }

    private static IndexHealth.Point own(IndexHealth health) {
        return health.search().points().get(0);
    }

    @Test
    void withoutRowsOnlyTheListsAreLookedAt() {
        IndexHealth health = new HealthCheck(coded).run(spark);
        assertEquals(VECTORS.length, health.info().contents().vectors());
        assertEquals(VECTORS.length / 10.0, health.balance().mean());
        assertEquals(health.balance().imbalance(), 1 + Math.pow(health.balance().variation(), 2), 1e-9);
        assertEquals(VECTORS.length, health.training().rows());
        assertNull(health.drift());
        assertNull(health.search());
        assertEquals(Set.of("nothing"), actions(health));
        assertFalse(health.values().containsKey("recall@10"));
        assertEquals("known", health.values().get("training"));
    }

    /** Counted again by the slow search of the tests. */
    @Test
    void recallIsThatAgainstExactSearch() {
        IndexHealth health = new HealthCheck(coded.copy(ParamMap.empty()))
                .setVectors(vectors)
                .setSample(queries)
                .run(spark);
        List<List<String>> found = IndexTestData.ids(
                IndexTestData.found(coded.copy(ParamMap.empty()).setK(10).transform(queries)));
        double shared = 0;
        double hits = 0;
        for (int query = 0; query < QUERIES.length; query++) {
            List<String> truth = IndexTestData.ids(
                            List.of(IndexTestData.nearest(VECTORS, QUERIES[query], DistanceKind.L2, 10)))
                    .get(0);
            shared += truth.stream().filter(found.get(query)::contains).count() / 10.0;
            hits += found.get(query).contains(truth.get(0)) ? 1 : 0;
        }
        IndexHealth.Point own = own(health);
        assertEquals("vectors", health.search().truth());
        assertEquals(2, own.probes());
        assertEquals(shared / QUERIES.length, own.intersection().mean(), 1e-9);
        assertEquals(hits / QUERIES.length, own.recall().mean(), 1e-9);
        assertEquals(QUERIES.length, own.recall().count());
        assertTrue(own.recall().low() < own.recall().mean()
                && own.recall().mean() <= own.recall().high());
        String json = health.json();
        assertTrue(json.contains("\"recall@10\":") && json.contains("\"intersection@10Interval\":["), json);
    }

    @ParameterizedTest
    @EnumSource(DistanceKind.class)
    void allListsOfVectorsAreExactUnderAllMetrics(DistanceKind kind) {
        float[][] one = TestVectors.clustered(340, IndexTestData.DIMENSION, 1, 3); // whose lists are neighbors
        Dataset<Row> all = TestVectors.frame(Arrays.copyOf(one, 300));
        IvfIndexModel flat = IndexTestData.estimator(directory.resolve("flat"))
                .setMetric(kind.name().toLowerCase(Locale.ROOT))
                .fit(all);
        IndexHealth withVectors =
                new HealthCheck(flat).setVectors(all).setSampleRows(50).run(spark);
        assertEquals(50, own(withVectors).recall().count());
        assertEquals(1, own(withVectors).intersection().mean());
        assertEquals(1, own(withVectors).recall().mean());
        assertEquals(0, withVectors.drift().mse());
        // rows that were trained on
        assertTrue(
                withVectors.drift().low() < 1 && withVectors.drift().high() > 1,
                withVectors.drift().toString());
        IndexHealth few = new HealthCheck(flat.setProbes(1))
                .setSample(TestVectors.frame(Arrays.copyOfRange(one, 300, 340)))
                .setTargetRecall(1)
                .run(spark);
        assertEquals("index", few.search().truth());
        assertTrue(own(few).intersection().mean() < 1);
        IndexHealth.Point last = few.search().points().get(few.search().points().size() - 1);
        assertEquals(1, last.intersection().mean());
        assertTrue(actions(few).contains("raise probes"), few.advice().toString());
    }

    @Test
    void slackThatLosesNeighborsIsBlamedForThem() {
        float[][] one = TestVectors.clustered(340, IndexTestData.DIMENSION, 1, 3); // whose lists are neighbors
        IvfIndexModel flat = IndexTestData.estimator(directory.resolve("flat"))
                .fit(TestVectors.frame(Arrays.copyOf(one, 300)))
                .setProbes(99)
                .setSlack(0.01);
        Dataset<Row> others = TestVectors.frame(Arrays.copyOfRange(one, 300, 340));
        IndexHealth health =
                new HealthCheck(flat).setSample(others).setTargetRecall(0.99).run(spark);
        assertEquals(Set.of("raise slack"), actions(health));
        List<IndexHealth.Point> points = health.search().points();
        assertEquals(2, points.size());
        assertEquals(0.01, points.get(0).slack());
        assertTrue(points.get(0).intersection().mean() < 0.9, health.json());
        assertEquals(0, points.get(1).slack());
        assertEquals(1, points.get(1).intersection().mean());
        assertTrue(health.json().contains("\"slack\":0.01"), health.json());
    }

    @Test
    void codesAloneTellWhatFewListsLose() {
        IndexHealth health = new HealthCheck(coded.copy(ParamMap.empty()).setProbes(10))
                .setSample(queries)
                .run(spark);
        assertEquals("codes", health.search().truth());
        assertEquals(1, own(health).intersection().mean());
        assertEquals(Set.of("nothing"), actions(health));
    }

    @Test
    void targetsThatCodesCannotReachWantReranking() {
        HealthCheck check = new HealthCheck(coded.copy(ParamMap.empty()).setProbes(10))
                .setVectors(vectors)
                .setSample(queries)
                .setTargetRecall(1);
        IndexHealth codes = check.run(spark);
        assertEquals(Set.of("rerank"), actions(codes));
        IndexHealth ranked = new HealthCheck(coded.copy(ParamMap.empty())
                        .setProbes(10)
                        .setRerank(VECTORS.length)
                        .setVectors(vectors))
                .setVectors(vectors)
                .setSample(queries)
                .setTargetRecall(0.9)
                .run(spark);
        assertEquals(1, own(ranked).intersection().mean());
        assertEquals(Set.of("nothing"), actions(ranked));
    }

    /** As {@code rerank} is saved with an index that tuning chose, and what it ranks by is not. */
    @Test
    void withoutVectorsNothingIsRankedAgain() {
        IvfIndexModel saved = coded.copy(ParamMap.empty()).setRerank(50);
        Dataset<Row> others = TestVectors.frame(TestVectors.clustered(40, IndexTestData.DIMENSION, 12, 99));
        String plain = new HealthCheck(coded).setSample(others).run(spark).json();
        HealthCheck check = new HealthCheck(saved).setSample(others);
        assertEquals(plain, check.run(spark).json());
        assertEquals(50, saved.getRerank(), "the model is as it was");

        IndexHealth ranked = check.setVectors(vectors).setTargetRecall(1).run(spark);
        assertEquals("vectors", ranked.search().truth());
        assertTrue(
                own(ranked).intersection().mean()
                        > own(new HealthCheck(coded)
                                        .setSample(others)
                                        .setVectors(vectors)
                                        .run(spark))
                                .intersection()
                                .mean(),
                ranked.json());
        vectors.createOrReplaceTempView("ranked_by");
        IvfIndexModel named = saved.copy(ParamMap.empty()).setVectorsTable("ranked_by");
        assertEquals(
                ranked.json(),
                new HealthCheck(named)
                        .setSample(others)
                        .setVectors(vectors)
                        .setTargetRecall(1)
                        .run(spark)
                        .json());
        IndexHealth own = new HealthCheck(named).setSample(others).run(spark);
        assertEquals("codes", own.search().truth());
        assertFalse(own.json().equals(plain), "its own vectors rank");
        spark.catalog().dropTempView("ranked_by");
    }

    @ParameterizedTest
    @EnumSource(DistanceKind.class)
    void rowsOfAnIndexOfVectorsAreDrawnFromIt(DistanceKind kind) {
        // of one cluster, so that lists are neighbors
        Dataset<Row> all = TestVectors.frame(TestVectors.clustered(300, IndexTestData.DIMENSION, 1, 3));
        IvfIndexModel flat = IndexTestData.estimator(directory.resolve("flat"))
                .setMetric(kind.name().toLowerCase(Locale.ROOT))
                .fit(all)
                .setProbes(2);
        IndexHealth drawn = new HealthCheck(flat).setSampleRows(300).run(spark);
        IndexHealth given =
                new HealthCheck(flat).setVectors(all).setSampleRows(300).run(spark);
        assertEquals("index", drawn.search().truth());
        assertEquals(300, own(drawn).recall().count());
        assertEquals(own(given).intersection().mean(), own(drawn).intersection().mean(), 1e-3);
        assertEquals(
                given.drift().coarseMse(),
                drawn.drift().coarseMse(),
                1e-5 * given.drift().coarseMse());
        assertTrue(own(drawn).intersection().mean() < 1, drawn.json());

        flat.delete(all.filter("id < 100"));
        IndexHealth left = new HealthCheck(flat).setSampleRows(300).run(spark);
        assertEquals(200, own(left).recall().count());
        assertEquals(
                20,
                own(new HealthCheck(flat).setSampleRows(20).run(spark)).recall().count());
        assertNull(new HealthCheck(flat).run(spark).search(), "none unless they are asked for");
    }

    @Test
    void rowsOfAnIndexOfCodesAreRefused() {
        HealthCheck check = new HealthCheck(coded).setSampleRows(20);
        assertEquals(
                "the index holds codes, from which no sample can be drawn: give the vectors that they are of, or a"
                        + " sample",
                assertThrows(NsvqException.class, () -> check.run(spark)).getMessage());
    }

    @Test
    void vectorsThatChangedWantAnotherTraining() {
        float[][] moved = TestVectors.clustered(200, IndexTestData.DIMENSION, 12, 99);
        IndexHealth changed =
                new HealthCheck(coded).setSample(TestVectors.frame(moved)).run(spark);
        assertTrue(changed.drift().ratio() > 2, changed.drift().toString());
        assertTrue(actions(changed).contains("retrain"), changed.advice().toString());
        IndexHealth same = new HealthCheck(coded).setSample(vectors).run(spark);
        assertEquals(1, same.drift().ratio(), 0.05);
        assertEquals(VECTORS.length, same.drift().rows());
        assertFalse(actions(same).contains("retrain"), same.advice().toString());
    }

    private IvfIndexModel copyWith(int deleted) {
        IvfIndexModel copy = IndexTestData.copied(coded, directory.resolve("copy" + copies++));
        copy.delete(vectors.filter("id < " + deleted));
        return copy;
    }

    @Test
    void deletedVectorsWantCompacting() {
        IvfIndexModel changed = IndexTestData.copied(coded, directory.resolve("changed"));
        changed.delete(vectors.filter("id < 90"));
        IndexHealth health =
                new HealthCheck(changed).setVectors(vectors).setSampleRows(9).run(spark);
        assertEquals(0.3, health.deletedShare(), 1e-9);
        assertTrue(actions(health).contains("compact"), health.advice().toString());
        assertEquals(210, health.info().contents().vectors());
        try {
            spark.conf().set("spark.nsvq.maxDeletedIds", 1000);
            assertEquals(Set.of("nothing"), actions(new HealthCheck(copyWith(20)).run(spark)));
            spark.conf().set("spark.nsvq.maxDeletedIds", 40);
            assertEquals(Set.of("compact"), actions(new HealthCheck(copyWith(20)).run(spark)));
        } finally {
            spark.conf().unset("spark.nsvq.maxDeletedIds");
        }
        NsvqException missing = assertThrows(
                NsvqException.class,
                () -> new HealthCheck(changed)
                        .setVectors(vectors.filter("id < 250"))
                        .run(spark));
        assertEquals(
                "the vectors given hold 160 of the 210 in the index, by their ids: exact search needs all, each once",
                missing.getMessage());
    }

    /** By their number alone neither could be told from the index's vectors. */
    @Test
    void othersThanTheIndexsVectorsAreRefused() {
        HealthCheck others = new HealthCheck(coded)
                .setVectors(vectors.withColumn("id", functions.expr("if(id < 40, id + 1000, id)")));
        assertEquals(
                "the vectors given hold 260 of the 300 in the index, by their ids: exact search needs all, each once",
                assertThrows(NsvqException.class, () -> others.run(spark)).getMessage());
        HealthCheck twice = new HealthCheck(coded)
                .setVectors(vectors.withColumn(
                        "id", functions.expr("if(id = 7, 8, id)").cast("bigint")));
        assertEquals(
                "the vectors given hold 300 rows of 299 ids in the index, by their ids: exact search needs all, each"
                        + " once",
                assertThrows(NsvqException.class, () -> twice.run(spark)).getMessage());
    }

    @Test
    void allOfTheIndexIsMeasuredWhateverMayBeFound() {
        IvfIndexModel few = coded.copy(ParamMap.empty()).setAllowed(vectors.filter("id < 30"));
        IndexHealth all =
                new HealthCheck(coded).setVectors(vectors).setSample(queries).run(spark);
        vectors.filter("id < 30").createOrReplaceTempView("few_ids");
        for (IvfIndexModel one : List.of(few, coded.copy(ParamMap.empty()).setAllowedTable("few_ids"))) {
            IndexHealth health =
                    new HealthCheck(one).setVectors(vectors).setSample(queries).run(spark);
            assertEquals(all.json(), health.json());
        }
        spark.catalog().dropTempView("few_ids");
        assertEquals(
                30,
                few.setK(300)
                        .setProbes(10)
                        .transform(queries.limit(1))
                        .head()
                        .getList(2)
                        .size());
    }

    @Test
    void deletedIdsThatTheIndexNeverHeldWantCompacting() {
        IvfIndexModel changed = IndexTestData.copied(coded, directory.resolve("changed"));
        changed.delete(spark.range(5000, 5030).toDF());
        try {
            spark.conf().set("spark.nsvq.maxDeletedIds", 60);
            IndexHealth health = new HealthCheck(changed).run(spark);
            assertEquals(0, health.info().contents().deleted());
            assertEquals(30, health.info().contents().deletedIds());
            assertEquals(1, health.info().contents().deletions());
            assertEquals(
                    "30 ids are deleted, and changes are refused that would bring their number above 60",
                    health.advice().get(0).reason());
            changed.compact(spark);
            assertEquals(Set.of("nothing"), actions(new HealthCheck(changed).run(spark)));
        } finally {
            spark.conf().unset("spark.nsvq.maxDeletedIds");
        }
    }

    @Test
    void idsMayBeStrings() {
        Dataset<Row> named = vectors.withColumn("id", functions.concat(functions.lit("v"), functions.col("id")));
        IvfIndexModel flat =
                IndexTestData.estimator(directory.resolve("named")).fit(named).setProbes(10);
        IndexHealth health =
                new HealthCheck(flat).setVectors(named).setSampleRows(30).run(spark);
        assertEquals(1, own(health).intersection().mean());
        IndexHealth drawn = new HealthCheck(flat).setSampleRows(30).run(spark);
        assertEquals(1, own(drawn).intersection().mean());
        assertEquals(30, own(drawn).recall().count());
    }

    @Test
    void theSampleFollowsFromTheSeedAndNotFromPartitions() {
        HealthCheck check = new HealthCheck(coded).setSample(vectors).setSampleRows(20);
        String first = check.setSeed(1).run(spark).json();
        assertEquals(first, check.setSample(vectors.repartition(5)).run(spark).json());
        assertFalse(first.equals(check.setSeed(2).run(spark).json()));
    }

    @Test
    void anIndexThatDoesNotSaySoHasNoKnownTraining() throws Exception {
        EarlierRevisionFiles.unpack(EarlierRevisionFiles.FIRST, directory);
        IvfIndexModel earlier =
                IvfIndexModel.load(directory.resolve("indexes/pq-l2").toString());
        IndexHealth health = new HealthCheck(earlier)
                .setSample(TestVectors.frame(TestVectors.clustered(20, earlier.dimension(), 3, 1)))
                .run(spark);
        assertNull(health.training());
        assertTrue(health.drift().mse() > 0);
        assertTrue(Double.isNaN(health.drift().ratio()));
        assertEquals("unknown", health.values().get("training"));
        assertFalse(health.values().containsKey("drift"));
    }

    @Test
    void whatIsKeptOfTheTrainingIsCopiedAndLoaded() throws Exception {
        assertTrue(coded.training().isPresent());
        assertEquals(coded.summary().mse(), coded.training().get().mse());
        Path copied = directory.resolve("copied");
        coded.write().save(copied.toString());
        assertEquals(coded.training(), IvfIndexModel.load(copied.toString()).training());
        assertEquals(coded.training(), coded.copy(ParamMap.empty()).training());
    }

    @Test
    void samplesThatDoNotFitAreRefused() {
        HealthCheck other = new HealthCheck(coded).setSample(TestVectors.frame(TestVectors.clustered(9, 3, 3, 1)));
        assertEquals(
                "the sample has dimension 3, the index has 8",
                assertThrows(NsvqException.class, () -> other.run(spark)).getMessage());
        HealthCheck none = new HealthCheck(coded).setSample(queries.limit(0));
        assertEquals(
                "the sample has no vectors",
                assertThrows(NsvqException.class, () -> none.run(spark)).getMessage());
        assertThrows(NsvqException.class, () -> none.setSampleRows(0));
        assertThrows(NsvqException.class, () -> none.setTargetRecall(1.5));
    }
}
