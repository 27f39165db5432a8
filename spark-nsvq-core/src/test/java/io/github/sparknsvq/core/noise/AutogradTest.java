package io.github.sparknsvq.core.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.noise.SoftQuantization.Distance;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Outputs and gradients are those of JAX, for layers that are written in JAX and go through its autograd.
 *
 * <p>The cases, in {@code layers/autograd.txt} among the resources, are made by {@code autograd.py} beside it:
 *
 * <pre>{@code
 * python3 -m venv venv && venv/bin/pip install jax && venv/bin/python autograd.py > autograd.txt
 * }</pre>
 */
class AutogradTest {
    private static final double TOLERANCE = 1e-8;
    private static final double FLOAT_TOLERANCE = 3e-6;

    /** A case: its lines by their first words. */
    private record Case(Map<String, String> lines) {
        double[] numbers(String key) {
            return has(key)
                    ? Stream.of(lines.get(key).split(" "))
                            .mapToDouble(Double::parseDouble)
                            .toArray()
                    : null;
        }

        boolean has(String key) {
            return lines.containsKey(key);
        }

        int[] indices() {
            return Stream.of(lines.get("indices").split(" "))
                    .mapToInt(Integer::parseInt)
                    .toArray();
        }

        Codebooks books() {
            String[] words = lines.get("books").split(" ", -1);
            int m = Integer.parseInt(words[1]);
            int k = Integer.parseInt(words[2]);
            int d = Integer.parseInt(words[3]);
            return switch (words[0]) {
                case "one" -> Codebooks.one(k, d);
                case "product" -> Codebooks.product(m, k, d);
                default -> Codebooks.residual(m, k, d, 1);
            };
        }

        FloatMatrix matrix(String key, int columns) {
            float[] values = Numbers.floats(numbers(key));
            return new FloatMatrix(values.length / columns, columns, values);
        }

        /** Draws that are those of the case, whatever the step. */
        Draws draws() {
            double[] v = numbers("v");
            double[] u = numbers("u");
            return step -> new Draws.Rows() {
                @Override
                public void gaussian(long row, double[] into) {
                    System.arraycopy(v, (int) row * into.length, into, 0, into.length);
                }

                @Override
                public void uniform(long row, double[] into) {
                    double[] from = row == BATCH ? numbers("shares") : u;
                    System.arraycopy(from, row == BATCH ? 0 : (int) row * into.length, into, 0, into.length);
                }
            };
        }

        RowLayer layer() {
            Codebooks books = books();
            String name = lines.get("layer");
            Distance distance = name.endsWith("-plain") ? Distance.PLAIN : Distance.SQUARED;
            return switch (name.replace("-plain", "").replace("-per-part", "")) {
                case "nsvq" -> parts(NoiseSubstitution.nsvq(books, 1));
                case "unnormalized" -> parts(NoiseSubstitution.unnormalized(books, 1));
                case "diveq" -> parts(NoiseSubstitution.diveq(books, 0.3, 1));
                case "diveq-detached" -> parts(NoiseSubstitution.detached(books));
                case "straight-through" -> new StraightThrough(books, 0.25);
                case "moving-average" -> new MovingAverage(books, 0.25, 0.99);
                case "space-filling" -> new SpaceFillingDiveq(books, 0.3, 1).withDraws(draws());
                case "soft" -> SoftQuantization.soft(books, 0.8, distance);
                default -> SoftQuantization.gumbel(books, 0.8, distance, draws());
            };
        }

        private NoiseSubstitution parts(NoiseSubstitution layer) {
            return (lines.get("layer").endsWith("-per-part") ? layer.perPart() : layer).withDraws(draws());
        }

