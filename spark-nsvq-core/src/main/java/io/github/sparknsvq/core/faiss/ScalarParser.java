package io.github.sparknsvq.core.faiss;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Parses scalar quantizers inside of indexes. */
final class ScalarParser {
    /** faiss's names of the types of scalar codes, by their number. */
    private static final List<String> NAMES = List.of(
            "QT_8bit",
            "QT_4bit",
            "QT_8bit_uniform",
            "QT_4bit_uniform",
            "QT_fp16",
            "QT_8bit_direct",
            "QT_6bit",
            "QT_bf16",
            "QT_8bit_direct_signed",
            "QT_0bit",
            "QT_1bit_tqmse",
            "QT_2bit_tqmse",
            "QT_3bit_tqmse",
            "QT_4bit_tqmse",
            "QT_8bit_tqmse",
            "QT_2bit_tq",
            "QT_3bit_tq",
            "QT_4bit_tq",
            "QT_5bit_tq",
            "QT_1bit_eden",
            "QT_2bit_eden",
            "QT_3bit_eden",
            "QT_4bit_eden",
            "QT_5bit_eden",
            "QT_6bit_eden",
            "QT_7bit_eden",
            "QT_8bit_eden");

    private ScalarParser() {}

    /** The codes of a scalar quantizer of rows of a dimension, one after the other. */
    static StoredCodes scalar(FaissInput in, int dimension) throws IOException {
        ScalarQuantizer.Type type = type(in);
        in.int32("how ranges were trained");
        in.float32("how ranges were trained");
        in.expect(dimension, "the dimension of the scalar quantizer");
        long at = in.position();
        long codeSize = in.int64("the bytes of a code");
        String what = "values of the ranges";
        in.expectCount(type.rangeValues(dimension), Float.BYTES, what);
        float[] ranges = in.floats(type.rangeValues(dimension), what);
        ScalarQuantizer quantizer;
        try {
            quantizer = new ScalarQuantizer(type, dimension, ranges);
        } catch (NsvqException e) {
            throw in.refused(e);
        }
        in.check(
                codeSize == quantizer.codeSize(),
                at,
                "the bytes of a code is " + codeSize + ", it should be " + quantizer.codeSize());
        return new StoredCodes(quantizer, ListFormat.of(quantizer, dimension), null);
    }

    private static ScalarQuantizer.Type type(FaissInput in) throws IOException {
        long at = in.position();
        int number = in.int32("the type of scalar codes");
        in.check(
                number >= 0 && number < NAMES.size(),
                at,
                "the type of scalar codes is " + number + ", it should be from 0 to " + (NAMES.size() - 1));
        Optional<ScalarQuantizer.Type> type = Arrays.stream(ScalarQuantizer.Type.values())
                .filter(each -> each.number() == number)
                .findFirst();
        in.checkSupported(
                type.isPresent(),
                "scalar codes of type " + NAMES.get(number),
                Arrays.stream(ScalarQuantizer.Type.values())
                        .map(each -> NAMES.get(each.number()))
                        .collect(Collectors.joining(", ")));
        return type.get();
    }
}
