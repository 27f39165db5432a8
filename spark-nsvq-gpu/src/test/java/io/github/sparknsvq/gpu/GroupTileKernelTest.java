package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.NearestCodewordProvider;

/** The kernel for GPUs, on whatever there is, with every call on the device. */
class GroupTileKernelTest extends SumsContract {
    private static NearestCodewordProvider provider;

    @Override
    protected NearestCodewordProvider provider() {
        if (provider == null) {
            provider = OpenCl.provider(OpenCl.device(GroupTileKernel::new));
        }
        return provider;
    }
}
