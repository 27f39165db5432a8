package io.github.sparknsvq.core.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.noise.SoftQuantization.Distance;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers as a network uses them: float32 batches in and out. */
class LayerTest {
    private static final int N = 37;
    private static final int D = 6;
    private static final int K = 5;
    private static final FloatMatrix ROWS = Numbers.matrix(N, D, 1);
    private static final FloatMatrix DOWNSTREAM = Numbers.matrix(N, D, 2);
    private static final Codebooks ONE = Codebooks.one(K, D);
    private static final Parameters PARAMETERS = Parameters.of(Numbers.matrix(K, D, 3));

    private static final List<Function<Codebooks, Layer>> OF_ONE = List.of(
            books -> new SpaceFillingDiveq(books, 0.2, 7),
            books -> SoftQuantization.soft(books, 0.8),
            books -> SoftQuantization.soft(books, 0.8, Distance.PLAIN),
            books -> SoftQuantization.gumbel(books, 0.8, 7));

    private static final List<Function<Codebooks, Layer>> OF_ANY = List.of(
            books -> NoiseSubstitution.nsvq(books, 7),
            books -> NoiseSubstitution.nsvq(books, 7).perPart(),
            books -> NoiseSubstitution.unnormalized(books, 7),
            books -> NoiseSubstitution.diveq(books, 0.2, 7),
            NoiseSubstitution::detached,
            books -> new StraightThrough(books, StraightThrough.BETA),
            books -> new MovingAverage(books, StraightThrough.BETA, MovingAverage.GAMMA));

    static Stream<Function<Codebooks, Layer>> kinds() {
        return Stream.concat(OF_ANY.stream(), OF_ONE.stream());
    }

    static Stream<Function<Codebooks, Layer>> hardKinds() {
        return OF_ANY.stream();
    }

    private static List<Codebooks> several() {
        return List.of(
                Codebooks.product(3, 16, D),
                Codebooks.product(2, 5, D),
                Codebooks.residual(3, 4, D, 1),
                Codebooks.residual(2, 4, D, 3),
                Codebooks.additive(2, 4, D, 4, 2));
    }

    /** Each layer with one codebook, and with several where it can. */
    static Stream<Layer> all() {
        return Stream.concat(OF_ONE.stream().map(of -> of.apply(ONE)), hardChoices());
    }

    /** Those whose output depends on what the row chose alone. */
    static Stream<Layer> hardChoices() {
        return Stream.concat(Stream.of(ONE), several().stream())
                .flatMap(books -> OF_ANY.stream().map(of -> of.apply(books)));
    }

    private static Parameters parameters(Codebooks books) {
        return Parameters.of(Numbers.matrix(books.codewords(), books.codewordDimension(), 3));
    }

    private static FloatMatrix some(FloatMatrix rows, int from, int to) {
        int d = rows.columns();
        return new FloatMatrix(to - from, d, Arrays.copyOfRange(rows.values(), from * d, to * d));
    }

    @ParameterizedTest
    @MethodSource("all")
    void aBatchInPartsGivesWhatItGivesWhole(Layer layer) {
        Parameters parameters = parameters(layer.codebooks());
        Forward whole = layer.forward(parameters, ROWS, 4);
        Gradients gradients = whole.backward(DOWNSTREAM);
        float[] codewords = new float[gradients.codewords().values().length];
        int[] cuts = {0, 0, 1, 20, N};
        for (int part = 0; part + 1 < cuts.length; part++) {
            int from = cuts[part];
            int to = cuts[part + 1];
            Forward forward = layer.forward(parameters, some(ROWS, from, to), 4, from);
            Gradients some = forward.backward(some(DOWNSTREAM, from, to));
            assertArrayEquals(
                    some(whole.output(), from, to).values(), forward.output().values());
            assertArrayEquals(
                    some(gradients.input(), from, to).values(), some.input().values());
            for (int i = 0; i < codewords.length; i++) {
                codewords[i] += some.codewords().values()[i];
            }
        }
        assertArrayEquals(gradients.codewords().values(), codewords, 1e-4f);
    }

    @ParameterizedTest
    @MethodSource("all")
    void goesBackwardAgainAndWithItsOwnCodewords(Layer layer) {
        Parameters parameters = parameters(layer.codebooks());
        Forward forward = layer.forward(parameters, ROWS, 4);
        Gradients first = forward.backward(DOWNSTREAM);
        Arrays.fill(parameters.codewords().values(), 9f);
        Gradients second = forward.backward(DOWNSTREAM);
        assertArrayEquals(first.input().values(), second.input().values());
        assertArrayEquals(first.codewords().values(), second.codewords().values());
    }