        /** The layer's pass in double. */
        RowPass pass(RowLayer layer) {
            double[] codewords = numbers("codewords");
            Draws.Rows rows = has("v") || has("u") ? draws().of(0) : null;
            if (layer instanceof NoiseSubstitution noise) {
                return noise.pass(codewords, numbers("weights"), rows);
            } else if (layer instanceof SpaceFillingDiveq line) {
                return line.pass(codewords, numbers("shares"), rows);
            } else if (layer instanceof SoftQuantization soft) {
                return soft.pass(codewords, rows);
            }
            double codebookLoss = layer instanceof StraightThrough ? 1 : 0;
            return new StraightThrough.Copy(layer.codebooks(), codewords, codebookLoss, 0.25);
        }

        @Override
        public String toString() {
            return lines.get("layer") + (has("weights") ? " with weights, " : ", ") + lines.get("books");
        }
    }

    static Stream<Case> cases() throws IOException {
        try (InputStream in = AutogradTest.class.getResourceAsStream("/layers/autograd.txt")) {
            String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            return Arrays.stream(text.strip().split("\n\n")).map(AutogradTest::parse);
        }
    }

    private static Case parse(String block) {
        Map<String, String> lines = new HashMap<>();
        for (String line : block.lines().toList()) {
            int space = line.indexOf(' ');
            lines.put(line.substring(0, space), line.substring(space + 1));
        }
        return new Case(lines);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void inDouble(Case c) {
        RowLayer layer = c.layer();
        RowPass pass = c.pass(layer);
        int d = layer.codebooks().dimension();
        double[] rows = c.numbers("rows");
        double[] downstream = c.numbers("downstream");
        double[] output = new double[rows.length];
        double[] input = new double[rows.length];
        RowPass.Sums sums = new RowPass.Sums(new double[d], new double[c.numbers("codewords").length], new double[d]);
        int[] indices = c.indices();
        int perRow = indices.length * d / rows.length;
        double loss = 0;
        for (int i = 0; i < rows.length / d; i++) {
            double[] x = Arrays.copyOfRange(rows, i * d, (i + 1) * d);
            double[] row = new double[d];
            loss += pass.ownLoss(pass.forward(x, i, indices, i * perRow, row));
            System.arraycopy(row, 0, output, i * d, d);
            double[] g = Arrays.copyOfRange(downstream, i * d, (i + 1) * d);
            pass.backward(x, i, indices, i * perRow, g, sums);
            System.arraycopy(sums.input(), 0, input, i * d, d);
        }
        assertArrayEquals(c.indices(), indices);
        check(c, "output", output, TOLERANCE);
        check(c, "loss", new double[] {loss}, TOLERANCE);
        check(c, "dx", input, TOLERANCE);
        check(c, "dc", sums.codewords(), TOLERANCE);
        if (c.has("weights")) {
            check(c, "dw", sums.weights(), TOLERANCE);
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void inFloat32(Case c) {
        RowLayer layer = c.layer();
        int d = layer.codebooks().dimension();
        FloatMatrix codewords = c.matrix("codewords", layer.codebooks().codewordDimension());
        float[] weights = c.has("weights") ? Numbers.floats(c.numbers("weights")) : null;
        Forward forward = layer.forward(new Parameters(codewords, weights), c.matrix("rows", d), 0);
        Gradients gradients = forward.backward(c.matrix("downstream", d));
        assertArrayEquals(c.indices(), c.has("shares") ? forward.segments() : forward.indices());
        check(c, "output", Codebooks.doubles(forward.output().values()), FLOAT_TOLERANCE);
        check(c, "loss", new double[] {forward.ownLoss()}, FLOAT_TOLERANCE);
        check(c, "dx", Codebooks.doubles(gradients.input().values()), FLOAT_TOLERANCE);
        check(c, "dc", Codebooks.doubles(gradients.codewords().values()), FLOAT_TOLERANCE);
        assertEquals(c.has("weights"), gradients.weights() != null);
        if (c.has("weights")) {
            check(c, "dw", Codebooks.doubles(gradients.weights()), FLOAT_TOLERANCE);
        }
    }

    private static void check(Case c, String what, double[] actual, double tolerance) {
        double difference = Numbers.relativeDifference(c.numbers(what), actual);
        assertTrue(difference < tolerance, what + ": " + difference);
    }
}
