package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.curve.CurveResult;
import io.github.sparknsvq.core.training.curve.CurveTraining;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Space-filling curves through a Gaussian in the plane: how well corners are ordered, how near the line is to the
 * rows beside codewords, how often the fast projection misses, and how long a tour of the rows along the curve is.
 *
 * <p>Arguments: the folder for the pictures, the number of seeds.
 */
public final class CurvePlane {
    private static final int ROWS = 100_000;
    private static final int HELD_OUT = 20_000;
    private static final List<Integer> PICTURES = List.of(6, 8);

    private final FloatMatrix rows = gaussian(ROWS, 1);
    private final FloatMatrix heldOut = gaussian(HELD_OUT, 2);
    private final double randomTour = tour(shuffled());
    private final double hilbertTour = tour(HilbertOrder.of(heldOut));

    private CurvePlane() {}

    /** Prints the table and writes the pictures. */
    public static void main(String[] args) throws IOException {
        new CurvePlane().run(Path.of(args[0]), Integer.parseInt(args[1]));
    }

    private void run(Path folder, int seeds) throws IOException {
        System.out.printf(
                Locale.ROOT,
                "%4s %7s | %-15s | %10s %10s | %-15s %-15s %-15s | %7s %5s | %9s %9s | %7s%n",
                "bits",
                "corners",
                "adjacent/random",
                "line",
                "VQ",
                "line/VQ",
                "held-out",
                "held-out, K - 1",
                "misses",
                "dead",
                "tour/rnd",
                "tour/Hilb",
                "seconds");
        int processors = Runtime.getRuntime().availableProcessors();
        try (LocalStatisticsSource source = new LocalStatisticsSource(rows, null, processors)) {
            for (int bits = 4; bits <= 10; bits++) {
                int k = 1 << bits;
                double[][] all = new double[seeds][];
                for (int seed = 0; seed < seeds; seed++) {
                    FloatMatrix codebook = codebook(source, k, seed);
                    long began = System.nanoTime();
                    CurveResult trained = CurveTraining.train(
                            source,
                            CurveTraining.settings(k).seed(seed).build(),
                            TrainingListener.NONE,
                            TrainingCheckpoint.NONE);
                    double seconds = (System.nanoTime() - began) / 1e9;
                    all[seed] = measure(trained, codebook, codebook(source, k - 1, seed), seconds);
                    if (seed == 0 && PICTURES.contains(bits)) {
                        Files.writeString(
                                folder.resolve("curve-2d-" + bits + "-bits.svg"), picture(trained.corners(), bits));
                    }
                }
                print(bits, all);
            }
        }
    }

    private static void print(int bits, double[][] all) {
        int columns = all[0].length;
        double[] mean = new double[columns];
        double[] worst = new double[columns];
        for (double[] one : all) {
            for (int c = 0; c < columns; c++) {
                mean[c] += one[c] / all.length;
                worst[c] = Math.max(worst[c], one[c]);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%4d %7d | %.4f (%.4f) | %10.4e %10.4e | %.4f (%.4f) %.4f (%.4f) %.4f (%.4f) | %7.4f %5.1f"
                        + " | %9.4f %9.4f | %7.1f%n",
                bits,
                1 << bits,
                mean[0],
                worst[0],
                mean[1],
                mean[2],
                mean[3],
                worst[3],
                mean[4],
                worst[4],
                mean[5],
                worst[5],
                mean[6],
                mean[7],
                mean[8],
                mean[9],
                mean[10]);
    }

    private double[] measure(CurveResult trained, FloatMatrix codebook, FloatMatrix fewer, double seconds) {
        SpaceFillingCurve curve = new SpaceFillingCurve(trained.corners());
        double[] positions = new double[HELD_OUT];
        double line = trained.statistics().meanError();
        double lineHeldOut = project(curve, positions);
        double codewords = error(codebook, rows);
        return new double[] {
            order(trained.corners()),
            line,
            codewords,
            line / codewords,
            lineHeldOut / error(codebook, heldOut),
            lineHeldOut / error(fewer, heldOut),
            (double) curve.misses(heldOut.values(), 0, HELD_OUT) / HELD_OUT,
            trained.statistics().dead(),
            tour(sorted(positions)) / randomTour,
            tour(sorted(positions)) / hilbertTour,
            seconds
        };
    }

    private static FloatMatrix codebook(LocalStatisticsSource source, int k, int seed) {
        TrainingSettings settings = TrainingSettings.builder(k)
                .dimension(source.dimension())
                .seed(seed)
                .build();
        FloatMatrix start = Initialization.initialize(source, settings, InitMode.PLUS_PLUS, 2);
        return CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE)
                .codebook();
    }

