package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.TaskDevice;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpenClDevicesTest {
    private static OpenClDevice device(String name, String kind, int units, long memory, long buffer) {
        ComputeDevice description = new ComputeDevice(name, kind, "test", "1", units, memory, buffer, 1 << 16);
        DeviceQueue queue = new DeviceQueue(
                name,
                () -> {
                    throw new DeviceFailedException("no device, a test");
                },
                Duration.ofSeconds(1));
        return new OpenClDevice(description, queue, 128, 128, 0);
    }

    private static OpenClDevice device(String name, String kind) {
        return device(name, kind, 132, 80L << 30, 20L << 30);
    }

    private static OpenClDevices devices(Optional<String> address, OpenClDevice... devices) {
        return new OpenClDevices(List.of(devices), null, List.of(Optional::empty, (TaskDevice) () -> address));
    }

    @Test
    void takesTheDeviceThatTheTaskWasGiven() {
        OpenClDevice first = device("a", "gpu");
        OpenClDevice second = device("b", "gpu");
        OpenClDevice cpu = device("c", "cpu");
        assertSame(first, devices(Optional.empty(), first, second, cpu).ofTask());
        assertSame(first, devices(Optional.of("0"), first, second, cpu).ofTask());
        assertSame(second, devices(Optional.of("1"), first, second, cpu).ofTask());
        assertSame(cpu, devices(Optional.of("0"), cpu).ofTask());
        assertEquals(
                "the task was given GPU 2, but OpenCL has 2 devices here, numbered from 0:"
                        + " have the discovery script name them so",
                assertThrows(
                                NsvqException.class,
                                () -> devices(Optional.of("2"), first, second, cpu)
                                        .ofTask())
                        .getMessage());
        assertThrows(
                NsvqException.class, () -> devices(Optional.of("GPU-1f"), first).ofTask());
    }

    @Test
    void fillsADeviceAndFitsIt() {
        OpenClDevice large = device("a", "gpu");
        assertEquals(2 * 132 * 128, large.rowsPerBatch(4096, 128, 1));
        assertEquals(2 * 2 * 132 * 128, large.rowsPerCall(4096, 128, 128));
        assertEquals(2 * 132 * 128, large.rowsOfBatches(1000, 4096, 128, 1));
        assertEquals(160 * 128, large.rowsOfBatches(40_960, 4096, 128, 1));
        // the rows that the caller holds are the limit, then the device's memory, then the time of a batch
        assertEquals((64 << 20) / 4 / 784, large.rowsPerCall(4096, 784, 784));
        assertTrue(large.rowsPerBatch(65536, 128, 1024) * 1024L * 12 <= 64 << 20);
        OpenClDevice little = device("b", "gpu", 4, 1 << 20, 1 << 18);
        assertTrue(little.rowsPerBatch(1000, 100, 1) * 400L <= 1 << 18);
        assertEquals(1, little.rowsPerBatch(1000, 1 << 20, 1));
        OpenClDevice cores = device("c", "cpu", 2, 8L << 30, 4L << 30);
        assertTrue(cores.rowsPerBatch(1 << 20, 1024, 1) * (double) (1 << 30) <= 1e10);
        assertTrue(little.mostCodewords(100) * 404L <= 1 << 18);
        assertEquals(128, little.mostCodewords(1 << 20));
    }

    @Test
    void cutsACodebookThatTheDeviceHasNoRoomFor() {
        OpenClDevice little = device("b", "gpu", 4, 1 << 20, 1 << 16);
        NearestCodewordProvider provider = OpenCl.provider(little);
        FloatMatrix codebook = new FloatMatrix(1000, 20, SumsContract.gaussian(20_000, 1));
        NearestCodeword sliced = provider.prepare(codebook);
        assertInstanceOf(SlicedSearch.class, sliced);
        assertEquals(20, sliced.dimension());
        assertEquals(1000, sliced.codewords());
        NearestCodeword whole = NearestCodewordProviders.cpu().prepare(codebook);
        float[] rows = SumsContract.gaussian(50 * 20, 2);
        for (int p : new int[] {1, 5, 700, 1000}) {
            int[] expected = new int[50 * p];
            float[] expectedDistance = new float[50 * p];
            whole.nearest(rows, 0, 50, p, expected, expectedDistance);
            int[] index = new int[50 * p];
            float[] distance = new float[50 * p];
            sliced.nearest(rows, 0, 50, p, index, distance);
            assertArrayEquals(expected, index);
            assertArrayEquals(expectedDistance, distance);
        }
        int[] many = new int[2000];
        float[] distances = new float[2000];
        assertThrows(IllegalArgumentException.class, () -> sliced.nearest(rows, 0, 1, 1001, many, distances));
        assertThrows(IndexOutOfBoundsException.class, () -> sliced.nearest(rows, 0, 50, new int[49], new float[50]));
    }

    @Test
    void saysWhyThereIsNone() {
        OpenClDevices none = new OpenClDevices(List.of(), "nothing here: buy one", List.of());
        NearestCodewordProvider provider = new OpenClNearestCodewordProvider(none, NearestCodewordProviders.cpu());
        assertEquals(Optional.of("nothing here: buy one"), provider.unavailableBecause());
        assertTrue(provider.devices().isEmpty());
        assertEquals("OpenCL", provider.description());
    }

    @Test
    void isFoundAndDescribesTheMachine() {
        OpenClDevice first = OpenCl.device();
        NearestCodewordProvider found = NearestCodewordProviders.forDevice(Device.OPENCL);
        assertEquals("opencl", found.name());
        assertEquals(Device.OPENCL, found.device());
        assertEquals(OpenClDevices.ofMachine().all().size(), found.devices().size());
        ComputeDevice described = found.devices().get(0);
        assertEquals(first.description(), described);
        assertTrue(described.memoryBytes() > 0
                && described.computeUnits() > 0
                && !described.driver().isBlank());
        assertEquals("OpenCL on " + described.name(), found.description());
        assertEquals(
                NearestCodewordProviders.cpu().scans().getClass(), found.scans().getClass());
        assertEquals(
                NearestCodewordProviders.cpu().sums().getClass(), found.sums().getClass());
    }
}
