package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.Named;
import io.github.sparknsvq.core.NsvqException;
import java.util.List;

/** Where to search for nearest codewords. */
public enum Device implements Named {
    /** The faster of CPU and OpenCL for each shape of codebook, where there is OpenCL; otherwise the CPU. */
    AUTO,
    /** The CPU's cores. */
    CPU,
    /** An OpenCL device. */
    OPENCL;

    /** Returns the names of all devices. */
    public static List<String> names() {
        return Named.labels(values());
    }

    /**
     * Returns the device of that name.
     *
     * @throws NsvqException if there is none
     */
    public static Device of(String name) {
        return Named.parse("device", name, values(), "auto, cpu or opencl");
    }
}
