package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.files;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.struct;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.ml.ingest.SourcePosition;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The {@code foreachBatch} recipe of {@code docs/streams.md}: a stream that is killed in a batch, and starts again
 * from its checkpoint, leaves the index as one that was never killed.
 */
class StreamRestartTest {
    /** When the stream is killed: before the index has the batch, or after that, before Spark knows it. */
    private enum Killed {
        BEFORE_THE_INDEX,
        BEFORE_SPARK
    }

    private static final long KILLED_BATCH = 1;

    @TempDir
    private Path directory;

    private final SparkSession spark = SparkTestSession.get();
    private final Dataset<Row> vectors = TestVectors.frame(VECTORS);
    private Path path;

    @BeforeEach
    void build() {
        path = directory.resolve("index");
        IndexTestData.flat(path, vectors.filter("id < 50"));
    }

    /** Writes the changes of a batch: vectors that are new or moved by some distance, and ids that are deleted. */
    private void batch(int number, String upserted, int moved, String deleted) {
        Dataset<Row> changed = vectors.filter(upserted)
                .withColumn("features", IndexTestData.moved(moved))
                .withColumn("version", lit(10 * number + 1))
                .withColumn("deleted", lit(false));
        Dataset<Row> gone = vectors.filter(deleted)
                .withColumn("version", lit(10 * number + 2))
                .withColumn("deleted", lit(true));
        Dataset<Row> overtaken = changed.limit(5)
                .withColumn("features", IndexTestData.moved(-500))
                .withColumn("version", lit(10 * number));
        changed.union(gone)
                .union(overtaken)
                .coalesce(1)
                .write()
                .mode("append")
                .parquet(directory.resolve("changes").toString());
    }

    private Dataset<Row> changes() {
        return spark.readStream()
                .schema("id bigint, features array<float>, version int, deleted boolean")
                .option("maxFilesPerTrigger", 1)
                .parquet(directory.resolve("changes").toString());
    }

    private String checkpoint() {
        return directory.resolve("checkpoint").toString();
    }

    private IvfIndexModel reopened() {
        return IvfIndexModel.load(path.toString()).setK(5).setProbes(IndexTestData.LISTS);
    }

    private void killIn(Killed moment, IvfIndexModel index) throws TimeoutException {
        StreamingQuery query = changes()
                .writeStream()
                .option("checkpointLocation", checkpoint())
                .trigger(Trigger.AvailableNow())
                .foreachBatch((VoidFunction2<Dataset<Row>, Long>) (batch, id) -> {
                    if (id != KILLED_BATCH || moment != Killed.BEFORE_THE_INDEX) {
                        StreamRecipes.apply(index, batch, id);
                    }
                    if (id == KILLED_BATCH) {
                        throw new IllegalStateException("killed");
                    }
                })
                .start();
        spark.sparkContext().setLogLevel("OFF");
        try {
            assertThrows(StreamingQueryException.class, query::awaitTermination);
        } finally {
            spark.sparkContext().setLogLevel("WARN");
        }
        assertEquals(
                List.of("0"),
                files(Path.of(checkpoint(), "commits")).stream()
                        .filter(name -> !name.startsWith("."))
                        .toList(),
                "what Spark knows to be done");
    }

    private void runOn(IvfIndexModel index) throws Exception {
        StreamingQuery query = StreamRecipes.start(index, changes(), checkpoint());
        query.processAllAvailable();
        query.stop();
    }

    private List<String> segments() {
        return files(path).stream().filter(name -> name.endsWith("_manifest")).toList();
    }

    @ParameterizedTest
    @EnumSource
    void aBatchThatComesAgainIsThereOnce(Killed moment) throws Exception {
        batch(0, "id >= 50 and id < 70", 0, "id < 10");
        batch(1, "id >= 60 and id < 80", 100, "id >= 50 and id < 55 or id = 200");
        killIn(moment, reopened());
        List<String> before = segments();
        assertEquals(
                Map.of("photos", SourcePosition.batch("photos", moment == Killed.BEFORE_SPARK ? 1 : 0)),
                reopened().positions(spark));

        runOn(reopened());
        if (moment == Killed.BEFORE_SPARK) {
            assertEquals(before, segments(), "the batch came again, and nothing was written");
        }
        batch(2, "id >= 50 and id < 53", 0, "id = 79");
        runOn(reopened());
        assertEquals(
                IntStream.range(0, 4)
                        .mapToObj(n -> "lists/segment=" + n + "/_manifest")
                        .toList(),
                segments());
        assertEquals(
                Map.of("photos", SourcePosition.batch("photos", 2)), reopened().positions(spark));
        IndexTestData.assertHolds(
                reopened(),
                vectors.filter("id >= 10 and id < 53 or id >= 55 and id < 60")
                        .union(vectors.filter("id >= 60 and id < 79")
                                .withColumn("features", IndexTestData.moved(100))));
    }

    @Test
    void aStreamWithANewCheckpointNeedsANewName() throws Exception {
        batch(0, "id >= 50 and id < 60", 0, "id < 10");
        IvfIndexModel index = reopened();
        runOn(index);
        List<String> before = segments();
        StreamingQuery again =
                StreamRecipes.start(index, changes(), directory.resolve("other").toString());
        again.processAllAvailable();
        again.stop();
        assertEquals(before, segments(), "its batch 0 is taken for the one that is there");
        IndexTestData.assertHolds(index, vectors.filter("id >= 10 and id < 60"));
    }

    /** An id must not be lost, nor become null, which would end the stream at every restart. */
    @Test
    void nullIsTheOldestVersion() {
        Dataset<Row> changes = spark.sql("SELECT * FROM VALUES (1, NULL), (2, 5), (2, NULL) AS t(id, version)");
        Dataset<Row> newest = StreamRecipes.newest(changes, struct(col("version")));
        assertEquals(
                List.of(RowFactory.create(1, null), RowFactory.create(2, 5)),
                newest.orderBy("id").collectAsList());
    }
}
