package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListChoice;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.VectorTransform;
import java.util.List;

/**
 * What a file says of an index, and where its codes and ids lie.
 *
 * @param type faiss's name for the index without what is around it
 * @param transforms what rows go through first, in order
 * @param body the index without what is around it
 * @param refined what candidates are ranked again by; null for nothing
 * @param idMap where the file has an id for each id of a list, or {@link #NO_MAP}
 */
record ParsedIndex(String type, List<VectorTransform> transforms, Body body, ParsedRefinement refined, long idMap) {
    /** For an index without a map of ids. */
    static final long NO_MAP = -1;

    /**
     * An index without what is around it.
     *
     * @param header what it starts with
     * @param coarse its lists; an index without inverted lists has one
     * @param byResidual whether codes are of residuals
     * @param codes its codes
     * @param extents where they lie
     */
    record Body(IndexHeader header, Coarse coarse, boolean byResidual, StoredCodes codes, ListExtents extents) {}

    /**
     * The lists of an index.
     *
     * @param centroids one for each list
     * @param choice what they are compared by
     * @param probes how many a search looks at unless it is told otherwise
     */
    record Coarse(FloatMatrix centroids, ListChoice choice, int probes) {
        /** One list around 0. */
        static Coarse single(int dimension) {
            return new Coarse(new FloatMatrix(1, dimension, new float[dimension]), ListChoice.NEAREST, 1);
        }
    }

    boolean hasMap() {
        return idMap != NO_MAP;
    }

    /** The same, with the ids that its lists have. */
    ParsedIndex withoutMap() {
        return new ParsedIndex(type, transforms, body, refined, NO_MAP);
    }

    /** The number of vectors, which may be less than the header says: faiss leaves out what has no list. */
    long count() {
        return isSpilled() ? mappedIds() : body.extents().count();
    }

    /** Whether each vector is in two lists. */
    boolean isSpilled() {
        return ListExtents.isSpilled(body.extents().count(), mappedIds());
    }

    /** The number of ids in the map of ids, one for each vector that the header counts. */
    long mappedIds() {
        return body.header().count();
    }

    /**
     * Makes the quantizer of the index.
     *
     * @throws NsvqException if there can be no such quantizer, naming the file
     */
    IvfQuantizer quantizer(FaissInput in) {
        try {
            return new IvfQuantizer(
                    body.header().metricOf(),
                    body.coarse().choice(),
                    transforms,
                    body.coarse().centroids(),
                    body.codes().quantizer(),
                    body.byResidual());
        } catch (NsvqException e) {
            throw in.refused(e);
        }
    }

    /**
     * Makes the quantizer of the index for search.
     *
     * @throws NsvqException as above, or if answers would be others than those of faiss
     */
    IvfQuantizer searched(FaissInput in) {
        in.checkSupported(
                searchable(),
                "an index of search type ST_LUT_nonorm (_Nnone) and metric L2, whose distances lack the norms of"
                        + " codes",
                "any search type with norms, or ST_decompress");
        return quantizer(in);
    }

    /** Whether answers are those of faiss. */
    private boolean searchable() {
        return !body.codes().normsLeftOut() || body.header().metricOf() != Metric.L2;
    }

    FaissOutline outline(FaissInput in) {
        FaissOutline.Refine by = refined == null ? null : new FaissOutline.Refine(refined.type(), refined.factor());
        return new FaissOutline(quantizer(in), body.coarse().probes(), type, count(), by, searchable());
    }
}
