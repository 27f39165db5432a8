package io.github.sparknsvq.benchmarks.serving;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.faiss.MappedIndex;
import java.nio.file.Path;

/** Puts each vector of an index file with vectors to rank by into a second list, too: {@code Spill INDEX TARGET}. */
public final class Spill {
    private Spill() {}

    /** Writes the file. */
    public static void main(String[] args) {
        try (MappedIndex index = FaissFiles.map(Path.of(args[0]))) {
            FaissFiles.writeSpilled(Path.of(args[1]), index);
        }
    }
}
