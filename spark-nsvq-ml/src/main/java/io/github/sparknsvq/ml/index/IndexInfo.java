package io.github.sparknsvq.ml.index;

import java.util.Locale;

/**
 * What users are told of an index.
 *
 * @param trained its trained parts
 * @param contents of its lists
 * @param ids type of its ids, {@code bigint} or {@code string}
 * @param attributes its attributes as the columns of a table are declared, null without any
 */
public record IndexInfo(Trained trained, IndexContents contents, String ids, String attributes) {

    /**
     * The trained parts.
     *
     * @param dimension of the vectors
     * @param lists number of lists
     * @param codeBytes bytes of a vector's code
     * @param metric what vectors are compared by: l2, ip or cosine
     * @param quantizer name of the kind of codes, {@code flat} for vectors as they are
     */
    public record Trained(int dimension, int lists, int codeBytes, String metric, String quantizer) {
        /** Describes trained parts. */
        public static Trained of(SharedIndex index) {
            return new Trained(
                    index.dimension(),
                    index.lists(),
                    index.quantizer().codeSize(),
                    index.distance().name().toLowerCase(Locale.ROOT),
                    index.codes() == null ? "flat" : index.codes().label());
        }
    }

    /** Describes an index and counts what is in it now. */
    public static IndexInfo of(StoredIndex stored) {
        ListSchema schema = stored.schema();
        return new IndexInfo(
                Trained.of(stored.index()),
                IndexContents.of(stored),
                schema.named() ? "string" : "bigint",
                schema.hasAttributes() ? schema.attributes().toDDL() : null);
    }
}
