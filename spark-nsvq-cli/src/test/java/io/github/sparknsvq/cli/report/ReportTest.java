package io.github.sparknsvq.cli.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

class ReportTest {
    /** Parses a page, which must be well-formed. */
    private static Document parse(Report report) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder()
                .parse(new ByteArrayInputStream(report.html().getBytes(StandardCharsets.UTF_8)));
    }

    private static Report report() {
        return new Report("nsvq train", "a test");
    }

    private static List<Element> all(Document page, String name) {
        NodeList found = page.getElementsByTagNameNS("*", name);
        return IntStream.range(0, found.getLength())
                .mapToObj(i -> (Element) found.item(i))
                .toList();
    }

    private static List<String> texts(Document page, String name) {
        return all(page, name).stream().map(Element::getTextContent).toList();
    }

    @Test
    void showsFactsAndTablesAsTheyAreGiven() throws Exception {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("rows", 1_234_567L);
        facts.put("mse", 0.012345678);
        facts.put("sizes", List.of(16, 8));
        facts.put("bits", new int[] {8, 4});
        facts.put("weights", new double[] {0.5, 2});
        facts.put("nothing", Double.NaN);
        Document page = parse(report().section("Result")
                .facts(facts)
                .section("Passes")
                .table(List.of("pass", "rule"), List.of(List.of(1, "nsvq"), List.of(2, "lloyd"))));
        assertEquals(List.of("Result", "Passes"), texts(page, "h2"));
        assertEquals(
                List.of("1,234,567", "0.0123457", "16, 8", "8, 4", "0.5, 2", "\u2013", "1", "nsvq", "2", "lloyd"),
                texts(page, "td"));
        List<String> names = List.of("rows", "mse", "sizes", "bits", "weights", "nothing", "pass", "rule");
        assertEquals(names, texts(page, "th"));
        assertEquals(2, all(page, "section").size());
    }

    @Test
    void escapesWhatUsersNamed() throws Exception {
        String name = "</title><script>alert('x & y')</script>\u0001\ud800";
        Report report = new Report(name, name).section(name).note(name).facts(Map.of(name, name));
        report.chart(new LineChart(
                name, name, name, List.of(new LineChart.Series(name, new double[] {1, 2}, new double[] {3, 4}))));
        Document page = parse(report);
        assertTrue(all(page, "script").isEmpty());
        String shown = "</title><script>alert('x & y')</script>\ufffd\ufffd";
        assertEquals(List.of(shown), texts(page, "h1"));
        assertEquals(List.of(shown, shown), texts(page, "p"));
    }

    @Test
    void refersToNothingElse() {
        String page = report().section("Curves")
                .chart(new Histogram("sizes", "rows", "codewords", new double[] {1, 2, 3}))
                .html();
        String own = page.replace("http://www.w3.org/2000/svg", "");
        for (String reference : List.of("http:", "https:", "src=", "href=", "url(", "@import", "<script")) {
            assertFalse(own.contains(reference), reference);
        }
        assertTrue(page.startsWith("<!DOCTYPE html><html lang=\"en\">"), page);
        assertTrue(page.contains("@media (prefers-color-scheme: dark)"), "is readable on dark screens");
    }

    @Test
    void marksThePointsOfCurves() throws Exception {
        double[] xs = {1, 2, 3, 4};
        Document page = parse(report().chart(new LineChart(
                "loss",
                "pass",
                "error",
                List.of(
                        new LineChart.Series("lists", xs, new double[] {8, 4, Double.NaN, 1}),
                        new LineChart.Series("codebooks", xs, new double[] {2, 2, 2, 2})))));
        List<String> titles =
                all(page, "circle").stream().map(Element::getTextContent).toList();
        assertEquals(
                List.of(
                        "lists, 1: 8",
                        "lists, 2: 4",
                        "lists, 4: 1",
                        "codebooks, 1: 2",
                        "codebooks, 2: 2",
                        "codebooks, 3: 2",
                        "codebooks, 4: 2"),
                titles);
        assertEquals(List.of("lists", "codebooks"), texts(page, "li"));
        // the axis goes from 1 to 8, rounded: larger errors are nearer to the top
        List<Double> heights = all(page, "circle").stream()
                .map(circle -> Double.valueOf(circle.getAttribute("cy")))
                .toList();
        assertTrue(heights.get(0) < heights.get(1) && heights.get(1) < heights.get(2), heights::toString);
        assertEquals(heights.get(3), heights.get(6));
    }

    @Test
    void drawsAPointAlone() throws Exception {
        Document page = parse(report().chart(new LineChart(
                "loss", "pass", "error", List.of(new LineChart.Series("one", new double[] {1}, new double[] {0})))));
        assertEquals(1, all(page, "circle").size());
    }

    @Test
    void saysWhereThereIsNothingToDraw() throws Exception {
        Document page = parse(report().chart(new LineChart(
                        "loss", "pass", "error", List.of(new LineChart.Series("one", new double[] {1}, new double[] {
                            Double.NaN
                        }))))
                .chart(new Histogram("sizes", "vectors", "lists", new double[0])));
        List<String> said = List.of("a test", "loss: nothing was measured.", "sizes: nothing was counted.");
        assertEquals(said, texts(page, "p"));
        assertTrue(all(page, "svg").isEmpty());
    }

    @Test
    void refusesCurvesThatNoColorTellsApart() {
        LineChart.Series one = new LineChart.Series("one", new double[0], new double[0]);
        List<LineChart.Series> five = List.of(one, one, one, one, one);
        assertThrows(IllegalArgumentException.class, () -> new LineChart("loss", "pass", "error", five));
    }

    @Test
    void countsEveryAmountOnce() throws Exception {
        Random random = new Random(3);
        for (int trial = 0; trial < 200; trial++) {
            double power = 1 + trial % 5;
            double scale = Math.pow(10, trial % 7);
            double[] amounts = random.doubles(1 + trial)
                    .map(each -> Math.pow(each, power) * scale)
                    .map(each -> random.nextBoolean() ? Math.rint(each) : each)
                    .toArray();
            Histogram.Bin[] bins = new Histogram("sizes", "vectors", "lists", amounts).bins();
            assertEquals(
                    amounts.length,
                    Arrays.stream(bins).mapToLong(Histogram.Bin::count).sum());
            assertTrue(bins.length <= 64, () -> bins.length + " bins");
            for (int i = 1; i < bins.length; i++) {
                assertEquals(bins[i - 1].to(), bins[i].from(), "no gap");
            }
        }
    }

    @Test
    void doublesBinsWhereMostAmountsAreSmall() {
        double[] amounts = new double[100];
        Arrays.fill(amounts, 0, 60, 1);
        Arrays.fill(amounts, 60, 95, 5);
        Arrays.fill(amounts, 95, 99, 0);
        amounts[99] = 4096;
        Histogram.Bin[] bins = new Histogram("sizes", "vectors", "lists", amounts).bins();
        long[] counts = Arrays.stream(bins).mapToLong(Histogram.Bin::count).toArray();
        assertArrayEquals(new long[] {4, 60, 0, 35, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, counts);
    }

    @Test
    void barsAreAsHighAsTheirCounts() throws Exception {
        Document page =
                parse(report().chart(new Histogram("sizes", "vectors", "lists", new double[] {0, 0, 0, 0, 1, 1, 2})));
        List<Double> heights = all(page, "rect").stream()
                .map(bar -> Double.valueOf(bar.getAttribute("height")))
                .toList();
        assertEquals(3, heights.size());
        assertEquals(heights.get(0), 2 * heights.get(1), 0.2);
        assertEquals(heights.get(0), 4 * heights.get(2), 0.2);
        assertEquals("from 0 to below 1: 4", all(page, "rect").get(0).getTextContent());
    }

    @Test
    void axesHoldTheirNumbersAtRoundSteps() {
        Random random = new Random(5);
        for (int trial = 0; trial < 500; trial++) {
            double a = random.nextGaussian() * Math.pow(10, trial % 9 - 4);
            double b = trial % 10 == 0 ? a : a + Math.abs(random.nextGaussian()) * Math.pow(10, trial % 6 - 3);
            Axis axis = Axis.of(a, b, 5);
            assertTrue(axis.from() <= a + 1e-9 * Math.abs(a) && axis.to() >= b - 1e-9 * Math.abs(b), axis::toString);
            assertTrue(axis.steps() <= 8, axis::toString);
            assertEquals(axis.steps() + 1, axis.ticks().length);
            assertTrue(axis.place(a, 0, 1) > -1e-6 && axis.place(b, 0, 1) < 1 + 1e-6, axis::toString);
        }
        assertArrayEquals(new double[] {0, 2, 4, 6, 8}, Axis.of(0.5, 7, 4).ticks());
    }

    @Test
    void writesNumbersAsPeopleReadThem() {
        assertEquals("76,460.2", Figures.of(76460.24));
        assertEquals("0.5", Figures.of(0.5f));
        assertEquals("12", Figures.of(12.0));
        assertEquals("0", Figures.of(0.0));
        assertEquals("0.00012", Figures.of(0.00012));
        assertEquals("1.23457e-06", Figures.of(0.00000123456789));
        assertEquals("2.00000e+12", Figures.of(2e12));
        assertEquals("-7", Figures.of(-7));
        assertEquals("\u2013", Figures.of(null));
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("k", 16);
        values.put("mse", 2.5);
        assertEquals("k 16, mse 2.5", Figures.of(values));
    }
}
