package io.github.sparknsvq.benchmarks.big;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.PassRecord;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.Updater;
import io.github.sparknsvq.core.training.hierarchy.HierarchicalTraining;
import io.github.sparknsvq.ml.training.SparkStatisticsSource;
import io.github.sparknsvq.ml.vectors.VectorColumn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Trains the centroids of many lists through Spark: {@code ManyLists FILE LISTS FLAT_PASSES OUT [hierarchical|flat]}.
 * Flat k-means does so many passes, and one that counts; the centroids are written as float32, one behind the other.
 * One JSON line for each training: seconds, the rows' mean squared error, and how much the lists' sizes vary
 * (standard deviation by mean), as the rows choose them when an index is built.
 */
public final class ManyLists {
    private ManyLists() {}

    /** Runs it. */
    public static void main(String[] args) throws IOException {
        String file = args[0];
        int lists = Integer.parseInt(args[1]);
        int passes = Integer.parseInt(args[2]);
        SparkSession spark = SparkSession.builder()
                .master("local[*]")
                .config("spark.ui.enabled", "false")
                .config("spark.log.level", "WARN")
                .getOrCreate();
        Dataset<Row> data =
                spark.read().format(file.substring(file.lastIndexOf('.') + 1)).load(file);
        VectorColumn column = VectorColumn.of(data.schema(), "features", false);
        try (SparkStatisticsSource rows = SparkStatisticsSource.pack(data, column, null, false)) {
            if (args.length < 5 || args[4].equals("hierarchical")) {
                TrainingSettings few =
                        TrainingSettings.builder(Math.max(1, lists / 16)).build();
                HierarchicalTraining.train(rows, few, TrainingListener.NONE); // warms up
                TrainingSettings settings = TrainingSettings.builder(lists).build();
                long began = System.nanoTime();
                TrainingResult result = HierarchicalTraining.train(rows, settings, TrainingListener.NONE);
                say("hierarchical", lists, rows.rows(), result, (System.nanoTime() - began) / 1e9);
                write(result.codebook(), args[3] + ".hierarchical");
            }
            if (args.length < 5 || args[4].equals("flat")) {
                TrainingSettings settings = TrainingSettings.builder(lists)
                        .passes(passes, passes)
                        .updater(Updater.LLOYD)
                        .device(Device.CPU)
                        .build();
                long began = System.nanoTime();
                FloatMatrix start = Initialization.initialize(rows, settings, InitMode.RANDOM, 1);
                TrainingResult result =
                        CodebookTrainer.train(rows, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
                say("flat", lists, rows.rows(), result, (System.nanoTime() - began) / 1e9);
                write(result.codebook(), args[3] + ".flat");
            }
        }
        spark.stop();
    }

    private static void say(String training, int lists, long rows, TrainingResult result, double seconds) {
        double squares = 0;
        double fair = (double) rows / lists;
        for (double count : result.statistics().counts()) {
            squares += (count - fair) * (count - fair);
        }
        String steps = result.history().stream()
                .map(pass ->
                        String.format(Locale.ROOT, "[\"%s\", %.1f, %.2f]", pass.phase(), pass.mse(), seconds(pass)))
                .collect(Collectors.joining(", "));
        System.out.printf(
                Locale.ROOT,
                "{\"training\": \"%s\", \"lists\": %d, \"rows\": %d, \"seconds\": %.2f, \"mse\": %.1f, \"variation\":"
                        + " %.3f, \"empty\": %d, \"largest\": %.0f, \"steps\": [%s]}%n",
                training,
                lists,
                rows,
                seconds,
                result.statistics().meanError(),
                Math.sqrt(squares / lists) / fair,
                result.statistics().dead(),
                Arrays.stream(result.statistics().counts()).max().orElse(0),
                steps);
    }

    private static double seconds(PassRecord pass) {
        return pass.seconds();
    }

    private static void write(FloatMatrix codebook, String file) throws IOException {
        Files.write(Path.of(file), codebook.toBytes());
    }
}
