package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.ComputeDevice;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;
import java.util.Optional;

/**
 * Nearest-codeword search on OpenCL devices, by kernels in Java that Aparapi translates. Found by {@link
 * java.util.ServiceLoader}.
 */
public final class OpenClNearestCodewordProvider implements NearestCodewordProvider {
    private final OpenClDevices devices;
    private final NearestCodewordProvider cpu;

    /** Makes the provider for this machine's devices. */
    public OpenClNearestCodewordProvider() {
        this(OpenClDevices.ofMachine(), NearestCodewordProviders.cpu());
    }

    OpenClNearestCodewordProvider(OpenClDevices devices, NearestCodewordProvider cpu) {
        this.devices = devices;
        this.cpu = cpu;
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
        return devices.all().isEmpty()
                ? "OpenCL"
                : "OpenCL on " + devices.all().get(0).description().name();
    }

    @Override
    public Optional<String> unavailableBecause() {
        return devices.problem();
    }

    @Override
    public List<ComputeDevice> devices() {
        return devices.all().stream().map(OpenClDevice::description).toList();
    }

    @Override
    public NearestCodeword prepare(FloatMatrix codebook) {
        int most = codebook.columns() < 1 ? 1 : devices.ofTask().mostCodewords(codebook.columns());
        if (codebook.rows() <= most) {
            return new OpenClNearestCodeword(codebook, devices::ofTask, cpu);
        }
        return new SlicedSearch(codebook, most, slice -> new OpenClNearestCodeword(slice, devices::ofTask, cpu));
    }

    @Override
    public int rowsPerCall(int codewords, int dimension, int rowValues) {
        OpenClDevice device = devices.ofTask();
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
