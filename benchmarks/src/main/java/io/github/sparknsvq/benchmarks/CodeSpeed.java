package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.ml.AdditiveVQ;
import io.github.sparknsvq.ml.CodeEstimator;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.ProductVQ;
import io.github.sparknsvq.ml.ResidualVQ;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Training time of quantizers with several codebooks on {@code local[1]}, and encoding speed on one thread. One JSON
 * line for each measurement.
 *
 * <p>Arguments: rounds, file to train on, file to encode, then what to measure, each {@code
 * kind/M/N/param=value,...}: kind pq, opq, rq or aq, number of codebooks, rows to train on (0: all), and params of
 * the estimator. Each is fitted once to warm up where there are several rounds, then as often as there are rounds;
 * the last model encodes the second file.
 */
public final class CodeSpeed {
    /** Rows whose encoding is timed. */
    private static final int MOST_ENCODED = 20_000;

    private CodeSpeed() {}

    /** Runs all measurements. */
    public static void main(String[] args) {
        int rounds = Integer.parseInt(args[0]);
        String learn = args[1];
        FloatMatrix base = VectorFiles.readMatrix(Path.of(args[2]));
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "WARN")
                .getOrCreate();
        Dataset<Row> all =
                spark.read().format(learn.substring(learn.lastIndexOf('.') + 1)).load(learn);
        for (String what : Arrays.asList(args).subList(3, args.length)) {
            String[] parts = what.split("/", -1);
            long rows = Long.parseLong(parts[2]);
            Dataset<Row> data =
                    (rows == 0 ? all : all.filter(functions.col("id").lt(rows))).cache();
            data.count();
            for (int round = rounds > 1 ? -1 : 0; round < rounds; round++) {
                measure(what, parts, round, data, base, round == rounds - 1);
            }
            data.unpersist();
        }
        spark.stop();
    }

    private static void measure(
            String what, String[] parts, int round, Dataset<Row> data, FloatMatrix base, boolean encode) {
        CodeEstimator<?, ?> estimator =
                estimator(parts[0], Integer.parseInt(parts[1]), parts.length > 3 ? parts[3] : "");
        estimator.setSeed(1 + Math.max(0, round));
        CodeModel<?> model = estimator.fit(data);
        double encoded = encode ? rowsPerSecond(model.quantizer(), base) : 0;
        if (round >= 0) {
            System.out.printf(
                    Locale.ROOT,
                    "{\"what\": \"%s\", \"rows\": %d, \"round\": %d, \"trainSeconds\": %.3f, \"mse\": %.2f,"
                            + " \"baseMse\": %.2f, \"encodedPerSecond\": %.0f, \"passes\": %s}%n",
                    what,
                    model.summary().rows(),
                    round,
                    model.summary().trainSeconds(),
                    model.summary().mse(),
                    mse(model.quantizer(), base),
                    encoded,
                    passes(model.summary().history()));
        }
    }

    private static CodeEstimator<?, ?> estimator(String kind, int codebooks, String params) {
        CodeEstimator<?, ?> estimator = switch (kind) {
            case "pq" -> new ProductVQ();
            case "opq" -> new ProductVQ().setRotation("opq");
            case "rq" -> new ResidualVQ();
            default -> new AdditiveVQ();
        };
        estimator.setNumCodebooks(codebooks);
        for (String param : params.split(",", -1)) {
            if (!param.isEmpty()) {
                String[] pair = param.split("=", -1);
                estimator.set(pair[0], value(pair[1]));
            }
        }
        return estimator;
    }

    private static Object value(String text) {
        if (text.matches("-?\\d+")) {
            return Integer.valueOf(text);
        }
        return text.matches("-?[\\d.]+") ? (Object) Double.valueOf(text) : text;
    }

    /** Seconds and error of each pass. */
    private static String passes(List<PassRecord> history) {
        return history.stream()
                .map(pass ->
                        String.format(Locale.ROOT, "[\"%s\", %.3f, %.2f]", pass.phase(), pass.seconds(), pass.mse()))
                .toList()
                .toString();
    }

    /** The median of five, after warming up. */
    private static double rowsPerSecond(Quantizer quantizer, FloatMatrix base) {
        double[] speeds = new double[5];
        int rows = Math.min(base.rows(), MOST_ENCODED);
        byte[] codes = new byte[rows * quantizer.codeSize()];
        for (int i = -2; i < speeds.length; i++) {
            long began = System.nanoTime();
            quantizer.encode(base.values(), 0, rows, codes, 0);
            double speed = rows / ((System.nanoTime() - began) / 1e9);
            speeds[Math.max(0, i)] = speed;
        }
        Arrays.sort(speeds);
        return speeds[speeds.length / 2];
    }

    private static double mse(Quantizer quantizer, FloatMatrix base) {
        float[] decoded = quantizer.decode(quantizer.encode(base), base.rows()).values();
        double sum = 0;
        for (int i = 0; i < decoded.length; i++) {
            double apart = decoded[i] - base.values()[i];
            sum += apart * apart;
        }
        return sum / base.rows();
    }
}
