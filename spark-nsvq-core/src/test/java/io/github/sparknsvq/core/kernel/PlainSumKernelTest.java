package io.github.sparknsvq.core.kernel;

class PlainSumKernelTest extends SumKernelContract {
    @Override
    SumKernel kernel() {
        return new PlainNearestCodeword.Provider().sums();
    }
}
