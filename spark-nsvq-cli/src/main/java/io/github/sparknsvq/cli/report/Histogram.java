package io.github.sparknsvq.cli.report;

import java.util.Arrays;

/**
 * How many things have how much of something: codewords by the rows that chose them, lists by their vectors.
 *
 * @param title what it shows
 * @param x of what each thing has some, with its unit
 * @param y what the things are
 * @param amounts how much each has, none negative
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Histogram(String title, String x, String y, double[] amounts) {
    private static final int BINS = 24;

    /** Share of the things in the first of equal bins from which they tell nothing: then bins double. */
    private static final double CROWDED = 0.8;

    /** Amount below which bins do not double: there are few whole numbers to tell apart. */
    private static final double FEW = 64;

    /** Labels that have room below the axis. */
    private static final int LABELS = 10;

    /**
     * Amounts that lie close together.
     *
     * @param from the least of them
     * @param to above all of them
     * @param count how many things have so much
     */
    record Bin(double from, double to, long count) {}

    /** Returns the bins, from 0 on: equally wide, or doubling where most amounts are a small part of the largest. */
    Bin[] bins() {
        double most = Arrays.stream(amounts).max().orElse(0);
        boolean whole = Arrays.stream(amounts).allMatch(amount -> amount == Math.rint(amount));
        double width = most == 0 ? 1 : Axis.step(most / BINS);
        if (whole) {
            width = Math.max(1, width);
        }
        Bin[] bins = new Bin[(int) Math.floor(most / width * (1 + 1e-12)) + 1];
        for (int i = 0; i < bins.length; i++) {
            bins[i] = bin(i * width, (i + 1) * width);
        }
        return most >= FEW && bins[0].count() > CROWDED * amounts.length ? doubling(most) : bins;
    }

    private Bin[] doubling(double most) {
        Bin[] bins = new Bin[2 + Math.getExponent(most)];
        bins[0] = bin(0, 1);
        for (int i = 1; i < bins.length; i++) {
            bins[i] = bin(Math.scalb(1.0, i - 1), Math.scalb(1.0, i));
        }
        return bins;
    }

    private Bin bin(double from, double to) {
        return new Bin(
                from,
                to,
                Arrays.stream(amounts)
                        .filter(amount -> amount >= from && amount < to)
                        .count());
    }

    void write(Html page) {
        Bin[] bins = bins();
        long highest = Arrays.stream(bins).mapToLong(Bin::count).max().orElse(1);
        Axis up = Axis.of(0, Math.max(1, (double) highest), 5);
        Plot plot = Plot.begin(page, title);
        plot.vertical(up, y);
        double room = (Plot.RIGHT - Plot.LEFT) / bins.length;
        int every = (bins.length - 1) / LABELS + 1;
        for (int i = 0; i <= bins.length; i += every) {
            double edge = i == bins.length ? bins[i - 1].to() : bins[i].from();
            plot.tick(Figures.of(edge), Plot.LEFT + i * room);
        }
        for (int i = 0; i < bins.length; i++) {
            double height = Plot.BOTTOM - up.place((double) bins[i].count(), Plot.BOTTOM, Plot.TOP);
            page.open(
                    "rect",
                    "class",
                    "s0",
                    "x",
                    Plot.number(Plot.LEFT + i * room + 1),
                    "y",
                    Plot.number(Plot.BOTTOM - height),
                    "width",
                    Plot.number(Math.max(0.5, room - 2)),
                    "height",
                    Plot.number(height));
            page.leaf(
                    "title",
                    "from " + Figures.of(bins[i].from()) + " to below " + Figures.of(bins[i].to()) + ": "
                            + Figures.of(bins[i].count()));
            page.close();
        }
        plot.horizontal(x);
        plot.end();
    }
}
