package io.github.sparknsvq.ml.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodeHistogramTest {
    @Test
    void measuresTheUseOfCodewords() {
        CodeHistogram histogram = new CodeHistogram(new long[] {4, 2, 0, 1, 1});
        assertEquals(8, histogram.rows());
        assertEquals(0.5 * 1 + 0.25 * 2 + 2 * 0.125 * 3, histogram.bits(), 1e-12);
        assertEquals(Math.pow(2, 1.75), histogram.perplexity(), 1e-12);
        assertEquals(1, histogram.dead());
        assertEquals(6 / 8.0, histogram.collisionRate());
    }

    @Test
    void saysNothingOfNoRows() {
        CodeHistogram histogram = new CodeHistogram(new long[2]);
        assertEquals(0, histogram.bits());
        assertEquals(2, histogram.dead());
        assertTrue(Double.isNaN(histogram.collisionRate()));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "256, 1", "257, 2", "65536, 2", "65537, 3"})
    void countsTheBytesOfACode(int codewords, int bytes) {
        assertEquals(bytes, new CodeHistogram(new long[codewords]).codeBytes());
    }
}
