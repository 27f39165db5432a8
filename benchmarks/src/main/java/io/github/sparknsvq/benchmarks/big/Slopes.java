package io.github.sparknsvq.benchmarks.big;

import io.github.sparknsvq.core.training.rows.SeededHash;
import io.github.sparknsvq.ml.IvfIndex;
import io.github.sparknsvq.ml.IvfIndexModel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * How long an index takes to build as rows, lists, dimension and cores grow, one at a time: {@code Slopes DIRECTORY
 * ROWS LISTS DIMENSION}. One JSON line for each build, with the seconds of training the lists and codebooks and of
 * putting vectors in, and one with the exponents: time grows as the number to that power.
 */
public final class Slopes {
    private static final StructType ROW =
            new StructType().add("id", DataTypes.LongType, false).add("features", "array<float>", false);

    /** Seconds of what was built already. */
    private static final Map<Shape, double[]> BUILT = new HashMap<>();

    private Slopes() {}

    /** What is built. */
    private record Shape(int rows, int lists, int dimension, int cores) {}

    /** Runs it. */
    public static void main(String[] args) {
        int n = Integer.parseInt(args[1]);
        int k = Integer.parseInt(args[2]);
        int d = Integer.parseInt(args[3]);
        Map<String, Shape[]> all = new LinkedHashMap<>();
        all.put("rows", new Shape[] {new Shape(n / 2, k, d, 2), new Shape(n, k, d, 2), new Shape(2 * n, k, d, 2)});
        all.put("lists", new Shape[] {new Shape(n, k / 4, d, 2), new Shape(n, 4 * k, d, 2)});
        all.put("dimension", new Shape[] {new Shape(n, k, d / 4, 2), new Shape(n, k, d, 2)});
        all.put("hierarchical lists", new Shape[] {new Shape(n, 16_384, d, 2), new Shape(n, 65_536, d, 2)});
        all.put("hierarchical rows", new Shape[] {new Shape(n, 32_768, d, 2), new Shape(2 * n, 32_768, d, 2)});
        all.put("cores", new Shape[] {new Shape(n, k, d, 1), new Shape(n, k, d, 2)});
        build(args[0], new Shape(n / 4, k, d, 2)); // warms up
        build(args[0], new Shape(n / 4, k, d, 2));
        all.forEach((of, shapes) -> {
            double[][] took =
                    Arrays.stream(shapes).map(shape -> said(args[0], shape)).toArray(double[][]::new);
            int last = shapes.length - 1;
            double ratio = value(of, shapes[last]) / value(of, shapes[0]);
            System.out.printf(
                    Locale.ROOT,
                    "{\"slope\": \"%s\", \"train\": %.2f, \"put\": %.2f}%n",
                    of,
                    Math.log(took[last][0] / took[0][0]) / Math.log(ratio),
                    Math.log(took[last][1] / took[0][1]) / Math.log(ratio));
        });
    }

    private static double value(String of, Shape shape) {
        return switch (of) {
            case "rows", "hierarchical rows" -> shape.rows();
            case "lists", "hierarchical lists" -> shape.lists();
            case "dimension" -> shape.dimension();
            default -> shape.cores();
        };
    }

    private static double[] said(String directory, Shape shape) {
        if (BUILT.containsKey(shape)) {
            return BUILT.get(shape);
        }
        double[] took = build(directory, shape);
        BUILT.put(shape, took);
        System.out.printf(
                Locale.ROOT,
                "{\"rows\": %d, \"lists\": %d, \"dimension\": %d, \"cores\": %d, \"trainSeconds\": %.2f,"
                        + " \"putSeconds\": %.2f}%n",
                shape.rows(),
                shape.lists(),
                shape.dimension(),
                shape.cores(),
                took[0],
                took[1]);
        return took;
    }

    private static double[] build(String directory, Shape shape) {
        SparkSession spark = SparkSession.builder()
                .master("local[" + shape.cores() + "]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "WARN")
                .getOrCreate();
        int d = shape.dimension();
        String data = directory + "/rows-" + shape.rows() + "-" + d;
        spark.range(0, shape.rows(), 1, 8)
                .map((MapFunction<Long, Row>) id -> row(id, d), Encoders.row(ROW))
                .write()
                .mode("ignore")
                .parquet(data);
        Dataset<Row> rows = spark.read().parquet(data);
        IvfIndexModel model = new IvfIndex()
                .setIndexDir(directory + "/index-" + System.nanoTime())
                .setNumLists(shape.lists())
                .setNumCodebooks(16)
                .setMaxIter(5)
                .fit(rows);
        double[] took = {model.summary().trainSeconds(), model.summary().buildSeconds()};
        spark.stop();
        return took;
    }

    /** A row around one of 1,000 centers, along 12 directions and with noise. */
    private static Row row(long id, int d) {
        Random own = SeededHash.random(1, 1, id);
        Random center = SeededHash.random(1, 2, own.nextInt(1000));
        double[] along = own.doubles(12).map(x -> 2 * x - 1).toArray();
        Float[] values = IntStream.range(0, d)
                .mapToObj(j -> (float) (3 * center.nextGaussian()
                        + along[j % 12] * 2 * Math.cos(j * (1 + j % 12))
                        + .5 * own.nextGaussian()))
                .toArray(Float[]::new);
        return RowFactory.create(id, values);
    }
}
