package io.github.sparknsvq.cli.quickstart;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.sparknsvq.cli.quickstart.RecallCurve.Point;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecallCurveTest {
    private static final RecallCurve CURVE =
            new RecallCurve(List.of(new Point(1, 0.25, 12345.6), new Point(1265, 1, 700.4)));

    @Test
    void showsRecallAsBars() {
        assertEquals(
                List.of(
                        "    lists  nearest vector among the first 10 queries/s, 1 thread",
                        "        1  ######..................   25.0 %              12,346",
                        "    1,265  ########################  100.0 %                 700"),
                CURVE.picture());
    }

    @Test
    void givesNumbersForJson() {
        assertEquals(
                List.of(
                        Map.of("probes", 1, "recall@10", 0.25, "queriesPerSecond", 12345.6),
                        Map.of("probes", 1265, "recall@10", 1.0, "queriesPerSecond", 700.4)),
                CURVE.values());
    }
}
