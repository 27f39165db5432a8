package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.kernel.PackedCodebook;

/**
 * Memory on a device for one batch of rows, and what runs over it. The holder of a lane fills and reads it on its own
 * thread; it runs on the device's thread.
 */
interface Lane {

    /**
     * Copies a batch in. The codebook stays on the device while the next batches have the same.
     *
     * @param codebook laid out for the device
     * @param batch the rows
     */
    void fill(PackedCodebook codebook, Batch batch);

    /**
     * Sends the batch to the device, searches, and brings back what was asked for.
     *
     * @throws DeviceFailedException if the device does not do so
     */
    void run();

    /** Returns the codewords found, {@code most} for each row; not set for sums. */
    int[] index();

    /** Returns their squared distances. */
    float[] squaredDistance();

    /** Returns the weight that chose each codeword. */
    float[] counts();

    /** Returns the weighted sums of what rows differ from the codeword that they chose, {@code K x D}. */
    float[] sums();

    /** Returns the weighted squared error of each codeword. */
    float[] errors();

    /** Gives the device's memory back. */
    void close();

    /**
     * Rows to be searched for.
     *
     * @param rows row-major block that holds them
     * @param offset where the first starts
     * @param count number of rows, at least 1
     * @param most how many codewords are wanted for each
     * @param summing whether the sums of the rows by codeword are wanted, and not what each found
     * @param weights the rows' weights, or null if all weigh 1; only for sums
     * @param firstWeight where those of these rows start
     */
    @SuppressWarnings("ArrayRecordComponent") // a view that is never compared
    record Batch(float[] rows, int offset, int count, int most, boolean summing, float[] weights, int firstWeight) {}
}
