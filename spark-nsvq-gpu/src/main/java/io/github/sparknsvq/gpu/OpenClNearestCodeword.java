package io.github.sparknsvq.gpu;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.CodewordSums;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.kernel.SummingSearch;
import io.github.sparknsvq.core.kernel.TopScores;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Search in one codebook on an OpenCL device: rows go there a batch at a time, the next being copied while one is
 * searched for. What the device does not do, because it is busy for too long or failed, the CPU does.
 */
final class OpenClNearestCodeword implements SummingSearch {
    private final Supplier<OpenClDevice> device;
    private final NearestCodewordProvider cpu;
    private final PackedCodebook codebook;
    private volatile PackedCodebook otherLayout;
    private NearestCodeword onCpu;

    /**
     * Prepares a search.
     *
     * @param codebook {@code K x D}, both at least 1; copied
     * @param device gives the calling task's device
     * @param cpu searches where the device does not
     * @throws IllegalArgumentException if the codebook is empty
     */
    OpenClNearestCodeword(FloatMatrix codebook, Supplier<OpenClDevice> device, NearestCodewordProvider cpu) {
        this.device = device;
        this.cpu = cpu;
        this.codebook = PackedCodebook.pack(codebook, device.get().panelWidth());
    }

    @Override
    public int dimension() {
        return codebook.dimension();
    }

    @Override
    public int codewords() {
        return codebook.codewords();
    }

    @Override
    public int rowsPerCall() {
        OpenClDevice where = device.get();
        return where.queue().failed()
                ? cpu.rowsPerCall(codewords(), dimension(), dimension())
                : where.rowsPerCall(codewords(), dimension(), dimension());
    }

    @Override
    public void nearest(float[] rows, int offset, int count, int p, int[] index, float[] squaredDistance) {
        checkSearch(rows, offset, count, p, index, squaredDistance);
        int d = dimension();
        search(count, p, new Parts() {
            @Override
            public Lane.Batch batch(int from, int n) {
                return new Lane.Batch(rows, offset + from * d, n, p, false, null, 0);
            }

            @Override
            public void take(Lane lane, int from, int n) {
                System.arraycopy(lane.index(), 0, index, from * p, n * p);
                System.arraycopy(lane.squaredDistance(), 0, squaredDistance, from * p, n * p);
                for (int i = from; p > 1 && i < from + n; i++) {
                    TopScores.sort(index, squaredDistance, i * p, p);
                }
            }

            @Override
            public void onCpu(int from, int n) {
                int[] found = from == 0 ? index : new int[n * p];
                float[] distance = from == 0 ? squaredDistance : new float[n * p];
                if (p == 1) {
                    // the CPU keeps no lists of codewords for one
                    cpuSearch().nearest(rows, offset + from * d, n, found, distance);
                } else {
                    cpuSearch().nearest(rows, offset + from * d, n, p, found, distance);
                }
                System.arraycopy(found, 0, index, from * p, n * p);
                System.arraycopy(distance, 0, squaredDistance, from * p, n * p);
            }
        });
    }

    @Override
    public void accumulate(
            float[] rows, int offset, int count, float[] weights, int firstWeight, int first, CodewordSums sums) {
        checkRows(rows, offset, count);
        if (weights != null && (firstWeight < 0 || firstWeight + (long) count > weights.length)) {
            throw new IndexOutOfBoundsException(
                    count + " weights from " + firstWeight + " do not lie in an array of " + weights.length);
        }
        int d = dimension();
        search(count, 1, new Parts() {
            @Override
            public Lane.Batch batch(int from, int n) {
                return new Lane.Batch(rows, offset + from * d, n, 1, true, weights, firstWeight + from);
            }

            @Override
            public void take(Lane lane, int from, int n) {
                sums.add(first, original(), lane.counts(), lane.sums(), lane.errors());
            }

            @Override
            public void onCpu(int from, int n) {
                int[] found = new int[n];
                float[] distance = new float[n];
                cpuSearch().nearest(rows, offset + from * d, n, found, distance);
                for (int i = 0; i < n; i++) {
                    float weight = weights == null ? 1f : weights[firstWeight + from + i];
                    sums.add(first + found[i], rows, offset + (from + i) * d, weight, distance[i]);
                }
            }
        });
    }

    /** A call, which is done in parts. */
    private interface Parts {
        Lane.Batch batch(int from, int n);

        void take(Lane lane, int from, int n);

        void onCpu(int from, int n);
    }

    /** A part that a lane was filled with. */
    private record Started(Lane lane, Future<?> run, int from, int n) {}

    private void search(int count, int p, Parts parts) {
        OpenClDevice where = device.get();
        if (where.queue().failed() || (double) count * codewords() * dimension() < where.leastWork()) {
            parts.onCpu(0, count);
            return;
        }
        int most = where.rowsOfBatches(count, codewords(), dimension(), p);
        Deque<Started> started = new ArrayDeque<>();
        try {
            for (int from = 0, n; from < count; from += n) {
                n = Math.min(most, count - from);
                Lane lane =
                        started.isEmpty() ? where.queue().take() : where.queue().takeAtOnce();
                if (lane == null && !started.isEmpty()) {
                    // another task has the second lane: a task that waits for a lane must hold none
                    while (!started.isEmpty()) {
                        finish(where.queue(), started, parts);
                    }
                    lane = where.queue().take();
                }
                if (lane == null) {
                    parts.onCpu(from, n);
                } else {
                    start(where, lane, from, n, started, parts);
                }
            }
            while (!started.isEmpty()) {
                finish(where.queue(), started, parts);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new NsvqException("interrupted while an OpenCL device was searching", e);
        } finally {
            started.forEach(part -> where.queue().giveLater(part.lane()));
        }
    }

    private void start(OpenClDevice where, Lane lane, int from, int n, Deque<Started> started, Parts parts) {
        boolean running = false;
        try {
            lane.fill(layout(where.panelWidth()), parts.batch(from, n));
            started.add(new Started(lane, where.queue().run(lane), from, n));
            running = true;
        } finally {
            if (!running) {
                where.queue().give(lane);
            }
        }
    }

    /** Waits for the part that was started first and takes what it found. */
    private void finish(DeviceQueue queue, Deque<Started> started, Parts parts) throws InterruptedException {
        Started part = started.element();
        try {
            part.run().get(queue.patience().toNanos(), TimeUnit.NANOSECONDS);
            started.remove();
            try {
                parts.take(part.lane(), part.from(), part.n());
            } finally {
                queue.give(part.lane());
            }
        } catch (ExecutionException | TimeoutException e) {
            started.remove();
            queue.fail(
                    e instanceof ExecutionException
                            ? e.getCause()
                            : new DeviceFailedException(
                                    "no result within " + queue.patience().toSeconds() + " s"));
            queue.giveLater(part.lane());
            parts.onCpu(part.from(), part.n());
        }
    }

    /** Returns the codebook in a device's layout; a machine's devices are likely to have the same one. */
    private PackedCodebook layout(int width) {
        if (codebook.width() == width) {
            return codebook;
        }
        PackedCodebook other = otherLayout;
        if (other == null || other.width() != width) {
            other = PackedCodebook.pack(original(), width);
            otherLayout = other;
        }
        return other;
    }

    private synchronized NearestCodeword cpuSearch() {
        if (onCpu == null) {
            onCpu = cpu.prepare(original());
        }
        return onCpu;
    }

    private FloatMatrix original() {
        return new FloatMatrix(codewords(), dimension(), codebook.original());
    }
}
