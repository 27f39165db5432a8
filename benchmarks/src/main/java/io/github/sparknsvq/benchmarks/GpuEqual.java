package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.benchmarks.KernelBenchmark.Shape;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/** Compares what OpenCL finds with what the CPU finds: the same codeword, or another one as near up to rounding. */
final class GpuEqual {
    private static final Device[] DEVICES = {Device.OPENCL, Device.CPU};

    private final FloatMatrix codebook;
    private final FloatMatrix rows;
    private final int count;
    private final int[][] index = new int[2][];
    private final float[][] distance = new float[2][];
    private final double[] mean;

    private int differing;
    private int beyondRounding;
    private double largestTie;
    private double largestDistanceDifference;

    private GpuEqual(Shape shape, GpuLimits limits) {
        codebook = GpuData.uniform(shape.k(), shape.d(), 1);
        FloatMatrix all = GpuData.uniform(shape.n(), shape.d(), 2);
        int n = shape.n();
        for (Device device : DEVICES) {
            try (ParallelSearch search = searchOn(device, all)) {
                n = Math.min(n, search.warmUp(limits));
            }
        }
        count = n;
        rows = GpuData.first(all, n);
        mean = meanOf(codebook);
    }

    private ParallelSearch searchOn(Device device, FloatMatrix block) {
        int cores = Runtime.getRuntime().availableProcessors();
        NearestCodeword search = NearestCodewordProviders.forDevice(device).prepare(codebook);
        return new ParallelSearch(search, block, cores, 0, false);
    }

    /** Compares all rows of a shape, or as many as the limits allow. */
    static void measure(Shape shape, GpuLimits limits) {
        GpuEqual equal = new GpuEqual(shape, limits);
        equal.search();
        for (int i = 0; i < equal.count; i++) {
            equal.compare(i);
        }
        new JsonLine("equal")
                .put("rows", equal.count)
                .put("d", shape.d())
                .put("k", shape.k())
                .put("differing", equal.differing)
                .put("beyondRounding", equal.beyondRounding)
                .put("largestTie", equal.largestTie)
                .put("largestDistanceDifference", equal.largestDistanceDifference)
                .print();
    }

    private void search() {
        for (int i = 0; i < 2; i++) {
            try (ParallelSearch search = searchOn(DEVICES[i], rows)) {
                search.run(count);
                index[i] = search.index();
                distance[i] = search.squaredDistance();
            }
        }
    }

    private void compare(int row) {
        int one = index[0][row];
        int other = index[1][row];
        if (one == other) {
            double apart = Math.abs((double) distance[0][row] - distance[1][row]);
            largestDistanceDifference = Math.max(largestDistanceDifference, apart / distance[1][row]);
            return;
        }
        differing++;
        double nearer = Math.min(squaredDistance(row, one), squaredDistance(row, other));
        double farther = Math.max(squaredDistance(row, one), squaredDistance(row, other));
        largestTie = Math.max(largestTie, (farther - nearer) / nearer);
        if (farther - nearer > rounding(row, one) + rounding(row, other)) {
            beyondRounding++;
        }
    }

    private double squaredDistance(int row, int codeword) {
        double sum = 0;
        for (int j = 0; j < rows.columns(); j++) {
            double apart = (double) rows.get(row, j) - codebook.get(codeword, j);
            sum += apart * apart;
        }
        return sum;
    }

    /** How near another codeword may be without being found, as {@code NearestCodeword} says. */
    private double rounding(int row, int codeword) {
        double x = 0;
        double c = 0;
        for (int j = 0; j < mean.length; j++) {
            x += Math.pow(rows.get(row, j) - mean[j], 2);
            c += Math.pow(codebook.get(codeword, j) - mean[j], 2);
        }
        return 0x1p-22 * Math.sqrt(mean.length) * (Math.sqrt(x) + Math.sqrt(c)) * Math.sqrt(c);
    }

    private static double[] meanOf(FloatMatrix codebook) {
        double[] mean = new double[codebook.columns()];
        for (int i = 0; i < codebook.rows(); i++) {
            for (int j = 0; j < mean.length; j++) {
                mean[j] += codebook.get(i, j) / (double) codebook.rows();
            }
        }
        return mean;
    }
}
