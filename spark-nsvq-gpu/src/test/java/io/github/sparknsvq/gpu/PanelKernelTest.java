package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.SeveralNearestContract;

/** The kernel for CPUs, with every call on the device. */
class PanelKernelTest extends SeveralNearestContract {
    private static NearestCodewordProvider provider;

    @Override
    protected NearestCodewordProvider provider() {
        if (provider == null) {
            provider = OpenCl.provider(OpenCl.device(PanelKernel::new));
        }
        return provider;
    }
}
