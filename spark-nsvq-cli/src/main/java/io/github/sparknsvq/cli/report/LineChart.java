package io.github.sparknsvq.cli.report;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * Curves over a common axis. Points that are not finite are left out.
 *
 * @param title what it shows
 * @param x what the horizontal axis is of, with its unit
 * @param y what the vertical axis is of, with its unit
 * @param series the curves, four at most
 */
public record LineChart(String title, String x, String y, List<Series> series) {
    /** Curves that colors tell apart. */
    public static final int MOST = 4;

    /** Points of a curve up to which each is marked, and says its numbers where the mouse rests. */
    private static final int MARKED = 100;

    /** Refuses more curves than there are colors. */
    public LineChart {
        if (series.size() > MOST) {
            throw new IllegalArgumentException(series.size() + " curves: at most " + MOST + " can be told apart");
        }
    }

    /**
     * A curve.
     *
     * @param name that tells it from the others
     * @param xs where its points are, in their order
     * @param ys the values there, as many
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Series(String name, double[] xs, double[] ys) {
        private IntStream finite() {
            return IntStream.range(0, xs.length).filter(i -> Double.isFinite(xs[i]) && Double.isFinite(ys[i]));
        }
    }

    /** Whether there is a point to show. */
    boolean hasPoints() {
        return series.stream().anyMatch(each -> each.finite().findAny().isPresent());
    }

    void write(Html page) {
        Axis across = axis(true, 8);
        Axis up = axis(false, 5);
        Plot plot = Plot.begin(page, title);
        plot.vertical(up, y);
        for (double tick : across.ticks()) {
            plot.tick(Figures.of(tick), across.place(tick, Plot.LEFT, Plot.RIGHT));
        }
        plot.horizontal(x);
        for (int s = 0; s < series.size(); s++) {
            write(page, series.get(s), "s" + s, across, up);
        }
        page.close();
        if (series.size() > 1) {
            page.open("ul", "class", "legend");
            for (int s = 0; s < series.size(); s++) {
                page.leaf("li", series.get(s).name(), "class", "s" + s);
            }
            page.close();
        }
        page.close();
    }

    private static void write(Html page, Series series, String color, Axis across, Axis up) {
        int[] points = series.finite().toArray();
        StringBuilder path = new StringBuilder();
        for (int i : points) {
            path.append(x(series, i, across))
                    .append(',')
                    .append(y(series, i, up))
                    .append(' ');
        }
        page.empty("polyline", "class", color, "points", path.toString().strip());
        if (points.length > MARKED) {
            return;
        }
        for (int i : points) {
            page.open("circle", "class", color, "cx", x(series, i, across), "cy", y(series, i, up), "r", "3");
            page.leaf("title", series.name() + ", " + Figures.of(series.xs()[i]) + ": " + Figures.of(series.ys()[i]));
            page.close();
        }
    }

    private static String x(Series series, int i, Axis across) {
        return Plot.number(across.place(series.xs()[i], Plot.LEFT, Plot.RIGHT));
    }

    private static String y(Series series, int i, Axis up) {
        return Plot.number(up.place(series.ys()[i], Plot.BOTTOM, Plot.TOP));
    }

    private Axis axis(boolean ofX, int steps) {
        double[] values = series.stream()
                .flatMapToDouble(each -> each.finite().mapToDouble(i -> ofX ? each.xs()[i] : each.ys()[i]))
                .toArray();
        return Axis.of(
                DoubleStream.of(values).min().orElse(0),
                DoubleStream.of(values).max().orElse(1),
                steps);
    }
}
