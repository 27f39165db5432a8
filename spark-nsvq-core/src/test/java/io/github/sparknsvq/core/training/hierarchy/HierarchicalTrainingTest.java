package io.github.sparknsvq.core.training.hierarchy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.UnitLength;
import io.github.sparknsvq.core.training.TrainingListener;
import io.github.sparknsvq.core.training.TrainingResult;
import io.github.sparknsvq.core.training.TrainingSettings;
import io.github.sparknsvq.core.training.rows.LocalStatisticsSource;
import io.github.sparknsvq.core.training.rows.RowBlock;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HierarchicalTrainingTest {

    /** Clusters of very unequal sizes and spreads. */
    private static FloatMatrix rows(int n, int d, long seed) {
        Random random = new Random(seed);
        float[] centers = new float[20 * d];
        for (int i = 0; i < centers.length; i++) {
            centers[i] = (float) (10 * random.nextGaussian());
        }
        float[] values = new float[n * d];
        for (int i = 0; i < n; i++) {
            int cluster = (int) (20 * Math.pow(random.nextDouble(), 3));
            for (int j = 0; j < d; j++) {
                values[i * d + j] = centers[cluster * d + j] + (float) ((1 + cluster) * .2 * random.nextGaussian());
            }
        }
        return new FloatMatrix(n, d, values);
    }

    private static TrainingResult train(FloatMatrix rows, float[] weights, int lists, int partitions, boolean unit) {
        try (LocalStatisticsSource source = new LocalStatisticsSource(rows, weights, partitions)) {
            TrainingSettings settings =
                    TrainingSettings.builder(lists).seed(5).unitLength(unit).build();
            return HierarchicalTraining.train(source, settings, TrainingListener.NONE);
        }
    }

    private static double variation(double[] counts) {
        double fair = Arrays.stream(counts).sum() / counts.length;
        double squares = Arrays.stream(counts).map(c -> (c - fair) * (c - fair)).sum();
        return Math.sqrt(squares / counts.length) / fair;
    }

    @ParameterizedTest
    @CsvSource({
        "256, 128, 65536", // 256 rows for each codeword
        "20000, 128, 160000", // a cell of very many: 8 for each
        "4096, 128, 524288", // between, as many as a pass can afford
        "10700, 784, 85600",
        "1000000, 784, 342392" // a gigabyte
    })
    void heavyCellsAreTrainedOnFewerRows(int quota, int dimension, long rows) {
        assertEquals(rows, (long) HierarchicalTraining.sample(quota, dimension));
    }

    @Test
    void listsAreOfAboutEqualSizes() {
        TrainingResult result = train(rows(6000, 12, 1), null, 150, 2, false);

        assertEquals(150, result.codebook().rows());
        assertEquals(6000, result.statistics().weight());
        double variation = variation(result.statistics().counts());
        assertTrue(variation < .3, "variation " + variation);
    }

    @Test
    void theSameWhateverThePartitions() {
        FloatMatrix rows = rows(1501, 7, 2);
        float[] weights = new float[1501];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = 1 + i % 3;
        }
        float[] one = train(rows, weights, 64, 1, false).codebook().values();

        assertArrayEquals(one, train(rows, weights, 64, 3, false).codebook().values());
        assertArrayEquals(one, train(rows, weights, 64, 11, false).codebook().values());
    }

    @ParameterizedTest
    @CsvSource({"1, 5, 1", "1, 5, 9", "10, 3, 25", "300, 1, 17", "300, 4, 1", "300, 4, 300", "257, 4, 256"})
    void oddShapes(int n, int d, int lists) {
        TrainingResult result = train(rows(n, d, 3), null, lists, 2, false);

        assertEquals(lists, result.codebook().rows());
        assertEquals(n, result.statistics().weight());
        for (float value : result.codebook().values()) {
            assertTrue(Float.isFinite(value));
        }
        if (lists >= n) {
            assertEquals(0, result.statistics().meanError(), 1e-6);
        }
    }

    @Test
    void equalRows() {
        FloatMatrix rows = new FloatMatrix(100, 2, new float[200]);

        TrainingResult result = train(rows, null, 9, 2, false);

        assertArrayEquals(new float[18], result.codebook().values());
        assertEquals(0, result.statistics().error());
    }

    /** Equal rows need one list, however many they are: the others' error is that of a training without them. */
    @ParameterizedTest
    @ValueSource(ints = {3000, 30000})
    void manyEqualRowsTakeOneList(int equal) {
        int d = 6;
        FloatMatrix others = rows(3000, d, 8);
        float[] values = Arrays.copyOf(others.values(), (3000 + equal) * d);
        for (int i = 3000; i < 3000 + equal; i++) {
            System.arraycopy(others.values(), 0, values, i * d, d);
        }

        TrainingResult alone = train(others, null, 120, 2, false);
        TrainingResult result = train(new FloatMatrix(3000 + equal, d, values), null, 120, 2, false);

        assertTrue(result.statistics().dead() <= 2, result.statistics().dead() + " lists have no rows");
        double ratio = result.statistics().error() / alone.statistics().error();
        assertTrue(ratio < 1.3, "error is " + ratio + " times as high");
    }

    @Test
    void rowsThatAreEqualToOthersAreLeftOut() {
        FloatMatrix rows = new FloatMatrix(5, 2, new float[] {1, 2, 0f, 3, 1, 2, -0f, 3, 2, 1});

        RowBlock different = DifferentRows.of(new RowBlock(7, rows, new float[] {4, 5, 6, 7, 8}));

        assertArrayEquals(new float[] {1, 2, 0, 3, 2, 1}, different.values());
        assertArrayEquals(new float[] {4, 5, 8}, different.weights());
        assertEquals(17, DifferentRows.weight(different));
        assertSame(different, DifferentRows.of(different));
    }

    @Test
    void refusesListsThatDoNotFitOneArray() {
        FloatMatrix rows = new FloatMatrix(2, 2048, new float[2 * 2048]);

        NsvqException e = assertThrows(NsvqException.class, () -> train(rows, null, 1 << 20, 1, false));

        assertTrue(e.getMessage().startsWith("1048576 codewords of dimension 2048 do not fit one array"));
    }

    @Test
    void codewordsOfUnitLength() {
        FloatMatrix rows = rows(2000, 5, 4);
        UnitLength.normalize(rows.values(), 5);

        FloatMatrix codebook = train(rows, null, 40, 2, true).codebook();

        for (int k = 0; k < 40; k++) {
            double norm = 0;
            for (float value : codebook.row(k)) {
                norm += value * value;
            }
            assertEquals(1, norm, 1e-5);
        }
    }

    @Test
    void cellsOfManyRowsAreTrainedOnSomeOfThem() {
        TrainingResult result = train(rows(5000, 3, 6), null, 4, 2, false); // 1,250 rows for each

        assertEquals(5000, result.statistics().weight());
        assertEquals(0, result.statistics().dead());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "10 | 5 5 | 5 5",
                "10 | 1 2 3 4 | 1 2 3 4",
                "10 | 1 1 1 | 4 3 3",
                "4 | 1000 1 1 1 | 1 1 1 1",
                "6 | 1000 1 0 1 | 4 1 0 1",
                "2 | 3 1 2 | 1 0 1",
                "7 | 0 0 3 | 0 0 7",
                "9 | 2.5 2.5 1 | 4 4 1"
            })
    void quotasFollowTheRows(int lists, String weights, String expected) {
        double[] of = Arrays.stream(weights.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();

        assertEquals(
                expected,
                String.join(
                        " ",
                        Arrays.stream(ListQuotas.of(of, lists))
                                .mapToObj(q -> "" + q)
                                .toList()));
    }
}
