package io.github.sparknsvq.core.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingSettingsTest {
    private static final TrainingSettings DEFAULTS = TrainingSettings.of(8);

    private static void refuses(String message, Executable settings) {
        assertEquals(message, assertThrows(NsvqException.class, settings).getMessage());
    }

    @Test
    void saysWhatWouldBeValid() {
        refuses("k = 0 codewords: at least 1 is needed", () -> TrainingSettings.of(0));
        refuses(
                "maxIter = -2: 0 passes or more are possible",
                () -> DEFAULTS.toBuilder().passes(-2, 0).build());
        refuses(
                "tol = -0.1: must be 0 or more",
                () -> DEFAULTS.toBuilder().tol(-0.1).build());
        refuses(
                "tol = NaN: must be 0 or more",
                () -> DEFAULTS.toBuilder().tol(Double.NaN).build());
        refuses(
                "updater 'adam' is unknown: use one of [nsvq, sgd, ema, minibatch, lloyd, ste]",
                () -> Updater.of("adam"));
        refuses("reseeding 'all' is unknown: use one of [auto, error, presence, none]", () -> Reseeding.of("all"));
        refuses(
                "batchSize = -5: must be positive, or 0 to choose",
                () -> DEFAULTS.toBuilder().batches(-5, 1).build());
        refuses(
                "dimension = 0: at least 1 is needed",
                () -> DEFAULTS.toBuilder().dimension(0).build());
        refuses(
                "localSteps = -1: must be positive, or 0 to choose",
                () -> DEFAULTS.toBuilder().batches(0, -1).build());
        refuses(
                "learningRate = 0.0: must be positive and finite",
                () -> DEFAULTS.toBuilder().learningRate(0, 0).build());
        refuses(
                "learningRate = NaN: must be positive and finite",
                () -> DEFAULTS.toBuilder().learningRate(Double.NaN, 0).build());
        refuses(
                "finalRate = -1.0: must be positive and finite, or 0 to keep the rate constant",
                () -> DEFAULTS.toBuilder().learningRate(1, -1).build());
        refuses(
                "learningRate = Infinity: must be positive and finite",
                () -> DEFAULTS.toBuilder()
                        .learningRate(Double.POSITIVE_INFINITY, 0)
                        .build());
        refuses(
                "finalRate = Infinity: must be positive and finite, or 0 to keep the rate constant",
                () -> DEFAULTS.toBuilder()
                        .learningRate(1, Double.POSITIVE_INFINITY)
                        .build());
        refuses(
                "presenceThreshold = NaN: must be from 0 to 1",
                () -> DEFAULTS.toBuilder().presenceThreshold(Double.NaN).build());
        refuses(
                "presenceThreshold = 1.5: must be from 0 to 1",
                () -> DEFAULTS.toBuilder().presenceThreshold(1.5).build());
        refuses(
                "lloydIter = -2: must be 0 or more, or -1 to choose",
                () -> DEFAULTS.toBuilder().passes(1, -2).build());
    }

    @Test
    void changesOneThingAtATime() {
        TrainingSettings all = DEFAULTS.toBuilder()
                .passes(7, 3)
                .tol(0.5)
                .seed(9)
                .updater(Updater.SGD)
                .batches(100, 4)
                .learningRate(0.1, 0.01)
                .reseeding(Reseeding.NONE)
                .presenceThreshold(0.5)
                .repair(Repair.ON)
                .unitLength(true)
                .device(Device.CPU)
                .build();
        Reseeding none = Reseeding.NONE;
        assertEquals(
                new TrainingSettings(
                        8, 7, 0.5, 9, Updater.SGD, 100, 4, 0.1, 0.01, 3, none, 0.5, Repair.ON, true, Device.CPU),
                all);
    }

    @Test
    void choosesPassesByTheUpdateRule() {
        for (Updater updater : Updater.values()) {
            TrainingSettings.Builder settings = TrainingSettings.builder(8).updater(updater);
            assertEquals(updater == Updater.NSVQ ? 5 : 20, settings.build().maxIter(), updater.label());
            assertEquals(7, settings.passes(7, 0).build().maxIter());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 5",
        "63, 1, 5",
        "64, 1, 6",
        "64, 2, 5",
        "256, 2, 7",
        "4096, 2, 11",
        "256, 8, 5",
        "8191, 128, 5",
        "8192, 128, 6",
        "65536, 128, 9",
        "2147483647, 2147483647, 5",
    })
    void choosesMorePassesForMoreCodewordsInFewDimensions(int codewords, int dimension, int passes) {
        TrainingSettings.Builder settings = TrainingSettings.builder(codewords).dimension(dimension);
        assertEquals(passes, settings.build().maxIter());
        assertEquals(20, settings.updater(Updater.LLOYD).build().maxIter());
        assertEquals(5, TrainingSettings.of(codewords).maxIter());
    }

    @Test
    void leavesAFifthOfThePassesToLloyd() {
        int[][] expected = {{0, 0}, {1, 1}, {5, 1}, {6, 2}, {20, 4}, {100, 20}};
        for (int[] pair : expected) {
            assertEquals(
                    pair[1],
                    DEFAULTS.toBuilder()
                            .passes(pair[0], TrainingSettings.AUTO)
                            .build()
                            .lloydPasses(),
                    pair[0] + " passes");
        }
        assertEquals(3, DEFAULTS.toBuilder().passes(3, 9).build().lloydPasses(), "no more than there are");
        assertEquals(0, DEFAULTS.toBuilder().passes(3, 0).build().lloydPasses());
    }

    private static TrainingSettings.Builder earlierDefaults(int codewords) {
        return TrainingSettings.builder(codewords)
                .passes(20, TrainingSettings.AUTO)
                .batches(0, 1)
                .learningRate(0.5, 0.05);
    }

    /** The text that revision 74fca4f hashed: with another one, checkpoints of it could not be resumed. */
    @Test
    void checkpointKeysStayAsTheyWere() {
        assertEquals(
                "TrainingSettings[codewords=8, maxIter=20, tol=1.0E-4, seed=0, updater=nsvq, batchSize=0, "
                        + "localSteps=1, learningRate=0.5, finalRate=0.05, lloydIter=-1, reseeding=error, "
                        + "unitLength=false, device=auto]",
                earlierDefaults(8).build().checkpointKey());
        TrainingSettings all = TrainingSettings.builder(256)
                .passes(100, 3)
                .tol(Double.POSITIVE_INFINITY)
                .seed(-7)
                .updater(Updater.MINIBATCH)
                .batches(1000, 4)
                .learningRate(1e-10, 1234567.25)
                .reseeding(Reseeding.PRESENCE)
                .unitLength(true)
                .device(Device.OPENCL)
                .build();
        assertEquals(
                "TrainingSettings[codewords=256, maxIter=100, tol=Infinity, seed=-7, updater=minibatch, "
                        + "batchSize=1000, localSteps=4, learningRate=1.0E-10, finalRate=1234567.25, lloydIter=3, "
                        + "reseeding=presence, unitLength=true, device=auto]",
                all.checkpointKey());
        List<String> updaters = List.of("nsvq", "sgd", "ema", "minibatch", "lloyd", "ste");
        List<String> policies = List.of("auto", "error", "presence", "none");
        for (String updater : updaters) {
            for (String policy : policies) {
                TrainingSettings settings = earlierDefaults(1)
                        .updater(Updater.of(updater))
                        .reseeding(Reseeding.of(policy))
                        .tol(0)
                        .learningRate(1e7, 0)
                        .build();
                assertEquals(
                        "TrainingSettings[codewords=1, maxIter=20, tol=0.0, seed=0, updater=" + updater
                                + ", batchSize=0, localSteps=1, learningRate=1.0E7, finalRate=0.0, lloydIter=-1,"
                                + " reseeding=" + (policy.equals("auto") ? "error" : policy)
                                + ", unitLength=false, device=auto]"
                                // which was without replacement then
                                + (updater.equals("ste")
                                                && List.of("error", "presence").contains(policy)
                                        ? ", replaces"
                                        : ""),
                        settings.checkpointKey());
            }
        }
        assertEquals(updaters, Updater.names());
        assertEquals(policies, Reseeding.names());
        TrainingSettings later =
                DEFAULTS.toBuilder().presenceThreshold(0.01).repair(Repair.OFF).build();
        assertEquals(DEFAULTS.checkpointKey() + ", presenceThreshold=0.01, repair=off", later.checkpointKey());
    }

    /** By updater, reseeding and repair: what replaces codewords, whether the end repairs them, and Lloyd passes. */
    @ParameterizedTest
    @CsvSource({
        "nsvq, auto, auto, error, true, 1",
        "nsvq, none, auto, none, false, 1",
        "nsvq, none, on, none, true, 1",
        "nsvq, presence, off, presence, false, 1",
        "lloyd, auto, auto, error, true, 1",
        "ste, auto, auto, none, false, 0",
        "ste, auto, on, none, true, 0",
        "ste, error, auto, error, true, 0",
        "ste, presence, off, presence, false, 0"
    })
    void straightThroughIsABaselineUnlessAskedForMore(
            String updater, String policy, String repair, String replacement, boolean repairs, int lloyd) {
        TrainingSettings settings = DEFAULTS.toBuilder()
                .updater(Updater.of(updater))
                .reseeding(Reseeding.of(policy))
                .repair(Repair.of(repair))
                .build();
        assertEquals(replacement, settings.replacement().label());
        assertEquals(repairs, settings.repairs());
        assertFalse(settings.toBuilder().passes(0, 0).build().repairs(), "no pass changes nothing");
        assertEquals(lloyd, settings.lloydPasses());
        assertEquals(3, settings.toBuilder().passes(20, 3).build().lloydPasses(), "as set");
    }
}
