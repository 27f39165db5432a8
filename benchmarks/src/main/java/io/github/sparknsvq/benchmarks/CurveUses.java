package io.github.sparknsvq.benchmarks;

import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.core.training.CodebookTrainer;
import io.github.sparknsvq.core.training.InitMode;
import io.github.sparknsvq.core.training.Initialization;
import io.github.sparknsvq.core.training.TrainingCheckpoint;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.curve.CurveTraining;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What a curve through labeled images says of them that the numbers of codewords do not.
 *
 * <p>Arguments: images (vectors of {@code side * side} gray values), labels (a byte each), bits of the curve, the
 * PNG to write.
 */
public final class CurveUses {
    private static final int LABELS = 10;
    private static final int SHUFFLES = 20;
    private static final int COLUMNS = 20;
    private static final int STRIPS = 3;
    private static final int PAIRS = 100;
    private static final int STOPS = 9;

    private final FloatMatrix images;
    private final byte[] labels;

    private CurveUses(FloatMatrix images, byte[] labels) {
        this.images = images;
        this.labels = labels;
    }

    /** Prints tables and draws the picture. */
    public static void main(String[] args) throws IOException {
        FloatMatrix all = VectorFiles.readMatrix(Path.of(args[0]));
        CurveUses uses = new CurveUses(all, Files.readAllBytes(Path.of(args[1])));
        int k = 1 << Integer.parseInt(args[2]);
        int threads = Runtime.getRuntime().availableProcessors();
        SpaceFillingCurve curve;
        FloatMatrix codebook;
        try (LocalStatisticsSource source = new LocalStatisticsSource(uses.images, null, threads)) {
            TrainingSettings settings =
                    TrainingSettings.builder(k).dimension(all.columns()).build();
            curve = new SpaceFillingCurve(CurveTraining.train(
                            source, CurveTraining.settings(k).build(), TrainingListener.NONE, TrainingCheckpoint.NONE)
                    .corners());
            FloatMatrix start = Initialization.initialize(source, settings, InitMode.RANDOM, 1);
            codebook = CodebookTrainer.train(source, settings, start, TrainingListener.NONE, TrainingCheckpoint.NONE)
                    .codebook();
        }
        SortedOnCurve sorted = SortedOnCurve.of(curve, uses.images);
        PlaneOrder plane = new PlaneOrder(uses.images);
        uses.printLabels(k, sorted, codebook, plane);
        uses.printOrders(sorted, plane);
        uses.printWays(sorted);
        uses.draw(sorted, Path.of(args[3]));
    }

    private void printLabels(int k, SortedOnCurve sorted, FloatMatrix codebook, PlaneOrder plane) {
        int[] codes = new int[images.rows()];
        new VectorQuantizer(codebook).encode(images.values(), 0, images.rows(), codes, 0);
        int[] byFirst = ranks(plane.firstComponent(codebook));
        double shuffled = 0;
        for (int seed = 0; seed < SHUFFLES; seed++) {
            List<Integer> order = IntStream.range(0, k).boxed().collect(Collectors.toList());
            Collections.shuffle(order, new Random(seed));
            shuffled += mean(bestIntervals(renamed(codes, i -> order.get(i)), k)) / SHUFFLES;
        }
        System.out.printf(Locale.ROOT, "%-52s %16s %16s%n", "index of an image", "I(index; label)", "best interval");
        printLabel(
                "segment of the curve, " + (k - 1),
                information(sorted.segments(), k),
                mean(bestIntervals(sorted.segments(), k)));
        double ofCodewords = information(codes, k);
        printLabel("codeword of VQ, " + k + ", in random order", ofCodewords, shuffled);
        printLabel(
                "codeword of VQ, by the first principal component",
                ofCodewords,
                mean(bestIntervals(renamed(codes, i -> byFirst[i]), k)));
        System.out.printf(
                Locale.ROOT,
                "%nbest interval of each label, on the curve: %s%n%n",
                Arrays.stream(bestIntervals(sorted.segments(), k))
                        .mapToObj(share -> String.format(Locale.ROOT, "%.2f", share))
                        .collect(Collectors.joining(" ")));
    }

    private static void printLabel(String name, double information, double interval) {
        System.out.printf(Locale.ROOT, "%-52s %11.3f bits %16.3f%n", name, information, interval);
    }

    private static int[] ranks(double[] values) {
        int[] order = SortedOnCurve.sorted(values);
        int[] ranks = new int[order.length];
        for (int i = 0; i < order.length; i++) {
            ranks[order[i]] = i;
        }
        return ranks;
    }

    private static int[] renamed(int[] codes, IntUnaryOperator names) {
        return Arrays.stream(codes).map(names).toArray();
    }

    private double[][] joint(int[] codes, int k) {
        double[][] counts = new double[LABELS][k];
        for (int i = 0; i < codes.length; i++) {
            counts[labels[i]][codes[i]]++;
        }
        return counts;
    }

    private double information(int[] codes, int k) {
        double[][] counts = joint(codes, k);
        double n = codes.length;
        double sum = 0;
        for (double[] ofLabel : counts) {
            double label = Arrays.stream(ofLabel).sum() / n;
            for (int c = 0; c < k; c++) {
                int at = c;
                double code =
                        Arrays.stream(counts).mapToDouble(each -> each[at]).sum() / n;
                double both = ofLabel[c] / n;
                sum += both > 0 ? both * Math.log(both / (label * code)) / Math.log(2) : 0;
            }
        }
        return sum;
    }

