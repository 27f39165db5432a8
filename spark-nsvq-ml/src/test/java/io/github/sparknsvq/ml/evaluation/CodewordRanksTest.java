package io.github.sparknsvq.ml.evaluation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.evaluation.Recall;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.quantizer.VectorQuantizer;
import io.github.sparknsvq.ml.SparkTestSession;
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
import org.junit.jupiter.params.provider.CsvSource;

class CodewordRanksTest {
    private final SparkSession spark = SparkTestSession.get();

    private static FloatMatrix whole(Random random, int rows, int dimension, int bound) {
        float[] values = new float[rows * dimension];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(bound);
        }
        return new FloatMatrix(rows, dimension, values);
    }

    private Dataset<Row> codes(int[] codeOf) {
        StructType schema = new StructType().add("id", DataTypes.LongType).add("prediction", DataTypes.IntegerType);
        List<Row> rows = new ArrayList<>();
        for (int i = codeOf.length - 1; i >= 0; i--) {
            rows.add(RowFactory.create((long) i, codeOf[i]));
        }
        return spark.createDataFrame(rows, schema).repartition(3);
    }

    private static double distance(FloatMatrix a, int i, FloatMatrix b, int j) {
        double sum = 0;
        for (int d = 0; d < a.columns(); d++) {
            sum += Math.pow(a.get(i, d) - b.get(j, d), 2);
        }
        return sum;
    }

    /** Small whole numbers, so that codewords are often exactly as far as each other. */
    @ParameterizedTest
    @CsvSource({"1, 50", "7, 200", "40, 300"})
    void findsTheRanksOfAFullSort(int codewords, int rows) {
        Random random = new Random(codewords);
        FloatMatrix codebook = whole(random, codewords, 3, 3);
        FloatMatrix queries = whole(random, 20, 3, 3);
        int[] codeOf = random.ints(rows, 0, codewords).toArray();
        long[] truth = random.longs(20, 0, rows).toArray();

        long[] expected = new long[20];
        for (int q = 0; q < 20; q++) {
            int query = q;
            List<Integer> sorted = IntStream.range(0, rows)
                    .boxed()
                    .sorted(Comparator.<Integer>comparingDouble(i -> distance(codebook, codeOf[i], queries, query))
                            .thenComparing(i -> i))
                    .toList();
            expected[q] = sorted.indexOf((int) truth[q]);
        }
        assertArrayEquals(
                expected, NeighborRanks.of(codes(codeOf), new VectorQuantizer(codebook), queries, truth, false));
    }

    @Test
    void refusesTruthOfOtherRowsUnlessRowsWereSkipped() {
        FloatMatrix codebook = FloatMatrix.of(new float[] {0}, new float[] {1});
        FloatMatrix queries = FloatMatrix.of(new float[] {0}, new float[] {0});
        int[] codeOf = {0, 1};
        long[] truth = {1, 7};
        NsvqException e = assertThrows(
                NsvqException.class,
                () -> NeighborRanks.of(codes(codeOf), new VectorQuantizer(codebook), queries, truth, false));
        assertEquals(
                "--truth says that row 7 is nearest to query 1, but --input has no row of that id: do they belong"
                        + " together?",
                e.getMessage());
        assertArrayEquals(
                new long[] {1, Recall.NOT_FOUND},
                NeighborRanks.of(codes(codeOf), new VectorQuantizer(codebook), queries, truth, true));
    }
}
