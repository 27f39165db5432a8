package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import java.io.IOException;

/** Parses inverted-file indexes, without what is around them. */
final class IvfParser {
    private final FaissInput in;
    private final String type;

    IvfParser(FaissInput in, String type) {
        this.in = in;
        this.type = type;
    }

    ParsedIndex.Body parse(IndexHeader expected) throws IOException {
        IndexHeader header = expected.parseInner(in);
        ParsedIndex.Coarse coarse = parseCoarse(header);
        return switch (type) {
            case "IwFl" -> withLists(header, coarse, false, StoredCodes.vectors(header.dimension()));
            case "IwPQ", "IwPf" -> parseProduct(header, coarse);
            case "IwSq" -> parseScalar(header, coarse);
            default -> parseSum(header, coarse);
        };
    }

    private ParsedIndex.Body withLists(
            IndexHeader header, ParsedIndex.Coarse coarse, boolean byResidual, StoredCodes codes) throws IOException {
        int lists = coarse.centroids().rows();
        ListExtents extents = ListExtents.parse(in, lists, header.count(), codes);
        return new ParsedIndex.Body(header, coarse, byResidual, codes, extents);
    }

    private ParsedIndex.Body parseProduct(IndexHeader header, ParsedIndex.Coarse coarse) throws IOException {
        boolean byResidual = in.bool("whether codes are of residuals");
        long at = in.position();
        long codeSize = in.int64("the bytes of a code");
        boolean blocks = type.equals("IwPf");
        long pairs = 0;
        int group = 0;
        if (blocks) {
            group = WideBlocks.parseGroup(in);
            pairs = in.int64("the number of parts in pairs");
            in.int32("how faiss searches");
            in.int64("how faiss searches");
        }
        ProductQuantizer quantizer = QuantizerParser.product(in, header.dimension());
        StoredCodes codes = StoredCodes.product(quantizer);
        checkCodeSize(at, codeSize, codes);
        if (blocks) {
            codes = codes.inBlocks(in, group);
            in.check(
                    pairs == IndexParser.pairedParts(quantizer),
                    at,
                    "the number of parts in pairs is " + pairs + ", there are " + quantizer.parts());
        }
        return withLists(header, coarse, byResidual, codes);
    }

    private ParsedIndex.Body parseScalar(IndexHeader header, ParsedIndex.Coarse coarse) throws IOException {
        StoredCodes codes = ScalarParser.scalar(in, header.dimension());
        long at = in.position();
        checkCodeSize(at, in.int64("the bytes of a code"), codes);
        return withLists(header, coarse, in.bool("whether codes are of residuals"), codes);
    }

    private void checkCodeSize(long at, long codeSize, StoredCodes codes) {
        int size = codes.size();
        in.check(codeSize == size, at, "the bytes of a code is " + codeSize + ", it should be " + size);
    }

    private ParsedIndex.Body parseSum(IndexHeader header, ParsedIndex.Coarse coarse) throws IOException {
        long at = in.position();
        long codeSize = in.int64("the bytes of a code");
        StoredCodes codes = QuantizerParser.sum(in, type, header.dimension());
        checkCodeSize(at, codeSize, codes);
        boolean byResidual = in.bool("whether codes are of residuals");
        in.int32("whether tables are precomputed");
        return withLists(header, coarse, byResidual, codes);
    }

    /** What follows the header of every inverted-file index. */
    private ParsedIndex.Coarse parseCoarse(IndexHeader header) throws IOException {
        long at = in.position();
        long lists = in.int64("the number of lists");
        in.check(lists >= 1, at, "there are " + lists + " lists, there should be 1 or more");
        in.checkSupported(lists <= Integer.MAX_VALUE, lists + " lists", "2147483647 at most");
        at = in.position();
        long probes = in.int64("the number of lists to search");
        in.check(probes >= 1, at, "a search looks at " + probes + " lists, it should be 1 or more");
        ParsedIndex.Coarse coarse = CoarseParser.parse(in, header, (int) lists, (int) Math.min(probes, lists));
        skipDirectMap();
        return coarse;
    }

    /** Goes past where each id is, which no search needs. */
    private void skipDirectMap() throws IOException {
        long at = in.position();
        int kind = in.int8("the type of the map from ids to places");
        in.check(
                kind >= 0 && kind <= 2,
                at,
                "the type of the map from ids to places is " + kind + ", it should be 0, 1 or 2");
        in.skip(in.count(Long.BYTES, "places of ids"), Long.BYTES, "the places of ids");
        if (kind == 2) {
            int pair = 2 * Long.BYTES;
            in.skip(in.count(pair, "ids with places"), pair, "the ids with places");
        }
    }
}
