package io.github.sparknsvq.gpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.PackedCodebook;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.assign.AssignTask;
import io.github.sparknsvq.core.training.assign.ProductAssignment;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.RowSelection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The device of this machine as trainings and encoders meet it. */
class OpenClSearchTest {
    private static final int N = 20_000;
    private static final int D = 24;

    private static FloatMatrix codebook(int codewords, long seed) {
        return new FloatMatrix(codewords, D, SumsContract.gaussian(codewords * D, seed));
    }

    @Test
    void servesEightThreadsWithCodebooksOfTheirOwn() throws Exception {
        OpenClDevice device = OpenCl.device(PanelKernel::new);
        NearestCodewordProvider provider = OpenCl.provider(device);
        float[] rows = SumsContract.gaussian(N * D, 1);
        ExecutorService pool = Executors.newFixedThreadPool(8);
        try {
            List<Future<?>> calls = new ArrayList<>();
            for (int t = 0; t < 8; t++) {
                FloatMatrix codebook = codebook(100 + 30 * t, t);
                calls.add(pool.submit(() -> {
                    int[] expected = new int[N];
                    NearestCodewordProviders.cpu().prepare(codebook).nearest(rows, 0, N, expected, new float[N]);
                    NearestCodeword search = provider.prepare(codebook);
                    for (int i = 0; i < 10; i++) {
                        int[] index = new int[N];
                        search.nearest(rows, 0, N, index, new float[N]);
                        assertTrue(differing(expected, index) <= 2);
                    }
                }));
            }
            for (Future<?> call : calls) {
                call.get();
            }
        } finally {
            pool.shutdownNow();
        }
        assertFalse(device.queue().failed());
    }

    private static int differing(int[] a, int[] b) {
        int differing = 0;
        for (int i = 0; i < a.length; i++) {
            differing += a[i] == b[i] ? 0 : 1;
        }
        return differing;
    }

    @Test
    void keepsItsMemoryOverThousandsOfCalls() throws Exception {
        OpenClDevice device = OpenCl.device(PanelKernel::new);
        NearestCodewordProvider provider = OpenCl.provider(device);
        float[] rows = SumsContract.gaussian(400 * D, 1);
        calls(provider, rows, 500);
        long before = residentBytes();
        calls(provider, rows, 3000);
        long grown = residentBytes() - before;
        // a buffer that stayed with every call would be more than 38 kB of it
        assertTrue(grown < 60L << 20, "grew by " + grown + " bytes");
        assertFalse(device.queue().failed());
    }

    /** Calls of different sizes with codebooks of different sizes: buffers come and go. */
    private static void calls(NearestCodewordProvider provider, float[] rows, int number) {
        NearestCodeword[] searches = {
            provider.prepare(codebook(64, 1)), provider.prepare(codebook(300, 2)), provider.prepare(codebook(64, 3))
        };
        int[] index = new int[400];
        float[] distance = new float[400];
        for (int i = 0; i < number; i++) {
            searches[i % 3].nearest(rows, 0, 50 + 50 * (i % 7), index, distance);
        }
    }

    private static long residentBytes() throws IOException {
        System.gc();
        Path statm = Path.of("/proc/self/statm");
        return Files.exists(statm) ? Long.parseLong(Files.readString(statm).split(" ", -1)[1]) * 4096 : 0;
    }

    @Test
    void keepsTheCodebookOnTheDevice() {
        OpenCl.device();
        PanelKernel kernel = new PanelKernel(OpenCl.id());
        KernelLane lane = new KernelLane(kernel, 2);
        float[] before = kernel.values;
        float[] rows = SumsContract.gaussian(N * D, 1);
        int[] expected = new int[N];
        int last = 0;
        for (int seed : new int[] {1, 1, 2}) {
            boolean changes = seed != last;
            last = seed;
            // a copy each time, as every task has one
            FloatMatrix codebook = codebook(200, seed);
            NearestCodewordProviders.cpu().prepare(codebook).nearest(rows, 0, N, expected, new float[N]);
            lane.fill(PackedCodebook.pack(codebook, 32), new Lane.Batch(rows, 0, N, 1, false, null, 0));
            assertEquals(changes, before != kernel.values);
            before = kernel.values;
            lane.run();
            assertTrue(differing(expected, Arrays.copyOf(lane.index(), N)) <= 2);
        }
        lane.close();
    }

    /** A kernel with groups that are larger than any driver allows. */
    static final class LargeGroupKernel extends SearchKernel {
        LargeGroupKernel(long device) {
            super(device, 1 << 20, 1, 32);
        }

        @Override
        void search() {
            index[0] = 0;
        }
    }

    @Test
    void whatTheDriverRefusesIsAFailureAndNotComputedInJava() {
        OpenCl.device();
        KernelLane lane = new KernelLane(new LargeGroupKernel(OpenCl.id()), 2);
        lane.fill(
                PackedCodebook.pack(codebook(3, 1), 32),
                new Lane.Batch(SumsContract.gaussian(D, 1), 0, 1, 1, false, null, 0));
        assertThrows(DeviceFailedException.class, lane::run);
        // and searches by other lanes are none the worse for it
        float[] rows = SumsContract.gaussian(10 * D, 1);
        OpenClDevice device = OpenCl.device(PanelKernel::new);
        OpenCl.provider(device).prepare(codebook(40, 2)).nearest(rows, 0, 10, new int[10], new float[10]);
        assertFalse(device.queue().failed());
    }

    @Test
    void aTrainingStepCountsAsOnTheCpu() {
        OpenClDevice device = OpenCl.device();
        float[] rows = SumsContract.gaussian(N * D, 1);
        float[] codewords = SumsContract.gaussian(300 * D, 2);
        try (LocalStatisticsSource source = new LocalStatisticsSource(new FloatMatrix(N, D, rows), null, 3)) {
            for (RowSelection selection : new RowSelection[] {RowSelection.ALL, new RowSelection(1, 0, 0, 2)}) {
                assertAlike(
                        new AssignTask(codewords, D, selection, Device.CPU).on(source),
                        new AssignTask(codewords, D, selection, Device.OPENCL).on(source));
            }
            ProductAssignment parts = new ProductAssignment(D, 2, 300);
            float[] both = SumsContract.gaussian(2 * 300 * D / 2, 3);
            assertAlike(
                    new AssignTask(parts, both, RowSelection.ALL, Device.CPU).on(source),
                    new AssignTask(parts, both, RowSelection.ALL, Device.OPENCL).on(source));
            assertFalse(device.queue().failed());
        }
    }

    private static void assertAlike(CodebookStatistics expected, CodebookStatistics found) {
        assertEquals(expected.weight(), found.weight());
        assertEquals(expected.error(), found.error(), 1e-5 * expected.error());
        // one row between two codewords may choose either
        double moved = 0;
        for (int k = 0; k < expected.counts().length; k++) {
            moved += Math.abs(expected.counts()[k] - found.counts()[k]);
        }
        assertTrue(moved <= 4, "moved " + moved);
        if (moved == 0) {
            assertArrayEquals(expected.sums(), found.sums(), 1e-3);
        }
    }
}
