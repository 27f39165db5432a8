package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.InvertedLists;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * An inverted-file index in memory, with lists of different sizes, some empty.
 *
 * @param quantizer the quantizer
 * @param lists packed codes
 * @param blocks whether codes should lie in blocks when they are written
 */
record IvfExample(IvfQuantizer quantizer, HeapLists lists, boolean blocks) {
    static final int D = 12;
    static final int PROBES = 3;

    static IvfExample of(
            Metric metric,
            List<VectorTransform> transforms,
            Quantizer codes,
            boolean byResidual,
            int lists,
            int count) {
        FloatMatrix centroids = Examples.gaussian(lists, D, 1, 21);
        for (int j = 0; j < D; j++) {
            centroids.values()[j] = 4; // the first list is far from everything
        }
        IvfQuantizer quantizer = new IvfQuantizer(metric, transforms, centroids, codes, byResidual);
        float[] rows = Examples.gaussian(count, D, 1, 22).values();
        float[] inner = new float[rows.length];
        quantizer.transform(rows, 0, count, inner, 0);
        int[] assigned = new int[count];
        quantizer.assign(inner, 0, count, assigned);
        int codeSize = quantizer.codeSize();
        byte[] packed = new byte[count * codeSize];
        quantizer.encode(inner, 0, count, assigned, packed, 0);
        ByteArrayOutputStream[] lists2 = new ByteArrayOutputStream[lists];
        long[][] ids = new long[lists][0];
        Random random = new Random(5);
        for (int list = 0; list < lists; list++) {
            int current = list;
            lists2[list] = new ByteArrayOutputStream();
            for (int i = 0; i < count; i++) {
                if (assigned[i] == current) {
                    lists2[list].write(packed, i * codeSize, codeSize);
                }
            }
            ids[list] = random.longs(lists2[list].size() / codeSize, 0, Long.MAX_VALUE)
                    .toArray();
        }
        byte[][] bytes = new byte[lists][];
        for (int list = 0; list < lists; list++) {
            bytes[list] = lists2[list].toByteArray();
        }
        return new IvfExample(quantizer, new HeapLists(new PlainFormat(codeSize), bytes, ids), false);
    }

    IvfExample inBlocks() {
        return new IvfExample(quantizer, lists, true);
    }

    /** Quantizers of every kind that lists can have. */
    static Map<String, Quantizer> quantizers() {
        Map<String, Quantizer> all = new LinkedHashMap<>();
        all.put("Flat", null);
        all.put("PQ4x8", Examples.product(D, 4, 8));
        all.put("PQ3x5", Examples.product(D, 3, 5));
        all.put("PQ2x10", Examples.product(D, 2, 10));
        all.put("PQ6x4", Examples.product(D, 6, 4));
        all.put("PQ3x4", Examples.product(D, 3, 4));
        all.put("RQ3x4", new ResidualQuantizer(Examples.codebooks(D, 16, 16, 16), 3));
        all.put("RQ-odd", new ResidualQuantizer(Examples.codebooks(D, 100, 1, 7), 1));
        all.put("AQ", new AdditiveQuantizer(Examples.codebooks(D, 8, 16), 4, 2));
        all.put("SQ8", Examples.scalar(ScalarQuantizer.Type.QT_8BIT, D));
        all.put("SQfp16", Examples.scalar(ScalarQuantizer.Type.QT_FP16, D));
        all.put("VQ", new VectorQuantizer(Examples.gaussian(30, D, 1, 9)));
        return all;
    }

    static Map<String, List<VectorTransform>> transforms() {
        Map<String, List<VectorTransform>> all = new LinkedHashMap<>();
        Rotation rotation = Rotation.random(D, 6);
        all.put("", List.of());
        all.put("R,", List.of(rotation));
        all.put("L2norm,", List.of(new Normalization(D)));
        all.put("L2norm,R,", List.of(new Normalization(D), rotation));
        return all;
    }

    /** All of them under both metrics; 4-bit products in blocks, too. */
    static Map<String, IvfExample> all() {
        Map<String, IvfExample> all = new LinkedHashMap<>();
        for (Metric metric : Metric.values()) {
            transforms()
                    .forEach((before, transforms) -> quantizers().forEach((name, codes) -> {
                        for (boolean byResidual : codes == null ? List.of(false) : List.of(false, true)) {
                            String key = before + name + (byResidual ? "r" : "") + "-" + metric;
                            IvfExample example = of(metric, transforms, codes, byResidual, 7, 120);
                            all.put(key, example);
                            if (codes != null && name.endsWith("x4") && name.startsWith("PQ")) {
                                all.put(key + "-fs", example.inBlocks());
                            }
                        }
                    }));
        }
        all.put("sparse", of(Metric.L2, List.of(), Examples.product(D, 6, 4), true, 40, 10));
        all.put(
                "sparse-fs",
                of(Metric.L2, List.of(), Examples.product(D, 6, 4), true, 40, 10)
                        .inBlocks());
        all.put("none", of(Metric.L2, List.of(), null, false, 5, 0));
        all.put("one", of(Metric.INNER_PRODUCT, List.of(), Examples.product(D, 4, 8), true, 1, 40));
        return all;
    }

    FaissIvfWriter writer() {
        int[] sizes = new int[lists.lists()];
        for (int list = 0; list < sizes.length; list++) {
            sizes[list] = lists.size(list);
        }
        return new FaissIvfWriter(quantizer, blocks, sizes, PROBES);
    }

    byte[] write() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FaissIvfWriter writer = writer();
        writer.writeHeader(out);
        for (int list = 0; list < lists.lists(); list++) {
            writer.writeList(lists, list, out);
        }
        return out.toByteArray();
    }

    int count() {
        int count = 0;
        for (int list = 0; list < lists.lists(); list++) {
            count += lists.size(list);
        }
        return count;
    }

    /** Packed codes of a list, whatever its format. */
    static byte[] packed(IvfQuantizer quantizer, InvertedLists lists, int list) {
        ListFormat format = lists.format();
        int size = lists.size(list);
        byte[] source = new byte[(int) format.bytes(size)];
        lists.codes(list, 0, size, source);
        byte[] packed = new byte[size * quantizer.codeSize()];
        format.unpack(source, 0, size, packed, 0);
        return packed;
    }

    /** All ids, list after list. */
    static long[] ids(InvertedLists lists, int count) {
        long[] ids = new long[count];
        int at = 0;
        for (int list = 0; list < lists.lists(); list++) {
            long[] some = new long[lists.size(list)];
            lists.ids(list, 0, some.length, some);
            System.arraycopy(some, 0, ids, at, some.length);
            at += some.length;
        }
        return ids;
    }

    /** What all codes stand for, list after list, before the transforms are turned back. */
    static float[] decoded(IvfQuantizer quantizer, InvertedLists lists, int count) {
        int d = quantizer.innerDimension();
        float[] rows = new float[count * d];
        int at = 0;
        for (int list = 0; list < lists.lists(); list++) {
            quantizer.decode(list, packed(quantizer, lists, list), 0, lists.size(list), rows, at * d);
            at += lists.size(list);
        }
        return rows;
    }
}
