package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.ListScanner;
import io.github.sparknsvq.core.index.ListScanning;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.NearestLabels;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to scan one code of a product quantizer for the 10 nearest, on one thread: random codes that stay in a cache,
 * scanned again and again, so that hardly any is near enough after the first time.
 */
@State(Scope.Thread)
@Threads(1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 6, time = 1)
@Measurement(iterations = 5, time = 1)
public class ScanBenchmark {
    private static final int COUNT = 4096;

    /** Number of codebooks, bits of an index, and whether codes lie in blocks for the fast scan. */
    @Param({"8x8", "16x8", "56x8", "16x4", "32x4", "112x4", "16x4fs", "32x4fs", "112x4fs"})
    public String codes;

    private final NearestLabels nearest = new NearestLabels(10);
    private ListScanner scanner;
    private byte[] packed;

    /** Draws codebooks and codes. */
    @Setup
    public void prepare() {
        String[] shape = codes.replace("fs", "").split("x", -1);
        int parts = Integer.parseInt(shape[0]);
        int bits = Integer.parseInt(shape[1]);
        Random random = new Random(1);
        float[] codebooks = gaussian(random, 2 * parts << bits);
        ProductQuantizer quantizer = new ProductQuantizer(2 * parts, parts, bits, codebooks);
        ListFormat format = codes.endsWith("fs") ? new BlockFormat(parts) : new PlainFormat(quantizer.codeSize());
        IvfQuantizer index = new IvfQuantizer(
                Metric.L2, List.of(), new FloatMatrix(1, 2 * parts, new float[2 * parts]), quantizer, false);
        packed = new byte[(int) format.bytes(COUNT)];
        random.nextBytes(packed);
        scanner = ListScanning.of(index, format).get();
        scanner.query(gaussian(random, 2 * parts), 0);
        scanner.list(0, 0);
    }

    private static float[] gaussian(Random random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** Scans all codes once. */
    @Benchmark
    @OperationsPerInvocation(COUNT)
    public float scan() {
        scanner.scan(packed, 0, COUNT, 0, nearest);
        return nearest.threshold();
    }
}
