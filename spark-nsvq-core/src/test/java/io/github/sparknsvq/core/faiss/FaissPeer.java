package io.github.sparknsvq.core.faiss;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tests that compare with faiss share: a directory for its files. They are skipped where there is no faiss. */
abstract class FaissPeer {
    @TempDir
    protected Path directory;

    @BeforeEach
    void findFaiss() throws IOException, InterruptedException {
        Python.assumeFaiss(directory);
    }

    /** Counts as skipped without faiss; factories then make no test that could. */
    @Test
    void hasFaissToCompareWith() throws IOException, InterruptedException {
        Python.assumeFaiss(directory);
    }
}
