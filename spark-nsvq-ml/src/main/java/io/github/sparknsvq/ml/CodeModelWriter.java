package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.util.CodebookFiles;
import io.github.sparknsvq.ml.util.StageFiles;
import io.github.sparknsvq.ml.util.WholeWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.ml.util.GeneralMLWriter;

/**
 * Writes models with several codebooks: as Spark ML does, {@code metadata/}, {@code data/} (Parquet: {@code index,
 * codeword}, all codebooks numbered through) and maybe {@code rotation/}; or, with {@code format("faiss")}, one file that
 * FAISS opens as an index without vectors.
 */
final class CodeModelWriter extends GeneralMLWriter {
    static final String SIZES_KEY = "codebooks";
    static final String DIMENSION_KEY = "dimension";
    static final String ROTATED_KEY = "rotated";

    private static final String INTERNAL = "internal";
    private static final String FAISS = "faiss";

    private final CodeModel<?> model;
    private String format = INTERNAL;

    CodeModelWriter(CodeModel<?> model) {
        super(model);
        this.model = model;
    }

    static String data(String path) {
        return path + "/data";
    }

    static String rotation(String path) {
        return path + "/rotation";
    }

    @Override
    public GeneralMLWriter format(String name) {
        format = name.toLowerCase(Locale.ROOT);
        if (!format.equals(INTERNAL) && !format.equals(FAISS)) {
            throw new NsvqException("format '" + name + "' is unknown: use " + INTERNAL + " or " + FAISS);
        }
        return this;
    }

    @Override
    public void save(String path) {
        WholeWriter.save(path, sparkSession(), shouldOverwrite(), this::saveImpl);
    }

    @Override
    public void saveImpl(String path) {
        if (format.equals(FAISS)) {
            FaissExport.model(model, path, sparkSession());
            return;
        }
        SharedQuantizer quantizer = model.shared();
        Map<String, Object> more = new LinkedHashMap<>();
        more.put(
                SIZES_KEY,
                IntStream.of(quantizer.layout().sizes())
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",")));
        more.put(DIMENSION_KEY, quantizer.layout().dimension());
        more.put(ROTATED_KEY, quantizer.rotation() != null);
        StageFiles.save(model, path, sparkSession(), more);
        CodebookFiles.save(quantizer.codewords(), data(path), sparkSession());
        if (quantizer.rotation() != null) {
            CodebookFiles.save(quantizer.rotation().matrix(), rotation(path), sparkSession());
        }
    }
}
