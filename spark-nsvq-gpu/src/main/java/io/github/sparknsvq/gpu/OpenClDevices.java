package io.github.sparknsvq.gpu;

import com.aparapi.Config;
import com.aparapi.device.Device;
import com.aparapi.device.OpenCLDevice;
import com.aparapi.internal.kernel.KernelManager;
import com.aparapi.internal.kernel.KernelPreferences;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.TaskDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The devices of this machine that can run the kernels: GPUs and accelerators, then CPUs, in the order in which the
 * drivers name them.
 */
final class OpenClDevices {
    /**
     * Logs the OpenCL that Aparapi writes and its fallbacks. Held, because java.util.logging keeps loggers weakly.
     */
    private static final Logger APARAPI = Logger.getLogger(Config.getLoggerName());

    static final String NO_DEVICE =
            "no OpenCL device was found: install the driver of one and the OpenCL loader (libOpenCL.so.1)";

    private static OpenClDevices machine;

    private final List<OpenClDevice> devices;
    private final String problem;
    private final List<TaskDevice> assignments;

    /**
     * Makes the choice.
     *
     * @param devices what can be used, none if there is a problem
     * @param problem why nothing can be used, or null
     * @param assignments say which device belongs to the running task
     */
    OpenClDevices(List<OpenClDevice> devices, String problem, List<TaskDevice> assignments) {
        this.devices = List.copyOf(devices);
        this.problem = problem;
        this.assignments = List.copyOf(assignments);
    }

    /** Returns this machine's devices, for which the drivers are loaded, once per JVM. */
    static synchronized OpenClDevices ofMachine() {
        if (machine == null) {
            machine = found(TaskDevice.all());
            ForeignSignalHandlers.warn();
        }
        return machine;
    }

    /** Loads the drivers and looks for devices. */
    static OpenClDevices found(List<TaskDevice> assignments) {
        APARAPI.setLevel(Level.OFF);
        List<OpenClDevice> usable = new ArrayList<>();
        String problem = NO_DEVICE;
        try {
            // the list below is sorted by size; addresses count in the drivers' order
            List<Long> order = OpenCLDevice.listDevices(null).stream()
                    .map(OpenCLDevice::getDeviceId)
                    .toList();
            // these objects and no others: Aparapi runs a kernel on devices of this list
            KernelPreferences preferences = KernelManager.instance().getDefaultPreferences();
            List<OpenCLDevice> all = preferences.getPreferredDevices(null).stream()
                    .filter(OpenCLDevice.class::isInstance)
                    .map(OpenCLDevice.class::cast)
                    .sorted(Comparator.comparing((OpenCLDevice device) -> device.getType() == Device.TYPE.CPU)
                            .thenComparing(device -> order.indexOf(device.getDeviceId())))
                    .toList();
            for (OpenCLDevice device : all) {
                if (device.getLocalMemSize() < 4L * (SearchKernel.TILE + SearchKernel.MARKS)
                        || device.getMaxWorkGroupSize() < GroupTileKernel.ITEMS) {
                    problem = "OpenCL device " + device.getShortDescription() + " is too small: kernels need "
                            + 4 * (SearchKernel.TILE + SearchKernel.MARKS) + " bytes of local memory and groups of "
                            + GroupTileKernel.ITEMS;
                } else {
                    usable.add(OpenClDevice.of(device));
                }
            }
        } catch (RuntimeException | LinkageError e) {
            problem = "OpenCL does not load (" + e + "): install the OpenCL loader (libOpenCL.so.1) and a driver";
        }
        return new OpenClDevices(usable, usable.isEmpty() ? problem : null, assignments);
    }

    /** Returns the devices. */
    List<OpenClDevice> all() {
        return devices;
    }

    /** Returns why there is none, in a sentence with the remedy; empty if there is one. */
    Optional<String> problem() {
        return Optional.ofNullable(problem);
    }

    /**
     * Returns the device of the task on this thread: the one whose address it was given, otherwise the first.
     * Addresses count GPUs and accelerators, or, where there are none, whatever there is.
     *
     * @throws NsvqException if the address names no device, or if there is none
     */
    OpenClDevice ofTask() {
        NsvqException.unless(problem == null, "device opencl cannot be used here: " + problem);
        return assignments.stream()
                .flatMap(assignment -> assignment.address().stream())
                .findFirst()
                .map(this::at)
                .orElseGet(() -> devices.get(0));
    }

    private OpenClDevice at(String address) {
        List<OpenClDevice> addressed = devices.stream()
                .filter(device -> !device.description().kind().equals("cpu"))
                .toList();
        List<OpenClDevice> counted = addressed.isEmpty() ? devices : addressed;
        if (address.matches("\\d{1,9}") && Integer.parseInt(address) < counted.size()) {
            return counted.get(Integer.parseInt(address));
        }
        throw new NsvqException("the task was given GPU " + address + ", but OpenCL has "
                + counted.size() + (counted.size() == 1 ? " device" : " devices")
                + " here, numbered from 0: have the discovery script name them so");
    }
}
