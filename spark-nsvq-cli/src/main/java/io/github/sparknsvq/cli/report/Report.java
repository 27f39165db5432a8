package io.github.sparknsvq.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * A page that says what a command did, in the order in which it is told: sections with facts, tables, charts and
 * notes. The page is one HTML file without scripts that refers to nothing else, and is readable on light and dark
 * screens; all texts are escaped. Not thread-safe.
 */
public final class Report {
    private final Html page = new Html();
    private boolean inSection;

    /**
     * Begins a page.
     *
     * @param title what it is of, as in {@code nsvq train}
     * @param subtitle a line below it
     */
    public Report(String title, String subtitle) {
        page.open("html", "lang", "en");
        page.open("head").empty("meta", "charset", "utf-8");
        page.empty("meta", "name", "viewport", "content", "width=device-width, initial-scale=1");
        page.empty("meta", "name", "color-scheme", "content", "light dark");
        page.leaf("title", title).leaf("style", style()).close();
        page.open("body").leaf("h1", title).leaf("p", subtitle, "class", "subtitle");
    }

    /** Begins a section; the one before it ends. */
    public Report section(String heading) {
        endSection();
        inSection = true;
        page.open("section").leaf("h2", heading);
        return this;
    }

    /** Adds a paragraph. */
    public Report note(String text) {
        page.leaf("p", text);
        return this;
    }

    /** Adds names and their values: numbers, texts, lists and maps of them. Nothing if there are none. */
    public Report facts(Map<String, ?> facts) {
        if (facts.isEmpty()) {
            return this;
        }
        page.open("table", "class", "facts").open("tbody");
        facts.forEach((name, value) -> page.open("tr")
                .leaf("th", name, "scope", "row")
                .leaf("td", Figures.of(value))
                .close());
        page.close().close();
        return this;
    }

    /**
     * Adds a table. Nothing if it has no rows.
     *
     * @param columns their headings
     * @param rows per row a value for each column
     */
    public Report table(List<String> columns, List<? extends List<?>> rows) {
        if (rows.isEmpty()) {
            return this;
        }
        page.open("div", "class", "wide").open("table").open("thead").open("tr");
        columns.forEach(column -> page.leaf("th", column, "scope", "col"));
        page.close().close().open("tbody");
        for (List<?> row : rows) {
            page.open("tr");
            for (Object value : row) {
                page.leaf("td", Figures.of(value), "class", Figures.isNumber(value) ? "number" : "text");
            }
            page.close();
        }
        page.close().close().close();
        return this;
    }

    /** Adds curves; a line that says so where there is no point of any. */
    public Report chart(LineChart chart) {
        if (chart.hasPoints()) {
            chart.write(page);
            return this;
        }
        return note(chart.title() + ": nothing was measured.");
    }

    /** Adds bars; a line that says so where there is nothing to count. */
    public Report chart(Histogram chart) {
        if (chart.amounts().length > 0) {
            chart.write(page);
            return this;
        }
        return note(chart.title() + ": nothing was counted.");
    }

    /** Returns the page; nothing can be added after that. */
    public String html() {
        endSection();
        return page.finish();
    }

    private void endSection() {
        if (inSection) {
            page.close().text("\n");
        }
        inSection = false;
    }

    private static String style() {
        try (InputStream in = Report.class.getResourceAsStream("report.css")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
