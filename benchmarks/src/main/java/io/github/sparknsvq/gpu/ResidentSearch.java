package io.github.sparknsvq.gpu;

import com.aparapi.Kernel;
import com.aparapi.internal.exception.AparapiException;
import com.aparapi.internal.model.ClassModel;
import com.aparapi.internal.writer.KernelWriter;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.Arrays;

/**
 * A search whose rows and codebook are on the first device already, for measuring its kernel alone: no batches, no
 * queue, no transfers. For one thread. It is in this package because the lanes that it measures are
 * package-private.
 */
public final class ResidentSearch implements AutoCloseable {
    private final KernelLane lane;
    private final int rows;

    /**
     * Takes rows and codebook to the device, and runs the search once.
     *
     * @param codebook {@code K x D}, both at least 1
     * @param rows {@code N x D}, at least one row
     * @throws NsvqException if there is no device, or it fails
     */
    public ResidentSearch(FloatMatrix codebook, FloatMatrix rows) {
        OpenClDevices devices = OpenClDevices.ofMachine();
        if (devices.all().isEmpty()) {
            throw new NsvqException(devices.problem().orElseThrow());
        }
        OpenClDevice device = devices.all().get(0);
        this.rows = rows.rows();
        this.lane = (KernelLane) device.newLane();
        lane.fill(
                PackedCodebook.pack(codebook, device.panelWidth()),
                new Lane.Batch(rows.values(), 0, rows.rows(), 1, false, null, 0));
        lane.run();
    }

    /** Searches again, and waits for the end. */
    public void search() {
        lane.searchAgain();
    }

    /** Returns the codeword that the constructor found for each row, {@code N} values. */
    public int[] index() {
        return Arrays.copyOf(lane.index(), rows);
    }

    @Override
    public void close() {
        lane.close();
    }

    /**
     * Returns the OpenCL that Aparapi makes of a kernel.
     *
     * @param kind {@code gpu} or {@code cpu}, the kind of device that it is for
     */
    public static String generatedOpenCl(String kind) {
        Kernel kernel = kind.equals("gpu") ? new GroupTileKernel(0) : new PanelKernel(0);
        try {
            return KernelWriter.writeToString(
                    ClassModel.createClassModel(kernel.getClass()).getEntrypoint("run", kernel));
        } catch (AparapiException e) {
            throw new NsvqException("Aparapi cannot translate the kernel for " + kind, e);
        }
    }
}
