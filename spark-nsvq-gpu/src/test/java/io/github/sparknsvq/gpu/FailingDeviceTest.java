package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.kernel.SummingSearch;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Devices that fail, hang or are busy, without a device: lanes that compute on the CPU, or do not. */
class FailingDeviceTest {
    private static final int N = 1000;
    private static final int D = 6;
    private static final int K = 50;
    private static final FloatMatrix CODEBOOK = new FloatMatrix(K, D, SumsContract.gaussian(K * D, 1));
    private static final float[] ROWS = SumsContract.gaussian(N * D, 2);

    private final Logger logger = Logger.getLogger(DeviceQueue.class.getName());
    private final List<String> warnings = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord each) {
            if (each.getLevel().intValue() >= Level.WARNING.intValue()) {
                synchronized (warnings) {
                    warnings.add(each.getMessage());
                }
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
        logger.setUseParentHandlers(false);
    }

    @AfterEach
    void unlisten() {
        logger.removeHandler(handler);
        logger.setUseParentHandlers(true);
    }

    /** A lane that does on the CPU what a device would do. */
    private static class FakeLane implements Lane {
        private NearestCodeword search;
        private Batch batch;
        private int[] index;
        private float[] distance;
        private float[] counts;
        private float[] sums;
        private float[] errors;
        private final CountDownLatch closed = new CountDownLatch(1);

        @Override
        public void fill(PackedCodebook codebook, Batch rows) {
            batch = rows;
            search = NearestCodewordProviders.cpu()
                    .prepare(new FloatMatrix(codebook.codewords(), codebook.dimension(), codebook.original()));
        }

        @Override
        public void run() {
            int n = batch.count();
            index = new int[n * batch.most()];
            distance = new float[n * batch.most()];
            search.nearest(batch.rows(), batch.offset(), n, batch.most(), index, distance);
            SumsContract.Sums added = SumsContract.slow(search, batch.rows(), batch.offset(), n, batch.weights(), 0);
            for (int i = 0; i < added.sums.length; i++) {
                added.sums[i] -= added.counts[i / D] * CODEBOOK.values()[i];
            }
            counts = floats(added.counts);
            sums = floats(added.sums);
            errors = floats(added.errors);
        }

        private static float[] floats(double[] values) {
            float[] floats = new float[values.length];
            for (int i = 0; i < values.length; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }

        @Override
        public int[] index() {
            return index;
        }

        @Override
        public float[] squaredDistance() {
            return distance;
        }

        @Override
        public float[] counts() {
            return counts;
        }

        @Override
        public float[] sums() {
            return sums;
        }

        @Override
        public float[] errors() {
            return errors;
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    /** A device that gets 64 rows at a time. */
    private static OpenClDevice device(Supplier<Lane> lanes, Duration patience) {
        ComputeDevice small = new ComputeDevice("small", "gpu", "none", "none", 1, 64 * D * 4 * 4 * 13, 1L << 40, 0);
        return new OpenClDevice(small, new DeviceQueue("small", lanes, patience), 32, 64, 0);
    }

    private static SummingSearch search(OpenClDevice device) {
        return new OpenClNearestCodeword(CODEBOOK, () -> device, NearestCodewordProviders.cpu());
    }

    private static void assertRight(NearestCodeword search) {
        NearestCodeword cpu = NearestCodewordProviders.cpu().prepare(CODEBOOK);
        for (int p : new int[] {1, 3}) {
            int[] expected = new int[N * p];
            float[] expectedDistance = new float[N * p];
            cpu.nearest(ROWS, 0, N, p, expected, expectedDistance);
            int[] index = new int[N * p];
            float[] distance = new float[N * p];
            search.nearest(ROWS, 0, N, p, index, distance);
            assertArrayEquals(expected, index);
            assertArrayEquals(expectedDistance, distance);
        }
    }

    private static void assertAddsUp(SummingSearch search) {
        SumsContract.Sums sums = new SumsContract.Sums(K, D);
        search.accumulate(ROWS, 0, N, null, 0, 0, sums);
        NearestCodeword cpu = NearestCodewordProviders.cpu().prepare(CODEBOOK);
        SumsContract.assertAlike(SumsContract.slow(cpu, ROWS, 0, N, null, 0), sums);
    }

    @Test
    void doesWhatTheCpuDoesInManyBatches() {
        SummingSearch search = search(device(FakeLane::new, Duration.ofSeconds(30)));
        assertRight(search);
        assertAddsUp(search);
        assertTrue(warnings.isEmpty());
    }

    @Test
    void goesOnOnTheCpuWhenTheDeviceFailsInTheMiddle() throws Exception {
        AtomicInteger runs = new AtomicInteger();
        List<FakeLane> made = new ArrayList<>();
        Supplier<Lane> failing = () -> {
            FakeLane lane = new FakeLane() {
                @Override
                public void run() {
                    if (runs.incrementAndGet() > 5) {
                        throw new DeviceFailedException("CL_OUT_OF_RESOURCES");
                    }
                    super.run();
                }
            };
            made.add(lane);
            return lane;
        };
        OpenClDevice device = device(failing, Duration.ofSeconds(30));
        SummingSearch search = search(device);
        assertRight(search);
        assertAddsUp(search);
        assertTrue(device.queue().failed());
        assertEquals(2, made.size());
        assertEquals(1, warnings.size(), warnings::toString);
        for (FakeLane lane : made) {
            assertTrue(lane.closed.await(10, TimeUnit.SECONDS), "the device's memory was not given back");
        }
        assertTrue(runs.get() <= 7, "a device that failed was tried again: " + runs);
        // the sums, too, when the device fails under them
        runs.set(0);
        assertAddsUp(search(device(failing, Duration.ofSeconds(30))));
    }

    @Test
    void letsGoWhoeverWaitsForADeviceThatFails() throws Exception {
        OpenClDevice device = device(FakeLane::new, Duration.ofSeconds(60));
        device.queue().take();
        device.queue().take();
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Thread task = new Thread(() -> assertRight(search(device)));
            task.start();
            waiting.add(task);
        }
        while (waiting.stream().anyMatch(task -> task.getState() != Thread.State.TIMED_WAITING)) {
            Thread.sleep(1);
        }
        device.queue().fail(new DeviceFailedException("pulled out"));
        for (Thread task : waiting) {
            task.join(10_000);
            assertFalse(task.isAlive(), "a task still waits for a device that failed");
        }
        assertEquals(1, warnings.size(), warnings::toString);
    }

    @Test
    void goesToTheCpuWhenThereIsNoMemoryForALane() {
        SummingSearch search = search(device(
                () -> {
                    throw new DeviceFailedException("no memory");
                },
                Duration.ofSeconds(30)));
        assertRight(search);
        assertAddsUp(search);
        assertEquals(1, warnings.size(), warnings::toString);
    }

    @Test
    void doesNotWaitForADeviceThatHangs() {
        CountDownLatch never = new CountDownLatch(1);
        OpenClDevice device = device(
                () -> new FakeLane() {
                    @Override
                    public void run() {
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                },
                Duration.ofMillis(200));
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> {
            assertRight(search(device));
            assertAddsUp(search(device));
        });
        assertEquals(1, warnings.size(), warnings::toString);
        never.countDown();
    }

    @Test
    void doesNotWaitForOthersForLong() throws Exception {
        OpenClDevice device = device(FakeLane::new, Duration.ofMillis(100));
        Lane first = device.queue().take();
        Lane second = device.queue().take();
        assertRight(search(device));
        assertFalse(device.queue().failed());
        assertEquals(1, warnings.size(), warnings::toString);
        device.queue().give(first);
        device.queue().give(second);
        assertRight(search(device));
        assertEquals(1, warnings.size(), warnings::toString);
    }

    @Test
    void stopsWhenInterruptedAndGivesItsLaneBack() throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        OpenClDevice device = device(
                () -> new FakeLane() {
                    @Override
                    public void run() {
                        running.countDown();
                        try {
                            go.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                        super.run();
                    }
                },
                Duration.ofSeconds(30));
        List<Throwable> thrown = new ArrayList<>();
        Thread task =
                new Thread(() -> thrown.add(assertThrows(NsvqException.class, () -> assertRight(search(device)))));
        task.start();
        running.await();
        task.interrupt();
        task.join(10_000);
        assertEquals(
                "interrupted while an OpenCL device was searching",
                thrown.get(0).getMessage());
        go.countDown();
        assertRight(search(device));
        assertFalse(device.queue().failed());
    }

    @Test
    void leavesSmallCallsToTheCpu() {
        OpenClDevice device = new OpenClDevice(
                new ComputeDevice("small", "gpu", "none", "none", 1, 1L << 30, 1L << 30, 0),
                new DeviceQueue(
                        "small",
                        () -> {
                            throw new AssertionError("a small call came to the device");
                        },
                        Duration.ofSeconds(1)),
                32,
                64,
                1e6);
        assertRight(search(device));
    }

    @Test
    void saysWhatIsWrongWithACall() {
        SummingSearch search = search(device(FakeLane::new, Duration.ofSeconds(30)));
        SumsContract.Sums sums = new SumsContract.Sums(K, D);
        assertEquals(
                "11 rows of dimension 6 from offset 0 do not lie in an array of 60",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> search.accumulate(new float[60], 0, 11, null, 0, 0, sums))
                        .getMessage());
        assertEquals(
                "1000 weights from 2 do not lie in an array of 1001",
                assertThrows(
                                IndexOutOfBoundsException.class,
                                () -> search.accumulate(ROWS, 0, N, new float[1001], 2, 0, sums))
                        .getMessage());
        // sums that are too small: lanes are not lost
        for (int i = 0; i < 5; i++) {
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> search.accumulate(ROWS, 0, N, null, 0, 0, new SumsContract.Sums(1, D)));
        }
        assertRight(search);
    }
}
