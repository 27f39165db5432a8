package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.ml.EarlierRevisionStages.Training;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.Model;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Trainings that earlier revisions began, and that were killed: {@link EarlierRevisionCorpus} says how. */
@ParameterizedClass
@MethodSource("io.github.sparknsvq.ml.EarlierRevisionFiles#revisions")
class EarlierRevisionCheckpointTest {
    /** Passes of the training with local steps that were done when it was killed. */
    private static final int LOCAL_PASSES_DONE = 2;

    @TempDir
    private static Path directories;

    private static String revision;
    private static Path corpus;

    @Parameter
    private String named;

    @TempDir
    private Path directory;

    @BeforeParameterizedClassInvocation
    static void unpack(String of) throws Exception {
        SparkTestSession.get();
        revision = of;
        corpus = directories.resolve(of);
        EarlierRevisionFiles.unpack(of, corpus);
    }

    static List<Training> trainings() {
        return EarlierRevisionStages.trainings(corpus, !revision.equals(EarlierRevisionFiles.FIRST));
    }

    private static Path checkpoint(Training training) {
        return corpus.resolve("checkpoints/" + training.name());
    }

    private Model<?> fit(Training training, TrainingListener listener) throws Exception {
        EarlierRevisionFiles.copy(checkpoint(training), directory.resolve("checkpoint"));
        return training.fit(
                EarlierRevisionStages.data(corpus),
                directory.resolve("checkpoint"),
                listener,
                directory.resolve("index"));
    }

    @Test
    void nothingIsLost() {
        assertEquals(named, revision);
        assertEquals(
                EarlierRevisionFiles.described(corpus.resolve("checkpoints")),
                trainings().stream().map(Training::name).sorted().toList());
    }

    /** What it says of its passes shows that it does those alone that were not done; it ends as all passes do. */
    @ParameterizedTest
    @MethodSource("trainings")
    void goesOnWhereItWasKilled(Training training) throws Exception {
        JsonNode expected = EarlierRevisionJson.read(corpus.resolve("checkpoints/" + training + ".json"));
        assertTrue(expected.get("rest").size() < expected.get("whole").size());
        List<String> heard = new ArrayList<>();
        Model<?> model = fit(training, progress -> heard.add(progress.iteration() + " of " + progress.maxIter()));
        assertEquals(EarlierRevisionJson.strings(expected.get("rest")), heard);
        ObjectNode trained = EarlierRevisionJson.trained(model, SparkTestSession.get());
        trained.retain(EarlierRevisionJson.names(expected.get("trained"))); // not all have an error: see the corpus
        // ste of the first revision replaced codewords in its exact passes and at the end, which is no baseline
        boolean first = revision.equals(EarlierRevisionFiles.FIRST);
        if (first && training.name().equals("vq-local-steps")) {
            assertEndsSomewhatLower(expected.get("trained"), trained);
        } else if (!first || !training.name().equals("vq-ste")) {
            EarlierRevisionJson.assertAlike(expected.get("trained"), trained, training.name());
        }
        assertEquals(List.of(), EarlierRevisionFiles.names(directory.resolve("checkpoint"), ".nsvq-checkpoint"));
    }

    /**
     * Local steps of the first revision went by partitions, of which its data had two, and were averaged; they now
     * go by ranges, of which so few rows have one: passes that are done stay as they were, the others end lower.
     */
    private static void assertEndsSomewhatLower(JsonNode expected, ObjectNode trained) {
        JsonNode passes = expected.get("history");
        JsonNode actual = trained.get("history");
        assertEquals(passes.size(), actual.size());
        for (int pass = 0; pass < LOCAL_PASSES_DONE; pass++) {
            EarlierRevisionJson.assertAlike(passes.get(pass), actual.get(pass), "pass " + (pass + 1));
        }
        double before = expected.get("mse").asDouble();
        double now = trained.get("mse").asDouble();
        assertTrue(now <= before && now >= 0.9 * before, now + ", of the earlier revision " + before);
        assertEquals(
                expected.get("codebooks").get(0).size(),
                trained.get("codebooks").get(0).size());
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void anotherSeedIsAnotherTraining(Training training) {
        training.estimator().set(training.estimator().getParam("seed"), 77L);
        Exception e = assertThrows(NsvqException.class, () -> fit(training, TrainingListener.NONE));
        assertTrue(e.getMessage().contains("is of another training"), e.getMessage());
    }
}
