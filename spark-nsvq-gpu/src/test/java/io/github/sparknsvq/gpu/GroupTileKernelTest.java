package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import org.junit.jupiter.api.AfterEach;

/** The kernel for GPUs, on whatever there is, with every call on the device. */
class GroupTileKernelTest extends SumsContract {
    private static OpenClDevice device;

    @Override
    protected NearestCodewordProvider provider() {
        if (device == null) {
            device = OpenCl.device(GroupTileKernel::new);
        }
        return OpenCl.provider(device);
    }

    /** A device that failed would have left everything to the CPU. */
    @AfterEach
    void ranOnTheDevice() {
        assertFalse(device.queue().failed());
    }
}
