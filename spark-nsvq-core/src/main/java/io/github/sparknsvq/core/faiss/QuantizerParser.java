package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.CodeForm;
import io.github.sparknsvq.core.index.NormFormat;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.AdditiveQuantizer;
import io.github.sparknsvq.core.quantizer.CodeBits;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.Quantizer;
import io.github.sparknsvq.core.quantizer.ResidualQuantizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Parses the quantizers inside of indexes. */
final class QuantizerParser {
    /** {@code ST_LUT_nonorm}, the {@code _Nnone} of faiss's index factory. */
    private static final int NO_NORMS = 1;

    /** Bits of the norm behind a code, by search type; types from 6 on have tables of their own. */
    private static final int[] NORM_BITS = {0, 0, 0, 32, 8, 4};

    /** For encoding with quantizers of which faiss stores no beam. */
    private static final int USUAL_BEAM = 16;

    private QuantizerParser() {}

    /**
     * Codebooks of whole rows, and how their codes and norms are packed.
     *
     * @param searchType faiss's number for the norms that are there
     * @param least what the lowest norm of 8 or 4 bits stands for
     * @param greatest what lies beyond the highest
     */
    private record Additive(List<FloatMatrix> codebooks, CodeForm form, int searchType, float least, float greatest) {
        StoredCodes with(Quantizer quantizer) {
            NormFormat format = new NormFormat(quantizer);
            if (form.normBits() == Float.SIZE) {
                return new StoredCodes(quantizer, format, null);
            }
            boolean leftOut = searchType == NO_NORMS;
            return new StoredCodes(quantizer, format, new StoredNorms(form, format, leftOut, least, greatest));
        }
    }

    static ProductQuantizer product(FaissInput in, int dimension) throws IOException {
        in.expect(dimension, "the dimension of the product quantizer");
        long at = in.position();
        long parts = in.int64("the number of parts");
        in.check(
                parts >= 1 && parts <= dimension && dimension % parts == 0,
                at,
                "there are " + parts + " parts, their number should divide the dimension " + dimension);
        int bits = width(in, ProductQuantizer.LEAST_BITS);
        in.expectCount((long) dimension << bits, Float.BYTES, "values of the codebooks");
        float[] values = in.floats((long) dimension << bits, "values of the codebooks");
        return new ProductQuantizer(dimension, (int) parts, bits, values);
    }

    private static int width(FaissInput in, int least) throws IOException {
        long at = in.position();
        long bits = in.int64("the bits of an index");
        in.check(
                bits >= 1 && bits <= CodeBits.MOST_BITS,
                at,
                "an index has " + bits + " bits, it should have 1 to " + CodeBits.MOST_BITS);
        in.checkSupported(
                bits >= least && bits <= ProductQuantizer.MOST_BITS,
                "codebooks of " + bits + " bits",
                least + " to " + ProductQuantizer.MOST_BITS);
        return (int) bits;
    }

    /** The quantizer of an index whose codes stand for sums, and how they lie. */
    static StoredCodes sum(FaissInput in, String type, int dimension) throws IOException {
        Additive additive = additive(in, dimension);
        Quantizer quantizer = quantizer(in, type.endsWith("LS"), additive.codebooks());
        int bits = additive.form().normBits();
        boolean ranged = bits == 4 || bits == 8;
        in.check(
                !ranged || (Float.isFinite(additive.least()) && Float.isFinite(additive.greatest())),
                in.position(),
                "norms of " + bits + " bits are from " + additive.least() + " to " + additive.greatest()
                        + ": they should be finite");
        return additive.with(quantizer);
    }

    private static Quantizer quantizer(FaissInput in, boolean localSearch, List<FloatMatrix> codebooks)
            throws IOException {
        int setting = localSearch ? rounds(in) : beam(in);
        try {
            return localSearch
                    ? new AdditiveQuantizer(codebooks, USUAL_BEAM, setting)
                    : new ResidualQuantizer(codebooks, setting);
        } catch (NsvqException e) {
            throw in.refused(e);
        }
    }

    private static int beam(FaissInput in) throws IOException {
        in.int32("how the codebooks were trained");
        long at = in.position();
        int beam = in.int32("the beam");
        in.check(beam >= 1, at, "the beam is " + beam + ", it should be 1 or more");
        return Math.min(beam, ResidualQuantizer.WIDEST_BEAM);
    }

    private static int rounds(FaissInput in) throws IOException {
        String settings = "the settings of local search";
        for (int i = 0; i < 4; i++) {
            in.int64(settings); // codewords, and iterations of training and encoding
        }
        int rounds = (int) Math.max(0, Math.min(in.int64(settings), 1000));
        in.float32(settings);
        in.float32(settings);
        in.int64(settings);
        in.int32(settings);
        in.int64(settings);
        in.bool("whether codebooks are updated in double precision");
        return rounds;
    }

    private static Additive additive(FaissInput in, int dimension) throws IOException {
        in.expect(dimension, "the dimension of the quantizer");
        int[] widths = widths(in);
        long codewords = 0;
        for (int width : widths) {
            codewords += 1L << width;
        }
        IndexHeader.checkTrained(in, in.bool("whether the quantizer is trained"));
        in.expectCount(codewords * dimension, Float.BYTES, "values of the codebooks");
        List<FloatMatrix> codebooks = new ArrayList<>();
        for (int width : widths) {
            float[] values = in.floats((long) dimension << width, "values of a codebook");
            codebooks.add(new FloatMatrix(1 << width, dimension, values));
        }
        long at = in.position();
        int searchType = in.int32("the search type");
        in.check(
                searchType >= 0 && searchType <= 11,
                at,
                "the search type is " + searchType + ", it should be from 0 to 5");
        in.checkSupported(searchType < NORM_BITS.length, "an index of search type " + searchType, "0 to 5");
        float least = in.float32("the least norm");
        float greatest = in.float32("the greatest norm");
        CodeForm form = new CodeForm(new CodeBits(widths), NORM_BITS[searchType]);
        return new Additive(codebooks, form, searchType, least, greatest);
    }

    private static int[] widths(FaissInput in) throws IOException {
        long at = in.position();
        long levels = in.int64("the number of codebooks");
        in.check(levels >= 1, at, "there are " + levels + " codebooks, there should be 1 or more");
        in.expectCount(levels, Long.BYTES, "codebooks' bits");
        in.checkSupported(levels <= 1 << 16, levels + " codebooks", "65536 at most");
        int[] widths = new int[(int) levels];
        for (int m = 0; m < widths.length; m++) {
            widths[m] = width(in, 1);
        }
        return widths;
    }
}
