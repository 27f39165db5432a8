package io.github.sparknsvq.cli;

import static io.github.sparknsvq.cli.Ran.nsvq;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** An index that goes on with what is new in a table, by a column that grows. */
class IndexSinceColumnTest extends CommandTest {
    /** Writes a table of ids whose rows have changed at some number, with vectors that say so. */
    private Path changes(String name, int from, int to, int changed) {
        return table(
                name,
                "select id, " + changed + " + id as changed, array(float(id), " + changed + "f, 0f, 0f) as features"
                        + " from range(" + from + ", " + to + ")");
    }

    @Test
    void anIndexGoesOnWithWhatIsNewer() {
        Path items = changes("items", 0, 40, 0);
        Path index = directory.resolve("index");
        String build = "index --quantizer flat --max-iter 1 --lists 2 --since-column changed";
        assertEquals(
                "39",
                nsvq(build, "--input", items, "--output", index)
                        .json()
                        .get("until")
                        .asText());
        String again = "index --since-column changed --append";
        Ran nothing = nsvq(again, index, "--input", items);
        assertEquals(1, nothing.json().get("segments").asInt());
        assertTrue(
                nothing.err().contains("nothing was added: no row of " + items + " is newer than 39"), nothing.err());

        Path more = changes("more", 30, 50, 100);
        spark.read().parquet(more.toString()).write().mode("append").parquet(items.toString());
        JsonNode json = nsvq(again, index, "--input", items).json();
        assertKeys(
                "rows dimension lists codeBytes metric quantizer segments deleted emptyLists imbalance "
                        + "buildSeconds until output version",
                json);
        assertEquals(50, json.get("rows").asInt());
        assertEquals(10, json.get("deleted").asInt(), "their old vectors");
        assertEquals("149", json.get("until").asText());
        assertEquals(
                "[{\"source\":\"" + items + "#changed\",\"kind\":\"watermark\",\"value\":\"149\"}]",
                nsvq("info", index).json().get("sources").toString());
        assertEquals(
                items + " has no column 'never': it has id, changed, features; name one with --since-column",
                nsvq("index --since-column never --append", index, "--input", items)
                        .line(1));
    }
}
