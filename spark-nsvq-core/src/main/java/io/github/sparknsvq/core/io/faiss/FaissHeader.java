package io.github.sparknsvq.core.io.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import io.github.sparknsvq.core.quantizer.RotatedQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Parses what comes before the codes of an index file. */
final class FaissHeader {
    /** Bits of the norm behind a code, by search type; types from 6 on have tables of their own. */
    private static final int[] NORM_BITS = {0, 0, 0, 32, 8, 4};

    /** Where faiss says nothing of a beam, or has a wider one than is worth anything. */
    private static final int USUAL_BEAM = 16;

    private static final int WIDEST_BEAM = 1024;

    private final FaissInput in;

    /** What all the indexes in one another have in common; set by the outermost. */
    private int dimension = -1;

    private long count;
    private int metric;

    private boolean hasIds;
    private Rotation rotation;
    private Quantizer quantizer;
    private CodeForm form;

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
        Quantizer whole = rotation == null ? quantizer : new RotatedQuantizer(rotation, quantizer);
        return new FaissIndex(whole, metric == Metric.L2.number() ? Metric.L2 : Metric.INNER_PRODUCT, count, hasIds);
    }

    CodeForm form() {
        return form;
    }

    /** Whether search settings of a product quantizer follow the codes. */
    boolean isProduct() {
        return quantizer instanceof ProductQuantizer;
    }

    private void parseIndex() throws IOException {
        while (quantizer == null) {
            long at = in.position();
            String type = in.fourcc("the type of an index");
            boolean known = true;
            switch (type) {
                case "IxMp", "IxM2" -> parseIds(at);
                case "IxPT" -> parseTransform(at);
                case "IxPq" -> parseProduct();
                case "IxRq" -> parseResidual();
                case "IxLS" -> parseLocalSearch();
                default -> known = false;
            }
            if (!known) {
                throw in.corrupt(
                        at,
                        "an index of type '" + printable(type)
                                + "' is not known: there are IxPq, IxRq, IxLS, and around them IxPT, IxMp, IxM2");
            }
        }
        in.require(count, form.size(), "the codes"); // first, so that the product fits
        in.expectCount(count * form.size(), 1, "bytes of codes");
    }

    private static String printable(String type) {
        return type.replaceAll("[^ -~]", "?");
    }

    /** What every index starts with. */
    private void parseIndexHeader() throws IOException {
        long at = in.position();
        int d = in.int32("the dimension");
        if (d < 1 || d > FaissIndex.MOST_DIMENSIONS || (dimension >= 0 && d != dimension)) {
            throw in.corrupt(
                    at,
                    "the dimension is " + d + ", it should be "
                            + (dimension < 0 ? "from 1 to " + FaissIndex.MOST_DIMENSIONS : "" + dimension));
        }
        at = in.position();
        long n = in.int64("the number of vectors");
        if (n < 0 || (dimension >= 0 && n != count)) {
            throw in.corrupt(
                    at, "there are " + n + " vectors, there should be " + (dimension < 0 ? "0 or more" : "" + count));
        }
        in.int64("the header of an index"); // two numbers that mean nothing
        in.int64("the header of an index");
        boolean trained = in.bool("whether the index is trained");
        at = in.position();
        int number = in.int32("the metric");
        if (number > 1 && number < 64) {
            throw in.unsupported("an index of metric " + number, "0 (inner product) and 1 (L2)");
        }
        if (number < 0 || number > 1 || (dimension >= 0 && number != metric)) {
            throw in.corrupt(
                    at, "the metric is " + number + ", it should be " + (dimension < 0 ? "0 or 1" : "" + metric));
        }
        checkTrained(trained);
        dimension = d;
        count = n;
        metric = number;
    }

    private void checkTrained(boolean trained) {
        if (!trained) {
            throw in.unsupported("an index that is not trained", "one that is");
        }
    }

    private void parseIds(long at) throws IOException {
        if (hasIds) {
            throw in.corrupt(at, "ids of ids: there should be one map of ids at most");
        }
        parseIndexHeader();
        hasIds = true;
    }

    private void parseTransform(long at) throws IOException {
        if (rotation != null) {
            throw in.unsupported("one transform in another, at byte " + at, "one rotation");
        }
        parseIndexHeader();
        at = in.position();
        int chain = in.int32("the number of transforms");
        if (chain < 0) {
            throw in.corrupt(at, "there are " + chain + " transforms, there should be 1");
        }
        if (chain != 1) {
            throw in.unsupported("a chain of " + chain + " transforms", "one rotation");
        }
        String type = in.fourcc("the type of a transform");
        if (!type.equals("LTra") && !type.equals("rrot")) {
            throw in.unsupported("a transform of type '" + printable(type) + "'", "a rotation (LTra, rrot)");
        }
        boolean bias = in.bool("whether the transform has a bias");
        long length = in.count(Float.BYTES, "values of the transform");
        if (length != (long) dimension * dimension) {
            throw in.unsupported(
                    "a transform of " + length + " values",
                    "a rotation, " + dimension + " x " + dimension + " for this dimension");
        }
        float[] matrix = in.floats(length, "values of the transform");
        if (bias) {
            throw in.unsupported("a transform with a bias", "a rotation");
        }
        in.expectCount(0, Float.BYTES, "values of the bias");
        expectDimension("the dimension that the transform takes");
        expectDimension("the dimension that the transform gives");
        checkTrained(in.bool("whether the transform is trained"));
        try {
            rotation = new Rotation(dimension, matrix);
        } catch (NsvqException e) {
            throw in.refused(e);
        }
    }

    private void expectDimension(String what) throws IOException {
        long at = in.position();
        int d = in.int32(what);
        if (d != dimension) {
            throw in.corrupt(at, what + " is " + d + ", it should be " + dimension);
        }
    }

    private void parseProduct() throws IOException {
        parseIndexHeader();
        in.expect(dimension, "the dimension of the product quantizer");
        long at = in.position();
        long parts = in.int64("the number of parts");
        if (parts < 1 || parts > dimension || dimension % parts != 0) {
            throw in.corrupt(
                    at, "there are " + parts + " parts, their number should divide the dimension " + dimension);
        }
        int bits = parseWidth(in.position(), ProductQuantizer.LEAST_BITS);
        in.expectCount((long) dimension << bits, Float.BYTES, "values of the codebooks");
        float[] values = in.floats((long) dimension << bits, "values of the codebooks");
        form = new CodeForm(CodeBits.uniform((int) parts, bits), 0);
        quantizer = new ProductQuantizer(dimension, (int) parts, bits, values);
    }

    private int parseWidth(long at, int least) throws IOException {
        long bits = in.int64("the bits of an index");
        if (bits < 1 || bits > CodeBits.MOST_BITS) {
            throw in.corrupt(at, "an index has " + bits + " bits, it should have 1 to " + CodeBits.MOST_BITS);
        }
        if (bits < least || bits > ProductQuantizer.MOST_BITS) {
            throw in.unsupported("codebooks of " + bits + " bits", least + " to " + ProductQuantizer.MOST_BITS);
        }
        return (int) bits;
    }

    private void parseResidual() throws IOException {
        parseIndexHeader();
        List<FloatMatrix> codebooks = parseAdditive();
        in.int32("how the codebooks were trained");
        long at = in.position();
        int beam = in.int32("the beam");
        if (beam < 1) {
            throw in.corrupt(at, "the beam is " + beam + ", it should be 1 or more");
        }
        in.expect(form.size(), "the bytes of a code");
        try {
            quantizer = new ResidualQuantizer(codebooks, Math.min(beam, WIDEST_BEAM));
        } catch (NsvqException e) {
            throw in.refused(e);
        }
    }

    private void parseLocalSearch() throws IOException {
        parseIndexHeader();
        List<FloatMatrix> codebooks = parseAdditive();
        String settings = "the settings of local search";
        for (int i = 0; i < 4; i++) {
            in.int64(settings); // codewords, and iterations of training and encoding
        }
        long rounds = in.int64(settings);
        in.float32(settings);
        in.float32(settings);
        in.int64(settings);
        in.int32(settings);
        in.int64(settings);
        in.bool("whether codebooks are updated in double precision");
        in.expect(form.size(), "the bytes of a code");
        try {
            quantizer = new AdditiveQuantizer(codebooks, USUAL_BEAM, (int) Math.max(0, Math.min(rounds, 1000)));
        } catch (NsvqException e) {
            throw in.refused(e);
        }
    }

    /** Reads codebooks of whole rows, and how their codes and norms are packed. */
    private List<FloatMatrix> parseAdditive() throws IOException {
        in.expect(dimension, "the dimension of the quantizer");
        long at = in.position();
        long levels = in.int64("the number of codebooks");
        if (levels < 1) {
            throw in.corrupt(at, "there are " + levels + " codebooks, there should be 1 or more");
        }
        in.expectCount(levels, Long.BYTES, "codebooks' bits");
        if (levels > 1 << 16) {
            throw in.unsupported(levels + " codebooks", "65536 at most");
        }
        int[] widths = new int[(int) levels];
        long codewords = 0;
        for (int m = 0; m < widths.length; m++) {
            widths[m] = parseWidth(in.position(), 1);
            codewords += 1L << widths[m];
        }
        checkTrained(in.bool("whether the quantizer is trained"));
        in.expectCount(codewords * dimension, Float.BYTES, "values of the codebooks");
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int width : widths) {
            float[] values = in.floats((long) dimension << width, "values of a codebook");
            codebooks.add(new FloatMatrix(1 << width, dimension, values));
        }
        at = in.position();
        int searchType = in.int32("the search type");
        if (searchType < 0 || searchType > 11) {
            throw in.corrupt(at, "the search type is " + searchType + ", it should be from 0 to 5");
        }
        if (searchType >= NORM_BITS.length) {
            throw in.unsupported("an index of search type " + searchType, "0 to 5");
        }
        in.float32("the least norm");
        in.float32("the greatest norm");
        form = new CodeForm(new CodeBits(widths), NORM_BITS[searchType]);
        return codebooks;
    }
}
