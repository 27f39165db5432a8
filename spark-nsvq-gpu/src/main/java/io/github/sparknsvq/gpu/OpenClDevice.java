package io.github.sparknsvq.gpu;

import com.aparapi.device.Device;
import com.aparapi.device.OpenCLDevice;
import io.github.sparknsvq.core.kernel.ComputeDevice;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongFunction;

/** A device, its queue, and how much of a search goes there at a time. */
final class OpenClDevice {
    /** How long a task waits for the device before it turns to the CPU. */
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /** Multiply-adds below which the CPU does a call: it ends before the device would begin. */
    static final double LEAST_WORK = 1 << 22;

    /**
     * Multiply-adds of a batch for each compute unit, at most: arrays are pinned, and no garbage is collected
     * meanwhile.
     */
    private static final double BATCH_WORK = 2.5e9;

    /** Bytes of a batch's rows, and of what is found for it, at most. */
    private static final long BATCH_BYTES = 64L << 20;

    /** Rows of a batch where there are few compute units. */
    private static final int LEAST_ROWS = 4096;

    /** The share of the device's memory that is used, codebook and batch of both lanes together. */
    private static final double MEMORY_SHARE = 0.8;

    private final ComputeDevice description;
    private final DeviceQueue queue;
    private final int panelWidth;
    private final int groupRows;
    private final double leastWork;

    /**
     * Describes a device.
     *
     * @param description what the driver says
     * @param queue its queue
     * @param panelWidth codewords in a panel of its kernel
     * @param groupRows rows that a group of its kernel takes
     * @param leastWork multiply-adds below which the CPU does a call
     */
    OpenClDevice(ComputeDevice description, DeviceQueue queue, int panelWidth, int groupRows, double leastWork) {
        this.description = description;
        this.queue = queue;
        this.panelWidth = panelWidth;
        this.groupRows = groupRows;
        this.leastWork = leastWork;
    }

    /** Describes one of Aparapi's devices, with its queue. */
    static OpenClDevice of(OpenCLDevice device) {
        // with memory of its own: Aparapi would read shared arrays from where the collector may have moved them
        device.setSharedMemory(false);
        ComputeDevice description = new ComputeDevice(
                device.getName() == null
                        ? device.getShortDescription()
                        : device.getName().strip(),
                kind(device.getType()),
                device.getOpenCLPlatform().getName().strip(),
                device.getOpenCLPlatform().getVersion().strip(),
                device.getMaxComputeUnits(),
                device.getGlobalMemSize(),
                device.getMaxMemAllocSize(),
                device.getLocalMemSize());
        LongFunction<SearchKernel> maker =
                device.getType() == Device.TYPE.CPU ? PanelKernel::new : GroupTileKernel::new;
        SearchKernel shape = maker.apply(0);
        DeviceQueue queue = new DeviceQueue(
                description.name(),
                () -> new KernelLane(maker.apply(device.getDeviceId()), device.getMaxComputeUnits()),
                PATIENCE);
        return new OpenClDevice(description, queue, shape.panelWidth(), shape.groupRows(), LEAST_WORK);
    }

    private static String kind(Device.TYPE type) {
        return switch (type) {
            case GPU -> "gpu";
            case ACC -> "accelerator";
            default -> type.name().toLowerCase(Locale.ROOT);
        };
    }

    /** Returns what the driver says. */
    ComputeDevice description() {
        return description;
    }

    /** Returns the device's queue. */
    DeviceQueue queue() {
        return queue;
    }

    /** Makes a lane beside the queue's. */
    Lane newLane() {
        return queue.newLane();
    }

    /** Returns the number of codewords in a panel of the device's kernel. */
    int panelWidth() {
        return panelWidth;
    }

    /** Returns the number of multiply-adds below which the CPU does a call. */
    double leastWork() {
        return leastWork;
    }

    /**
     * Returns how many rows a call should bring: two batches, so that one is copied while the other is searched for.
     */
    int rowsPerCall(int codewords, int dimension, int rowValues) {
        long held = Math.max(1, BATCH_BYTES / (4L * rowValues));
        return (int) Math.min(held, 2L * rowsPerBatch(codewords, dimension, 1));
    }

    /**
     * Returns how many rows go to the device at once, at most: two groups for each compute unit, as many as run side
     * by side, or less if they would take too long or too much room.
     *
     * @param p how many codewords are wanted for each
     */
    int rowsPerBatch(int codewords, int dimension, int p) {
        // a list of p codewords may be moved by each codeword
        double work = description.computeUnits() * BATCH_WORK / ((double) codewords * (dimension + (p > 1 ? p : 0)));
        long bytes = Math.min(BATCH_BYTES, largestBuffer() / 4);
        double wanted = Math.max(LEAST_ROWS, 2.0 * description.computeUnits() * groupRows);
        double rows = Math.min(Math.min(wanted, work), bytes / (4.0 * Math.max(dimension, 3.0 * p)));
        return (int) Math.max(1, rows >= groupRows ? Math.floor(rows / groupRows) * groupRows : rows);
    }

    /** Returns the number of rows of each of the batches that a call is cut into, about evenly. */
    int rowsOfBatches(int count, int codewords, int dimension, int p) {
        int most = rowsPerBatch(codewords, dimension, p);
        int batches = (int) ((count + (long) most - 1) / most);
        int each = batches < 2 ? most : (count + batches - 1) / batches;
        return Math.min(most, (int) Math.min(Integer.MAX_VALUE, (each + groupRows - 1L) / groupRows * groupRows));
    }

    /** Returns how many codewords fit the device at once beside a batch. */
    int mostCodewords(int dimension) {
        long rows = largestBuffer() / (4L * (dimension + 1));
        return (int) Math.max(panelWidth, Math.min(Integer.MAX_VALUE / 2, rows / panelWidth * panelWidth));
    }

    /** A lane has the codebook twice, packed and as it is, its sums, and a batch: a fifth of its share each. */
    private long largestBuffer() {
        long share = (long) (description.memoryBytes() * MEMORY_SHARE / 2 / 5);
        return Math.min(share, description.largestBufferBytes());
    }
}
