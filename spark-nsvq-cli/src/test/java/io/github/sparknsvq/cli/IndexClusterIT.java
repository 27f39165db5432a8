package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.sparknsvq.cli.quickstart.SyntheticVectors;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.ml.SparkTestSession;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** An index on a real cluster that loses executors, against the same commands in this JVM. */
@ExtendWith(StandaloneCluster.Shared.class)
class IndexClusterIT {
    private static final int VECTORS = 10_000;
    private static final int QUERIES = 3_000;

    /** What Spark serializes by itself must survive it, whichever users choose. */
    private static final String KRYO = "spark.serializer=org.apache.spark.serializer.KryoSerializer";

    @TempDir
    static Path directory;

    private static Path input;
    private static Path queries;

    @BeforeAll
    static void write() throws IOException {
        input = directory.resolve("base.fvecs");
        queries = directory.resolve("query.fvecs");
        SyntheticVectors synthetic = new SyntheticVectors(1);
        VectorFiles.write(input, synthetic.make(0, VECTORS));
        VectorFiles.write(queries, synthetic.make(VECTORS, QUERIES));
    }

    private static List<Object> index(Path output) {
        return List.of(
                "index",
                "--input",
                input,
                "--lists",
                16,
                "--quantizer",
                "pq",
                "--codebooks",
                8,
                "--bits",
                4,
                "--max-iter",
                3,
                "--local-steps",
                1,
                "--seed",
                7,
                "--output",
                output);
    }

    private static List<Object> search(Path index, Path output) {
        return List.of("search", "--index", index, "--queries", queries, "--k=10", "--probes=16", "--output", output);
    }

    private static List<Row> rows(Path parquet, String... columns) {
        return SparkTestSession.get()
                .read()
                .parquet(parquet.toString())
                .selectExpr(columns)
                .orderBy(columns[0])
                .collectAsList();
    }

    private static List<Row> lists(Path index) {
        return rows(index.resolve("lists"), "list", "ids", "hex(codes)");
    }

    @Test
    void losingAnExecutorChangesNeitherTheIndexNorItsAnswers(StandaloneCluster cluster) throws IOException {
        Path whole = directory.resolve("whole");
        JsonNode expected = ClusterJobs.local(index(whole));
        assertEquals(VECTORS, expected.get("rows").asInt());

        Path trained = directory.resolve("killed-training");
        Path events = directory.resolve("events-training");
        try (SparkProcess driver = ClusterJobs.submit(cluster, directory, events, input, 2, index(trained))) {
            JsonNode built = ClusterJobs.resultWithoutAnExecutor(cluster, driver, events, ": pass ");
            assertEquals(expected.get("rows"), built.get("rows"));
            assertEquals(lists(whole), lists(trained));
        }

        Path written = directory.resolve("killed-writing");
        events = directory.resolve("events-writing");
        try (SparkProcess driver = ClusterJobs.submit(cluster, directory, events, input, 2, index(written), KRYO)) {
            ClusterJobs.resultWithoutAnExecutorOf(cluster, driver, events, "StoredIndex.java");
            assertEquals(lists(whole), lists(written));
        }

        Path answers = directory.resolve("killed-search");
        events = directory.resolve("events-search");
        try (SparkProcess driver =
                ClusterJobs.submit(cluster, directory, events, queries, 2, search(written, answers), KRYO)) {
            JsonNode searched = ClusterJobs.resultWithoutAnExecutorOf(cluster, driver, events, "BatchSearch.java");
            assertEquals(QUERIES, searched.get("rows").asInt());
        }
        Path local = directory.resolve("local-search");
        ClusterJobs.local(search(written, local));
        List<Row> here = rows(local, "id", "neighbors");
        assertEquals(QUERIES, here.size());
        assertTrue(here.stream().allMatch(row -> row.getList(1).size() == 10));
        assertEquals(here, rows(answers, "id", "neighbors"));
    }
}
