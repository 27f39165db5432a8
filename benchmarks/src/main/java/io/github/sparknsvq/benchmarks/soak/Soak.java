package io.github.sparknsvq.benchmarks.soak;

import io.github.sparknsvq.core.training.rows.SeededHash;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Whether a session that works for long keeps anything: {@code Soak DIRECTORY MINUTES ROWS}. In one session, round
 * after round on new data, trains codebooks, saves, opens and encodes with them, builds an index, adds to it,
 * deletes from it, searches it, exports it and searches the file; then deletes all it wrote, collects garbage, and
 * prints what the JVM and the session hold as one JSON line. {@code leftBehind} counts hidden files and folders
 * beside the outputs.
 *
 * <p>A round whose answers are wrong ends the run with an error.
 */
public final class Soak {
    private static final int DIMENSION = 32;

    /** As many finished jobs, stages and queries Spark keeps for its pages; by default 1,000, which fill slowly. */
    private static final String RECORDS_KEPT = "50";

    /** Spark keeps what files every folder had that was read: by default 250 MB, which an hour does not fill. */
    private static final String LISTINGS_KEPT = "262144";

    /** Pools of Spark's that keep threads for a minute: without a limit, the more the faster the machine is. */
    private static final List<String> POOLS = List.of("broadcastExchange", "shuffleExchange", "resultQueryStage");

    private static final StructType SCHEMA = new StructType()
            .add("id", DataTypes.LongType, false)
            .add("features", "array<float>", false)
            .add("part", DataTypes.IntegerType, false);

    private Soak() {}

    /** Runs it. */
    public static void main(String[] args) {
        Path directory = Path.of(args[0]);
        long end = System.nanoTime()
                + Duration.ofSeconds(Math.round(60 * Double.parseDouble(args[1])))
                        .toNanos();
        int rows = Integer.parseInt(args[2]);
        Path local = directory.resolve("spark");
        SparkSession.Builder builder = SparkSession.builder();
        POOLS.forEach(pool -> builder.config("spark.sql." + pool + ".maxThreadThreshold", 8));
        SparkSession spark = builder.master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "ERROR")
                .config("spark.local.dir", local.toString())
                .config(
                        "spark.sql.warehouse.dir",
                        directory.resolve("warehouse").toString())
                .config("spark.sql.shuffle.partitions", "4")
                .config("spark.sql.hive.filesourcePartitionFileCacheSize", LISTINGS_KEPT)
                .config("spark.ui.retainedJobs", RECORDS_KEPT)
                .config("spark.ui.retainedStages", RECORDS_KEPT)
                .config("spark.sql.ui.retainedExecutions", RECORDS_KEPT)
                .getOrCreate();
        Held held = new Held(spark.sparkContext(), Path.of(System.getProperty("java.io.tmpdir")), local);
        long start = System.nanoTime();
        for (int round = 1; System.nanoTime() < end; round++) {
            long began = System.nanoTime();
            Path place = directory.resolve("round-" + round);
            round(spark, place, rows, round);
            double seconds = (System.nanoTime() - began) * 1e-9;
            Map<String, Double> figures = new TreeMap<>();
            figures.put("round", (double) round);
            figures.put("seconds", seconds);
            figures.put("leftBehind", (double) hidden(place));
            delete(place);
            held.settle();
            figures.put("minute", (System.nanoTime() - start) * 1e-9 / 60);
            figures.putAll(held.figures());
            System.out.println(json(figures));
            System.out.flush();
        }
        spark.stop();
    }

    /** One round, whose models and data sets are garbage when it returns. */
    private static void round(SparkSession spark, Path place, int rows, long seed) {
        Dataset<Row> data = written(spark, place.resolve("base"), seed, 0, rows);
        Dataset<Row> more = written(spark, place.resolve("more"), seed, rows, rows + rows / 4);
        Dataset<Row> queries = written(spark, place.resolve("queries"), seed, 2L * rows, 2L * rows + rows / 8);
        Rounds steps = new Rounds(spark, place, seed, rows);
        steps.codebook(data);
        steps.codes(data);
        steps.curve(data);
        steps.refuses(data);
        steps.index(data, more, queries);
    }

    private static Dataset<Row> written(SparkSession spark, Path path, long seed, long from, long to) {
        spark.range(from, to, 1, 4)
                .map((MapFunction<Long, Row>) id -> row(seed, id), Encoders.row(SCHEMA))
                .write()
                .parquet(path.toString());
        return spark.read().parquet(path.toString());
    }

    /** A row around one of 100 centers of its seed. */
    private static Row row(long seed, long id) {
        Random own = SeededHash.random(seed, 1, id);
        int of = own.nextInt(100);
        Random center = SeededHash.random(seed, 2, of);
        Float[] values = IntStream.range(0, DIMENSION)
                .mapToObj(j -> (float) (3 * center.nextGaussian() + own.nextGaussian()))
                .toArray(Float[]::new);
        return RowFactory.create(id, values, of % 4);
    }

    /** Counts what hidden names are below a folder, checksums of Hadoop's local files not counted. */
    private static long hidden(Path folder) {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.map(path -> path.getFileName().toString())
                    .filter(name -> name.startsWith(".") && !name.endsWith(".crc"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> found = Files.walk(folder)) {
            List<Path> all = found.sorted(Comparator.reverseOrder()).toList();
            for (Path path : all) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String json(Map<String, Double> figures) {
        return figures.entrySet().stream()
                .map(figure -> String.format(Locale.ROOT, "\"%s\": %.2f", figure.getKey(), figure.getValue()))
                .collect(Collectors.joining(", ", "{", "}"));
    }
}
