package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.VQ;
import io.github.sparknsvq.ml.VQModel;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.apache.spark.ml.clustering.KMeans;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Time from fit call to fit return until the cost that MLlib's KMeans has after 20 iterations: MLlib's solvers and
 * spark-nsvq's {@code VQ}, from the same start, on the same cached rows, in turns, in one JVM on {@code local[2]}.
 * One JSON line for each fit.
 *
 * <p>Arguments: vector file, k, rounds, MLlib's solvers ({@code block}, {@code block,row} or
 * {@code none}), then settings of {@code
 * VQ}, each {@code maxIter/batchSize/localSteps/learningRate/finalRate/lloydIter}, or {@code defaults}.
 */
public final class TimeToCost {
    private static final int ITERATIONS = 20;

    private TimeToCost() {}

    /** Runs all fits of all rounds. */
    public static void main(String[] args) {
        String file = args[0];
        int k = Integer.parseInt(args[1]);
        int rounds = Integer.parseInt(args[2]);
        String[] solvers = args[3].equals("none") ? new String[0] : args[3].split(",", -1);
        List<String> nsvq = Arrays.asList(args).subList(4, args.length);
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "WARN")
                .getOrCreate();
        Dataset<Row> raw =
                spark.read().format(file.substring(file.lastIndexOf('.') + 1)).load(file);
        Dataset<Row> data = raw.select(
                        functions.array_to_vector(raw.col("features")).as("features"))
                .cache();
        double rows = data.count();
        for (int round = 0; round < rounds; round++) {
            VQModel start = new VQModel(
                    "start", matrix(mllib(k, round, "block", 0).fit(data).clusterCenters()));
            for (String settings : nsvq) {
                VQ vq = nsvq(k, round, settings).setInitialModel(start);
                time(
                        "nsvq " + settings,
                        k,
                        round,
                        data,
                        rows,
                        d -> vq.fit(d).summary().trainingCost());
            }
            for (String solver : solvers) {
                KMeans baseline = mllib(k, round, solver, ITERATIONS);
                time(
                        "mllib " + solver,
                        k,
                        round,
                        data,
                        rows,
                        d -> baseline.fit(d).summary().trainingCost());
            }
        }
        spark.stop();
    }

    /**
     * The same seed gives the same random start, whatever the number of iterations: none returns the start itself.
     */
    private static KMeans mllib(int k, int round, String solver, int iterations) {
        return new KMeans()
                .setK(k)
                .setSolver(solver)
                .setInitMode("random")
                .setSeed(1 + round)
                .setTol(0)
                .setMaxIter(iterations);
    }

    private static VQ nsvq(int k, int round, String settings) {
        VQ defaults = new VQ().setK(k).setSeed(1 + round);
        if (settings.equals("defaults")) {
            return defaults;
        }
        String[] s = settings.split("/", -1);
        return defaults.setTol(0)
                .setMaxIter(Integer.parseInt(s[0]))
                .setBatchSize(Integer.parseInt(s[1]))
                .setLocalSteps(Integer.parseInt(s[2]))
                .setLearningRate(Double.parseDouble(s[3]))
                .setFinalRate(Double.parseDouble(s[4]))
                .setLloydIter(Integer.parseInt(s[5]));
    }

    private static void time(
            String who, int k, int round, Dataset<Row> data, double rows, ToDoubleFunction<Dataset<Row>> fit) {
        long began = System.nanoTime();
        double cost = fit.applyAsDouble(data) / rows;
        double seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "{\"who\": \"%s\", \"k\": %d, \"round\": %d, \"seconds\": %.3f, \"cost\": %.2f}%n",
                who,
                k,
                round,
                seconds,
                cost);
    }

    private static FloatMatrix matrix(Vector[] centers) {
        float[][] rows = new float[centers.length][];
        for (int i = 0; i < centers.length; i++) {
            rows[i] = new float[centers[i].size()];
            for (int j = 0; j < rows[i].length; j++) {
                rows[i][j] = (float) centers[i].apply(j);
            }
        }
        return FloatMatrix.of(rows);
    }
}