    @ParameterizedTest
    @MethodSource("all")
    void takesNoRows(Layer layer) {
        Forward forward = layer.forward(parameters(layer.codebooks()), some(ROWS, 0, 0), 0);
        Gradients gradients = forward.backward(new FloatMatrix(0, D, new float[0]));
        assertEquals(0, forward.output().rows());
        assertEquals(0, forward.ownLoss());
        for (float value : gradients.codewords().values()) {
            assertEquals(0, value);
        }
        assertEquals(
                0, layer.infer(parameters(layer.codebooks()), some(ROWS, 0, 0)).indices().length);
    }

    @ParameterizedTest
    @MethodSource("hardChoices")
    void codewordsThatHadNoPartHaveNoGradient(Layer layer) {
        Codebooks books = layer.codebooks();
        Forward forward = layer.forward(parameters(books), some(ROWS, 0, 1), 4);
        Gradients gradients = forward.backward(some(DOWNSTREAM, 0, 1));
        int d = books.codewordDimension();
        for (int k = 0; k < books.codewords(); k++) {
            int size = books.codewords() / books.count();
            boolean used = forward.indices()[k / size] == k % size;
            float[] gradient = gradients.codewords().row(k);
            boolean zero = Arrays.equals(gradient, new float[d]);
            assertEquals(!used || layer instanceof MovingAverage, zero, "codeword " + k);
        }
    }

    /** All rows lie on a codeword, each of which is there twice. */
    @ParameterizedTest
    @MethodSource("hardKinds")
    void rowsOnTheirCodewordsStayThere(Function<Codebooks, Layer> kind) {
        FloatMatrix codewords = Numbers.matrix(4, D, 5);
        System.arraycopy(codewords.values(), 0, codewords.values(), 2 * D, 2 * D);
        Forward forward = kind.apply(Codebooks.one(4, D)).forward(Parameters.of(codewords), codewords, 1);
        FloatMatrix g = some(DOWNSTREAM, 0, 4);
        Gradients gradients = forward.backward(g);
        assertArrayEquals(codewords.values(), forward.output().values());
        assertArrayEquals(new int[] {0, 1, 0, 1}, forward.indices());
        assertArrayEquals(new float[4], forward.squaredErrors());
        assertArrayEquals(g.values(), gradients.input().values());
        assertArrayEquals(new float[4 * D], gradients.codewords().values());
    }

