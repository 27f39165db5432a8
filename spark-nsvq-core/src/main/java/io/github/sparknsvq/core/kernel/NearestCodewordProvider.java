package io.github.sparknsvq.core.kernel;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;
import java.util.Optional;

/**
 * One implementation of nearest-codeword search, which knows whether this machine can run it.
 *
 * <p>Implementations outside this module are found by {@link java.util.ServiceLoader}; {@link
 * NearestCodewordProviders} chooses among them.
 */
public interface NearestCodewordProvider {

    /** Returns the implementation's name, such as {@code vector-api}. */
    String name();

    /** Returns the device that it computes on. */
    default Device device() {
        return Device.CPU;
    }

    /** Returns what it runs on in a few words, such as {@code Vector API, 16 floats at a time}. */
    String description();

    /** Returns why it cannot run here, in one sentence with the remedy; empty if it can. */
    default Optional<String> unavailableBecause() {
        return Optional.empty();
    }

    /**
     * Packs a codebook for searching.
     *
     * @param codebook {@code K x D}, both at least 1; it is copied
     * @return the search, safe for use by several threads
     * @throws IllegalArgumentException if the codebook is empty
     */
    NearestCodeword prepare(FloatMatrix codebook);

    /**
     * Returns how many rows a call should bring to be fast.
     *
     * @param codewords number of codewords {@code K}
     * @param dimension dimension {@code D} of the search
     * @param rowValues values that the caller holds per row, {@code D} or a multiple of it
     * @return the number of rows, at least 1
     */
    default int rowsPerCall(int codewords, int dimension, int rowValues) {
        return CallSize.ofCpu(rowValues);
    }

    /** Returns the devices that it can choose among; none for the CPU's own cores. */
    default List<ComputeDevice> devices() {
        return List.of();
    }

    /** Returns whether all the devices that it can choose among are the CPU's own cores under another name. */
    default boolean onOwnCores() {
        return !devices().isEmpty()
                && devices().stream().allMatch(device -> device.kind().equals("cpu"));
    }

    /**
     * Measures how many rows a second it finds codewords for, with the way to the device and back.
     *
     * @param codewords number of codewords {@code K}
     * @param dimension dimension {@code D}
     * @throws NsvqException if the device does not do it
     */
    default double rowsPerSecond(int codewords, int dimension) {
        return SearchSpeed.ofDevice(this, codewords, dimension);
    }

    /**
     * Returns the loops of searches for sums of codewords, on the CPU; plain Java unless the implementation has its
     * own.
     */
    default SumKernel sums() {
        return new PlainSumKernel();
    }

    /** Returns the loops of scanning lists, on the CPU; plain Java unless the implementation has its own. */
    default ScanKernel scans() {
        return new PlainScanKernel();
    }
}
