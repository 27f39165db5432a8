package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CodeHistogramTest {
    private static CodeHistogram of(double... counts) {
        return new CodeHistogram(counts);
    }

    @Test
    void measuresTheUseOfCodewords() {
        CodeHistogram histogram = of(4, 2, 0, 1, 1);
        assertEquals(8, histogram.total());
        assertEquals(0.5 * 1 + 0.25 * 2 + 2 * 0.125 * 3, histogram.entropyBits(), 1e-12);
        assertEquals(Math.pow(2, 1.75), histogram.perplexity(), 1e-12);
        assertEquals(1, histogram.dead());
        assertEquals(6 / 8.0, histogram.collisionRate());
    }

    /** The definitions, row by row: no counts. */
    @Test
    void agreesWithARowByRowReference() {
        Random random = new Random(4);
        List<Integer> codes = random.ints(500, 0, 300).boxed().toList();
        double[] counts = new double[300];
        codes.forEach(code -> counts[code]++);
        Map<Integer, Long> rowsOf =
                codes.stream().collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        double surprise = codes.stream()
                .mapToDouble(code -> Math.log(500.0 / rowsOf.get(code)) / Math.log(2))
                .average()
                .getAsDouble();
        long shared = codes.stream().filter(code -> rowsOf.get(code) > 1).count();

        CodeHistogram histogram = of(counts);
        assertEquals(surprise, histogram.entropyBits(), 1e-10);
        assertEquals(300 - rowsOf.size(), histogram.dead());
        assertEquals(shared / 500.0, histogram.collisionRate());
        assertTrue(shared < 500 && histogram.dead() > 0, "the data should exercise both");
    }

    @Test
    void theScaleOfWeightsDoesNotShow() {
        double[] weights = {0.5, 1.25, 0, 3};
        double[] scaled = Arrays.stream(weights).map(weight -> weight * 1e-6).toArray();
        assertEquals(of(weights).entropyBits(), of(scaled).entropyBits(), 1e-12);
        double[] even = new double[5];
        Arrays.fill(even, 0.3);
        assertEquals(5, of(even).perplexity(), 1e-9);
        assertEquals(1, of(0, 7, 0).perplexity());
    }

    @Test
    void saysNothingOfNoRows() {
        CodeHistogram histogram = of(0, 0);
        assertEquals(0, histogram.entropyBits());
        assertEquals(1, histogram.perplexity());
        assertEquals(2, histogram.dead());
        assertTrue(Double.isNaN(histogram.collisionRate()));
    }
}
