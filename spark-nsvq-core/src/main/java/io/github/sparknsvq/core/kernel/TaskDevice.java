package io.github.sparknsvq.core.kernel;

import java.util.List;
import java.util.Optional;

/**
 * Says which of a machine's devices the running task was given. Implementations are found by {@link
 * java.util.ServiceLoader}; Spark's resource scheduling is behind one of them.
 */
public interface TaskDevice {

    /**
     * Returns the address of the device that the task on this thread was given, such as {@code 1}; empty if none was.
     */
    Optional<String> address();

    /** Returns all implementations there are. */
    static List<TaskDevice> all() {
        return Services.load(TaskDevice.class);
    }

    /** Returns how many tasks run side by side in this JVM, 0 if that is unknown. */
    default int parallelTasks() {
        return 0;
    }
}
