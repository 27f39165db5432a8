package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** {@code --report} of the commands: every number of the page is one of the run. */
class ReportCommandsTest extends CommandTest {
    /** A page that was parsed: what is in its sections. */
    private record Page(Map<String, Element> sections) {
        static Page of(Path file) throws Exception {
            DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
            factory.setNamespaceAware(true);
            Element root = factory.newDocumentBuilder()
                    .parse(new ByteArrayInputStream(Files.readAllBytes(file)))
                    .getDocumentElement();
            Map<String, Element> sections = new LinkedHashMap<>();
            for (Element section : all(root, "section")) {
                sections.put(all(section, "h2").get(0).getTextContent(), section);
            }
            return new Page(sections);
        }

        static List<Element> all(Element in, String name) {
            NodeList found = in.getElementsByTagNameNS("*", name);
            return IntStream.range(0, found.getLength())
                    .mapToObj(i -> (Element) found.item(i))
                    .toList();
        }

        List<String> headings() {
            return List.copyOf(sections.keySet());
        }

        Map<String, String> facts(String section) {
            Map<String, String> facts = new LinkedHashMap<>();
            for (Element row : all(sections.get(section), "tr")) {
                facts.put(
                        all(row, "th").get(0).getTextContent(),
                        all(row, "td").get(0).getTextContent());
            }
            return facts;
        }

        /** Returns the rows of a section's table. */
        List<List<String>> table(String section) {
            return all(sections.get(section), "tr").stream()
                    .map(row ->
                            all(row, "td").stream().map(Element::getTextContent).toList())
                    .filter(row -> !row.isEmpty())
                    .toList();
        }

        /** Returns how many things the bars of a section count. */
        long counted(String section) {
            return all(sections.get(section), "rect").stream()
                    .map(Element::getTextContent)
                    .mapToLong(title -> Long.parseLong(title.substring(title.lastIndexOf(' ') + 1)))
                    .sum();
        }

        int points(String section) {
            return all(sections.get(section), "circle").size();
        }
    }

    private Path report() {
        return directory.resolve("report.html");
    }

    private static double number(String text) {
        return Double.parseDouble(text.replace(",", ""));
    }

    /** Asserts that the page says what the result says. */
    private static void assertResult(JsonNode json, Page page) {
        Map<String, String> facts = page.facts("Result");
        for (String name : names(json)) {
            JsonNode value = json.get(name);
            if (!name.equals("version") && value.isNumber()) {
                assertEquals(value.asDouble(), number(facts.get(name)), 1e-5 * Math.abs(value.asDouble()), name);
            } else if (!name.equals("version") && value.isTextual()) {
                assertEquals(value.asText(), facts.get(name));
            }
        }
        assertTrue(facts.size() >= json.size() - 1, facts::toString);
    }

    @Test
    void trainReportsItsPassesAndTheUseOfCodewords() throws Exception {
        Path learn = vectors("learn.fvecs", 200, 1);
        Path model = directory.resolve("m");
        JsonNode json = nsvq(
                        "train --k 8 --max-iter 5 --seed 2 --input", learn, "--output", model, "--report", report())
                .json();
        Page page = Page.of(report());
        assertEquals(
                List.of(
                        "Result",
                        "Use of codewords",
                        "Training codewords",
                        "Measuring",
                        "Time",
                        "Settings",
                        "Versions"),
                page.headings());
        assertResult(json, page);
        assertEquals(8, page.counted("Use of codewords"));
        int passes = json.get("passes").asInt();
        assertEquals(2 * passes, page.points("Training codewords"), "curves of loss and perplexity");
        assertEquals(passes, page.table("Training codewords").size());
        Map<String, String> measured = page.facts("Measuring");
        assertEquals(json.get("mse").asDouble(), number(measured.get("mean squared error")), 1e-3);
        assertEquals(json.get("perplexity").asDouble(), number(measured.get("perplexity")), 1e-3);
        List<List<String>> time = page.table("Time");
        assertEquals("training 8 codewords on " + learn, time.get(0).get(0));
        List<String> parts = time.stream().map(row -> row.get(1)).toList();
        assertEquals(
                List.of(
                        "",
                        "packing rows",
                        "choosing the first codewords",
                        "training codewords",
                        "measuring",
                        "saving"),
                parts);
        double sum =
                time.stream().skip(1).mapToDouble(row -> number(row.get(2))).sum();
        assertTrue(sum <= number(time.get(0).get(2)) + 1e-3, time::toString);
        Map<String, String> settings = page.facts("Settings");
        assertEquals("8", settings.get("--k"));
        assertEquals("2", settings.get("--seed"));
        assertEquals(learn.toString(), settings.get("--input"));
        assertEquals(json.get("version").asText(), page.facts("Versions").get("nsvq"));
        assertEquals(spark.version(), page.facts("Versions").get("Spark"));
    }

