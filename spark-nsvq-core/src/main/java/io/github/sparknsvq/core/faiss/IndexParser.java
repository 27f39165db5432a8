package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Parses index files, but for codes and ids, which it only goes past. All sizes are checked against the length of the
 * file before anything is allocated, and nothing may follow the index.
 */
final class IndexParser {
    /** As many as faiss takes, each in the one before. */
    private static final int MOST_NESTED = 50;

    private static final String SUPPORTED =
            "IwFl, IwPQ, IwPf, IwRQ, IwLS, IwSq, IxF2, IxFI, IxPq, IPfs, IxRq, IxLS, IxSQ, and around them IxPT,"
                    + " IxMp, IxM2, IxRF";

    private final FaissInput in;

    private IndexParser(FaissInput in) {
        this.in = in;
    }

    static ParsedIndex parse(FaissInput in) throws IOException {
        ParsedIndex parsed = new IndexParser(in).parse();
        in.expectEnd();
        return parsed;
    }

    private ParsedIndex parse() throws IOException {
        IndexHeader header = IndexHeader.ANY;
        boolean hasMap = false;
        IndexHeader refined = null;
        int outside = 0; // transforms around the refinement
        List<VectorTransform> transforms = new ArrayList<>();
        for (int depth = 0; depth < MOST_NESTED; depth++) {
            long at = in.position();
            String type = in.fourcc("the type of an index");
            switch (type) {
                case "IxMp", "IxM2" -> {
                    in.check(!hasMap, at, "ids of ids: there should be one map of ids at most");
                    in.checkSupported(refined == null, "a map of ids inside of an IndexRefine", "one around it");
                    header = header.parseInner(in);
                    hasMap = true;
                }
                case "IxRF" -> {
                    in.checkSupported(refined == null, "an IndexRefine inside of another", "one alone");
                    header = header.parseInner(in);
                    refined = header;
                    outside = transforms.size();
                }
                case "IxPT" -> {
                    header = header.parseInner(in);
                    for (VectorTransform transform : TransformParser.chain(in, header.dimension())) {
                        transforms.add(transform);
                        header = header.withDimension(transform.outputDimension());
                    }
                }
                default -> {
                    ParsedIndex.Body body = parseBody(at, type, header);
                    ParsedRefinement refinement =
                            refined == null ? null : RefineParser.parse(in, refined, outside, this::parseBody);
                    long idMap = hasMap ? parseMap(body.header()) : ParsedIndex.NO_MAP;
                    return new ParsedIndex(type, transforms, body, refinement, idMap);
                }
            }
        }
        throw in.corrupt(in.position(), "more than " + MOST_NESTED + " indexes are nested in one another");
    }

    private ParsedIndex.Body parseBody(long at, String type, IndexHeader expected) throws IOException {
        return switch (type) {
            case "IxF2", "IxFI" -> parseFlat(type, expected);
            case "IxPq" -> parseProduct(expected);
            case "IPfs" -> parseFastScan(expected);
            case "IxRq", "IxLS" -> parseSum(type, expected);
            case "IxSQ" -> parseScalar(expected);
            case "IwFl", "IwPQ", "IwPf", "IwRQ", "IwLS", "IwSq" -> new IvfParser(in, type).parse(expected);
            default -> throw unknown(at, type);
        };
    }

    private NsvqException unknown(long at, String type) throws IOException {
        String metric = "";
        if (type.equals("IxFl") && in.length() - in.position() >= IndexHeader.BYTES) {
            metric = ", of metric " + IndexHeader.metricName(in);
        }
        byte[] start = in.withRest(type, FaissTypes.START_BYTES);
        String what = FaissTypes.describe(start, at == 0 ? in.length() : 0);
        if (what == null) {
            String foreign = at == 0 ? FaissTypes.foreign(start, in.length()) : null;
            if (foreign != null) {
                return in.notRead(foreign + " and no index file of FAISS", SUPPORTED);
            }
            String name = "an index of type " + FaissInput.quoted(type);
            return in.corrupt(at, name + " is not known: there are " + SUPPORTED);
        }
        String where = at == 0 ? what : "an index file of FAISS with an " + FaissTypes.named(type) + " in it";
        return in.notRead(where + metric, SUPPORTED);
    }

