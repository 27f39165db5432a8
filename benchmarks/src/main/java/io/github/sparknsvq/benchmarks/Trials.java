package io.github.sparknsvq.benchmarks;

import static org.apache.spark.sql.functions.col;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.FaissExport;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import io.github.sparknsvq.ml.ProductVQ;
import io.github.sparknsvq.ml.ProductVQModel;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Uses that are rare, each by its name, with what came of it in a line: {@code Trials NAME FOLDER [NUMBER]}. Settings
 * of Spark are system properties, as {@code benchmarks/trials.sh} gives them.
 */
public final class Trials {
    private Trials() {}

    /** Runs one trial in a folder that is empty. */
    public static void main(String[] args) throws Exception {
        SparkSession.Builder builder =
                SparkSession.builder().config("spark.ui.enabled", "false").config("spark.log.level", "ERROR");
        if (System.getProperty("spark.master") == null) {
            builder.master("local[2]");
        }
        SparkSession spark = builder.getOrCreate();
        Path folder = Path.of(args[1]);
        int number = args.length > 2 ? Integer.parseInt(args[2]) : 0;
        long began = System.nanoTime();
        String found;
        try {
            found = switch (args[0]) {
                case "streams" -> streams(spark, folder);
                case "random" -> random(spark, folder);
                case "dimension" -> dimension(spark, folder, number);
                case "partitions" -> partitions(spark, number);
                case "all" -> all(spark, folder);
                case "large" -> large(spark, folder, number);
                default -> throw new IllegalArgumentException("no trial " + args[0]);
            };
        } catch (RuntimeException e) {
            found = said(e);
        }
        System.out.printf(
                Locale.ROOT,
                "%s %s: %.1f s, %s%n",
                args[0],
                number > 0 ? number : "",
                (System.nanoTime() - began) / 1e9,
                found);
        spark.stop();
    }

