package io.github.sparknsvq.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The frame of a chart as SVG: its size, axes and labels. Colors are those of the page's style. */
final class Plot {
    static final double WIDTH = 640;
    static final double HEIGHT = 280;
    static final double LEFT = 78;
    static final double RIGHT = WIDTH - 14;
    static final double TOP = 10;
    static final double BOTTOM = HEIGHT - 46;

    private final Html page;

    private Plot(Html page) {
        this.page = page;
    }

    /** Begins a picture with a caption, to be ended by {@link #end}. */
    static Plot begin(Html page, String caption) {
        page.open("figure").leaf("figcaption", caption);
        page.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 " + number(WIDTH) + " " + number(HEIGHT),
                "role",
                "img",
                "aria-label",
                caption);
        return new Plot(page);
    }

    /** Draws the vertical axis, with a line across at each round number, and what it is of. */
    void vertical(Axis axis, String label) {
        for (double tick : axis.ticks()) {
            double y = axis.place(tick, BOTTOM, TOP);
            line("grid", LEFT, y, RIGHT, y);
            text(Figures.of(tick), LEFT - 8, y + 4, "end");
        }
        double middle = (TOP + BOTTOM) / 2;
        label(label, 14, middle, "transform", "rotate(-90 14 " + number(middle) + ")");
    }

    /** Writes a number below the horizontal axis. */
    void tick(String text, double x) {
        line("axis", x, BOTTOM, x, BOTTOM + 5);
        text(text, x, BOTTOM + 18, "middle");
    }

    /** Draws the horizontal axis itself, and what it is of. */
    void horizontal(String label) {
        line("axis", LEFT, BOTTOM, RIGHT, BOTTOM);
        label(label, (LEFT + RIGHT) / 2, HEIGHT - 6);
    }

    private void label(String label, double x, double y, String... more) {
        List<String> attributes =
                new ArrayList<>(List.of("class", "label", "x", number(x), "y", number(y), "text-anchor", "middle"));
        attributes.addAll(List.of(more));
        page.leaf("text", label, attributes.toArray(String[]::new));
    }

    private void line(String kind, double x1, double y1, double x2, double y2) {
        page.empty("line", "class", kind, "x1", number(x1), "y1", number(y1), "x2", number(x2), "y2", number(y2));
    }

    private void text(String text, double x, double y, String anchor) {
        page.leaf("text", text, "x", number(x), "y", number(y), "text-anchor", anchor);
    }

    void end() {
        page.close().close();
    }

    /** Returns a place in the picture with a tenth of its unit. */
    static String number(double place) {
        String text = String.format(Locale.ROOT, "%.1f", place);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
