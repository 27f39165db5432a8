package io.github.sparknsvq.core.faiss;

/**
 * What a file says of the vectors by which candidates are ranked again.
 *
 * @param type faiss's name for the index of the vectors
 * @param body that index
 * @param start where it starts in the file
 * @param end behind it
 * @param transforms how many of the index's transforms its vectors have been through
 * @param factor candidates for each neighbor
 */
record ParsedRefinement(String type, ParsedIndex.Body body, long start, long end, int transforms, float factor) {
    /** The number of vectors. */
    long count() {
        return body.header().count();
    }
}
