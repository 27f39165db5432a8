package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.benchmarks.GpuLimits.Timing;
import io.github.sparknsvq.benchmarks.KernelBenchmark.Shape;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;

/** Time and error of whole trainings with the defaults, in one JVM without Spark, on all cores. */
final class GpuTraining {
    private static final int SEED = 7;

    private GpuTraining() {}

    /** Trains on the device and on the CPU. */
    static void measure(Shape shape, GpuLimits limits) {
        FloatMatrix rows = GpuData.clustered(shape.n(), shape.d(), 3);
        int cores = Runtime.getRuntime().availableProcessors();
        try (var source = new LocalStatisticsSource(rows, null, cores)) {
            // the CPU has a part in what the device does, so its code is compiled first
            for (Device device : new Device[] {Device.CPU, Device.OPENCL}) {
                warmUp(source, settings(shape, device).toBuilder().passes(2, 1).build(), limits);
            }
            for (Device device : new Device[] {Device.OPENCL, Device.CPU}) {
                if (!limits.over()) {
                    measure(source, shape, device, limits);
                }
            }
        }
    }

    private static TrainingSettings settings(Shape shape, Device device) {
        return TrainingSettings.builder(shape.k()).seed(SEED).device(device).build();
    }

    private static void warmUp(LocalStatisticsSource source, TrainingSettings settings, GpuLimits limits) {
        for (double seconds = 0; seconds < limits.warmUp(); ) {
            seconds += GpuLimits.secondsOf(() -> train(source, settings));
        }
    }

    private static void measure(LocalStatisticsSource source, Shape shape, Device device, GpuLimits limits) {
        TrainingSettings settings = settings(shape, device);
        TrainingResult[] last = new TrainingResult[1];
        Timing timing = limits.time(() -> last[0] = train(source, settings));
        new JsonLine("training")
                .put("device", device.label())
                .put("rows", shape.n())
                .put("d", shape.d())
                .put("k", shape.k())
                .put("passes", last[0].history().size())
                .put("median", timing.median())
                .put("fastest", timing.fastest())
                .put("slowest", timing.slowest())
                .put("runs", timing.runs())
                .put("mse", last[0].statistics().meanError())
                .print();
        DeviceWarnings.check();
    }

    private static TrainingResult train(LocalStatisticsSource source, TrainingSettings settings) {
        FloatMatrix start = Initialization.initialize(source, settings, InitMode.RANDOM, 2);
        return CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE);
    }
}
