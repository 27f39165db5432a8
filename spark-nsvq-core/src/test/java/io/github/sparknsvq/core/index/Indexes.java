package io.github.sparknsvq.core.index;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** Indexes of random codes that tests share. */
final class Indexes {
    private Indexes() {}

    /** The plain loops, where the CPU's are not. */
    static ScanKernel plainKernel() {
        return new NearestCodewordProvider() {
            @Override
            public String name() {
                return "none";
            }

            @Override
            public Device device() {
                return Device.CPU;
            }

            @Override
            public String description() {
                return "nothing but plain scans";
            }

            @Override
            public Optional<String> unavailableBecause() {
                return Optional.empty();
            }

            @Override
            public NearestCodeword prepare(FloatMatrix codebook) {
                return NearestCodewordProviders.cpu().prepare(codebook);
            }
        }.scans();
    }

    static float[] gaussian(int n, double scale, double offset, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = (float) (offset + scale * random.nextGaussian());
        }
        return values;
    }

    static ProductQuantizer product(int parts, int size, int bits, double scale, long seed) {
        int d = parts * size;
        return new ProductQuantizer(d, parts, bits, gaussian(d << bits, scale, 0, seed));
    }

    static ResidualQuantizer residual(int d, double scale, long seed, int... sizes) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int m = 0; m < sizes.length; m++) {
            codebooks.add(new FloatMatrix(sizes[m], d, gaussian(sizes[m] * d, scale, 0, seed + m)));
        }
        return new ResidualQuantizer(codebooks, 1);
    }

    static IvfQuantizer quantizer(
            Metric metric, int lists, int dimension, Quantizer codes, boolean byResidual, double scale) {
        return quantizer(metric, lists, dimension, codes, byResidual, scale, scale);
    }

    static IvfQuantizer quantizer(
            Metric metric, int lists, int d, Quantizer codes, boolean byResidual, double scale, double offset) {
        FloatMatrix centroids = new FloatMatrix(lists, d, gaussian(lists * d, 2 * scale, offset, 7));
        return new IvfQuantizer(metric, List.of(), centroids, codes, byResidual);
    }

    /** Random codes, with indices that have codewords. */
    static byte[] codes(Quantizer quantizer, int[] codewords, int count, long seed) {
        Random random = new Random(seed);
        int[] indices = new int[count * codewords.length];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = random.nextInt(codewords[i % codewords.length]);
        }
        byte[] codes = new byte[count * quantizer.codeSize()];
        quantizer.codeBits().pack(indices, 0, count, codes, 0);
        return codes;
    }

    /** Lists of random vectors, each where its centroid is nearest, with ids from 1000 on in random order. */
    static HeapLists lists(IvfQuantizer quantizer, ListFormat format, float[] rows) {
        int count = rows.length / quantizer.innerDimension();
        int[] assigned = new int[count];
        quantizer.assign(rows, 0, count, assigned);
        byte[] packed = new byte[count * quantizer.codeSize()];
        quantizer.encode(rows, 0, count, assigned, packed, 0);
        byte[][] codes = new byte[quantizer.lists()][];
        long[][] ids = new long[quantizer.lists()][];
        for (int list = 0; list < codes.length; list++) {
            byte[] own = new byte[packed.length];
            long[] ownIds = new long[count];
            int n = 0;
            for (int i = 0; i < count; i++) {
                if (assigned[i] == list) {
                    ownIds[n] = id(i);
                    System.arraycopy(
                            packed, i * quantizer.codeSize(), own, n++ * quantizer.codeSize(), quantizer.codeSize());
                }
            }
            ids[list] = java.util.Arrays.copyOf(ownIds, n);
            codes[list] = new byte[(int) format.bytes(n)];
            format.pack(own, 0, n, codes[list], 0);
        }
        return new HeapLists(format, codes, ids);
    }

    /** The id of row {@code i}. */
    static long id(int i) {
        return (1L << 40) - 3L * i;
    }
}
