package io.github.sparknsvq.ml;

import static org.apache.spark.sql.functions.expr;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The queries of {@code docs/sql.md} run and give rows. */
class SqlDocumentTest {
    private static final Pattern QUERY = Pattern.compile("```sql\n(.*?)```", Pattern.DOTALL);
    private static final float[][] VECTORS = IndexTestData.VECTORS;
    private static final int DIMENSION = IndexTestData.DIMENSION;

    @Test
    void itsQueriesRun(@TempDir Path directory) throws IOException {
        SparkSession spark = SparkTestSession.get();
        Dataset<Row> photos = TestVectors.frame(VECTORS)
                .withColumn("title", expr("concat('photo ', id)"))
                .withColumn("year", expr("int(2015 + id % 10)"));
        photos.createOrReplaceTempView("photos");
        TestVectors.frame(IndexTestData.QUERIES).createOrReplaceTempView("queries");
        String models = directory.resolve("models") + "/";
        new VQModel("vq", TestVectors.matrix(Arrays.copyOf(VECTORS, 9))).write().save(models + "vq");
        CodeModels.product(DIMENSION, 4, 4).write().save(models + "pq");
        CodeModels.residual(DIMENSION, 8, 8).write().save(models + "rq");
        new SpaceFillingVQModel("line", TestVectors.matrix(Arrays.copyOf(VECTORS, 9)))
                .write()
                .save(models + "line");
        IndexTestData.flat(directory.resolve("indexes").resolve("photos"), photos, "year");
        String text = Files.readString(Path.of("..", "docs", "sql.md"));
        List<String> queries = QUERY.matcher(text)
                .results()
                .map((MatchResult one) -> one.group(1))
                .toList();
        assertTrue(queries.size() >= 8, queries.size() + " queries");
        for (String query : queries) {
            String here = query.replace("'/models/", "'" + models)
                    .replace("'/indexes/", "'" + directory.resolve("indexes") + "/");
            Map<String, Object> parameters = here.contains(":query") ? Map.of("query", VECTORS[3]) : Map.of();
            assertFalse(spark.sql(here, parameters).takeAsList(1).isEmpty(), query);
        }
    }
}
