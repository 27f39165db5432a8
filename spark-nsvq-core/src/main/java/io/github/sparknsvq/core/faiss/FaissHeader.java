package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import java.io.IOException;

/** Parses what comes before the codes of a file that is read as a stream. */
final class FaissHeader {
    private final FaissInput in;

    /** What all the indexes in one another have in common; set by the outermost. */
    private IndexHeader header;

    private boolean hasIds;
    private Rotation rotation;
    private QuantizerParser.Parsed parsed;

    private FaissHeader(FaissInput in) {
        this.in = in;
    }

    /** Reads up to the first code, and checks that all codes are there. */
    static FaissHeader parse(FaissInput in) throws IOException {
        FaissHeader header = new FaissHeader(in);
        header.parseIndex();
        return header;
    }

    FaissIndex index() {
        Quantizer inner = parsed.quantizer();
        Quantizer whole = rotation == null ? inner : new RotatedQuantizer(rotation, inner);
        return new FaissIndex(whole, header.metricOf(), header.count(), hasIds);
    }

    CodeForm form() {
        return parsed.form();
    }

    /** Whether search settings of a product quantizer follow the codes. */
    boolean isProduct() {
        return parsed.quantizer() instanceof ProductQuantizer;
    }

    private void parseIndex() throws IOException {
        while (parsed == null) {
            long at = in.position();
            String type = in.fourcc("the type of an index");
            boolean known = true;
            switch (type) {
                case "IxMp", "IxM2" -> parseIds(at);
                case "IxPT" -> parseTransform(at);
                case "IxPq" -> {
                    parseHeader();
                    parsed = QuantizerParser.product(in, header.dimension());
                }
                case "IxRq" -> {
                    parseHeader();
                    parsed = QuantizerParser.residual(in, header.dimension());
                    in.expect(parsed.form().size(), "the bytes of a code");
                }
                case "IxLS" -> {
                    parseHeader();
                    parsed = QuantizerParser.localSearch(in, header.dimension());
                    in.expect(parsed.form().size(), "the bytes of a code");
                }
                default -> known = false;
            }
            if (!known) {
                throw in.corrupt(
                        at,
                        "an index of type '" + printable(type)
                                + "' is not known: there are IxPq, IxRq, IxLS, and around them IxPT, IxMp, IxM2");
            }
        }
        in.require(header.count(), form().size(), "the codes"); // first, so that the product fits
        in.expectCount(header.count() * form().size(), 1, "bytes of codes");
    }

    static String printable(String type) {
        return type.replaceAll("[^ -~]", "?");
    }

    private void parseHeader() throws IOException {
        header = header == null ? IndexHeader.parse(in) : header.parseInner(in);
    }

    private void parseIds(long at) throws IOException {
        if (hasIds) {
            throw in.corrupt(at, "ids of ids: there should be one map of ids at most");
        }
        parseHeader();
        hasIds = true;
    }

    private void parseTransform(long at) throws IOException {
        if (rotation != null) {
            throw in.unsupported("one transform in another, at byte " + at, "one rotation");
        }
        parseHeader();
        rotation = TransformParser.rotation(in, header.dimension());
    }
}
