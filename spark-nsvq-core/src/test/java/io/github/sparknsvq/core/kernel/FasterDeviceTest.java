package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class FasterDeviceTest {

    /** Answers 0 for every row, after so long for each of them and each call. */
    private static class Timed implements NearestCodewordProvider {
        private final String name;
        private final long nanosPerCall;
        private final double nanosPerRow;
        private final AtomicInteger prepared = new AtomicInteger();

        Timed(String name, long nanosPerCall, double nanosPerRow) {
            this.name = name;
            this.nanosPerCall = nanosPerCall;
            this.nanosPerRow = nanosPerRow;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public Device device() {
            return name.equals("opencl") ? Device.OPENCL : Device.CPU;
        }

        @Override
        public String description() {
            return "timed " + name;
        }

        @Override
        public Optional<String> unavailableBecause() {
            return Optional.empty();
        }

        @Override
        public int rowsPerCall(int codewords, int dimension, int rowValues) {
            return name.equals("cpu") ? 100 : 5000;
        }

        @Override
        public NearestCodeword prepare(FloatMatrix codebook) {
            prepared.incrementAndGet();
            return new NearestCodeword() {
                @Override
                public int dimension() {
                    return codebook.columns();
                }

                @Override
                public int codewords() {
                    return codebook.rows();
                }

                @Override
                public void nearest(float[] rows, int offset, int count, int[] index, float[] squaredDistance) {
                    long end = System.nanoTime() + nanosPerCall + (long) (nanosPerRow * count);
                    while (System.nanoTime() < end) {
                        LockSupport.parkNanos(end - System.nanoTime());
                    }
                }

                @Override
                public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] distances) {
                    throw new UnsupportedOperationException();
                }
            };
        }
    }

    @Test
    void takesTheFasterAndMeasuresOnce() {
        Timed cpu = new Timed("cpu", 0, 20_000);
        Timed slow = new Timed("opencl", 1_000_000, 60_000);
        FasterDevice auto = new FasterDevice(cpu, slow, 1);
        assertSame(cpu, auto.compare(256, 128).faster());
        assertEquals(1, slow.prepared.get());
        // of a kind: the same powers of two
        assertSame(cpu, auto.compare(300, 200).faster());
        assertEquals(100, auto.rowsPerCall(256, 128, 128));
        assertEquals(1, slow.prepared.get());
        assertEquals(
                256,
                auto.prepare(new FloatMatrix(256, 128, new float[256 * 128])).codewords());
        assertEquals(2, cpu.prepared.get());

        Timed fast = new Timed("opencl", 1_000_000, 1);
        FasterDevice other = new FasterDevice(cpu, fast, 1);
        FasterDevice.Comparison found = other.compare(256, 128);
        assertSame(fast, found.faster());
        assertTrue(found.deviceRows() > found.cpuRows() && found.cpuRows() > 0);
        assertEquals(5000, other.rowsPerCall(256, 128, 128));
    }

    @Test
    void countsTheCoresThatADeviceStandsAgainst() {
        // each core is four times slower than the device
        Timed cpu = new Timed("cpu", 0, 40_000);
        Timed device = new Timed("opencl", 0, 10_000);
        assertSame(device, new FasterDevice(cpu, device, 1).compare(512, 64).faster());
        // threads that sleep need no cores of their own, but common threads
        int threads = Math.min(8, ForkJoinPool.getCommonPoolParallelism() + 1);
        double one = new FasterDevice(cpu, device, 1).compare(512, 64).cpuRows();
        double many = new FasterDevice(cpu, device, threads).compare(512, 64).cpuRows();
        assertTrue(threads == 1 || many > 1.2 * one, one + " by one thread, " + many + " by " + threads);
    }

    @Test
    void doesNotMeasureTheCpuAgainstItself() {
        Timed device = new Timed("opencl", 0, 1) {
            @Override
            public List<ComputeDevice> devices() {
                return List.of(new ComputeDevice("cores", "cpu", "some", "1", 2, 1, 1, 1));
            }
        };
        FasterDevice beside = new FasterDevice(new Timed("vector-api", 0, 1000), device, 1);
        assertEquals(
                Optional.of("OpenCL has no device but the CPU's own cores, which timed vector-api uses better"),
                beside.unmeasured(4096, 128));
        assertEquals(
                128,
                beside.prepare(new FloatMatrix(64, 128, new float[64 * 128])).dimension());
        assertEquals(0, device.prepared.get());
        // nor is a driver loaded for plain Java's sake
        FasterDevice plain = new FasterDevice(new Timed("plain-java", 0, 1000), device, 1);
        assertEquals(Optional.of("OpenCL has no device but the CPU's own cores"), plain.unmeasured(4096, 128));
        assertSame(device, plain.compare(4096, 128).faster());
    }

    @Test
    void asksForDevicesOnlyWhereOneCouldPay() {
        AtomicInteger asked = new AtomicInteger();
        Timed cpu = new Timed("cpu", 0, 1000);
        Timed none = new Timed("opencl", 0, 1) {
            @Override
            public Optional<String> unavailableBecause() {
                asked.incrementAndGet();
                return Optional.of("no driver");
            }
        };
        FasterDevice auto = new FasterDevice(cpu, none, 1);
        auto.prepare(new FloatMatrix(2, 4, new float[8]));
        assertEquals(0, asked.get());
        auto.prepare(new FloatMatrix(64, 128, new float[64 * 128]));
        assertEquals(1, asked.get());
        assertEquals(Optional.of("there is no OpenCL"), auto.unmeasured(64, 128));
        assertEquals(0, none.prepared.get());
    }

    @Test
    void leavesSmallCodebooksToTheCpuAndSurvivesABrokenDevice() {
        Timed cpu = new Timed("cpu", 0, 1000);
        NearestCodewordProvider broken = new Timed("opencl", 0, 0) {
            @Override
            public NearestCodeword prepare(FloatMatrix codebook) {
                throw new IllegalStateException("no memory");
            }
        };
        FasterDevice auto = new FasterDevice(cpu, broken, 2);
        assertEquals(Optional.of("codebooks of fewer than 8192 values are the CPU's"), auto.unmeasured(256, 8));
        assertEquals(8, auto.prepare(new FloatMatrix(256, 8, new float[2048])).dimension());
        assertSame(cpu, auto.compare(4096, 128).faster());
        assertEquals(0, auto.compare(4096, 128).deviceRows());
        assertEquals("auto", auto.name());
        assertEquals("the faster of timed cpu and timed opencl", auto.description());
        assertThrows(
                IllegalArgumentException.class,
                () -> new FasterDevice(NearestCodewordProviders.cpu(), broken, 1)
                        .prepare(new FloatMatrix(0, 3, new float[0])));
    }
}
