package io.github.sparknsvq.benchmarks;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.xxhash64;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.ml.SpaceFillingVQ;
import io.github.sparknsvq.ml.SpaceFillingVQModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * How many row groups of a Parquet table a search for nearest neighbors must read, by the order of the rows.
 *
 * <p>Arguments: the vectors, queries, the ids of their true neighbors ({@code .ivecs}), rows of a row group, a
 * folder to write to, then bits of curves separated by commas.
 */
public final class CurveOrder {
    private static final int NEIGHBORS = 10;
    private static final int FILES = 4;
    private static final double RECALL = 0.9;
    private static final String KEY = "position";

    private final SparkSession spark;
    private final Dataset<Row> base;
    private final FloatMatrix vectors;
    private final FloatMatrix queries;
    private final FloatMatrix truth;
    private final int groupRows;
    private final Path folder;

    private CurveOrder(SparkSession spark, String[] args) {
        this.spark = spark;
        this.base = read(args[0]);
        this.vectors = VectorFiles.readMatrix(Path.of(args[0]));
        this.queries = VectorFiles.readMatrix(Path.of(args[1]));
        this.truth = VectorFiles.readMatrix(Path.of(args[2]));
        this.groupRows = Integer.parseInt(args[3]);
        this.folder = Path.of(args[4]);
    }

    /** Writes tables and prints what a search reads of them. */
    public static void main(String[] args) throws IOException {
        SparkSession spark = SparkSession.builder()
                .master("local[*]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "ERROR")
                .getOrCreate();
        CurveOrder orders = new CurveOrder(spark, args);
        System.out.printf(
                Locale.ROOT,
                "%s: %d x %d, row groups of %d rows, %d queries%n%-46s %7s %10s %10s %14s %8s%n",
                Path.of(args[0]).toAbsolutePath().getParent().getFileName(),
                orders.vectors.rows(),
                orders.vectors.columns(),
                orders.groupRows,
                orders.queries.rows(),
                "rows in the order of",
                "groups",
                "hold",
                "window",
                "segments",
                "seconds");
        orders.measureAll(Arrays.stream(args[5].split(",", -1))
                .mapToInt(Integer::parseInt)
                .toArray());
        System.out.println();
        spark.stop();
    }

    private Dataset<Row> read(String path) {
        return spark.read().format(path.substring(path.lastIndexOf('.') + 1)).load(path);
    }

    private void measureAll(int[] bits) throws IOException {
        PlaneOrder plane = new PlaneOrder(vectors);
        double[] first = plane.firstComponent(vectors);
        double[] ofQueries = plane.firstComponent(queries);
        Column chance = xxhash64(col("id"), lit(1));
        measure("a hash of the id (unordered)", sorted(first, chance), ofQueries);
        measure("the file", sorted(first, col("id")), ofQueries);
        measure("the first principal component", sorted(first, col(KEY)), ofQueries);
        measure(
                "a Hilbert curve, two principal components",
                sorted(plane.hilbert(vectors), col(KEY)),
                plane.hilbert(queries));
        for (int b : bits) {
            long began = System.nanoTime();
            SpaceFillingVQModel curve = new SpaceFillingVQ().setK(1 << b).fit(base);
            double seconds = (System.nanoTime() - began) / 1e9;
            double[] positions = IntStream.range(0, queries.rows())
                    .mapToDouble(q -> curve.position(vector(queries.row(q))))
                    .toArray();
            measure(
                    String.format(Locale.ROOT, "a curve of %d corners (trained in %.0f s)", 1 << b, seconds),
                    curve.setPositionCol(KEY).order(base, FILES),
                    positions,
                    curve.curve());
        }
    }

    private static Vector vector(float[] row) {
        return Vectors.dense(
                IntStream.range(0, row.length).mapToDouble(j -> row[j]).toArray());
    }

    /** The vectors with a key, sorted by a column. */
    private Dataset<Row> sorted(double[] keys, Column by) {
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < keys.length; i++) {
            rows.add(RowFactory.create((long) i, keys[i]));
        }
        StructType schema = new StructType().add("id", DataTypes.LongType).add(KEY, DataTypes.DoubleType);
        Dataset<Row> keyed = base.join(spark.createDataFrame(rows, schema), "id");
        return keyed.repartitionByRange(FILES, by).sortWithinPartitions(by);
    }

