package io.github.sparknsvq.benchmarks;

import java.util.concurrent.TimeUnit;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What one core can do at most: fused multiply-adds on 12 vectors that stay in registers and do not wait for each
 * other, nothing loaded, nothing stored.
 */
@State(Scope.Thread)
@Threads(1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 200)
@Measurement(iterations = 200)
public class FmaLimitBenchmark {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int STEPS = 200_000;

    /** Operations of one shot, in thousand millions. */
    static final double GFLOP = 2e-9 * 12 * SPECIES.length() * STEPS;

    private float factor = 0.9999f;

    /** Runs the loop. */
    @Benchmark
    public float fma() {
        FloatVector m = FloatVector.broadcast(SPECIES, factor);
        FloatVector c = FloatVector.broadcast(SPECIES, 1e-3f);
        FloatVector v0 = c;
        FloatVector v1 = c.add(1);
        FloatVector v2 = c.add(2);
        FloatVector v3 = c.add(3);
        FloatVector v4 = c.add(4);
        FloatVector v5 = c.add(5);
        FloatVector v6 = c.add(6);
        FloatVector v7 = c.add(7);
        FloatVector v8 = c.add(8);
        FloatVector v9 = c.add(9);
        FloatVector v10 = c.add(10);
        FloatVector v11 = c.add(11);
        for (int i = 0; i < STEPS; i++) {
            v0 = v0.fma(m, c);
            v1 = v1.fma(m, c);
            v2 = v2.fma(m, c);
            v3 = v3.fma(m, c);
            v4 = v4.fma(m, c);
            v5 = v5.fma(m, c);
            v6 = v6.fma(m, c);
            v7 = v7.fma(m, c);
            v8 = v8.fma(m, c);
            v9 = v9.fma(m, c);
            v10 = v10.fma(m, c);
            v11 = v11.fma(m, c);
        }
        FloatVector s0 = v0.add(v1).add(v2).add(v3);
        FloatVector s1 = v4.add(v5).add(v6).add(v7);
        FloatVector s2 = v8.add(v9).add(v10).add(v11);
        return s0.add(s1).add(s2).lane(0);
    }
}
