package io.github.sparknsvq.ml.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.github.sparknsvq.core.kernel.TaskDevice;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.ServiceLoader;
import org.apache.spark.TaskContext;
import org.apache.spark.TaskContextImpl;
import org.apache.spark.executor.TaskMetrics;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

/** Which GPU a task was given. */
class SparkTaskDeviceTest {
    private final TaskDevice device = new SparkTaskDevice();

    /** Asks within a task that was given resources. */
    private Optional<String> within(Map<String, ResourceInformation> resources) {
        TaskContext task = new TaskContextImpl(
                0,
                0,
                0,
                0,
                0,
                1,
                null,
                new Properties(),
                null,
                TaskMetrics.empty(),
                1,
                scala.collection.immutable.Map.from(CollectionConverters.asScala(resources)));
        return TaskContext.withTaskContext(task, device::address);
    }

    private static Map<String, ResourceInformation> given(String name, String... addresses) {
        return Map.of(name, new ResourceInformation(name, addresses));
    }

    @Test
    void aTaskUsesItsFirstGpu() {
        assertEquals(Optional.of("3"), within(given("gpu", "3")));
        assertEquals(Optional.of("1"), within(given("gpu", "1", "0")));
    }

    @Test
    void otherResourcesAreNoDevice() {
        assertEquals(Optional.empty(), within(given("fpga", "3")));
        assertEquals(Optional.empty(), within(given("gpu")));
        assertEquals(Optional.empty(), within(Map.of()));
    }

    @Test
    void outsideOfTasksThereIsNone() {
        assertEquals(Optional.empty(), device.address());
    }

    @Test
    void coreFindsIt() {
        List<TaskDevice> found = ServiceLoader.load(TaskDevice.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
        assertEquals(1, found.size());
        assertInstanceOf(SparkTaskDevice.class, found.get(0));
    }
}
