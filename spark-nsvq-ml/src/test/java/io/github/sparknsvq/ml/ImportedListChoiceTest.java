package io.github.sparknsvq.ml;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.faiss.FaissFiles;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.ListChoice;
import io.github.sparknsvq.core.index.ListFormat;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.SearchOptions;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.Rotation;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Indexes of FAISS files choose lists, for queries and for what is added, as the file says, through import, adding,
 * loading and export. core's index, which is compared with faiss itself, says what is right.
 */
class ImportedListChoiceTest {
    private static final int D = 8;
    private static final int LISTS = 12;
    private static final int PROBES = 2;
    private static final int K = 5;

    @TempDir
    private Path directory;

    private static float[][] rows(int count, int seed) {
        Random random = new Random(seed);
        float[][] rows = new float[count][D];
        for (float[] row : rows) {
            double length = Math.exp(random.nextGaussian()); // lengths matter to inner products
            for (int j = 0; j < D; j++) {
                row[j] = (float) (length * random.nextGaussian());
            }
        }
        return rows;
    }

    private static float[] flat(float[][] rows) {
        return FloatMatrix.of(rows).values();
    }

    private static IvfQuantizer quantizer(Metric metric, ListChoice choice, String chain, boolean codes) {
        List<VectorTransform> transforms = new ArrayList<>();
        if (chain.contains("norm")) {
            transforms.add(new Normalization(D));
        }
        if (chain.contains("rotation")) {
            float[] swapped = new float[D * D];
            for (int j = 0; j < D; j++) {
                swapped[j * D + (j + 3) % D] = j % 2 == 0 ? 1 : -1;
            }
            transforms.add(new Rotation(D, swapped));
        }
        ProductQuantizer product = new ProductQuantizer(D, 4, 4, Arrays.copyOf(flat(rows(16, 9)), D * 16));
        FloatMatrix centroids = FloatMatrix.of(rows(LISTS, 3));
        return new IvfQuantizer(metric, choice, transforms, centroids, codes ? product : null, codes);
    }

    /** Writes rows with ids from 0 on. */
    private static void write(IvfQuantizer quantizer, float[][] rows, Path file) {
        float[] inner = new float[rows.length * D];
        quantizer.transform(flat(rows), 0, rows.length, inner, 0);
        int[] of = new int[rows.length];
        quantizer.assign(inner, 0, rows.length, of);
        byte[][] codes = new byte[LISTS][];
        long[][] ids = new long[LISTS][];
        int size = quantizer.codeSize();
        for (int list = 0; list < LISTS; list++) {
            int current = list;
            int[] members = IntStream.range(0, rows.length)
                    .filter(i -> of[i] == current)
                    .toArray();
            codes[list] = new byte[members.length * size];
            ids[list] = Arrays.stream(members).asLongStream().toArray();
            for (int i = 0; i < members.length; i++) {
                quantizer.encode(inner, members[i] * D, 1, new int[] {list}, codes[list], i * size);
            }
        }
        ListFormat format = ListFormat.of(quantizer.codes(), D);
        FaissFiles.write(file, quantizer, new HeapLists(format, codes, ids), PROBES);
    }

    private static void assertAlike(IvfIndexModel model, Path file, boolean cosine) {
        float[][] queries = rows(30, 4);
        List<Row> found = model.setK(K)
                .transform(TestVectors.frame(queries))
                .orderBy("id")
                .collectAsList();
        try (IvfIndex index = FaissFiles.open(file)) {
            for (int q = 0; q < queries.length; q++) {
                List<Row> neighbors = found.get(q).getList(found.get(q).fieldIndex("neighbors"));
                IvfIndex.Neighbors expected = index.search(queries[q], SearchOptions.nearest(K));
                assertArrayEquals(
                        expected.ids(),
                        neighbors.stream().mapToLong(each -> each.getLong(0)).toArray());
                for (int i = 0; i < expected.size(); i++) {
                    float distance = expected.distances()[i] + (cosine ? 1 : 0);
                    assertEquals(distance, neighbors.get(i).getFloat(1), 1e-4 * (1 + Math.abs(distance)));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "L2, LARGEST, '', false",
        "L2, LARGEST, rotation, true",
        "L2, NEAREST, '', true",
        "INNER_PRODUCT, NEAREST, '', true",
        "INNER_PRODUCT, LARGEST, rotation, true",
        "INNER_PRODUCT, NEAREST, 'norm, rotation', true",
        "INNER_PRODUCT, LARGEST, norm, false",
    })
    void listsAreChosenAsFilesSay(Metric metric, ListChoice choice, String chain, boolean codes) throws IOException {
        float[][] all = rows(400, 5);
        boolean cosine = chain.contains("norm");
        IvfQuantizer quantizer = quantizer(metric, choice, chain, codes);
        Path few = directory.resolve("few.faiss");
        Path whole = directory.resolve("whole.faiss");
        write(quantizer, Arrays.copyOf(all, 300), few);
        write(quantizer, all, whole);
        Path path = directory.resolve("index");
        SparkSession spark = SparkTestSession.get();
        IvfIndexModel model = IvfIndexModel.importFaiss(few.toString(), path.toString(), false, spark);
        assertEquals(choice, model.shared().choice());
        assertAlike(model, few, cosine);
        model.add(TestVectors.frame(all).filter("id >= 300"));
        assertAlike(IvfIndexModel.load(path.toString()), whole, cosine);
        Path exported = directory.resolve("exported.faiss");
        IvfIndexModel.load(path.toString()).write().format("faiss").save(exported.toString());
        try (IvfIndex index = FaissFiles.open(exported)) {
            assertEquals(choice, index.quantizer().choice());
        }
        assertAlike(model, exported, cosine);
    }

    @Test
    void trainedIndexesChooseAsBefore() {
        IvfIndexModel model = new io.github.sparknsvq.ml.IvfIndex()
                .setMetric("ip")
                .setQuantizer("flat")
                .setNumLists(4)
                .setMaxIter(1)
                .setIndexDir(directory.resolve("trained").toString())
                .fit(TestVectors.frame(rows(50, 6)));
        assertEquals(ListChoice.NEAREST_THEN_LARGEST, model.shared().choice());
    }

    /** Rows that are no vectors, which faiss takes into a flat index, are no neighbors. */
    @Test
    void vectorsOutOfRangeAreNoNeighbors() {
        float[][] rows = rows(40, 7);
        rows[3][2] = Float.NaN;
        rows[4][5] = Float.POSITIVE_INFINITY;
        Arrays.fill(rows[5], 1e20f);
        IvfQuantizer quantizer =
                new IvfQuantizer(Metric.L2, List.of(), FloatMatrix.of(new float[LISTS][D]), null, false);
        Path file = directory.resolve("rows.faiss");
        write(quantizer, rows, file);
        IvfIndexModel model = IvfIndexModel.importFaiss(
                        file.toString(), directory.resolve("index").toString(), false, SparkTestSession.get())
                .setProbes(LISTS)
                .setK(40);
        for (Row row : model.join(TestVectors.frame(rows(3, 8)), "id").collectAsList()) {
            assertTrue(row.getLong(1) < 3 || row.getLong(1) > 5, row.toString());
            assertTrue(Float.isFinite(row.getFloat(2)), row.toString());
        }
        assertEquals(3 * 37, model.join(TestVectors.frame(rows(3, 8)), "id").count());
    }
}
