package io.github.sparknsvq.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.training.TrainingListener;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintWriter err = new PrintWriter(bytes, true, StandardCharsets.UTF_8);

    private static TrainingListener.Progress at(double done) {
        return new TrainingListener.Progress(3, 20, done, 76460.25, 0.05);
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void saysStepLossRateAndTimeLeft() {
        assertEquals("pass 3/20, 25 %, loss 76460.3, rate 0.0500, 30 s left", Progress.line(at(0.25), 0.25, 0, 10));
        TrainingListener.Progress begun = new TrainingListener.Progress(1, 5, 0, 1, 0);
        assertEquals("pass 1/5, 0 %, loss 1.00000", Progress.line(begun, 0, 0, 1));
        assertTrue(Progress.line(at(0.75), 0.5, 0, 10).endsWith(", 5 s left"));
        assertTrue(Progress.line(at(0.02), 0.02, 0, 204).endsWith(", 2 h 46 min left"));
        assertEquals(
                "pass 3/20, 25 %, loss 76460.3, rate 0.0500, 1,234 rows/s, 30 s left",
                Progress.line(at(0.25), 0.25, 12_340, 10));
    }

    @Test
    void printsPlainLinesNowAndThen() {
        try (Progress progress = new Progress(err, false)) {
            progress.begin("training");
            for (int i = 1; i <= 1000; i++) {
                progress.progressed(at(i / 1000.0));
            }
        }
        List<String> lines = text().lines().toList();
        assertEquals(2, lines.size(), text());
        assertEquals("nsvq: training", lines.get(0));
        assertTrue(lines.get(1).startsWith("nsvq: training: pass 3/20, 0 %, loss 76460.3, rate 0.05"), lines.get(1));
    }

    @Test
    void writesOneLineOverOnATerminal() {
        try (Progress progress = new Progress(err, true)) {
            progress.begin("training");
            progress.progressed(at(0.5));
        }
        assertTrue(text().startsWith("\r\u001b[Knsvq: training"), text());
        assertTrue(text().contains("\r\u001b[Knsvq: [##########          ] pass 3/20, 50 %"), text());
        assertTrue(text().endsWith("rate 0.0500\r\u001b[K"), text());
    }
}
