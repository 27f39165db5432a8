package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Surefire starts Java with the Vector API, so here the choice must fall on it: a plain twin would test nothing. */
class VectorScanKernelTest extends ScanKernelContract {
    @Override
    ScanKernel kernel() {
        ScanKernel kernel = NearestCodewordProviders.cpu().scans();
        assertEquals("VectorScanKernel", kernel.getClass().getSimpleName());
        return kernel;
    }
}
