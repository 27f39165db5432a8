package io.github.sparknsvq.core.noise;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.noise.SoftQuantization.Distance;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradients of every layer, in double, are the derivatives of its output by differences: with respect to rows,
 * codewords and weights, for random rows, several to a codeword, and any downstream gradient. What a layer takes
 * for a constant is one here too.
 */
class FiniteDifferencesTest {
    private static final double TOLERANCE = 1e-7;
    private static final int ROWS = 4;

    /** Makes a pass from codewords and weights. */
    private interface Passes {
        RowPass of(double[] codewords, double[] weights);
    }

    /**
     * A layer.
     *
     * @param real makes the pass whose gradients are tested
     * @param smooth makes one for each row whose output has these gradients; it is made anew for each row
     * @param weighted whether there are weights
     * @param choices the number of things that a row can choose in each codebook
     */
    private record Case(
            String name, Codebooks codebooks, Passes real, List<Passes> smooth, boolean weighted, int choices) {
        @Override
        public String toString() {
            return name + " " + codebooks.count() + " x " + codebooks.codewords() / codebooks.count() + " of "
                    + codebooks.dimension();
        }
    }

    static Stream<Case> cases() {
        List<Codebooks> single = new ArrayList<>();
        for (int d : new int[] {1, 2, 7}) {
            for (int k : new int[] {1, 2, 5}) {
                single.add(Codebooks.one(k, d));
            }
        }
        List<Codebooks> several = List.of(
                Codebooks.product(3, 16, 6),
                Codebooks.product(2, 3, 2),
                Codebooks.product(1, 1, 3),
                Codebooks.residual(3, 4, 5, 1),
                Codebooks.residual(2, 1, 1, 1),
                Codebooks.additive(2, 3, 4, 2, 1));
        List<Case> cases = new ArrayList<>();
        for (Codebooks books : single) {
            cases.add(soft("soft", books, Distance.SQUARED));
            cases.add(soft("soft plain", books, Distance.PLAIN));
            cases.add(gumbel(books));
            if (books.codewords() > 1) {
                cases.add(spaceFilling(books, 0.3));
                cases.add(spaceFilling(books, 0));
            }
        }
        Stream.concat(single.stream(), several.stream()).forEach(books -> {
            Direction[] directions = {
                Direction.random(),
                Direction.unnormalized(),
                Direction.towardsCodeword(0.4),
                Direction.towardsCodeword(0)
            };
            String[] names = {"NSVQ", "unnormalized", "DiVeQ", "DiVeQ without noise"};
            for (int i = 0; i < names.length; i++) {
                cases.add(substitution(names[i], books, directions[i], false, false));
                cases.add(substitution(names[i] + " per part", books, directions[i], false, true));
            }
            cases.add(substitution("NSVQ with weights", books, directions[0], true, false));
            cases.add(substitution("NSVQ with weights per part", books, directions[0], true, true));
            cases.add(substitution("unnormalized with weights", books, directions[1], true, false));
        });
        return cases.stream();
    }

    private static Case substitution(
            String name, Codebooks books, Direction direction, boolean weighted, boolean perPart) {
        List<Passes> smooth = new ArrayList<>();
        boolean towards = name.startsWith("DiVeQ");
        for (int i = 0; i < ROWS; i++) {
            Direction constant = towards ? new Remembered(direction, new double[books.dimension()][]) : direction;
            smooth.add((c, w) ->
                    layer(books, constant, perPart).pass(c, w, Draws.seeded(8).of(3)));
        }
        Passes real = (c, w) ->
                layer(books, direction, perPart).pass(c, w, Draws.seeded(8).of(3));
        return new Case(name, books, real, smooth, weighted, books.codewords() / books.count());
    }

    private static NoiseSubstitution layer(Codebooks books, Direction direction, boolean perPart) {
        return new NoiseSubstitution(books, direction, true, perPart, Draws.seeded(8));
    }

    /** A direction that stays what it was first: of one row, by where its dimensions start. */
    private record Remembered(Direction direction, double[][] first) implements Direction {
        @Override
        public boolean isRandom() {
            return direction.isRandom();
        }

        @Override
        public void find(double[] error, double[] v, int from, int to, double[] q) {
            if (first[from] == null) {
                direction.find(error, v, from, to, q);
                first[from] = q.clone();
            }
            System.arraycopy(first[from], from, q, from, to - from);
        }
    }

    private static Case soft(String name, Codebooks books, Distance distance) {
        Passes pass = (c, w) -> SoftQuantization.soft(books, 0.7, distance).pass(c, null);
        return new Case(name, books, pass, List.of(pass, pass, pass, pass), false, books.codewords());
    }

