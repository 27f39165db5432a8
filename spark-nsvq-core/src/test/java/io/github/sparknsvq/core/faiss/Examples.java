package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Indexes that the tests share, each from a seed. */
final class Examples {
    private Examples() {}

    static FloatMatrix gaussian(int n, int d, double scale, long seed) {
        Random random = new Random(seed);
        float[] values = new float[n * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return new FloatMatrix(n, d, values);
    }

    static ProductQuantizer product(int d, int parts, int bits) {
        float[] codewords = gaussian(1 << bits, d, 1, 31L * parts + bits).values();
        return new ProductQuantizer(d, parts, bits, codewords);
    }

    static ScalarQuantizer scalar(ScalarQuantizer.Type type, int d) {
        float[] ranges = new float[(int) type.rangeValues(d)];
        for (int j = 0; j < ranges.length; j++) {
            ranges[j] = j < ranges.length / 2 ? -1.5f - 0.1f * j : 3;
        }
        return new ScalarQuantizer(type, d, ranges);
    }

    static List<FloatMatrix> codebooks(int d, int... sizes) {
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int m = 0; m < sizes.length; m++) {
            codebooks.add(gaussian(sizes[m], d, Math.pow(0.6, m), 40 + m));
        }
        return codebooks;
    }

    /** Quantizers of every kind that can be written, with codebooks of powers of two and others. */
    static Map<String, Quantizer> quantizers() {
        Map<String, Quantizer> all = new LinkedHashMap<>();
        all.put("PQ8x4", product(16, 8, 4));
        all.put("PQ3x5", product(12, 3, 5));
        all.put("PQ4x8", product(16, 4, 8));
        all.put("PQ2x10", product(6, 2, 10));
        all.put("OPQ2x4", new RotatedQuantizer(Rotation.random(8, 3), product(8, 2, 4)));
        all.put("OPQ4x8", new RotatedQuantizer(Rotation.random(16, 4), product(16, 4, 8)));
        all.put("RQ3x8", new ResidualQuantizer(codebooks(10, 256, 256, 256), 4));
        all.put("RQ-mixed", new ResidualQuantizer(codebooks(7, 64, 4, 2, 16, 512), 2));
        all.put("RQ-odd", new ResidualQuantizer(codebooks(5, 100, 1, 7), 1));
        all.put("ORQ", new RotatedQuantizer(Rotation.random(5, 5), new ResidualQuantizer(codebooks(5, 8, 32), 1)));
        all.put("AQ", new AdditiveQuantizer(codebooks(8, 16, 20, 16), 8, 2));
        all.put("VQ", new VectorQuantizer(gaussian(300, 4, 1, 9)));
        all.put("SQ8", scalar(ScalarQuantizer.Type.QT_8BIT, 5));
        all.put("SQ6", scalar(ScalarQuantizer.Type.QT_6BIT, 7));
        all.put("SQfp16", scalar(ScalarQuantizer.Type.QT_FP16, 4));
        all.put("OSQ4", new RotatedQuantizer(Rotation.random(3, 8), scalar(ScalarQuantizer.Type.QT_4BIT, 3)));
        return all;
    }

    static FaissContent content(Quantizer quantizer, Metric metric, int count, boolean hasIds) {
        long[] ids = hasIds ? new Random(8).longs(count).map(id -> id >>> 1).toArray() : null;
        byte[] codes = quantizer.encode(gaussian(count, quantizer.dimension(), 1, 77));
        return new FaissContent(new FaissIndex(quantizer, metric, count, hasIds), codes, ids);
    }

    static byte[] write(FaissContent content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        FaissWriter writer = new FaissWriter(content.index());
        int count = (int) content.index().count();
        writer.writeHeader(out);
        writer.writeCodes(content.codes(), 0, count, out);
        writer.writeTrailer(out);
        if (content.ids() != null) {
            writer.writeIds(content.ids(), 0, count, out);
        }
        return out.toByteArray();
    }

    static FaissContent read(byte[] file) throws IOException {
        return FaissFiles.read(MappedFile.of(Path.of("a.faiss"), file));
    }
}
