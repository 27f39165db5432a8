package io.github.sparknsvq.core.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncodingComplexityTest {

    /** Figure 4-c (dimension 64, beam 16) and Figure 6-b (dimension 128, beam of at most 64): log10 WMOPS. */
    @ParameterizedTest
    @CsvSource({
        "64, 12, -.31026327, -2.28920590, -2.87095494", "64, 16, -.17530026, -2.01010544, -2.59825492",
        "64, 20, .01058911, -1.72046994, -2.31211448", "64, 24, .24012023, -1.42525129, -2.01872517",
        "64, 28, .50043985, -1.12715640, -1.72156652", "64, 32, .77958798, -.82760142, -1.42248522",
        "64, 36, 1.06924921, -.52731082, -1.12243286", "64, 40, 1.36448124, -.22665099, -.82189251",
        "128, 12, -.48649208, -1.98893731, -2.57283860", "128, 16, .10798355, -1.71000993, -2.30085631",
        "128, 20, .71964761, -1.42046791, -2.01511280", "128, 24, 1.35184904, -1.12529790, -1.72193267",
        "128, 28, 1.54619561, -.82722782, -1.42488146", "128, 32, 1.78211548, -.52768538, -1.12585462",
        "128, 36, 2.04652167, -.22740108, -.82582967", "128, 40, 2.32801246, .07325559, -.52530307",
    })
    void publishedFigures(int dimension, int bits, double additive, double residual, double product) {
        int k = 1 << (bits / 4);
        int beam = dimension == 64 ? 16 : Math.min(k, 64);
        assertEquals(additive, Math.log10(EncodingComplexity.additive(dimension, 4, k, beam)), 2e-8);
        assertEquals(residual, Math.log10(EncodingComplexity.residual(dimension, 4, k, 3)), 2e-8);
        assertEquals(product, Math.log10(EncodingComplexity.product(dimension, 4, k, 3)), 2e-8);
    }

    @Test
    void countedByHand() {
        // two codewords of dimension 1: distances 2 x 2, the smaller of them 2, the codeword 1
        assertEquals(7e-6, EncodingComplexity.residual(1, 1, 2, 1), 1e-15);
        assertEquals(2 * 7e-6 + 2e-6, EncodingComplexity.residual(1, 2, 2, 2), 1e-15);
        assertEquals(2 * 7e-6 + 4e-6, EncodingComplexity.product(2, 2, 2, 2), 1e-15);
        assertEquals(7e-6, EncodingComplexity.additive(1, 1, 2, 1), 1e-15);
    }

    @Test
    void theStageLeftOutIsAThirdOfThree() {
        double published = EncodingComplexity.residual(64, 4, 1024, 3);
        assertEquals(4.0 / 3, EncodingComplexity.residual(64, 4, 1024, 4) / published, 1e-3);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10 | 4 | 8 | 4 | 1 | cut into 4 equal parts",
                "8  | 4 | 8 | 5 | 1 | 5 of 4 codebooks",
                "0  | 4 | 8 | 4 | 1 | at least 1",
                "8  | 4 | 8 | 4 | 0 | at least 1 sum",
            })
    void refusesWhatCannotBe(int dimension, int codebooks, int codewords, int stages, int beam, String message) {
        NsvqException refused = assertThrows(NsvqException.class, () -> {
            EncodingComplexity.additive(dimension, codebooks, codewords, beam);
            EncodingComplexity.residual(dimension, codebooks, codewords, stages);
            EncodingComplexity.product(dimension, codebooks, codewords, stages);
        });
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }
}
