package io.github.sparknsvq.cli.report;

import io.github.sparknsvq.core.training.TrainingListener;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;

/** What a command does, as it does it: its stages and how long they took, the passes of its trainings, and more. */
public final class RunRecord implements TrainingListener {
    /** What a training measures at its end is no pass. */
    private static final String MEASURING = "measuring";

    private final List<Stage> stages = new ArrayList<>();
    private final Map<String, List<Pass>> passes = new LinkedHashMap<>();
    private final List<Consumer<Report>> more = new ArrayList<>();
    private String part = "";
    private long rows;
    private long since;

    /** A stage of the command, or a part of one; the seconds are those until the next begins. */
    private static final class Stage {
        private final String name;
        private final boolean isPart;
        private final long began;
        private double seconds = Double.NaN;

        Stage(String name, boolean isPart, long began) {
            this.name = name;
            this.isPart = isPart;
            this.began = began;
        }
    }

    private record Pass(TrainingListener.Progress at, double rowsPerSecond) {}

    /** Begins a stage of the command; what was before it has ended. */
    public void begin(String what) {
        long now = System.nanoTime();
        end(now, true);
        stages.add(new Stage(what, false, now));
    }

    /** Begins a part of a stage. */
    @Override
    public void begins(String what) {
        long now = System.nanoTime();
        end(now, false);
        stages.add(new Stage(what, true, now));
        part = what;
        rows = 0;
        since = now;
    }

    @Override
    public void progressed(TrainingListener.Progress at) {
        rows += at.rows();
        if (at.endsPass()) {
            long now = System.nanoTime();
            double rate = rows / Math.max(1e-9, (now - since) / 1e9);
            passes.computeIfAbsent(part, name -> new ArrayList<>()).add(new Pass(at, rate));
            rows = 0;
            since = now;
        }
    }

    /** Adds what only the command knows: a section of its report. */
    public void tell(Consumer<Report> section) {
        more.add(section);
    }

    /** Ends the part that is open, and the stage, too, where another begins. */
    private void end(long now, boolean stage) {
        for (int i = stages.size() - 1; i >= 0; i--) {
            Stage each = stages.get(i);
            if (Double.isNaN(each.seconds) && (each.isPart || stage)) {
                each.seconds = (now - each.began) / 1e9;
            }
            if (!each.isPart) {
                return;
            }
        }
    }

    /** Adds sections with all this to a report. */
    public void write(Report report) {
        end(System.nanoTime(), true);
        more.forEach(section -> section.accept(report));
        passes.forEach((name, all) -> write(report, name, all));
        if (!stages.isEmpty()) {
            report.section("Time")
                    .table(
                            List.of("stage", "part", "seconds"),
                            stages.stream()
                                    .map(stage -> List.of(
                                            stage.isPart ? "" : stage.name,
                                            stage.isPart ? stage.name : "",
                                            stage.seconds))
                                    .toList());
        }
    }

    private static void write(Report report, String name, List<Pass> all) {
        Pass last = all.get(all.size() - 1);
        if (name.endsWith(MEASURING)) {
            Map<String, Object> measured = new LinkedHashMap<>();
            measured.put("mean squared error", last.at().mse());
            measured.put("perplexity", last.at().perplexity());
            measured.put("dead codewords", dead(last.at()));
            report.section(capital(name)).facts(measured);
            return;
        }
        report.section(capital(name));
        report.chart(new LineChart("Loss", "pass", "mean squared error", series(name, all, Progress::mse)));
        if (all.stream().anyMatch(pass -> Double.isFinite(pass.at().perplexity()))) {
            report.chart(new LineChart("Perplexity", "pass", "perplexity", series(name, all, Progress::perplexity)));
        }
        report.table(
                List.of("pass", "loss", "perplexity", "dead", "learning rate", "rows/s"),
                all.stream()
                        .map(pass -> List.of(
                                pass.at().iteration(),
                                pass.at().mse(),
                                pass.at().perplexity(),
                                dead(pass.at()),
                                pass.at().learningRate(),
                                pass.rowsPerSecond()))
                        .toList());
    }

    private static Object dead(TrainingListener.Progress at) {
        return at.dead() < 0 ? Double.NaN : at.dead();
    }

    private static List<LineChart.Series> series(
            String name, List<Pass> all, ToDoubleFunction<TrainingListener.Progress> value) {
        double[] xs = all.stream().mapToDouble(pass -> pass.at().iteration()).toArray();
        double[] ys =
                all.stream().mapToDouble(pass -> value.applyAsDouble(pass.at())).toArray();
        return List.of(new LineChart.Series(name, xs, ys));
    }

    private static String capital(String text) {
        return text.isEmpty() ? "Training" : Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
