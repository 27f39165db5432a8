package io.github.sparknsvq.core.kernel;

class PlainScanKernelTest extends ScanKernelContract {
    @Override
    ScanKernel kernel() {
        return new PlainNearestCodeword.Provider().scans();
    }
}
