package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.NsvqException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which number of codewords is enough: the bend of the error over the number of codewords, both logarithmic. It is
 * the point that lies farthest below the line from the first point to the last one (Satopaa et al., Finding a
 * "kneedle" in a haystack, 2011); an error of 0 ends the curve.
 *
 * @param points by their number of codewords
 * @param picked the one at the bend
 */
public record Elbow(List<Point> points, Point picked) {

    /**
     * A codebook that was trained.
     *
     * @param codewords number of codewords
     * @param mse its mean squared error
     * @param depth how far it lies below the line, in units of natural logarithms, negative above it; where all are
     *     near 0 there is no bend
     */
    public record Point(int codewords, double mse, double depth) {}

    /**
     * Finds the bend.
     *
     * @param codewords numbers of codewords, at least three, all different
     * @param mse the error of each codebook, 0 or more
     * @throws NsvqException if there are fewer than three, or one twice
     */
    public static Elbow of(List<Integer> codewords, List<Double> mse) {
        check(codewords);
        List<Point> given = new ArrayList<>();
        for (int i = 0; i < codewords.size(); i++) {
            given.add(new Point(codewords.get(i), mse.get(i), 0));
        }
        given.sort(Comparator.comparingInt(Point::codewords));
        Point first = given.get(0);
        Point last = given.get(given.size() - 1);
        for (Point point : given) {
            if (point.mse() == 0) {
                return new Elbow(List.copyOf(given), point);
            }
        }
        double run = Math.log(last.codewords()) - Math.log(first.codewords());
        double rise = Math.log(last.mse()) - Math.log(first.mse());
        double length = Math.hypot(run, rise);
        List<Point> points = new ArrayList<>();
        Point picked = null;
        for (Point point : given) {
            double along = Math.log(point.codewords()) - Math.log(first.codewords());
            double down = Math.log(first.mse()) - Math.log(point.mse());
            boolean end = point.equals(first) || point.equals(last);
            double depth = end ? 0 : (down * run + rise * along) / length;
            Point measured = new Point(point.codewords(), point.mse(), depth);
            points.add(measured);
            if (!end && (picked == null || depth > picked.depth())) {
                picked = measured;
            }
        }
        return new Elbow(List.copyOf(points), picked);
    }

    /**
     * Checks numbers of codewords.
     *
     * @throws NsvqException if there are fewer than three, or one twice
     */
    public static void check(List<Integer> codewords) {
        NsvqException.unless(
                codewords.size() >= 3,
                "an elbow needs three numbers of codewords or more, such as 16,32,64, not " + codewords.size());
        NsvqException.unless(
                codewords.stream().distinct().count() == codewords.size(),
                "an elbow needs different numbers of codewords: " + codewords + " has one twice");
    }
}
