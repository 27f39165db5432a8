package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.NearestCodewordProvider;

/** The kernel for CPUs, with every call on the device. */
class PanelKernelTest extends SumsContract {
    private static NearestCodewordProvider provider;

    @Override
    protected NearestCodewordProvider provider() {
        if (provider == null) {
            provider = OpenCl.provider(OpenCl.device(PanelKernel::new));
        }
        return provider;
    }
}