    @Test
    void severalCodebooksAreCountedForTheReport() throws Exception {
        Path learn = vectors("learn.fvecs", 200, 1);
        nsvq(
                        "train --quantizer opq --codebooks 2 --bits 4 --max-iter 2 --input",
                        learn,
                        "--output",
                        directory.resolve("m"),
                        "--report",
                        report())
                .json();
        Page page = Page.of(report());
        assertEquals(2 * 16, page.counted("Use of codewords"));
        assertTrue(page.headings().contains("Training the rotation"), page.headings()::toString);
    }

    @Test
    void indexReportsTheSizesOfItsLists() throws Exception {
        Path base = vectors("base.fvecs", 300, 1);
        Path index = directory.resolve("index");
        JsonNode json = nsvq(
                        "index --lists 6 --quantizer pq --codebooks 2 --bits 4 --max-iter 2 --input",
                        base,
                        "--output",
                        index,
                        "--report",
                        report())
                .json();
        Page page = Page.of(report());
        assertResult(json, page);
        assertEquals(6, page.counted("Lists"));
        assertTrue(page.headings().contains("Lists: training codewords"), page.headings()::toString);
        assertTrue(page.headings().contains("Training codebooks"), page.headings()::toString);
        JsonNode compacted = nsvq("index --compact --mode overwrite --append", index, "--report", report())
                .json();
        assertResult(compacted, Page.of(report()));
    }

    @Test
    void encodeAndSearchReport() throws Exception {
        Path base = vectors("base.fvecs", 300, 1);
        JsonNode encoded = nsvq(
                        "encode --model",
                        model(),
                        "--input",
                        base,
                        "--output",
                        directory.resolve("codes"),
                        "--report",
                        report())
                .json();
        Page page = Page.of(report());
        assertResult(encoded, page);
        assertEquals(8, page.counted("Use of codewords"));
        Path index = directory.resolve("index");
        nsvq("index --lists 4 --quantizer flat --max-iter 2 --input", base, "--output", index)
                .json();
        Path other = directory.resolve("search.html");
        JsonNode found = nsvq(
                        "search --k 3 --index",
                        index,
                        "--queries",
                        base,
                        "--output",
                        directory.resolve("found"),
                        "--report",
                        other)
                .json();
        assertResult(found, Page.of(other));
        evaluates(base, index);
    }

    /** With the base as queries, each is its own nearest neighbor. */
    private void evaluates(Path base, Path index) throws Exception {
        Path truth = directory.resolve("truth.ivecs");
        int[][] ids = IntStream.range(0, 300).mapToObj(i -> new int[] {i}).toArray(int[][]::new);
        writeIvecs(truth, ids);
        Path file = directory.resolve("evaluate.html");
        nsvq("evaluate --k 1,3 --probes 1,2,4 --index", index, "--queries", base, "--truth", truth, "--report", file)
                .json();
        Page page = Page.of(file);
        List<List<String>> rows = page.table("Recall");
        assertEquals(
                List.of("1", "2", "4"), rows.stream().map(row -> row.get(1)).toList());
        assertEquals("1", rows.get(2).get(2), "recall@1 with all lists");
        assertEquals(6, page.points("Recall"), "two curves of three searches");
    }

