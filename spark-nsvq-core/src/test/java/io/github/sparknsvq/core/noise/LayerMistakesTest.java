package io.github.sparknsvq.core.noise;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Wrong shapes and settings of layers are refused by a sentence that names them. */
class LayerMistakesTest {
    private static final int N = 37;
    private static final int D = 6;
    private static final int K = 5;
    private static final FloatMatrix ROWS = Numbers.matrix(N, D, 1);
    private static final Codebooks ONE = Codebooks.one(K, D);
    private static final Parameters PARAMETERS = Parameters.of(Numbers.matrix(K, D, 3));

    static Stream<Arguments> mistakes() {

        FloatMatrix narrow = Numbers.matrix(2, D - 1, 1);
        NoiseSubstitution nsvq = NoiseSubstitution.nsvq(ONE, 1);
        Codebooks sum = Codebooks.residual(2, 2, D, 1);
        Codebooks single = Codebooks.one(1, D);
        return Stream.of(
                Arguments.of("the rows have dimension 5", (Runnable) () -> nsvq.forward(PARAMETERS, narrow, 0)),
                Arguments.of("the layer has 5 x 6", (Runnable)
                        () -> nsvq.forward(Parameters.of(Numbers.matrix(4, D, 1)), ROWS, 0)),
                Arguments.of("the layer has 5 x 6", (Runnable)
                        () -> SoftQuantization.soft(ONE, 1).forward(Parameters.of(Numbers.matrix(4, D, 1)), ROWS, 0)),
                Arguments.of("2 weights do not fit", (Runnable) () ->
                        nsvq.forward(new Parameters(PARAMETERS.codewords(), new float[] {1, 1}), ROWS, 0)),
                Arguments.of("the weight of dimension 1 is 0.0", (Runnable)
                        () -> new Parameters(PARAMETERS.codewords(), new float[] {1, 0})),
                Arguments.of("StraightThrough takes no weights", (Runnable) () -> new StraightThrough(ONE, 1)
                        .forward(new Parameters(PARAMETERS.codewords(), new float[] {1, 1, 1, 1, 1, 1}), ROWS, 0)),
                Arguments.of("the gradient is 2 x 5", (Runnable)
                        () -> nsvq.forward(PARAMETERS, ROWS, 0).backward(narrow)),
                Arguments.of("sigma = -1.0", (Runnable) () -> NoiseSubstitution.diveq(ONE, -1, 0)),
                Arguments.of("beta = NaN", (Runnable) () -> new StraightThrough(ONE, Double.NaN)),
                Arguments.of("gamma = 1.0", (Runnable) () -> new MovingAverage(ONE, 1, 1)),
                Arguments.of("tau = 0.0", (Runnable) () -> SoftQuantization.soft(ONE, 0)),
                Arguments.of("one codebook", (Runnable) () -> SoftQuantization.soft(sum, 1)),
                Arguments.of("at least 2 codewords", (Runnable) () -> new SpaceFillingDiveq(single, 0, 0)),
                Arguments.of("1 to 65536 codewords, not 0", (Runnable) () -> Codebooks.product(2, 0, D)),
                Arguments.of("1 to 65536 codewords, not 65537", (Runnable) () -> Codebooks.residual(2, 65_537, D, 1)),
                Arguments.of("share of batches = 1.5", (Runnable) () -> Replacement.byPresence(ONE, 1.5, 0, 1)),
                Arguments.of("must divide the dimension", (Runnable) () -> Codebooks.product(4, 16, D)),
                Arguments.of("3 indices do not fit", (Runnable)
                        () -> ONE.statistics(PARAMETERS.codewords(), ROWS, new int[3])));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistakesAreNamed(String part, Runnable mistake) {
        String message = assertThrows(NsvqException.class, mistake::run).getMessage();
        assertTrue(message.contains(part), message);
    }
}
