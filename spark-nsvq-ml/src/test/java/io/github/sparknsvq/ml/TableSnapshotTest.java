package io.github.sparknsvq.ml;

import static io.github.sparknsvq.ml.IndexTestData.VECTORS;
import static io.github.sparknsvq.ml.IndexTestData.assertHolds;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.ml.ingest.SourcePosition;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An index that follows a table: by the snapshots of an Iceberg table, and by a column that grows. */
class TableSnapshotTest {
    private static final String TABLE = "lake.db.photos";

    @TempDir
    private Path directory;

    private final SparkSession spark = SparkTestSession.get().newSession();

    private Dataset<Row> vectors() {
        TestVectors.frame(VECTORS).createOrReplaceGlobalTempView("photo_vectors");
        return spark.table("global_temp.photo_vectors");
    }

    private IvfIndexModel index() {
        return IndexTestData.flat(
                directory.resolve("index"), TestVectors.frame(VECTORS).filter("id >= 290"));
    }

    private IvfIndexModel reopened() {
        return IvfIndexModel.load(directory.resolve("index").toString()).setProbes(IndexTestData.LISTS);
    }

    private SourcePosition position(String source) {
        return reopened().positions(spark).get(source);
    }

    @Test
    void anIndexFollowsTheSnapshotsOfAnIcebergTable() throws Exception {
        spark.conf().set("spark.sql.catalog.lake", "org.apache.iceberg.spark.SparkCatalog");
        spark.conf().set("spark.sql.catalog.lake.type", "hadoop");
        spark.conf()
                .set(
                        "spark.sql.catalog.lake.warehouse",
                        directory.resolve("lake").toString());
        Dataset<Row> vectors = vectors();
        IvfIndexModel index = index();
        spark.sql("CREATE NAMESPACE lake.db");
        spark.sql("CREATE TABLE " + TABLE + " (id bigint, features array<float>) USING iceberg");
        vectors.filter("id < 40").writeTo(TABLE).append();
        assertTrue(StreamRecipes.followSnapshots(index, TABLE, spark));
        assertEquals(snapshot(), position(TABLE));
        assertFalse(StreamRecipes.followSnapshots(reopened(), TABLE, spark), "nothing is new");

        vectors.filter("id >= 40 and id < 60").writeTo(TABLE).append();
        spark.sql("DELETE FROM " + TABLE + " WHERE id < 10 OR id = 45");
        spark.sql("UPDATE " + TABLE + " SET features = transform(features, x -> x + 100f)"
                + " WHERE id >= 30 AND id < 50");
        assertTrue(StreamRecipes.followSnapshots(reopened(), TABLE, spark));
        assertEquals(snapshot(), position(TABLE));
        Dataset<Row> expected = spark.table(TABLE)
                .select("id", "features")
                .union(vectors.filter("id >= 290"))
                .localCheckpoint();
        assertEquals(49 + 10, expected.count());
        assertHolds(reopened(), expected);

        spark.sql("INSERT INTO " + TABLE + " SELECT id, features FROM global_temp.photo_vectors WHERE id = 45");
        assertTrue(StreamRecipes.followSnapshots(reopened(), TABLE, spark));
        assertHolds(reopened(), expected.union(vectors.filter("id = 45")));
        assertFalse(StreamRecipes.followSnapshots(reopened(), TABLE, spark));
    }

    private SourcePosition snapshot() {
        Row main = spark.table(TABLE + ".refs").filter("name = 'main'").head();
        return SourcePosition.snapshot(TABLE, main.getAs("snapshot_id"));
    }

    @Test
    void anIndexFollowsAColumnThatGrows() {
        String table = directory.resolve("table").toString();
        String changed = "timestamp'2026-11-30 00:00:00Z' + make_interval(0, 0, 0, 0, 0, int(id % 100)) as changed";
        Dataset<Row> vectors = vectors();
        Dataset<Row> first = vectors.filter("id < 20").selectExpr("id", "features", changed);
        first.write().parquet(table);
        IvfIndexModel index = index();
        assertTrue(index.upsertNewer(spark.read().parquet(table), "changed", "photos"));
        assertEquals(SourcePosition.watermark("photos", "2026-11-30T00:19:00Z"), position("photos"));
        assertFalse(reopened().upsertNewer(spark.read().parquet(table), "changed", "photos"));

        Dataset<Row> moved = vectors.filter("id >= 15 and id < 20").withColumn("features", IndexTestData.moved(100));
        vectors.filter("id >= 20 and id < 30")
                .union(moved)
                .selectExpr("id", "features", changed.replace("id % 100", "id % 100 + 20"))
                .write()
                .mode("append")
                .parquet(table);
        assertTrue(reopened().upsertNewer(spark.read().parquet(table), "changed", "photos"));
        assertEquals(SourcePosition.watermark("photos", "2026-11-30T00:49:00Z"), position("photos"));
        assertHolds(
                reopened(),
                vectors.filter("id < 15 or id >= 20 and id < 30 or id >= 290").union(moved));
    }
}
