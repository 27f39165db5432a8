package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.found;
import static io.github.sparknsvq.ml.IndexTestData.ids;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.vectors.DistanceKind;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How much of the vectors to rank by is read where queries need few of them, and that answers are the same. */
class RerankingReadsTest {
    private static final int DIMENSION = 32;
    private static final float[][] VECTORS = TestVectors.clustered(4000, DIMENSION, 12, 3);
    /** Reads of several parts of a file at a time are not in Hadoop's sums of bytes. */
    private static final String VECTORED = "parquet.hadoop.vectored.io.enabled";

    private static final String COLLECTED = "spark.nsvq.maxCandidateIds";

    private static final String PUSHDOWN = "spark.sql.parquet.filterPushdown";

    private static final Dataset<Row> QUERIES =
            TestVectors.frame(Arrays.copyOf(TestVectors.clustered(40, DIMENSION, 12, 4), 2));
    private static final String NAME = "concat('item-', lpad(id, 6, '0'))";

    @TempDir
    private static Path directory;

    private static IvfIndexModel numbers;
    private static IvfIndexModel strings;
    private static List<List<String>> expected;

    private final SparkSession spark = SparkTestSession.get();

    @BeforeAll
    static void build() {
        numbers = index("numbers", "id");
        strings = index("strings", NAME);
        expected = ids(found(numbers.transform(QUERIES)));
    }

    private static IvfIndexModel index(String name, String id) {
        return IndexTestData.untrained(
                        directory.resolve(name),
                        DistanceKind.L2,
                        Arrays.copyOf(VECTORS, 4),
                        null,
                        TestVectors.frame(VECTORS).selectExpr(id + " as id", "features"))
                .setK(2);
    }

    @BeforeEach
    void counted() {
        spark.conf().set(VECTORED, false);
    }

    @AfterEach
    void usual() {
        spark.conf().unset(VECTORED);
        spark.conf().unset(PUSHDOWN);
        spark.conf().unset(COLLECTED);
        spark.sql("drop view if exists ranked");
    }