    /**
     * Returns for each label the largest share of its images in an interval of consecutive indices that holds no
     * more images than the label has.
     */
    private double[] bestIntervals(int[] codes, int k) {
        double[][] counts = joint(codes, k);
        double[] all = new double[k];
        Arrays.setAll(
                all, c -> Arrays.stream(counts).mapToDouble(each -> each[c]).sum());
        double[] best = new double[LABELS];
        for (int label = 0; label < LABELS; label++) {
            double most = Arrays.stream(counts[label]).sum();
            double held = 0;
            double inside = 0;
            int from = 0;
            for (int to = 0; to < k; to++) {
                held += all[to];
                inside += counts[label][to];
                while (held > most) {
                    held -= all[from];
                    inside -= counts[label][from];
                    from++;
                }
                best[label] = Math.max(best[label], inside / most);
            }
        }
        return best;
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    /** Prints what the next image in an order has to do with an image. */
    private void printOrders(SortedOnCurve sorted, PlaneOrder plane) {
        System.out.printf(Locale.ROOT, "%-52s %16s %16s%n", "next image in the order of", "same label", "distance");
        int[] random = IntStream.range(0, images.rows()).toArray();
        printOrder("the data (random)", random);
        printOrder("the first principal component", SortedOnCurve.sorted(plane.firstComponent(images)));
        printOrder("a Hilbert curve, first two principal components", SortedOnCurve.sorted(plane.hilbert(images)));
        printOrder("the position on the curve", sorted.order());
        System.out.println();
    }

    private void printOrder(String name, int[] order) {
        double same = 0;
        double distance = 0;
        for (int i = 1; i < order.length; i++) {
            same += labels[order[i]] == labels[order[i - 1]] ? 1 : 0;
            distance += distance(images.values(), order[i], images.values(), order[i - 1]);
        }
        int pairs = order.length - 1;
        System.out.printf(Locale.ROOT, "%-52s %16.3f %16.1f%n", name, same / pairs, distance / pairs);
    }

    private double distance(float[] a, int i, float[] b, int k) {
        int d = images.columns();
        double sum = 0;
        for (int j = 0; j < d; j++) {
            double apart = a[i * d + j] - b[k * d + j];
            sum += apart * apart;
        }
        return Math.sqrt(sum);
    }

    /** Prints how far from the nearest image the places are that two ways between the same ends pass. */
    private void printWays(SortedOnCurve sorted) {
        Random random = new Random(1);
        int d = images.columns();
        float[] along = new float[PAIRS * STOPS * d];
        float[] straight = new float[along.length];
        for (int pair = 0; pair < PAIRS; pair++) {
            double from = sorted.positions()[random.nextInt(images.rows())];
            double to = sorted.positions()[random.nextInt(images.rows())];
            FloatMatrix way = sorted.curve().interpolate(from, to, STOPS + 2);
            for (int stop = 1; stop <= STOPS; stop++) {
                int at = (pair * STOPS + stop - 1) * d;
                double share = stop / (STOPS + 1.0);
                for (int j = 0; j < d; j++) {
                    along[at + j] = way.values()[stop * d + j];
                    straight[at + j] =
                            (float) ((1 - share) * way.values()[j] + share * way.values()[(STOPS + 1) * d + j]);
                }
            }
        }
        VectorQuantizer nearest = new VectorQuantizer(images);
        System.out.printf(
                Locale.ROOT,
                "%d stops at equal steps between the same two places of the curve, %d pairs of places: mean distance"
                        + " of a stop from the nearest image%nalong the curve %.1f, straight %.1f%n",
                STOPS,
                PAIRS,
                meanDistance(nearest, along),
                meanDistance(nearest, straight));
    }

    private double meanDistance(VectorQuantizer nearest, float[] places) {
        int count = places.length / images.columns();
        int[] found = new int[count];
        nearest.encode(places, 0, count, found, 0);
        return IntStream.range(0, count)
                .mapToDouble(i -> distance(places, i, images.values(), found[i]))
                .average()
                .orElseThrow();
    }

    /** Draws points at equal steps along the curve, and below each the image whose position is nearest. */
    private void draw(SortedOnCurve sorted, Path file) throws IOException {
        int side = (int) Math.round(Math.sqrt(images.columns()));
        GrayPicture picture = new GrayPicture(COLUMNS, 2 * STRIPS, side);
        FloatMatrix points = sorted.curve().equallySpaced(COLUMNS * STRIPS);
        double[] positions = Arrays.stream(sorted.order())
                .mapToDouble(i -> sorted.positions()[i])
                .toArray();
        for (int i = 0; i < points.rows(); i++) {
            double position = sorted.curve().length() * i / (points.rows() - 1);
            int found = Arrays.binarySearch(positions, position);
            int after = Math.min(positions.length - 1, found < 0 ? -1 - found : found);
            int before = Math.max(0, after - 1);
            boolean first = position - positions[before] < positions[after] - position;
            int image = sorted.order()[first ? before : after];
            picture.put(i % COLUMNS, i / COLUMNS * 2, points.values(), i * side * side);
            picture.put(i % COLUMNS, i / COLUMNS * 2 + 1, images.values(), image * side * side);
        }
        picture.write(file);
    }
}
