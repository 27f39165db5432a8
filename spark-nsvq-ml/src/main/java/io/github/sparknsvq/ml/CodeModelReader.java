package io.github.sparknsvq.ml;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.training.CodebookLayout;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.util.CodebookFiles;
import io.github.sparknsvq.ml.util.StageFiles;
import java.util.Arrays;
import java.util.function.BiFunction;
import org.apache.spark.ml.util.MLReader;

/** Reads what {@link CodeModelWriter} wrote. */
final class CodeModelReader<M extends CodeModel<M>> extends MLReader<M> {
    private final Class<M> type;
    private final SharedQuantizer.Kind kind;
    private final BiFunction<String, SharedQuantizer, M> make;

    CodeModelReader(Class<M> type, SharedQuantizer.Kind kind, BiFunction<String, SharedQuantizer, M> make) {
        this.type = type;
        this.kind = kind;
        this.make = make;
    }

    @Override
    public M load(String path) {
        StageFiles files = StageFiles.load(path, sparkSession(), type);
        CodebookLayout layout = layout(path, files);
        FloatMatrix codewords =
                CodebookFiles.load(CodeModelWriter.data(path), layout.total(), layout.dimension(), sparkSession());
        SharedQuantizer quantizer = switch (kind) {
            case PRODUCT -> SharedQuantizer.product(layout, codewords.values(), rotation(path, files, layout), "auto");
            case RESIDUAL ->
                SharedQuantizer.residual(layout, codewords.values(), prices(path, files, layout), 1, "auto");
            case ADDITIVE -> SharedQuantizer.additive(layout, codewords.values(), 1, 0);
        };
        return files.withParams(make.apply(files.uid(), quantizer));
    }

    private CodebookLayout layout(String path, StageFiles files) {
        String sizes = files.text(CodeModelWriter.SIZES_KEY);
        int dimension = files.intValue(CodeModelWriter.DIMENSION_KEY);
        try {
            CodebookLayout layout = new CodebookLayout(
                    dimension,
                    Arrays.stream(sizes.split(",")).mapToInt(Integer::parseInt).toArray());
            if (kind == SharedQuantizer.Kind.PRODUCT) {
                checkParts(layout);
            }
            return layout;
        } catch (NumberFormatException | NsvqException e) {
            throw new NsvqException(
                    "the metadata of " + path + " is damaged: there can be no codebooks of " + sizes + " codewords", e);
        }
    }

    private float[] prices(String path, StageFiles files, CodebookLayout layout) {
        return files.booleanValue(CodeModelWriter.PRICED_KEY)
                ? CodebookFiles.load(CodeModelWriter.prices(path), layout.total(), 1, sparkSession())
                        .values()
                : null;
    }

    /** Refuses parts that differ or whose codewords no number of bits counts. */
    private static void checkParts(CodebookLayout layout) {
        int bits = Integer.numberOfTrailingZeros(layout.largest());
        if (Arrays.stream(layout.sizes()).anyMatch(size -> size != 1 << bits)) {
            throw new NsvqException("the codebooks of a product quantizer have the same power of two of codewords");
        }
        int dimension = layout.dimension() * layout.codebooks();
        ProductQuantizer.checkShape(dimension, layout.codebooks(), bits);
    }

    private Rotation rotation(String path, StageFiles files, CodebookLayout layout) {
        if (!files.booleanValue(CodeModelWriter.ROTATED_KEY)) {
            return null;
        }
        int d = layout.dimension() * layout.codebooks();
        String where = CodeModelWriter.rotation(path);
        try {
            return new Rotation(
                    d, CodebookFiles.load(where, d, d, sparkSession()).values());
        } catch (NsvqException e) {
            throw new NsvqException("the rotation in " + where + " is damaged or missing: " + e.getMessage(), e);
        }
    }
}
