package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.benchmarks.KernelBenchmark.Shape;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import java.util.Collection;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs {@link KernelBenchmark} and prints one JSON line a shape: {@code KernelMain limit | NxDxK [NEAREST
 * [BATCH]]...}.
 *
 * <p>The time is the shortest of the measured shots, as in the peers' scripts; {@code limit} runs {@link
 * FmaLimitBenchmark}.
 */
public final class KernelMain {
    private KernelMain() {}

    /** Runs what the arguments name. */
    public static void main(String[] args) throws RunnerException {
        if (args.length == 1 && args[0].equals("limit")) {
            double seconds = shortest(run(new OptionsBuilder().include(pattern(FmaLimitBenchmark.class))));
            System.out.printf(
                    Locale.ROOT, "{\"limit\": \"fma\", \"gflops\": %.1f}%n", FmaLimitBenchmark.GFLOP / seconds);
            return;
        }
        Shape shape = Shape.parse(args[0]);
        String nearest = args.length > 1 ? args[1] : "1";
        String batch = args.length > 2 ? args[2] : "0";
        double seconds = shortest(run(new OptionsBuilder()
                .include(pattern(KernelBenchmark.class))
                .param("shape", args[0])
                .param("nearest", nearest)
                .param("batch", batch)));
        System.out.printf(
                Locale.ROOT,
                "{\"kernel\": \"%s\", \"description\": \"%s\", \"n\": %d, \"d\": %d, \"k\": %d, \"nearest\": %s,"
                        + " \"batch\": %s, \"seconds\": %.6f, \"gflops\": %.1f}%n",
                NearestCodewordProviders.cpu().name(),
                NearestCodewordProviders.cpu().description(),
                shape.n(),
                shape.d(),
                shape.k(),
                nearest,
                batch,
                seconds,
                shape.gflop() / seconds);
    }

    private static String pattern(Class<?> benchmark) {
        return "^" + benchmark.getName().replace(".", "\\.") + "\\.";
    }

    private static Collection<RunResult> run(ChainedOptionsBuilder options) throws RunnerException {
        return new Runner(options.verbosity(VerboseMode.SILENT)
                        .shouldFailOnError(true)
                        .build())
                .run();
    }

    private static double shortest(Collection<RunResult> results) {
        return results.stream()
                .mapToDouble(result -> result.getPrimaryResult().getStatistics().getMin())
                .min()
                .orElseThrow();
    }
}
