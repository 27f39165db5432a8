package io.github.sparknsvq.ml.advice;

import io.github.sparknsvq.ml.index.IndexContents;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The rules by which measurements become advice.
 *
 * @param health what was measured
 * @param target which share of true neighbors should be found, or NaN
 * @param rerank how many candidates the index's searches rank again; 0 for none
 * @param mostDeleted how many deleted ids an index may hold
 */
record HealthAdvice(IndexHealth health, double target, int rerank, long mostDeleted) {
    /** Share of vectors in files that are deleted, from which on searches read much for nothing. */
    private static final double DELETED = 0.1;

    /** Segments from which on each list lies in many pieces. */
    private static final int SEGMENTS = 10;

    /** Commits of deleted ids from which on searches open many files that hold little. */
    private static final int DELETIONS = 100;

    /** How much larger than expected the error of new rows must be for certain. */
    private static final double DRIFT = 1.2;

    /** Times as long as with even lists that searches may take: k-means on clustered vectors comes to 1.2 to 2.5. */
    private static final double IMBALANCE = 4;

    /** Share of true neighbors that may be lost by looking at few lists, where no target says more. */
    private static final double LOST = 0.05;

    /** Returns all that there is to do, or that there is nothing. */
    List<IndexHealth.Advice> all() {
        List<IndexHealth.Advice> advice = new ArrayList<>();
        retrain(advice);
        compact(advice);
        search(advice);
        if (advice.isEmpty()) {
            advice.add(new IndexHealth.Advice("nothing", healthy()));
        }
        return List.copyOf(advice);
    }

    private void retrain(List<IndexHealth.Advice> advice) {
        IndexHealth.Drift drift = health.drift();
        if (drift != null && drift.low() > DRIFT * drift.expected()) {
            advice.add(new IndexHealth.Advice(
                    "retrain",
                    text(
                            "the sample's error is %.2f times that of rows trained on (95 %% interval %.2f to %.2f),"
                                    + " where %.2f is expected of rows like those: vectors have"
                                    + " changed, unless the sample is of queries",
                            drift.ratio(), drift.low(), drift.high(), drift.expected())));
        }
        IndexHealth.Balance balance = health.balance();
        if (balance.imbalance() - 1 / balance.mean() > IMBALANCE) { // few vectors cannot be even
            advice.add(new IndexHealth.Advice(
                    "retrain",
                    text(
                            "lists are so uneven that searches take %.1f times as long as with even ones: the largest"
                                    + " holds %d vectors, %.0f times the mean",
                            balance.imbalance(), balance.largest(), balance.largestToMean())));
        }
    }

    private void compact(List<IndexHealth.Advice> advice) {
        IndexContents contents = health.info().contents();
        long deleted = contents.deleted();
        if (deleted > 0 && health.deletedShare() >= DELETED) {
            advice.add(new IndexHealth.Advice(
                    "compact",
                    text(
                            "%d vectors, %.0f %% of those in files, are deleted, and every search still reads them",
                            deleted, 100 * health.deletedShare())));
        } else if (contents.deletedIds() > 0 && contents.deletedIds() >= mostDeleted / 2) {
            advice.add(new IndexHealth.Advice(
                    "compact",
                    text(
                            "%d ids are deleted, and changes are refused that would bring their number above %d",
                            contents.deletedIds(), mostDeleted)));
        } else if (contents.segments() >= SEGMENTS) {
            advice.add(new IndexHealth.Advice(
                    "compact",
                    text(
                            "the index has %d segments: a list lies in as many files, which every search opens",
                            contents.segments())));
        } else if (contents.deletions() >= DELETIONS) {
            advice.add(new IndexHealth.Advice(
                    "compact", text("%d commits deleted, and searches read files of each", contents.deletions())));
        }
    }

    private void search(List<IndexHealth.Advice> advice) {
        if (health.search() == null) {
            return;
        }
        List<IndexHealth.Point> points = health.search().points();
        IndexHealth.Point own = points.get(0);
        IndexHealth.Point last = points.get(points.size() - 1);
        boolean probesHelp = own.intersection().high() < last.intersection().mean();
        boolean wanted = Double.isNaN(target)
                ? last.intersection().mean() - own.intersection().mean() > LOST
                : own.intersection().high() < target;
        IndexHealth.Point enough = enough(points, last);
        if (wanted && probesHelp && enough.probes() == own.probes() && own.slack() > 0) {
            advice.add(new IndexHealth.Advice(
                    "raise slack",
                    text(
                            "with a slack of %s %.3f of the %d nearest are found, and without one %.3f",
                            Double.toString(own.slack()),
                            own.intersection().mean(),
                            health.search().k(),
                            enough.intersection().mean())));
        } else if (wanted && probesHelp) {
            advice.add(new IndexHealth.Advice(
                    "raise probes",
                    text(
                            "with %d probes%s %.3f of the %d nearest are found, with %d%s %.3f",
                            own.probes(),
                            own.slack() > 0 ? " and a slack of " + own.slack() : "",
                            own.intersection().mean(),
                            health.search().k(),
                            enough.probes(),
                            own.slack() > 0 ? " and none" : "",
                            enough.intersection().mean())));
        }
        if (!Double.isNaN(target) && codesLose(points) && last.intersection().high() < target) {
            advice.add(new IndexHealth.Advice(
                    "rerank",
                    text(
                            "with %d probes %.3f of the %d nearest are found, less than %s: %s, or make an index with"
                                    + " longer codes",
                            last.probes(),
                            last.intersection().mean(),
                            health.search().k(),
                            Double.toString(target),
                            rerank > 0
                                    ? "rank more than " + rerank + " candidates by their vectors"
                                    : "rank what the codes find again by the vectors")));
        }
    }

    /** Returns whether more probes would find hardly more, so that what is missed is lost by codes. */
    private boolean codesLose(List<IndexHealth.Point> points) {
        if (health.info().trained().quantizer().equals("flat")
                || !health.search().truth().equals("vectors")) {
            return false;
        }
        IndexHealth.Point last = points.get(points.size() - 1);
        return last.probes() == health.info().trained().lists()
                || (points.size() > 1
                        && last.intersection().mean()
                                        - points.get(points.size() - 2)
                                                .intersection()
                                                .mean()
                                < LOST);
    }

    /** Returns the point of fewest probes that does what is wanted, as far as one does. */
    private IndexHealth.Point enough(List<IndexHealth.Point> points, IndexHealth.Point last) {
        double needed = Double.isNaN(target) ? last.intersection().mean() - LOST : target;
        return points.stream()
                .filter(point -> point.intersection().mean() >= needed)
                .findFirst()
                .orElse(last);
    }

    private String healthy() {
        List<String> known = new ArrayList<>(List.of("lists are even enough", "little is deleted"));
        if (health.drift() != null && Double.isFinite(health.drift().ratio())) {
            known.add("new vectors are like those trained on");
        }
        if (health.search() != null) {
            known.add("more probes would not find much more");
        }
        String unknown = health.drift() == null
                ? "; no sample tells whether new vectors are like those trained on, and what is found"
                : "";
        return String.join(", ", known) + unknown;
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