    /** Gumbel-softmax has the gradient of the soft output, which is computed here from its equation. */
    private static Case gumbel(Codebooks books) {
        double tau = 0.8;
        Draws.Rows draws = Draws.seeded(5).of(2);
        Passes real = (c, w) -> SoftQuantization.gumbel(books, tau, Distance.SQUARED, Draws.seeded(5))
                .pass(c, draws);
        Passes smooth = (c, w) -> new ForwardOnly() {
            @Override
            double forward(double[] x, long row, int[] chosen, int at, double[] output) {
                double[] uniform = new double[books.codewords()];
                draws.uniform(row, uniform);
                double sum = 0;
                Arrays.fill(output, 0);
                for (int k = 0; k < uniform.length; k++) {
                    double distance = 0;
                    for (int j = 0; j < x.length; j++) {
                        distance += Math.pow(x[j] - c[k * x.length + j], 2);
                    }
                    double y = Math.exp(tau * (-Math.log(-Math.log(uniform[k])) - distance));
                    sum += y;
                    for (int j = 0; j < x.length; j++) {
                        output[j] += y * c[k * x.length + j];
                    }
                }
                for (int j = 0; j < x.length; j++) {
                    output[j] /= sum;
                }
                return 0;
            }
        };
        return new Case("Gumbel-softmax", books, real, List.of(smooth, smooth, smooth, smooth), false, 1);
    }

    /** The directions are computed here, from the equation, at the first row that comes. */
    private static Case spaceFilling(Codebooks books, double sigma) {
        SpaceFillingDiveq layer = new SpaceFillingDiveq(books, sigma, 6);
        double[] shares = layer.shares(1);
        Draws.Rows draws = Draws.seeded(6).of(1);
        List<Passes> smooth = new ArrayList<>();
        for (int i = 0; i < ROWS; i++) {
            double[][] first = new double[2][];
            smooth.add((c, w) -> new ForwardOnly() {
                @Override
                double forward(double[] x, long row, int[] chosen, int at, double[] output) {
                    int d = x.length;
                    double[] v = new double[2 * d];
                    draws.gaussian(row, v);
                    System.arraycopy(x, 0, output, 0, d);
                    for (int end = 0; end < 2; end++) {
                        int corner = chosen[at] + end;
                        double[] away = new double[d];
                        double[] n = new double[d];
                        for (int j = 0; j < d; j++) {
                            away[j] = c[corner * d + j] - x[j];
                            n[j] = away[j] + sigma * v[end * d + j];
                        }
                        first[end] = first[end] == null ? n : first[end];
                        double l = end == 0 ? 1 - shares[chosen[at]] : shares[chosen[at]];
                        double length = l * Math.sqrt(Numbers.dot(away, away) / Numbers.dot(first[end], first[end]));
                        for (int j = 0; j < d; j++) {
                            output[j] += length * first[end][j];
                        }
                    }
                    return 0;
                }
            });
        }
        Passes real = (c, w) -> layer.pass(c, shares, draws);
        return new Case("SF-DiVeQ, sigma " + sigma, books, real, smooth, false, books.codewords() - 1);
    }

    private abstract static class ForwardOnly extends RowPass {
        @Override
        void backward(double[] x, long row, int[] chosen, int at, double[] g, Sums sums) {
            throw new UnsupportedOperationException();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void areTheGradients(Case c) {
        int d = c.codebooks.dimension();
        double[] rows = Numbers.gaussian(ROWS * d, 1);
        double[] codewords = Numbers.gaussian(c.codebooks.codewords() * c.codebooks.codewordDimension(), 2);
        double[] weights = c.weighted ? Numbers.positive(d, 3) : null;
        double[] downstream = Numbers.gaussian(ROWS * d, 4);
        int[] chosen = new Random(5)
                .ints((long) ROWS * c.codebooks.count(), 0, c.choices)
                .toArray();
        // fixes the directions at the point itself
        double loss = loss(c, rows, codewords, weights, chosen, downstream);
        assertTrue(Double.isFinite(loss));

        RowPass pass = c.real.of(codewords, weights);
        RowPass.Sums sums = new RowPass.Sums(new double[d], new double[codewords.length], new double[d]);
        double[] input = new double[rows.length];
        for (int i = 0; i < ROWS; i++) {
            double[] g = row(downstream, i, d);
            pass.backward(row(rows, i, d), i, chosen, i * c.codebooks.count(), g, sums);
            System.arraycopy(sums.input(), 0, input, i * d, d);
        }

        check("rows", rows, input, x -> loss(c, x, codewords, weights, chosen, downstream));
        check("codewords", codewords, sums.codewords(), x -> loss(c, rows, x, weights, chosen, downstream));
        if (c.weighted) {
            check("weights", weights, sums.weights(), x -> loss(c, rows, codewords, x, chosen, downstream));
        }
    }

    private static void check(String what, double[] at, double[] gradient, ToDoubleFunction<double[]> loss) {
        double difference = Numbers.relativeDifference(Numbers.derivative(at, loss), gradient);
        assertTrue(difference < TOLERANCE, what + ": " + difference);
    }

    private static double loss(
            Case c, double[] rows, double[] codewords, double[] weights, int[] chosen, double[] downstream) {
        int d = c.codebooks.dimension();
        double[] output = new double[d];
        int[] copy = chosen.clone();
        double loss = 0;
        for (int i = 0; i < ROWS; i++) {
            c.smooth.get(i).of(codewords, weights).forward(row(rows, i, d), i, copy, i * c.codebooks.count(), output);
            loss += Numbers.dot(output, row(downstream, i, d));
        }
        return loss;
    }

    private static double[] row(double[] rows, int i, int d) {
        return Arrays.copyOfRange(rows, i * d, (i + 1) * d);
    }
}
