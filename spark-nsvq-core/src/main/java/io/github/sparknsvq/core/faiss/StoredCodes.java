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
 * @param wide blocks of more than 32 codes that are read as blocks of 32; null for others
 */
record StoredCodes(Quantizer quantizer, ListFormat format, StoredNorms conversion, WideBlocks wide) {

    StoredCodes(Quantizer quantizer, ListFormat format, StoredNorms conversion) {
        this(quantizer, format, conversion, null);
    }

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
        if (wide != null) {
            return wide.bytes();
        }
        return conversion == null ? (int) format.bytes(1) : conversion.form().size();
    }

    /** How many codes lie interleaved in the file. */
    int group() {
        return wide == null ? format.group() : wide.group();
    }

    /** These codes of a product quantizer in blocks instead. */
    StoredCodes inBlocks(FaissInput in, int group) {
        int bits = quantizer.codeBits().width(0);
        in.checkSupported(bits == 4, "blocks of codes of " + bits + " bits", "4 bits");
        BlockFormat blocks = new BlockFormat(quantizer.codeBits().indices());
        WideBlocks.checkSize(in, blocks, group);
        return new StoredCodes(
                quantizer, blocks, null, group == BlockFormat.GROUP ? null : new WideBlocks(blocks, group));
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
