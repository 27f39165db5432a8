package io.github.sparknsvq.core.faiss;

import java.io.IOException;
import java.util.List;

/**
 * Parses what follows the index inside of an {@code IndexRefine}: the index of the vectors that candidates are ranked
 * by, and how many candidates there are.
 */
final class RefineParser {
    /** Types of indexes that have a vector, or a code of one, for each place. */
    private static final List<String> TYPES = List.of("IxF2", "IxFI", "IxSQ");

    private RefineParser() {}

    /** What parses an index without inverted lists. */
    interface Bodies {
        ParsedIndex.Body parse(long at, String type, IndexHeader expected) throws IOException;
    }

    /**
     * Parses the rest of a refinement.
     *
     * @param header of the refinement
     * @param around how many transforms are around it
     */
    static ParsedRefinement parse(FaissInput in, IndexHeader header, int around, Bodies bodies) throws IOException {
        long at = in.position();
        String type = in.fourcc("the type of the index of vectors to rank by");
        in.checkSupported(
                TYPES.contains(type),
                "vectors to rank by in an index of type " + FaissTypes.named(type),
                String.join(", ", TYPES));
        ParsedIndex.Body body = bodies.parse(at, type, header);
        long end = in.position();
        float factor = in.float32("the number of candidates for each neighbor");
        in.check(
                factor >= 1 && Float.isFinite(factor),
                end,
                "there are " + factor + " candidates for each neighbor, it should be 1 or more");
        return new ParsedRefinement(type, body, at, end, around, factor);
    }
}
