package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.function.Executable;

/** Models with several codebooks to test with, made of chance rather than trained, and what their columns hold. */
final class CodeModels {
    private CodeModels() {}

    private static float[] codewords(CodebookLayout layout, long seed) {
        Random random = new Random(seed);
        float[] values = new float[layout.total() * layout.dimension()];
        int at = 0;
        for (int m = 0; m < layout.codebooks(); m++) {
            for (int i = 0; i < layout.sizes()[m] * layout.dimension(); i++) {
                values[at++] = (float) (10 * Math.pow(0.6, m) * random.nextGaussian());
            }
        }
        return values;
    }

    static ProductVQModel product(int dimension, int parts, int bits) {
        CodebookLayout layout = CodebookLayout.uniform(parts, 1 << bits, dimension / parts);
        return new ProductVQModel("pq", SharedQuantizer.product(layout, codewords(layout, 1), null, Device.AUTO));
    }

    static ProductVQModel rotated(int dimension, int parts, int bits) {
        CodebookLayout layout = CodebookLayout.uniform(parts, 1 << bits, dimension / parts);
        Rotation rotation = Rotation.random(dimension, 5);
        float[] codewords = codewords(layout, 2);
        ProductVQModel model =
                new ProductVQModel("opq", SharedQuantizer.product(layout, codewords, rotation, Device.AUTO));
        model.set(model.rotation(), "opq");
        return model;
    }

    static ResidualVQModel residual(int dimension, int... levelBits) {
        int[] sizes = Arrays.stream(levelBits).map(bits -> 1 << bits).toArray();
        CodebookLayout layout = new CodebookLayout(dimension, sizes);
        float[] codewords = codewords(layout, 3);
        ResidualVQModel model =
                new ResidualVQModel("rq", SharedQuantizer.residual(layout, codewords, null, 3, Device.AUTO));
        model.set(model.levelBits(), levelBits);
        return model.setBeam(3);
    }

    static AdditiveVQModel additive(int dimension, int codebooks, int bits) {
        CodebookLayout layout = CodebookLayout.uniform(codebooks, 1 << bits, dimension);
        SharedQuantizer shared = SharedQuantizer.additive(layout, codewords(layout, 4), 3, 1);
        AdditiveVQModel model = new AdditiveVQModel("aq", shared);
        return model.setBeam(3).setPolishIter(1);
    }

    /** One of each kind, for vectors of dimension 6. */
    static List<CodeModel<?>> all() {
        return List.of(
                product(6, 3, 4), rotated(6, 2, 8), residual(6, 8, 8, 8), residual(6, 4, 6, 3), additive(6, 3, 5));
    }

    /** The model with all its columns. */
    static <M extends CodeModel<M>> M withColumns(CodeModel<M> model) {
        return model.setCodesCol("codes")
                .setErrorsCol("errors")
                .setDistanceCol("distance")
                .setReconstructionCol("near");
    }

    static float[] floats(Row row, String column) {
        List<Float> list = row.getList(row.fieldIndex(column));
        float[] values = new float[list.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = list.get(i);
        }
        return values;
    }

    static int[] ints(Row row, String column) {
        List<Integer> list = row.getList(row.fieldIndex(column));
        return list.stream().mapToInt(Integer::intValue).toArray();
    }

    static double squaredDistance(float[] a, float[] b) {
        double sum = 0;
        for (int j = 0; j < a.length; j++) {
            double apart = (double) a[j] - b[j];
            sum += apart * apart;
        }
        return sum;
    }

    /** Mean squared distance of vectors from what their codes stand for. */
    static double mse(CodeModel<?> model, float[][] vectors) {
        FloatMatrix rows = FloatMatrix.of(vectors);
        FloatMatrix decoded = model.quantizer().decode(model.quantizer().encode(rows), rows.rows());
        double sum = 0;
        for (int i = 0; i < rows.rows(); i++) {
            sum += squaredDistance(rows.row(i), decoded.row(i));
        }
        return sum / rows.rows();
    }

    /** Runs what fails in a task, without the log of it, and returns what the innermost cause says. */
    static String failure(Executable work) {
        SparkTestSession.get().sparkContext().setLogLevel("OFF");
        try {
            Throwable cause = assertThrows(Exception.class, work);
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            return cause.getMessage();
        } finally {
            SparkTestSession.get().sparkContext().setLogLevel("WARN");
        }
    }
}
