package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertFalse;

import com.aparapi.device.OpenCLDevice;
import com.aparapi.internal.kernel.KernelManager;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import java.time.Duration;
import java.util.List;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/** This machine's OpenCL for tests. Where {@code NSVQ_REQUIRE_OPENCL} is set, as in CI, there must be some. */
final class OpenCl {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private OpenCl() {}

    /** Returns the first device, or leaves the test out if there is none and none is required. */
    static OpenClDevice device() {
        List<OpenClDevice> devices = OpenClDevices.ofMachine().all();
        if (devices.isEmpty()) {
            assertFalse(
                    System.getenv("NSVQ_REQUIRE_OPENCL") != null,
                    () -> "OpenCL is required: " + OpenClDevices.ofMachine().problem());
            Assumptions.abort(
                    "no OpenCL device: " + OpenClDevices.ofMachine().problem().orElseThrow());
        }
        return devices.get(0);
    }

    /** Returns the first device with a kernel of one's choice, to which every call goes however small. */
    static OpenClDevice device(LongFunction<SearchKernel> maker) {
        OpenClDevice first = device();
        return device(first, () -> new KernelLane(maker.apply(id()), 2), PATIENCE, maker.apply(0));
    }

    private static OpenClDevice device(
            OpenClDevice like, Supplier<Lane> laneMaker, Duration patience, SearchKernel shape) {
        return new OpenClDevice(
                like.description(),
                new DeviceQueue("test device", laneMaker, patience),
                shape.panelWidth(),
                shape.groupRows(),
                0);
    }

    static NearestCodewordProvider provider(OpenClDevice device) {
        return new OpenClNearestCodewordProvider(
                new OpenClDevices(List.of(device), null, List.of()), NearestCodewordProviders.cpu());
    }

    /** Returns the first device's id. */
    static long id() {
        String name = device().description().name();
        return KernelManager.instance().getDefaultPreferences().getPreferredDevices(null).stream()
                .filter(OpenCLDevice.class::isInstance)
                .map(OpenCLDevice.class::cast)
                .filter(device -> OpenClDevice.of(device).description().name().equals(name))
                .findFirst()
                .orElseThrow()
                .getDeviceId();
    }
}
