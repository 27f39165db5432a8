package io.github.sparknsvq.ml.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.training.assign.CodebookLayout;
import io.github.sparknsvq.ml.AdditiveVQModel;
import io.github.sparknsvq.ml.CodeModel;
import io.github.sparknsvq.ml.ProductVQModel;
import io.github.sparknsvq.ml.ResidualVQModel;
import io.github.sparknsvq.ml.SparkTestSession;
import io.github.sparknsvq.ml.encoding.SharedQuantizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole numbers throughout, so that distances are exact and often exactly equal. */
class NeighborRanksTest {
    private static final int ROWS = 2600;
    private static final int D = 4;

    private final SparkSession spark = SparkTestSession.get();

    private static float[] whole(long seed, int count) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextInt(5) - 1;
        }
        return values;
    }

    private static FloatMatrix rows(long seed, int count) {
        return new FloatMatrix(count, D, whole(seed, count * D));
    }

    static List<CodeModel<?>> models() {
        CodebookLayout parts = CodebookLayout.uniform(2, 16, 2);
        CodebookLayout sums = new CodebookLayout(D, 8, 16, 3);
        // a turn that swaps axes keeps whole numbers whole
        Rotation turn = new Rotation(D, new float[] {0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0});
        return List.of(
                new ProductVQModel("pq", SharedQuantizer.product(parts, whole(1, 64), null, Device.AUTO)),
                new ProductVQModel("opq", SharedQuantizer.product(parts, whole(2, 64), turn, Device.AUTO)),
                new ResidualVQModel("rq", SharedQuantizer.residual(sums, whole(3, 27 * D), null, 5, Device.AUTO)),
                new AdditiveVQModel("aq", SharedQuantizer.additive(sums, whole(4, 27 * D), 4, 1)));
    }

    private Dataset<Row> codes(byte[] codes, int size) {
        StructType schema = new StructType().add("id", DataTypes.LongType).add("code", DataTypes.BinaryType);
        List<Row> rows = new ArrayList<>();
        for (int i = ROWS - 1; i >= 0; i--) {
            byte[] code = new byte[size];
            System.arraycopy(codes, i * size, code, 0, size);
            rows.add(RowFactory.create((long) i, code));
        }
        return spark.createDataFrame(rows, schema).repartition(2);
    }

    private static double distance(FloatMatrix queries, int q, FloatMatrix decoded, int i, boolean innerProduct) {
        double sum = 0;
        for (int j = 0; j < D; j++) {
            sum += innerProduct
                    ? -queries.get(q, j) * decoded.get(i, j)
                    : Math.pow(queries.get(q, j) - decoded.get(i, j), 2);
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("models")
    void findsTheRanksOfAFullSort(CodeModel<?> model) {
        byte[] codes = model.quantizer().encode(rows(7, ROWS));
        FloatMatrix decoded = model.quantizer().decode(codes, ROWS);
        FloatMatrix queries = rows(8, 12);
        long[] truth = new Random(9).longs(12, 0, ROWS).toArray();
        Dataset<Row> frame = codes(codes, model.codeSize());
        for (boolean innerProduct : new boolean[] {false, true}) {
            long[] expected = new long[12];
            for (int q = 0; q < 12; q++) {
                int query = q;
                List<Integer> sorted = IntStream.range(0, ROWS)
                        .boxed()
                        .sorted(Comparator.<Integer>comparingDouble(
                                        i -> distance(queries, query, decoded, i, innerProduct))
                                .thenComparing(i -> i))
                        .toList();
                expected[q] = sorted.indexOf((int) truth[q]);
            }
            assertArrayEquals(
                    expected,
                    NeighborRanks.of(
                            frame,
                            model.shared(),
                            queries,
                            truth,
                            false,
                            innerProduct ? Metric.INNER_PRODUCT : Metric.L2),
                    "inner product: " + innerProduct);
        }
    }

    @Test
    void refusesTruthOfOtherRowsUnlessRowsWereSkipped() {
        CodeModel<?> model = models().get(0);
        byte[] codes = model.quantizer().encode(rows(7, ROWS));
        Dataset<Row> frame = codes(codes, model.codeSize());
        FloatMatrix queries = rows(8, 2);
        long[] truth = {3, 9999};
        NsvqException e = assertThrows(
                NsvqException.class, () -> NeighborRanks.of(frame, model.shared(), queries, truth, false, Metric.L2));
        assertEquals(
                "--truth says that row 9999 is nearest to query 1, but --input has no row of that id: do they belong"
                        + " together?",
                e.getMessage());
        long[] ranks = NeighborRanks.of(frame, model.shared(), queries, truth, true, Metric.L2);
        assertEquals(Recall.NOT_FOUND, ranks[1]);
        assertTrue(ranks[0] >= 0 && ranks[0] < ROWS);
    }
}
