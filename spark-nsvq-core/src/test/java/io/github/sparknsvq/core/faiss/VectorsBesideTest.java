package io.github.sparknsvq.core.faiss;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.index.HeapLists;
import io.github.sparknsvq.core.index.IvfIndex;
import io.github.sparknsvq.core.index.IvfQuantizer;
import io.github.sparknsvq.core.index.Metric;
import io.github.sparknsvq.core.index.PlainFormat;
import io.github.sparknsvq.core.io.VectorFiles;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Normalization;
import io.github.sparknsvq.core.linalg.VectorMath;
import io.github.sparknsvq.core.linalg.VectorTransform;
import io.github.sparknsvq.core.quantizer.ProductQuantizer;
import io.github.sparknsvq.core.quantizer.ScalarQuantizer;
import io.github.sparknsvq.core.quantizer.ValueRanges;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codes in one file and vectors in another. */
class VectorsBesideTest {
    private static final int COUNT = 60;

    @TempDir
    private Path directory;

    /** Vectors of bytes, which all files hold exactly. */
    private static FloatMatrix rows(int count, int d) {
        Random random = new Random(7);
        float[] values = new float[count * d];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextInt(256);
        }
        return new FloatMatrix(count, d, values);
    }

    /** Writes an index of two lists whose codes say little. */
    private Path codes(FloatMatrix rows) {
        return codes(rows, Metric.L2, List.of());
    }

    private Path codes(FloatMatrix rows, Metric metric, List<VectorTransform> transforms) {
        int d = rows.columns();
        IvfQuantizer quantizer = new IvfQuantizer(
                metric,
                transforms,
                new FloatMatrix(2, d, new float[2 * d]),
                new ProductQuantizer(d, 1, 8, new float[256 * d]),
                false);
        int half = rows.rows() / 2;
        long[][] ids = {
            IntStream.range(0, half).mapToLong(i -> i).toArray(),
            IntStream.range(half, rows.rows()).mapToLong(i -> i).toArray()
        };
        byte[][] bytes = {new byte[half], new byte[rows.rows() - half]};
        Path file = directory.resolve("codes.faiss");
        FaissFiles.write(file, quantizer, new HeapLists(new PlainFormat(1), bytes, ids), 2);
        return file;
    }

    private Path vectors(String name, FloatMatrix rows) {
        Path file = directory.resolve(name);
        if (!name.endsWith(".faiss")) {
            VectorFiles.write(file, rows);
            return file;
        }
        ValueRanges ranges = new ValueRanges(rows.columns());
        ranges.add(rows.values(), rows.rows());
        ScalarQuantizer quantizer = ranges.quantizer();
        byte[] codes = new byte[rows.rows() * rows.columns()];
        quantizer.encode(rows.values(), 0, rows.rows(), codes, 0);
        FaissIndex index = new FaissIndex(quantizer, Metric.L2, rows.rows(), false);
        FaissFiles.write(file, new FaissContent(index, codes, null));
        return file;
    }

    @ParameterizedTest
    @CsvSource({"v.fvecs, 9", "v.bvecs, 9", "v.npy, 9", "v.faiss, 9", "v.fvecs, 1", "v.bvecs, 1", "v.bvecs, 67"})
    void idsAreRowsOfTheVectors(String name, int d) {
        FloatMatrix rows = rows(COUNT, d);
        float[] query = rows.row(COUNT / 2 + 5);
        Long[] expected = IntStream.range(0, COUNT)
                .mapToObj(i -> (long) i)
                .sorted(Comparator.comparingDouble(
                        i -> VectorMath.squaredDistance(query, 0, rows.values(), (int) (i * d), d)))
                .toArray(Long[]::new);
        try (IvfIndex index = FaissFiles.open(codes(rows), vectors(name, rows))) {
            IvfIndex.Neighbors found = index.search(query, COUNT, 2, COUNT);
            assertArrayEquals(Arrays.stream(expected).mapToLong(i -> i).toArray(), found.ids());
            for (int i = 0; i < COUNT; i++) {
                int at = (int) (found.ids()[i] * d);
                assertEquals(VectorMath.squaredDistance(query, 0, rows.values(), at, d), found.distances()[i]);
            }
        }
    }

    /** By whatever lengths: cosines are measured. */
    @ParameterizedTest
    @ValueSource(strings = {"v.fvecs", "v.bvecs", "v.faiss"})
    void cosinesAreMeasuredOfVectorsAsUsersHaveThem(String name) {
        FloatMatrix rows = rows(COUNT, 5);
        float[] query = {1, -2, 3, 0, 100};
        double[] cosines = new double[COUNT];
        Arrays.setAll(cosines, i -> {
            float[] row = rows.row(i);
            double product = IntStream.range(0, 5)
                    .mapToDouble(j -> (double) query[j] * row[j])
                    .sum();
            return product / Math.sqrt(VectorMath.squaredNorm(row, 0, 5) * VectorMath.squaredNorm(query, 0, 5));
        });
        long[] expected = IntStream.range(0, COUNT)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -cosines[i]))
                .mapToLong(i -> i)
                .toArray();
        Path codes = codes(rows, Metric.INNER_PRODUCT, List.of(new Normalization(5)));
        try (IvfIndex index = FaissFiles.open(codes, vectors(name, rows))) {
            IvfIndex.Neighbors found = index.search(query, COUNT, 2, COUNT);
            assertArrayEquals(expected, found.ids());
            for (int i = 0; i < COUNT; i++) {
                assertEquals(-cosines[(int) found.ids()[i]], found.distances()[i], 1e-5);
            }
        }
    }

    private String refused(Path codes, Path vectors) {
        return assertThrows(
                        NsvqException.class,
                        () -> FaissFiles.open(codes, vectors).close())
                .getMessage()
                .replace(directory.toString() + "/", "");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "60 | 8 | v.fvecs | v.fvecs has vectors of dimension 8, but the index in codes.faiss is of"
                        + " dimension 9",
                "59 | 9 | v.bvecs | v.bvecs has 59 vectors, but the index in codes.faiss counts 60",
                "0 | 9 | v.fvecs | v.fvecs has vectors of dimension 0, but the index in codes.faiss is of"
                        + " dimension 9",
                "60 | 10 | v.faiss | v.faiss has vectors of dimension 10, but the index in codes.faiss is of"
                        + " dimension 9",
            })
    void refusesOtherVectors(int count, int d, String name, String message) {
        assertEquals(message, refused(codes(rows(COUNT, 9)), vectors(name, rows(count, d))));
    }

    @ParameterizedTest
    @ValueSource(strings = {"'<f8'", "'>f4'"})
    void refusesOtherNumbers(String type) throws Exception {
        String head = "{'descr': " + type + ", 'fortran_order': False, 'shape': (0, 9), }";
        byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) head.length(), 0};
        byte[] text = head.getBytes(StandardCharsets.ISO_8859_1);
        byte[] all = Arrays.copyOf(start, start.length + text.length);
        System.arraycopy(text, 0, all, start.length, text.length);
        Path file = Files.write(directory.resolve("v.npy"), all);
        assertEquals(
                "v.npy cannot be ranked by: its values should be little-endian float32 or bytes without a sign, row"
                        + " after row",
                refused(codes(rows(COUNT, 9)), file));
    }

    @Test
    void refusesAFileThatIsNotThereAndAnIndexOfCodes() {
        Path codes = codes(rows(COUNT, 9));
        assertEquals(
                "cannot read none.fvecs: there is no such file or directory",
                refused(codes, directory.resolve("none.fvecs")));
        assertEquals(
                " is a directory: a file of vectors is needed",
                refused(codes, directory).replace(directory.toString(), ""));
        String message = refused(codes, codes);
        String start = "codes.faiss holds vectors to rank by in an index of type IndexIVFPQ";
        assertTrue(message.startsWith(start), message);
    }
}
