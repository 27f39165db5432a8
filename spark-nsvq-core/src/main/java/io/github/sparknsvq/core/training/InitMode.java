package io.github.sparknsvq.core.training;

import io.github.sparknsvq.core.Named;
import io.github.sparknsvq.core.NsvqException;
import java.util.List;

/** Where a training starts. */
public enum InitMode implements Named {
    /** K random rows. */
    RANDOM("random"),
    /** k-means++ on a random sample of {@link Initialization#SAMPLE_PER_CODEWORD} rows per codeword. */
    PLUS_PLUS("k-means++"),
    /** k-means|| on all rows (Bahmani et al., VLDB 2012). */
    PARALLEL("k-means||"),
    /** K random rows plus N(0, I), the bad start of the experiment with toy data in the NSVQ paper. */
    NOISY("noisy"),
    /**
     * Differential evolution on a random sample of {@link Initialization#EVOLUTION_SAMPLE} rows per codeword, for
     * codebooks of at most 256 codewords.
     */
    EVOLUTION("evolution");

    private final String label;

    InitMode(String label) {
        this.label = label;
    }

    @Override
    public String label() {
        return label;
    }

    /** Returns the names of all modes. */
    public static List<String> names() {
        return Named.labels(values());
    }

    /**
     * Returns the one of that name.
     *
     * @throws NsvqException if there is none
     */
    public static InitMode of(String name) {
        return Named.parse("initMode", name, values(), "one of " + names());
    }
}
