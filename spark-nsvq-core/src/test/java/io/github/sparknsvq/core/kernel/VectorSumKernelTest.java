package io.github.sparknsvq.core.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** Surefire starts Java with the Vector API, so here the choice must fall on it: a plain twin would test nothing. */
class VectorSumKernelTest extends SumKernelContract {
    @Override
    SumKernel kernel() {
        SumKernel kernel = NearestCodewordProviders.cpu().sums();
        assertEquals("VectorSumKernel", kernel.getClass().getSimpleName());
        return kernel;
    }
}
