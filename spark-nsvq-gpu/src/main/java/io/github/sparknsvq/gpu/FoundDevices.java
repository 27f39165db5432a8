package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.ComputeDevice;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a process of its own found, before any driver is loaded into this one.
 *
 * @param devices the devices that can run the kernels
 * @param problem why there is none, in a sentence with the remedy; empty if there is one
 */
record FoundDevices(List<ComputeDevice> devices, Optional<String> problem) {
    /** How long the process may take: a driver starts within a second, on a busy machine within some. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static FoundDevices machine;

    FoundDevices {
        devices = List.copyOf(devices);
    }

    /** Returns this machine's devices, which are looked for once per JVM. */
    static synchronized FoundDevices ofMachine() {
        if (machine == null) {
            machine = InstalledDrivers.ofMachine().none() ? none(OpenClDevices.NO_DEVICE) : asked();
        }
        return machine;
    }

    private static FoundDevices asked() {
        try {
            return DeviceMain.devices(DeviceProcess.ask(PATIENCE));
        } catch (DeviceFailedException e) {
            return none(e.getMessage());
        }
    }

    private static FoundDevices none(String problem) {
        return new FoundDevices(List.of(), Optional.of(problem));
    }
}