    @Test
    void healthReportsItsAdviceListsAndRecall() throws Exception {
        Path base = vectors("base.fvecs", 300, 1);
        Path index = directory.resolve("index");
        nsvq("index --lists 6 --quantizer pq --codebooks 2 --bits 4 --max-iter 2 --input", base, "--output", index)
                .json();
        JsonNode json = nsvq("health --probes 1 --sample 40 --vectors", base, "--index", index, "--report", report())
                .json();
        Page page = Page.of(report());
        assertEquals(
                List.of("Result", "Advice", "Lists", "Neighbors found", "Time", "Settings", "Versions"),
                page.headings());
        assertResult(json, page);
        assertEquals(
                json.get("advice").get(0).get("action").asText(),
                page.table("Advice").get(0).get(0));
        assertEquals(6, page.counted("Lists"));
        JsonNode searches = json.get("searches");
        List<List<String>> rows = page.table("Neighbors found");
        assertEquals(searches.size(), rows.size());
        assertEquals(3 * searches.size(), page.points("Neighbors found"), "share, low and high");
        assertEquals(
                searches.get(0).get("intersection@10").asDouble(),
                number(rows.get(0).get(1)),
                1e-5);
        assertEquals(0, number(rows.get(0).get(8)), "slack");
        assertEquals(
                "the report " + report() + " exists already: give another --report, or --mode overwrite to replace"
                        + " it",
                unchanged("health --index", index, "--report", report()));
        assertEquals(
                "--mode goes with --report, the only file that is written (see nsvq health --help)",
                nsvq("health --mode overwrite --index", index).line(2));
    }

    private static void writeIvecs(Path file, int[][] rows) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8 * rows.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] row : rows) {
            bytes.putInt(1).putInt(row[0]);
        }
        Files.write(file, bytes.array());
    }

    @Test
    void aReportThatIsThereStaysUnlessItMayBeReplaced() throws Exception {
        Path learn = vectors("learn.fvecs", 200, 1);
        Files.writeString(report(), "mine");
        Path model = directory.resolve("m");
        Object[] command = {"train --k 8 --max-iter 1 --input", learn, "--output", model, "--report", report()};
        Path path = report();
        assertEquals(
                "the report " + path + " exists already: give another --report, or --mode overwrite to replace it",
                unchanged(command));
        assertEquals("mine", Files.readString(report()));
        assertFalse(Files.exists(model));
        List<Object> again = new ArrayList<>(List.of(command));
        again.addAll(List.of("--mode", "overwrite"));
        nsvq(again.toArray()).json();
        assertTrue(Page.of(report()).headings().contains("Result"));
    }

    @Test
    void aReportDoesNotGoWhereTheCommandReadsOrWrites() throws IOException {
        Path learn = vectors("learn.fvecs", 200, 1);
        String said = ", which this command reads or writes: give another --report";
        Path inside = directory.resolve("a/out/report.html");
        assertFails(
                "the report " + inside + " would lie in " + directory.resolve("a/out") + said,
                "train --k 8 --max-iter 1 --input",
                learn,
                "--report",
                inside);
        assertFails(
                "the report " + learn + " would lie in " + learn + said,
                "train --k 8 --max-iter 1 --mode overwrite --input",
                learn,
                "--report",
                learn);
    }

    @Test
    void aFailedCommandLeavesNoReport() throws IOException {
        Path broken = table("broken", "SELECT 1L AS id, array(1f, CAST('NaN' AS FLOAT)) AS features");
        failure("train --k 8 --max-iter 1 --input", broken, "--report", report());
        assertFalse(Files.exists(report()));
    }
}
