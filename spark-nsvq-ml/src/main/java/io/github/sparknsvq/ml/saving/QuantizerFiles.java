package io.github.sparknsvq.ml.saving;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.SpaceFillingCurve;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import io.github.sparknsvq.ml.spark.Reason;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.SparkSession;

/**
 * Codebooks as files: Parquet of all codewords numbered through ({@code index, codeword}) and maybe of a rotation or
 * of prices; what they are stands in the metadata of the stage that has them.
 *
 * @param directory of all these
 * @param codebooks name of the directory of codewords in it
 * @param spark the session
 */
public record QuantizerFiles(String directory, String codebooks, SparkSession spark) {
    static final String ROTATION = "rotation";
    static final String PRICES = "prices";

    /** Of the only codebook. */
    private static final String SIZE_KEY = "codewords";

    /** Of several codebooks. */
    private static final String SIZES_KEY = "codebooks";

    private static final String DIMENSION_KEY = "dimension";
    private static final String ROTATED_KEY = "rotated";
    private static final String PRICED_KEY = "priced";
    private static final String SCALAR_KEY = "scalarType";

    private String path(String part) {
        return directory + "/" + part;
    }

    /** Returns what the metadata must say of codebooks. */
    public static Map<String, Object> metadata(SharedQuantizer quantizer) {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put(DIMENSION_KEY, quantizer.layout().dimension());
        if (hasOne(quantizer.kind())) {
            values.put(SIZE_KEY, quantizer.layout().total());
            return values;
        }
        values.put(
                SIZES_KEY,
                IntStream.of(quantizer.layout().sizes())
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(",")));
        values.put(ROTATED_KEY, quantizer.rotation() != null);
        values.put(PRICED_KEY, quantizer.prices() != null);
        if (quantizer.kind() == SharedQuantizer.Kind.SCALAR) {
            values.put(SCALAR_KEY, quantizer.scalarType());
        }
        return values;
    }

    /** Writes codebooks to directories that are not there yet. */
    public void save(SharedQuantizer quantizer) {
        CodebookFiles.save(quantizer.codewords(), path(codebooks), spark);
        if (quantizer.rotation() != null) {
            CodebookFiles.save(quantizer.rotation().matrix(), path(ROTATION), spark);
        }
        float[] prices = quantizer.prices();
        if (prices != null) {
            CodebookFiles.save(new FloatMatrix(prices.length, 1, prices), path(PRICES), spark);
        }
    }

    /**
     * Reads codebooks.
     *
     * @param metadata of the stage
     * @param kind what the codebooks are for
     * @throws NsvqException if they are not there, cannot be read, or are not what the metadata says
     */
    public SharedQuantizer load(StageFiles metadata, SharedQuantizer.Kind kind) {
        if (hasOne(kind)) {
            int size = metadata.intValue(SIZE_KEY);
            FloatMatrix one = CodebookFiles.load(path(codebooks), size, metadata.intValue(DIMENSION_KEY), spark);
            return kind == SharedQuantizer.Kind.VECTOR ? SharedQuantizer.vector(one, Device.AUTO) : curve(one);
        }
        CodebookLayout layout = layout(metadata, kind);
        float[] values = CodebookFiles.load(path(codebooks), layout.total(), layout.dimension(), spark)
                .values();
        if (kind == SharedQuantizer.Kind.PRODUCT) {
            return SharedQuantizer.product(layout, values, rotation(metadata, layout), Device.AUTO);
        }
        if (kind == SharedQuantizer.Kind.SCALAR) {
            Rotation rotation = rotation(metadata, layout);
            return SharedQuantizer.scalar(scalarType(metadata), layout.dimension(), values, rotation);
        }
        return kind == SharedQuantizer.Kind.RESIDUAL
                ? SharedQuantizer.residual(layout, values, prices(metadata, layout), 1, Device.AUTO)
                : SharedQuantizer.additive(layout, values, 1, 0);
    }

    private static boolean hasOne(SharedQuantizer.Kind kind) {
        return kind == SharedQuantizer.Kind.VECTOR || kind == SharedQuantizer.Kind.CURVE;
    }

    private SharedQuantizer curve(FloatMatrix corners) {
        NsvqException.unless(
                corners.rows() >= 2,
                "the line in " + path(codebooks) + " is damaged: it has " + corners.rows() + " corner, not two");
        return SharedQuantizer.curve(corners, SpaceFillingCurve.Search.EXACT);
    }

    private static CodebookLayout layout(StageFiles files, SharedQuantizer.Kind kind) {
        String sizes = files.text(SIZES_KEY);
        int dimension = files.intValue(DIMENSION_KEY);
        try {
            int[] each =
                    Arrays.stream(sizes.split(",")).mapToInt(Integer::parseInt).toArray();
            CodebookLayout layout = new CodebookLayout(dimension, each);
            if (kind == SharedQuantizer.Kind.PRODUCT) {
                checkParts(layout);
            }
            NsvqException.unless(
                    kind != SharedQuantizer.Kind.SCALAR || (each.length == 1 && each[0] == 2),
                    "a scalar quantizer has two rows of ranges");
            return layout;
        } catch (NumberFormatException | NsvqException e) {
            String problem = "there can be no codebooks of " + sizes + " codewords";
            throw new NsvqException("the metadata of " + files.path() + " is damaged: " + problem, e);
        }
    }

    private static ScalarQuantizer.Type scalarType(StageFiles files) {
        String name = files.text(SCALAR_KEY);
        try {
            return ScalarQuantizer.Type.valueOf(name);
        } catch (IllegalArgumentException e) {
            String problem = "there are no scalar codes of type '" + name + "'";
            throw new NsvqException("the metadata of " + files.path() + " is damaged: " + problem, e);
        }
    }

    private float[] prices(StageFiles files, CodebookLayout layout) {
        return files.booleanValue(PRICED_KEY)
                ? CodebookFiles.load(path(PRICES), layout.total(), 1, spark).values()
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

    private Rotation rotation(StageFiles files, CodebookLayout layout) {
        if (!files.booleanValue(ROTATED_KEY)) {
            return null;
        }
        int d = layout.dimension() * layout.codebooks();
        try {
            return new Rotation(
                    d, CodebookFiles.load(path(ROTATION), d, d, spark).values());
        } catch (NsvqException e) {
            String damaged = " is damaged or missing: " + Reason.of(e);
            throw new NsvqException("the rotation in " + path(ROTATION) + damaged, e);
        }
    }
}
