package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.ml.verification.Verification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damages everything that is saved, one file at a time: whatever happens to it is noticed, in a clear error, or does
 * no harm. With {@code -Dnsvq.mutations=FILE} all mutations are tried, several at random places of each file, and
 * FILE gets a table of what they did; otherwise some of them, chosen by a seed.
 */
class MutationTest {
    private static final String TABLE = System.getProperty("nsvq.mutations");
    private static final int QUICK = 32;

    @TempDir
    private Path directory;

    /** What a mutation did. */
    private enum Outcome {
        NOTICED_ON_LOAD("noticed on load"),
        NOTICED_ON_SEARCH("noticed on search"),
        NOTICED_BY_VERIFY("same answers, noticed by verify"),
        OTHER_ANSWERS_NOTICED("other answers, noticed by verify"),
        HARMLESS("same answers, and the file does not count"),
        SILENT("SILENT: other answers, and verify passes"),
        UNVERIFIED("noticed on load or search, and verify passes"),
        OTHER_ERROR("another error than NsvqException");

        /** None of them may happen. */
        private static final List<Outcome> FAULTS = List.of(SILENT, UNVERIFIED, OTHER_ERROR);

        private final String text;

        Outcome(String text) {
            this.text = text;
        }
    }

    /** Runs something; returns null, or the first NsvqException among the causes, or else what was thrown. */
    private static Throwable failure(Callable<?> work) {
        try {
            work.call();
            return null;
        } catch (Throwable thrown) {
            for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
                if (cause instanceof NsvqException) {
                    return cause;
                }
            }
            return thrown;
        }
    }

    private static boolean isOther(Throwable failure) {
        return failure != null && !(failure instanceof NsvqException);
    }

    /** Whether an error names a file or directory, or a file's directory if that is below the one of the stage. */
    private static boolean names(Throwable failure, Path changed, Mutation mutation, Path stage) {
        Path parent = changed.getParent();
        return failure.getMessage().contains(changed.toString())
                || (!mutation.isOfDirectory()
                        && !parent.equals(stage)
                        && failure.getMessage().contains(parent.toString()));
    }

    private final List<String> complaints = new ArrayList<>();

    private Outcome tried(MutationTarget target, Mutation mutation, Path copy, List<?> expected) throws IOException {
        Path entry = copy.resolve(target.entry());
        Object[] loaded = new Object[1];
        List<?>[] answers = new List<?>[1];
        Throwable onLoad = failure(() -> loaded[0] = target.load().apply(entry));
        Throwable onSearch = onLoad != null
                ? null
                : failure(() -> answers[0] = target.answer().apply(loaded[0]));
        if (loaded[0] instanceof IvfIndex index) {
            index.close();
        }
        Throwable byVerify = failure(() -> Verification.of(entry.toString(), SparkTestSession.get()));
        Outcome outcome;
        if (isOther(onLoad) || isOther(onSearch) || isOther(byVerify)) {
            outcome = Outcome.OTHER_ERROR;
        } else if (onLoad != null || onSearch != null) {
            outcome = byVerify == null
                    ? Outcome.UNVERIFIED
                    : onLoad != null ? Outcome.NOTICED_ON_LOAD : Outcome.NOTICED_ON_SEARCH;
        } else if (byVerify != null) {
            outcome = expected.equals(answers[0]) ? Outcome.NOTICED_BY_VERIFY : Outcome.OTHER_ANSWERS_NOTICED;
        } else {
            outcome = expected.equals(answers[0]) ? Outcome.HARMLESS : Outcome.SILENT;
        }
        if (Outcome.FAULTS.contains(outcome)) {
            complaints.add(outcome.text + ": " + target.name() + " " + mutation + ": " + onLoad + " | " + onSearch
                    + " | " + byVerify);
        }
        List<Path> changed = mutation.changed(copy);
        for (Throwable failure : new Throwable[] {onLoad, onSearch, byVerify}) {
            if (failure instanceof NsvqException
                    && changed.stream().noneMatch(one -> names(failure, one, mutation, copy))) {
                complaints.add("does not name " + changed + ": " + target.name() + " " + mutation + ": "
                        + failure.getMessage());
            }
        }
        return outcome;
    }

    private static List<Mutation> mutations(MutationTarget target) throws Exception {
        List<Mutation> all = new ArrayList<>(Mutation.of(target.saved(), TABLE == null ? 2 : 6, false));
        all.addAll(Mutation.of(target.saved(), 1, true));
        if (TABLE == null) {
            Collections.shuffle(all, new Random(7));
            return all.subList(0, Math.min(target.name().equals("index") ? QUICK : QUICK / 4, all.size()));
        }
        return all;
    }

    @Test
    void noDamageGoesUnnoticed() throws Exception {
        SparkTestSession.get().sparkContext().setLogLevel("OFF");
        StringBuilder table = new StringBuilder();
        try {
            for (MutationTarget target : MutationTarget.all(directory)) {
                table.append(tried(target));
            }
        } finally {
            SparkTestSession.get().sparkContext().setLogLevel("WARN");
        }
        if (TABLE != null) {
            Files.writeString(Path.of(TABLE), table);
        }
        assertEquals(List.of(), complaints, table.toString());
    }

    private String tried(MutationTarget target) throws Exception {
        Path copy = directory.resolve("copy");
        Object whole = target.load().apply(target.saved().resolve(target.entry()));
        List<?> expected = target.answer().apply(whole);
        assertTrue(Verification.of(target.saved().resolve(target.entry()).toString(), SparkTestSession.get())
                .manifest());
        Map<String, EnumMap<Outcome, Integer>> counts = new LinkedHashMap<>();
        int total = 0;
        for (Mutation mutation : mutations(target)) {
            EarlierRevisionFiles.delete(copy);
            EarlierRevisionFiles.copy(target.saved(), copy);
            if (!mutation.apply(copy)) {
                continue;
            }
            Outcome outcome = tried(target, mutation, copy, expected);
            String kind = mutation.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                    + (mutation.withCrc() ? " (.crc left)" : "");
            counts.computeIfAbsent(kind, one -> new EnumMap<>(Outcome.class)).merge(outcome, 1, Integer::sum);
            total++;
        }
        StringBuilder text = new StringBuilder(target.name() + ": " + total + " mutations\n");
        for (Outcome outcome : Outcome.values()) {
            int sum = counts.values().stream()
                    .mapToInt(row -> row.getOrDefault(outcome, 0))
                    .sum();
            text.append(String.format(Locale.ROOT, "%6d  %s%n", sum, outcome.text));
        }
        for (var row : counts.entrySet()) {
            text.append("    ").append(row.getKey()).append(": ");
            List<String> parts = new ArrayList<>();
            row.getValue().forEach((outcome, n) -> parts.add(n + " " + outcome.text));
            text.append(String.join("; ", parts)).append('\n');
        }
        return text.append('\n').toString();
    }
}
