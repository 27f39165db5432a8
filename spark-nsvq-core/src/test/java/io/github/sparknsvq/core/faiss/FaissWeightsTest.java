package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.Scaling;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import io.github.sparknsvq.core.quantizer.WeightedQuantizer;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of quantizers with weights answer by the weighted distance. */
class FaissWeightsTest {
    private static final Scaling SCALING = new Scaling(4, 0.2, 1, 1, 3, 0.5);

    @TempDir
    private Path directory;

    @Test
    void searchesByTheWeightedDistance() throws Exception {
        for (Quantizer inner : List.of(
                Examples.product(6, 3, 4),
                new RotatedQuantizer(Rotation.random(6, 3), Examples.product(6, 2, 4)),
                new ResidualQuantizer(Examples.codebooks(6, 16, 9), 2))) {
            WeightedQuantizer quantizer = new WeightedQuantizer(SCALING, inner, null);
            byte[] codes = quantizer.encode(Examples.gaussian(200, 6, 1, 77));
            Path file = Files.createTempFile(directory, "weighted", ".faiss");
            FaissWriter writer = new FaissWriter(new FaissIndex(quantizer, Metric.L2, 200, false));
            try (OutputStream out = Files.newOutputStream(file)) {
                writer.writeHeader(out);
                writer.writeCodes(codes, 0, 200, out);
                writer.writeTrailer(out);
            }
            FloatMatrix decoded = quantizer.decode(codes, 200);
            try (IvfIndex index = FaissFiles.open(file)) {
                for (int q = 0; q < 20; q++) {
                    float[] query = Examples.gaussian(1, 6, 1, q).values();
                    double[] slow = IntStream.range(0, 200)
                            .mapToDouble(i -> distance(query, decoded.row(i)))
                            .toArray();
                    int nearest = (int) index.search(query, 1, 1).ids()[0];
                    double least = IntStream.range(0, 200)
                            .mapToDouble(i -> slow[i])
                            .min()
                            .getAsDouble();
                    assertEquals(least, slow[nearest], 1e-4 * least + 1e-5);
                }
            }
        }
    }

    private static double distance(float[] a, float[] b) {
        float[] weights = SCALING.weights();
        return IntStream.range(0, a.length)
                .mapToDouble(j -> Math.pow(weights[j] * (a[j] - b[j]), 2))
                .sum();
    }
}
