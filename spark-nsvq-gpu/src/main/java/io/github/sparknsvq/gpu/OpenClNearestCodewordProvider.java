package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.kernel.TaskDevice;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Nearest-codeword search on OpenCL devices, by kernels in Java that Aparapi translates. Found by {@link
 * java.util.ServiceLoader}.
 *
 * <p>Drivers are loaded into this process only for a search. What devices there are, and how fast, a process of its
 * own finds out.
 */
public final class OpenClNearestCodewordProvider implements NearestCodewordProvider {
    /** How long a measurement may take, the compiling of the kernel included. */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final OpenClDevices loaded;
    private final NearestCodewordProvider cpu;

    /** Makes the provider for this machine's devices. */
    public OpenClNearestCodewordProvider() {
        this(null, NearestCodewordProviders.cpu());
    }

    /** Makes a provider for devices that are loaded, or for this machine's, not loaded yet, where they are null. */
    OpenClNearestCodewordProvider(OpenClDevices loaded, NearestCodewordProvider cpu) {
        this.loaded = loaded;
        this.cpu = cpu;
    }

    private OpenClDevices load() {
        return loaded == null ? OpenClDevices.ofMachine() : loaded;
    }

    @Override
    public String name() {
        return "opencl";
    }

    @Override
    public Device device() {
        return Device.OPENCL;
    }

    @Override
    public String description() {
        return devices().isEmpty() ? "OpenCL" : "OpenCL on " + devices().get(0).name();
    }

    @Override
    public Optional<String> unavailableBecause() {
        return loaded == null ? FoundDevices.ofMachine().problem() : loaded.problem();
    }

    @Override
    public List<ComputeDevice> devices() {
        return loaded == null
                ? FoundDevices.ofMachine().devices()
                : loaded.all().stream().map(OpenClDevice::description).toList();
    }

    @Override
    public boolean onOwnCores() {
        return (loaded == null && InstalledDrivers.ofMachine().ofCpusAlone())
                || NearestCodewordProvider.super.onOwnCores();
    }

    @Override
    public double rowsPerSecond(int codewords, int dimension) {
        if (loaded != null) {
            return NearestCodewordProvider.super.rowsPerSecond(codewords, dimension);
        }
        Stream<String> shape = Stream.of(codewords, dimension).map(String::valueOf);
        Stream<String> address = TaskDevice.all().stream()
                .flatMap(task -> task.address().stream())
                .limit(1);
        return DeviceMain.rows(
                DeviceProcess.ask(PATIENCE, Stream.concat(shape, address).toArray(String[]::new)));
    }

    @Override
    public NearestCodeword prepare(FloatMatrix codebook) {
        OpenClDevices devices = load();
        int most = codebook.columns() < 1 ? 1 : devices.ofTask().mostCodewords(codebook.columns());
        if (codebook.rows() <= most) {
            return new OpenClNearestCodeword(codebook, devices::ofTask, cpu);
        }
        return new SlicedSearch(codebook, most, slice -> new OpenClNearestCodeword(slice, devices::ofTask, cpu));
    }

    @Override
    public int rowsPerCall(int codewords, int dimension, int rowValues) {
        OpenClDevice device = load().ofTask();
        return device.queue().failed()
                ? cpu.rowsPerCall(codewords, dimension, rowValues)
                : device.rowsPerCall(codewords, dimension, rowValues);
    }

    @Override
    public SumKernel sums() {
        return cpu.sums();
    }

    @Override
    public ScanKernel scans() {
        return cpu.scans();
    }
}
