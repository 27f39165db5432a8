package io.github.sparknsvq.ml.spark;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.spark_partition_id;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.ml.SparkTestSession;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparkInternalsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 300})
    void partitionsByHashAsByNumber(int partitions) {
        Dataset<Row> rows =
                SparkTestSession.get().range(3L * partitions).selectExpr("int(id % " + partitions + ") part");
        Dataset<Row> placed = SparkInternals.repartitionByHash(rows, partitions, col("part"))
                .withColumn("place", spark_partition_id());
        assertEquals(partitions, placed.rdd().getNumPartitions());
        assertEquals(3L * partitions, placed.count());
        assertEquals(0, placed.where("part != place").count());
    }
}