    private long parseMap(IndexHeader header) throws IOException {
        in.expectCount(header.count(), Long.BYTES, "ids");
        long at = in.position();
        in.skip(header.count(), Long.BYTES, "the ids");
        return at;
    }

    /** The metric of a flat index by its type. */
    static Metric flatMetric(String type) {
        return type.equals("IxF2") ? Metric.L2 : Metric.INNER_PRODUCT;
    }

    /** The vectors of a flat index, checked to be there. */
    static void expectVectors(FaissInput in, IndexHeader of, String what) throws IOException {
        in.require(of.count(), of.dimension() * Float.BYTES, what); // first, so that the product fits
        in.expectCount(of.count() * of.dimension(), Float.BYTES, "values of " + what);
    }

    private ParsedIndex.Body parseFlat(String type, IndexHeader expected) throws IOException {
        long at = in.position();
        IndexHeader header = expected.parseInner(in);
        Metric metric = flatMetric(type);
        in.check(
                header.metricOf() == metric,
                at,
                "an index of type " + type + " has metric " + header.metric() + ", it should be " + metric.number());
        expectVectors(in, header, "the vectors");
        return single(header, StoredCodes.vectors(header.dimension()), header.count(), "the vectors");
    }

    private ParsedIndex.Body parseProduct(IndexHeader expected) throws IOException {
        IndexHeader header = expected.parseInner(in);
        ProductQuantizer quantizer = QuantizerParser.product(in, header.dimension());
        ParsedIndex.Body body = parseCodes(header, StoredCodes.product(quantizer));
        in.int32("the search type");
        in.bool("whether signs are encoded");
        in.int32("the threshold of polysemous codes");
        return body;
    }

    private ParsedIndex.Body parseFastScan(IndexHeader expected) throws IOException {
        IndexHeader header = expected.parseInner(in);
        ProductQuantizer quantizer = QuantizerParser.product(in, header.dimension());
        in.int32("how faiss searches");
        int group = WideBlocks.parseGroup(in);
        StoredCodes codes = StoredCodes.product(quantizer).inBlocks(in, group);
        in.int32("how faiss searches");
        long groups = (ListExtents.fitting(in, header.count()) + group - 1L) / group;
        in.expect(groups * group, "the number of codes in whole blocks");
        in.expect(pairedParts(quantizer), "the number of parts in pairs");
        in.require(groups, codes.size(), "the codes");
        in.expectCount(groups * codes.size(), 1, "bytes of codes");
        return single(header, codes, groups, "the codes");
    }

    /** The number of parts, and one more if it is odd. */
    static long pairedParts(ProductQuantizer quantizer) {
        return (quantizer.parts() + 1L) / 2 * 2;
    }

    private ParsedIndex.Body parseSum(String type, IndexHeader expected) throws IOException {
        IndexHeader header = expected.parseInner(in);
        StoredCodes codes = QuantizerParser.sum(in, type, header.dimension());
        in.expect(codes.size(), "the bytes of a code");
        return parseCodes(header, codes);
    }

    private ParsedIndex.Body parseScalar(IndexHeader expected) throws IOException {
        IndexHeader header = expected.parseInner(in);
        return parseCodes(header, ScalarParser.scalar(in, header.dimension()));
    }

    /** All codes of an index without inverted lists. */
    private ParsedIndex.Body parseCodes(IndexHeader header, StoredCodes codes) throws IOException {
        in.require(header.count(), codes.size(), "the codes"); // first, so that the product fits
        in.expectCount(header.count() * codes.size(), 1, "bytes of codes");
        return single(header, codes, header.count(), "the codes");
    }

    /** An index without inverted lists is one list: of so many codes or blocks from here on. */
    private ParsedIndex.Body single(IndexHeader header, StoredCodes codes, long stored, String what)
            throws IOException {
        ListExtents extents = ListExtents.single(ListExtents.fitting(in, header.count()), in.position());
        in.skip(stored, codes.size(), what);
        ParsedIndex.Coarse one = ParsedIndex.Coarse.single(header.dimension());
        return new ParsedIndex.Body(header, one, false, codes, extents);
    }
}