    private void measure(String name, Dataset<Row> ordered, double[] ofQueries) throws IOException {
        measure(name, ordered, ofQueries, null);
    }

    private void measure(String name, Dataset<Row> ordered, double[] ofQueries, SpaceFillingCurve curve)
            throws IOException {
        Path table = folder.resolve("table-" + name.replaceAll("[^a-z0-9]+", "-"));
        long began = System.nanoTime();
        ordered.write().option("parquet.block.row.count.limit", groupRows).parquet(table.toString());
        double seconds = (System.nanoTime() - began) / 1e9;
        try (RowGroups groups = new RowGroups(spark, table, KEY)) {
            String segments = curve == null ? "" : bySegments(groups, curve);
            System.out.printf(
                    Locale.ROOT,
                    "%-46s %7d %9.2f%% %9.1f%% %14s %8.1f%n",
                    name,
                    groups.count(),
                    100 * holding(groups) / groups.count(),
                    100 * byWindow(groups, ofQueries) / groups.count(),
                    segments,
                    seconds);
        }
    }

    /** Returns in how many groups the true neighbors of a query are, on average. */
    private double holding(RowGroups groups) {
        return queries()
                .mapToLong(q -> neighbors(q).map(groups::of).distinct().count())
                .average()
                .orElseThrow();
    }

    /** Returns how many groups are left by a filter for keys near the query's, with one width for all. */
    private double byWindow(RowGroups groups, double[] ofQueries) {
        double[] apart = queries()
                .boxed()
                .flatMapToDouble(q -> neighbors(q).mapToDouble(i -> Math.abs(groups.key(i) - ofQueries[q])))
                .toArray();
        double width = quantile(apart);
        return queries()
                .mapToDouble(q -> groups.left(new double[] {ofQueries[q] - width, ofQueries[q] + width}))
                .average()
                .orElseThrow();
    }

    /** Says which share of the groups a filter for the positions of the nearest segments leaves, and of how many. */
    private String bySegments(RowGroups groups, SpaceFillingCurve curve) {
        int[][] nearest = queries()
                .parallel()
                .mapToObj(q -> curve.nearestSegments(queries.row(q), curve.segments()))
                .toArray(int[][]::new);
        double[] ranks = queries()
                .boxed()
                .flatMapToDouble(q -> neighbors(q).mapToDouble(i -> rank(nearest[q], curve, groups.key(i))))
                .toArray();
        int probes = (int) quantile(ranks) + 1;
        double left = queries()
                .mapToDouble(q -> groups.left(intervals(curve, nearest[q], probes)))
                .average()
                .orElseThrow();
        return String.format(Locale.ROOT, "%.1f%% by %d", 100 * left / groups.count(), probes);
    }

    private static int rank(int[] nearest, SpaceFillingCurve curve, double position) {
        for (int rank = 0; rank < nearest.length; rank++) {
            if (curve.position(nearest[rank], 0) <= position && position <= curve.position(nearest[rank], 1)) {
                return rank;
            }
        }
        throw new IllegalStateException("no segment has position " + position);
    }

    /** The positions of some segments as intervals, those of neighbors joined. */
    private static double[][] intervals(SpaceFillingCurve curve, int[] segments, int count) {
        int[] sorted = Arrays.stream(segments).limit(count).sorted().toArray();
        List<double[]> intervals = new ArrayList<>();
        for (int i = 0; i < sorted.length; i++) {
            double end = curve.position(sorted[i], 1);
            if (i > 0 && sorted[i] == sorted[i - 1] + 1) {
                intervals.get(intervals.size() - 1)[1] = end;
            } else {
                intervals.add(new double[] {curve.position(sorted[i], 0), end});
            }
        }
        return intervals.toArray(double[][]::new);
    }

    private static double quantile(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.ceil(RECALL * sorted.length) - 1];
    }

    private IntStream queries() {
        return IntStream.range(0, queries.rows());
    }

    private IntStream neighbors(int query) {
        return IntStream.range(0, NEIGHBORS).map(i -> (int) truth.row(query)[i]);
    }
}