    /** Returns the bytes of vectors that tasks read to answer. */
    private long bytesRead(Dataset<Row> answered, List<List<String>> expected) throws Exception {
        AtomicLong bytes = new AtomicLong();
        SparkListener listener = new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                bytes.addAndGet(end.taskMetrics().inputMetrics().bytesRead());
            }
        };
        spark.sparkContext().listenerBus().waitUntilEmpty();
        spark.sparkContext().addSparkListener(listener);
        try {
            assertEquals(expected, ids(found(answered)));
            spark.sparkContext().listenerBus().waitUntilEmpty();
        } finally {
            spark.sparkContext().removeSparkListener(listener);
        }
        return bytes.get();
    }

    /** Writes the vectors in order of a column, in files of groups of so many bytes and pages of so many rows. */
    private static Dataset<Row> stored(String name, Dataset<Row> rows, int files, String order, int group, int page) {
        String path = directory.resolve(name).toString();
        rows.repartitionByRange(files, functions.expr(order))
                .sortWithinPartitions(functions.expr(order))
                .write()
                .option("parquet.block.size", group)
                .option("parquet.page.row.count.limit", page)
                .parquet(path);
        return SparkSession.active().read().parquet(path);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "groups | id | features | 1 | 16000 | 20000",
                "files | id | features | 5 | 100000 | 20000",
                "pages | id | features | 1 | 100000000 | 50",
                "ints of doubles | int(id) | transform(features, x -> double(x)) | 2 | 16000 | 20000",
                "names | " + NAME + " | features | 2 | 16000 | 20000",
            })
    void whatIsSortedByIdIsReadInPart(String name, String id, String features, int files, int group, int page)
            throws Exception {
        boolean named = name.equals("names");
        Dataset<Row> rows = TestVectors.frame(VECTORS).selectExpr(id + " as key", features + " as features");
        stored(name, rows, files, "key", group, page).createOrReplaceTempView("ranked");
        Dataset<Row> view = spark.sql("select features, 1 as one, key from ranked where key is not null");
        IvfIndexModel model = (named ? strings : numbers).copy(ParamMap.empty());
        model.setIdCol("key").setRerank(3).setVectors(view);
        List<List<String>> right = expected;
        if (named) {
            right = ids(found(strings.transform(QUERIES)));
        }

        long some = bytesRead(model.transform(QUERIES), right);
        spark.conf().set(PUSHDOWN, false);
        long all = bytesRead(model.transform(QUERIES), right);

        assertTrue(some < .5 * all, some + " bytes of " + all);
    }

    @ParameterizedTest
    @ValueSource(strings = {"spread", "vectors", "json", "shuffled", "computed", "cached", "nulls"})
    void answersAreTheSameWhateverTheSource(String source) {
        Dataset<Row> rows = TestVectors.frame(VECTORS);
        Dataset<Row> vectors = switch (source) {
            case "spread" -> stored(source, rows, 3, "hash(id)", 16000, 100);
            case "vectors" -> stored(source, TestVectors.frame(VECTORS, TestVectors.VECTOR, 2), 2, "id", 16000, 100);
            case "json" -> {
                String path = directory.resolve(source).toString();
                rows.write().json(path);
                yield spark.read().schema(rows.schema()).json(path);
            }
            case "shuffled" -> rows.repartition(3);
            case "computed" -> rows.selectExpr("id + 1 - 1 as id", "features");
            case "cached" -> rows.cache();
            default -> rows.union(spark.sql("select cast(null as bigint), cast(null as array<float>)"));
        };
        IvfIndexModel model = numbers.copy(ParamMap.empty());

        assertEquals(expected, ids(found(model.setRerank(3).setVectors(vectors).transform(QUERIES))));
        rows.unpersist();
    }

    /** Candidates: 2,600 in 256 ranges, and all of 104,000. */
    @ParameterizedTest
    @ValueSource(ints = {100, 4000})
    void manyCandidatesAreRankedAsFew(int rerank) throws Exception {
        Dataset<Row> many = TestVectors.frame(TestVectors.clustered(26, DIMENSION, 12, 4));
        Dataset<Row> vectors = stored("many" + rerank, TestVectors.frame(VECTORS), 1, "id", 100000000, 50);
        IvfIndexModel model = numbers.copy(ParamMap.empty());
        List<List<String>> right = ids(found(model.transform(many)));

        long read = bytesRead(model.setRerank(rerank).setVectors(vectors).transform(many), right);

        assertTrue(rerank == 100 || read > 4L * VECTORS.length * DIMENSION, read + " bytes");
    }

    /** Two queries have 6 candidates; beyond the setting, of names beyond a twentieth of it, all vectors are read. */
    @ParameterizedTest
    @CsvSource({"false, 6, 5", "true, 120, 119"})
    void idsAreCollectedWhereTheyAreFew(boolean named, long few, long tooFew) throws Exception {
        Dataset<Row> rows = TestVectors.frame(VECTORS).selectExpr((named ? NAME : "id") + " as id", "features");
        Dataset<Row> vectors = stored("few " + named, rows, 1, "id", 16000, 100);
        IvfIndexModel index = named ? strings : numbers;
        List<List<String>> right = ids(found(index.transform(QUERIES)));
        IvfIndexModel model = index.copy(ParamMap.empty());
        model.setRerank(3).setVectors(vectors);

        spark.conf().set(COLLECTED, few);
        long some = bytesRead(model.transform(QUERIES), right);
        spark.conf().set(COLLECTED, tooFew);
        long all = bytesRead(model.transform(QUERIES), right);

        assertTrue(some < .5 * all, some + " bytes of " + all);
    }

    @Test
    void refusesASettingThatIsNoNumber() {
        spark.conf().set(COLLECTED, "many");
        IvfIndexModel model = numbers.copy(ParamMap.empty());
        model.setRerank(3).setVectors(TestVectors.frame(VECTORS));

        String message = assertThrows(NsvqException.class, () -> model.transform(QUERIES))
                .getMessage();

        assertEquals("spark.nsvq.maxCandidateIds = 'many' should be a whole number above 0", message);
    }
}