    private static Dataset<Row> rows(SparkSession spark, int count, int dimension) {
        SplittableRandom random = new SplittableRandom(1);
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            float[] vector = new float[dimension];
            for (int j = 0; j < dimension; j++) {
                vector[j] = (float) random.nextDouble();
            }
            rows.add(RowFactory.create((long) i, vector));
        }
        return spark.createDataFrame(
                rows,
                new StructType()
                        .add("id", DataTypes.LongType)
                        .add("features", DataTypes.createArrayType(DataTypes.FloatType, false)));
    }

    private static IvfIndex index(Path folder, String name) {
        return new IvfIndex()
                .setIndexDir(folder.resolve(name).toString())
                .setNumLists(4)
                .setQuantizer("pq")
                .setNumCodebooks(4)
                .setCodebookBits(4)
                .setMaxIter(2);
    }

    private static String said(Throwable problem) {
        return problem.getClass().getSimpleName() + ": "
                + String.valueOf(problem.getMessage()).lines().findFirst().orElse("")
                + " (" + String.valueOf(problem.getMessage()).lines().count() + " lines)";
    }

    private static String refusal(Runnable use) {
        try {
            use.run();
            return "went on";
        } catch (RuntimeException e) {
            return said(e);
        }
    }

    private static String streams(SparkSession spark, Path folder) {
        Dataset<Row> rows = rows(spark, 300, 16);
        String table = folder.resolve("table").toString();
        rows.write().parquet(table);
        IvfIndexModel model = index(folder, "index").fit(rows);
        Dataset<Row> stream = spark.readStream().schema(rows.schema()).parquet(table);
        return String.join(
                "; ",
                "VQ.fit " + refusal(() -> new VQ().fit(stream)),
                "IvfIndex.fit " + refusal(() -> index(folder, "other").fit(stream)),
                "add " + refusal(() -> model.add(stream)),
                "delete " + refusal(() -> model.delete(stream)),
                "search " + refusal(() -> model.transform(stream)));
    }

    /** Vectors that differ each time the plan runs: rand() without a seed is fixed when the plan is made. */
    private static String random(SparkSession spark, Path folder) {
        var noise =
                functions.udf(() -> (float) Math.random(), DataTypes.FloatType).asNondeterministic();
        Dataset<Row> rows = spark.range(0, 500, 1, 3)
                .withColumn("features", functions.array(noise.apply(), noise.apply(), noise.apply(), noise.apply()));
        VQModel model = new VQ().setK(8).setMaxIter(3).fit(rows);
        IvfIndexModel index = index(folder, "index").fit(rows);
        Dataset<Row> ids = index.ids(spark);
        Dataset<Row> doubled = spark.range(0, 500, 1, 3)
                .withColumn("features", functions.array(noise.apply(), noise.apply(), noise.apply(), noise.apply()))
                .withColumn(
                        "id",
                        functions
                                .udf(() -> (long) (Math.random() * 1e15), DataTypes.LongType)
                                .asNondeterministic()
                                .apply());
        String other = refusal(() -> index(folder, "ids").fit(doubled));
        return "VQ mse " + model.summary().mse() + "; index of " + ids.count() + " rows, "
                + ids.distinct().count() + " ids; random ids: " + other;
    }

    private static String dimension(SparkSession spark, Path folder, int dimension) throws Exception {
        Dataset<Row> rows = rows(spark, 200, dimension).repartition(2).cache();
        VQModel model = new VQ().setK(16).setMaxIter(2).fit(rows);
        long codes = model.transform(rows)
                .select(model.getPredictionCol())
                .distinct()
                .count();
        model.write().save(folder.resolve("model").toString());
        FloatMatrix read = VQModel.load(folder.resolve("model").toString()).codebook();
        new ProductVQ().setNumCodebooks(4).setCodebookBits(4).setMaxIter(2).fit(rows);
        IvfIndexModel index = index(folder, "index").fit(rows);
        long right = index.setK(1)
                .setProbes(4)
                .setRerank(10)
                .setVectors(rows)
                .transform(rows)
                .filter(col("neighbors").getItem(0).getField("id").equalTo(col("id")))
                .count();
        String file = folder.resolve("index.faiss").toString();
        index.write().format("faiss").save(file);
        return "codes " + codes + ", codebook " + read.rows() + " x " + read.columns() + ", itself first " + right
                + " of 200, file of " + Files.size(Path.of(file)) + " bytes";
    }

    private static String partitions(SparkSession spark, int partitions) {
        Dataset<Row> rows = rows(spark, 2000, 32).repartition(partitions).cache();
        rows.count();
        long began = System.nanoTime();
        VQModel model = new VQ().setK(16).setMaxIter(3).fit(rows);
        return String.format(
                Locale.ROOT,
                "fit in %.1f s, mse %.6f",
                (System.nanoTime() - began) / 1e9,
                model.summary().mse());
    }

    /** Trains on and indexes rows of dimension 1024, 4 KB each, made as they are read. */
    private static String large(SparkSession spark, Path folder, int number) {
        Column place = col("id").plus(1);
        Column vector = functions.transform(
                functions.sequence(functions.lit(1), functions.lit(1024)),
                j -> functions.sin(place.multiply(j)).cast("float"));
        Dataset<Row> rows = spark.range(0, number, 1, 64).withColumn("features", vector);
        VQModel model = new VQ().setK(64).setMaxIter(1).fit(rows);
        IvfIndexModel index = index(folder, "index").fit(rows);
        return "mse " + model.summary().mse() + ", index of " + index.ids(spark).count() + " rows";
    }

    /** Training, encoding, models saved, an index and what is done to it: what settings of Spark could break. */
    private static String all(SparkSession spark, Path folder) throws Exception {
        Dataset<Row> rows =
                rows(spark, 1000, 16).withColumn("price", col("id").mod(7)).repartition(3);
        String table = folder.resolve("table").toString();
        rows.write().parquet(table);
        // Spark infers no schema where Kryo wants classes registered
        Dataset<Row> read = spark.read().schema(rows.schema()).parquet(table);
        VQModel model = new VQ().setK(32).setMaxIter(2).fit(read);
        long codewords = model.transform(read)
                .select(model.getPredictionCol())
                .distinct()
                .count();
        ProductVQModel codes = new ProductVQ()
                .setNumCodebooks(4)
                .setCodebookBits(4)
                .setRotation("opq")
                .setLocalSteps(2)
                .setMaxIter(2)
                .fit(read);
        codes.write().save(folder.resolve("model").toString());
        ProductVQModel saved = ProductVQModel.load(folder.resolve("model").toString());
        long decoded = saved.decode(saved.transform(read).select("id", "code")).count();
        FaissExport.write(
                saved.quantizer(),
                false,
                saved.transform(read),
                "id",
                "code",
                folder.resolve("codes.faiss").toString(),
                false);
        return "codewords " + codewords + ", mse " + model.summary().mse() + ", decoded " + decoded + ", "
                + index(folder, read);
    }

    private static String index(Path folder, Dataset<Row> rows) throws Exception {
        SparkSession spark = rows.sparkSession();
        IvfIndexModel index = index(folder, "index").setAttributeCols("price").fit(rows);
        Dataset<Row> more = rows.withColumn("id", col("id").plus(5000));
        index.add(more);
        index.delete(rows.select("id").filter("id < 10"));
        index.compact(spark);
        index.setK(3).setProbes(4);
        Column found = functions.size(col("neighbors")).equalTo(3);
        long all = index.transform(rows).filter(found).count();
        long filtered =
                index.setFilter("price > 3").transform(rows).filter(found).count();
        index.setFilter("").setRerank(10).setVectors(rows.union(more));
        long reranked = index.transform(rows).filter(found).count();
        index.write().format("faiss").save(folder.resolve("index.faiss").toString());
        return "ids " + index.ids(spark).count() + ", three neighbors " + all + ", filtered " + filtered
                + ", re-ranked " + reranked + " of 1000";
    }
}
