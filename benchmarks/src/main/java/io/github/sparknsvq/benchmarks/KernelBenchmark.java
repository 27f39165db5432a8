package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Nearest-codeword search of a block of uniform random rows, one call a shot, one thread: what {@code
 * faiss_assign.py} measures of faiss.
 */
@State(Scope.Thread)
@Threads(1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2)
@Measurement(iterations = 7)
public class KernelBenchmark {
    /** Rows, dimension and codewords. */
    @Param({"100000x128x256", "20000x128x4096", "20000x784x1024", "100000x8x256", "100000x16x256"})
    public String shape;

    /** How many codewords of each row: 1 takes the search for the nearest alone. */
    @Param("1")
    public int nearest;

    /** Rows in a call; 0 for all of them. */
    @Param("0")
    public int batch;

    private NearestCodeword search;
    private float[] rows;
    private int[] index;
    private float[] squaredDistance;

    /** Draws rows and codewords. */
    @Setup
    public void prepare() {
        Shape s = Shape.parse(shape);
        Random random = new Random(1);
        rows = uniform(random, s.n() * s.d());
        FloatMatrix codebook = new FloatMatrix(s.k(), s.d(), uniform(random, s.k() * s.d()));
        search = NearestCodewordProviders.cpu().prepare(codebook);
        int calls = batch == 0 ? s.n() : batch;
        index = new int[calls * nearest];
        squaredDistance = new float[calls * nearest];
        warmUp(Math.min(calls, 2000));
    }

    /** Lets the compiler finish on small calls: shots of the large shapes take too long for that. */
    private void warmUp(int count) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1500);
        while (System.nanoTime() < end) {
            call(0, count);
        }
    }

    private void call(int from, int count) {
        if (nearest == 1) {
            search.nearest(rows, from * search.dimension(), count, index, squaredDistance);
        } else {
            search.nearest(rows, from * search.dimension(), count, nearest, index, squaredDistance);
        }
    }

    private static float[] uniform(Random random, int n) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextFloat();
        }
        return values;
    }

    /** Searches all rows once. */
    @Benchmark
    public float search() {
        int n = rows.length / search.dimension();
        int calls = batch == 0 ? n : batch;
        for (int from = 0; from < n; from += calls) {
            call(from, Math.min(calls, n - from));
        }
        return squaredDistance[0];
    }

    /** {@code n} rows of dimension {@code d} against {@code k} codewords. */
    record Shape(int n, int d, int k) {
        static Shape parse(String text) {
            String[] parts = text.split("x", -1);
            return new Shape(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Integer.parseInt(parts[2]));
        }

        /** Floating-point operations of the scores alone, in thousand millions: two for each coordinate. */
        double gflop() {
            return 2e-9 * n * d * k;
        }
    }
}
