package io.github.sparknsvq.benchmarks.layers;

import com.sun.management.OperatingSystemMXBean;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.noise.Codebooks;
import io.github.sparknsvq.core.noise.Forward;
import io.github.sparknsvq.core.noise.Layer;
import io.github.sparknsvq.core.noise.NoiseSubstitution;
import io.github.sparknsvq.core.noise.Parameters;
import io.github.sparknsvq.core.noise.SoftQuantization;
import io.github.sparknsvq.core.noise.StraightThrough;
import java.lang.management.ManagementFactory;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** Rows that go forward and backward through a layer per second of CPU time. */
public final class LayerSpeed {
    private static final int N = 4096;
    private static final int D = 64;
    private static final double SECONDS = 3;

    private LayerSpeed() {}

    /** Prints a line for each layer and number of codewords. */
    public static void main(String[] args) {
        for (int k : new int[] {256, 2048}) {
            Codebooks books = Codebooks.one(k, D);
            Map<String, Layer> layers = new LinkedHashMap<>();
            layers.put("nsvq", NoiseSubstitution.nsvq(books, 1));
            layers.put("diveq", NoiseSubstitution.diveq(books, 0.01, 1));
            layers.put("straight-through", new StraightThrough(books, 0.25));
            layers.put("soft", SoftQuantization.soft(books, 0.1));
            FloatMatrix rows = gaussian(N, 1);
            FloatMatrix g = gaussian(N, 2);
            Parameters parameters = Parameters.of(gaussian(k, 3));
            layers.forEach((name, layer) -> measure(name, k, layer, parameters, rows, g));
        }
    }

    private static void measure(
            String name, int k, Layer layer, Parameters parameters, FloatMatrix rows, FloatMatrix g) {
        double best = 0;
        for (int trial = 0; trial < 3; trial++) {
            double began = cpu();
            int steps = 0;
            double spent = 0;
            while (spent < SECONDS) {
                Forward forward = layer.forward(parameters, rows, steps++);
                forward.backward(g);
                spent = cpu() - began;
            }
            best = Math.max(best, (double) N * steps / spent);
        }
        System.out.printf(Locale.ROOT, "spark-nsvq %s %d %.0f%n", name, k, best);
    }

    /** CPU seconds of the process, with the compiler's and collector's. */
    private static double cpu() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1e9;
    }

    private static FloatMatrix gaussian(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n * D];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new FloatMatrix(n, D, values);
    }
}