    @Test
    void weightsOfRowsOnTheirCodewordsHaveNoGradient() {
        float[] weights = Numbers.floats(Numbers.positive(D, 6));
        FloatMatrix codewords = PARAMETERS.codewords();
        Forward forward = NoiseSubstitution.nsvq(ONE, 7).forward(new Parameters(codewords, weights), codewords, 1);
        Gradients gradients = forward.backward(some(DOWNSTREAM, 0, K));
        assertArrayEquals(codewords.values(), forward.output().values());
        assertArrayEquals(some(DOWNSTREAM, 0, K).values(), gradients.input().values());
        assertArrayEquals(new float[D], gradients.weights());
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void oneValueAndFewCodewords(Function<Codebooks, Layer> kind) {
        FloatMatrix rows = Numbers.matrix(9, 1, 8);
        Layer layer = kind.apply(Codebooks.one(2, 1));
        FloatMatrix codewords = new FloatMatrix(2, 1, new float[] {-1, 1});
        Forward forward = layer.forward(Parameters.of(codewords), rows, 3);
        Gradients gradients = forward.backward(Numbers.matrix(9, 1, 9));
        for (int i = 0; i < 9; i++) {
            assertTrue(Float.isFinite(forward.output().get(i, 0)));
            assertTrue(Float.isFinite(gradients.input().get(i, 0)));
        }
        assertTrue(Float.isFinite(gradients.codewords().get(1, 0)));
    }

    @ParameterizedTest
    @MethodSource("all")
    void inferenceIsTheHardChoice(Layer layer) {
        Codebooks books = layer.codebooks();
        Quantized quantized = layer.infer(parameters(books), ROWS);
        int[] indices = new int[N * books.count()];
        float[] output = new float[N * D];
        var quantizer = books.quantizer(parameters(books).codewords());
        quantizer.encode(ROWS.values(), 0, N, indices, 0);
        quantizer.decode(indices, 0, N, output, 0);
        assertArrayEquals(indices, quantized.indices());
        assertArrayEquals(output, quantized.output().values(), 1e-6f);
    }

    @ParameterizedTest
    @MethodSource("hardChoices")
    void trainingChoosesAsInferenceDoes(Layer layer) {
        Parameters parameters = parameters(layer.codebooks());
        Quantized quantized = layer.infer(parameters, ROWS);
        Forward forward = layer.forward(parameters, ROWS, 1);
        assertArrayEquals(quantized.indices(), forward.indices());
        assertArrayEquals(quantized.squaredErrors(), forward.squaredErrors());
    }

    static Stream<Arguments> weightedBooks() {
        return Stream.concat(Stream.of(ONE), several().stream()).map(Arguments::of);
    }

    /** Weights in the search are the same as rows and codewords that were multiplied by them. */
    @ParameterizedTest
    @MethodSource("weightedBooks")
    void theSearchGoesByTheWeights(Codebooks books) {
        float[] weights = {0.2f, 3, 1, 0.5f, 2, 4};
        Parameters parameters = parameters(books);
        float[] rows = ROWS.values().clone();
        float[] codewords = parameters.codewords().values().clone();
        int d = books.codewordDimension();
        for (int i = 0; i < rows.length; i++) {
            rows[i] *= weights[i % D];
        }
        for (int i = 0; i < codewords.length; i++) {
            int part = d < D ? i / d / (books.codewords() / books.count()) : 0;
            codewords[i] *= weights[part * d + i % d];
        }
        Quantized plain = books.quantize(
                Parameters.of(new FloatMatrix(books.codewords(), d, codewords)), new FloatMatrix(N, D, rows));
        Parameters weighted = new Parameters(parameters.codewords(), weights);
        Layer layer = NoiseSubstitution.nsvq(books, 1);
        assertArrayEquals(plain.indices(), layer.infer(weighted, ROWS).indices());
        assertFalse(Arrays.equals(plain.indices(), layer.infer(parameters, ROWS).indices()));
        Forward forward = layer.forward(weighted, ROWS, 1);
        assertArrayEquals(plain.indices(), forward.indices());
        assertArrayEquals(plain.squaredErrors(), forward.squaredErrors(), 1e-3f);
        for (int j = 0; j < D; j++) {
            assertTrue(Float.isFinite(forward.backward(DOWNSTREAM).weights()[j]));
        }
    }

    @Test
    void perPartIsALayerForEachPart() {
        Codebooks whole = Codebooks.product(2, 16, D);
        Parameters parameters = parameters(whole);
        NoiseSubstitution parts = NoiseSubstitution.detached(whole).perPart();
        Gradients gradients = parts.forward(parameters, ROWS, 1).backward(DOWNSTREAM);
        for (int part = 0; part < 2; part++) {
            Layer layer = NoiseSubstitution.detached(Codebooks.one(16, 3));
            FloatMatrix book = some(parameters.codewords(), part * 16, part * 16 + 16);
            Gradients expected =
                    layer.forward(Parameters.of(book), half(ROWS, part), 1).backward(half(DOWNSTREAM, part));
            assertArrayEquals(
                    expected.input().values(), half(gradients.input(), part).values());
            assertArrayEquals(
                    expected.codewords().values(),
                    some(gradients.codewords(), part * 16, part * 16 + 16).values());
        }
        Gradients jointly =
                NoiseSubstitution.detached(whole).forward(parameters, ROWS, 1).backward(DOWNSTREAM);
        assertFalse(Arrays.equals(jointly.input().values(), gradients.input().values()));
    }

    private static FloatMatrix half(FloatMatrix rows, int part) {
        float[] values = new float[rows.rows() * 3];
        for (int i = 0; i < values.length; i++) {
            values[i] = rows.get(i / 3, part * 3 + i % 3);
        }
        return new FloatMatrix(rows.rows(), 3, values);
    }

    @ParameterizedTest
    @MethodSource("all")
    void aRowThatIsNoNumberSpoilsNoOther(Layer layer) {
        Codebooks books = layer.codebooks();
        FloatMatrix rows = new FloatMatrix(N, D, ROWS.values().clone());
        rows.values()[4 * D + 1] = Float.NaN;
        Forward expected = layer.forward(parameters(books), ROWS, 2);
        Forward forward = layer.forward(parameters(books), rows, 2);
        Gradients gradients = forward.backward(DOWNSTREAM);
        float[] input = expected.backward(DOWNSTREAM).input().values();
        for (int i = 0; i < N; i++) {
            if (i != 4) {
                assertArrayEquals(expected.output().row(i), forward.output().row(i));
                assertArrayEquals(
                        Arrays.copyOfRange(input, i * D, (i + 1) * D),
                        gradients.input().row(i));
            }
        }
        assertTrue(Float.isNaN(forward.squaredErrors()[4]));
    }
}
