package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.util.CodebookFiles;
import io.github.sparknsvq.ml.util.StageFiles;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Writes models with several codebooks: {@code metadata/}, {@code data/} (Parquet: {@code index, codeword}, all codebooks
 * numbered through) and maybe {@code rotation/} or {@code prices/}.
 */
final class CodeModelWriter extends ModelWriter {
    static final String SIZES_KEY = "codebooks";
    static final String DIMENSION_KEY = "dimension";
    static final String ROTATED_KEY = "rotated";
    static final String PRICED_KEY = "priced";

    private final CodeModel<?> model;

    CodeModelWriter(CodeModel<?> model) {
        super(model);
        this.model = model;
    }

    static String data(String path) {
        return path + "/data";
    }

    static String prices(String path) {
        return path + "/prices";
    }

    static String rotation(String path) {
        return path + "/rotation";
    }

    @Override
    void saveForFaiss(String path) {
        FaissExport.writeEmpty(model.quantizer(), model.cosine(), path, sparkSession());
    }

    @Override
    void saveInternal(String path) {
        SharedQuantizer quantizer = model.shared();
        Map<String, Object> more = new LinkedHashMap<>();
        more.put(
                SIZES_KEY,
                IntStream.of(quantizer.layout().sizes())
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",")));
        more.put(DIMENSION_KEY, quantizer.layout().dimension());
        more.put(ROTATED_KEY, quantizer.rotation() != null);
        more.put(PRICED_KEY, quantizer.prices() != null);
        StageFiles.save(model, path, sparkSession(), more);
        CodebookFiles.save(quantizer.codewords(), data(path), sparkSession());
        if (quantizer.rotation() != null) {
            CodebookFiles.save(quantizer.rotation().matrix(), rotation(path), sparkSession());
        }
        if (quantizer.prices() != null) {
            FloatMatrix prices = new FloatMatrix(quantizer.prices().length, 1, quantizer.prices());
            CodebookFiles.save(prices, prices(path), sparkSession());
        }
    }
}