    private static double error(FloatMatrix codebook, FloatMatrix of) {
        float[] distances = new float[of.rows()];
        new VectorQuantizer(codebook).search().nearest(of.values(), 0, of.rows(), new int[of.rows()], distances);
        return mean(distances);
    }

    /** Projects the held-out rows. Returns their mean squared distance from the line. */
    private double project(SpaceFillingCurve curve, double[] positions) {
        int[] segments = new int[HELD_OUT];
        float[] shares = new float[HELD_OUT];
        float[] distances = new float[HELD_OUT];
        curve.projector(SpaceFillingCurve.Search.EXACT)
                .project(heldOut.values(), 0, HELD_OUT, segments, shares, distances);
        Arrays.setAll(positions, i -> curve.position(segments[i], shares[i]));
        return mean(distances);
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    /** Mean distance of adjacent corners over that of all pairs. */
    private static double order(FloatMatrix corners) {
        double adjacent = 0;
        double pairs = 0;
        int k = corners.rows();
        for (int a = 0; a < k; a++) {
            for (int b = 0; b < a; b++) {
                double apart = distance(corners, a, b);
                adjacent += a - b == 1 ? apart / (k - 1) : 0;
                pairs += apart / (k * (k - 1) / 2.0);
            }
        }
        return adjacent / pairs;
    }

    private static double distance(FloatMatrix of, int a, int b) {
        int d = of.columns();
        return Math.sqrt(VectorMath.squaredDistance(of.values(), a * d, of.values(), b * d, d));
    }

    /** Length of a tour of the held-out rows in an order. */
    private double tour(int[] order) {
        double length = 0;
        for (int i = 1; i < order.length; i++) {
            length += distance(heldOut, order[i - 1], order[i]);
        }
        return length;
    }

    private static int[] sorted(double[] positions) {
        return IntStream.range(0, positions.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> positions[i]))
                .mapToInt(i -> i)
                .toArray();
    }

    private static int[] shuffled() {
        List<Integer> order = Arrays.asList(IntStream.range(0, HELD_OUT).boxed().toArray(Integer[]::new));
        Collections.shuffle(order, new Random(3));
        return order.stream().mapToInt(i -> i).toArray();
    }

    private static FloatMatrix gaussian(int n, long seed) {
        Random random = new Random(seed);
        float[] values = new float[2 * n];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return new FloatMatrix(n, 2, values);
    }

    /** The curve over some of the held-out rows, 100 pixels a standard deviation. */
    private String picture(FloatMatrix corners, int bits) {
        StringBuilder svg = new StringBuilder(
                        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-400 -430 800 840\">\n")
                .append("<rect x=\"-400\" y=\"-430\" width=\"800\" height=\"840\" fill=\"#fff\"/>\n<path d=\"");
        for (int i = 0; i < 2000; i++) {
            svg.append('M').append(at(heldOut, i)).append("h0");
        }
        svg.append("\" stroke=\"#8ab\" stroke-width=\"4\" stroke-linecap=\"round\"/>\n<polyline points=\"");
        for (int k = 0; k < corners.rows(); k++) {
            svg.append(at(corners, k)).append(' ');
        }
        svg.append("\" fill=\"none\" stroke=\"#c22\" stroke-width=\"2.5\" stroke-linejoin=\"round\"/>\n<path d=\"");
        for (int k = 0; k < corners.rows(); k++) {
            svg.append('M').append(at(corners, k)).append("h0");
        }
        return svg.append("\" stroke=\"#600\" stroke-width=\"7\" stroke-linecap=\"round\"/>\n")
                .append("<text x=\"0\" y=\"-405\" text-anchor=\"middle\" font-family=\"sans-serif\" ")
                .append("font-size=\"16\">")
                .append(corners.rows() + " corners (" + bits + " bits) through a Gaussian</text>\n</svg>\n")
                .toString();
    }

    private static String at(FloatMatrix of, int row) {
        return Math.round(100 * of.get(row, 0)) + " " + Math.round(-100 * of.get(row, 1));
    }
}
