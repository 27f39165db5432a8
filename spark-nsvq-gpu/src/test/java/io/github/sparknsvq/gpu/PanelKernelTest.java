package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import org.junit.jupiter.api.AfterEach;

/** The kernel for CPUs, with every call on the device. */
class PanelKernelTest extends SumsContract {
    private static OpenClDevice device;

    @Override
    protected NearestCodewordProvider provider() {
        if (device == null) {
            device = OpenCl.device(PanelKernel::new);
        }
        return OpenCl.provider(device);
    }

    /** A device that failed would have left everything to the CPU. */
    @AfterEach
    void ranOnTheDevice() {
        assertFalse(device.queue().failed());
    }
}
