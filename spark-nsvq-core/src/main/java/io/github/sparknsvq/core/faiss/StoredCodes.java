package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.BlockFormat;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;

/**
 * How the codes of an index lie in its file.
 *
 * @param quantizer made the codes; null where there are the vectors themselves
 * @param format how they are read
 * @param conversion how the file's codes become those of the format; null if they are the same
 */
record StoredCodes(Quantizer quantizer, ListFormat format, StoredNorms conversion) {

    /** Vectors as they are. */
    static StoredCodes vectors(int dimension) {
        return new StoredCodes(null, ListFormat.of(null, dimension), null);
    }

    /** The codes of a product quantizer, one after the other. */
    static StoredCodes product(ProductQuantizer quantizer) {
        return new StoredCodes(quantizer, ListFormat.of(quantizer, quantizer.dimension()), null);
    }

    /** Whether faiss leaves the norms of codes out of distances, which then rank otherwise. */
    boolean normsLeftOut() {
        return conversion != null && conversion.leftOut();
    }

    /** The bytes of a code in the file, with its norm; or of a block of codes. */
    int size() {
        return conversion == null ? (int) format.bytes(1) : conversion.form().size();
    }

    /** These codes of a product quantizer in blocks instead. */
    StoredCodes inBlocks(FaissInput in) {
        int bits = quantizer.codeBits().width(0);
        in.checkSupported(bits == 4, "blocks of codes of " + bits + " bits", "4 bits");
        return new StoredCodes(quantizer, new BlockFormat(quantizer.codeBits().indices()), null);
    }

    /** Takes packed codes out of the file's. */
    void strip(byte[] stored, int count, byte[] codes, int to) {
        if (conversion == null) {
            format.unpack(stored, 0, count, codes, to);
        } else {
            conversion.form().strip(stored, 0, count, codes, to);
        }
    }
}
