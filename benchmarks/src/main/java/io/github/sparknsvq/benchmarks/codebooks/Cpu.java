package io.github.sparknsvq.benchmarks.codebooks;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** CPU time: what a step costs on a machine that others use too. */
final class Cpu {
    private Cpu() {}

    /** Returns the CPU seconds of this process so far, of all its threads. */
    static double seconds() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime() / 1e9;
    }
}
