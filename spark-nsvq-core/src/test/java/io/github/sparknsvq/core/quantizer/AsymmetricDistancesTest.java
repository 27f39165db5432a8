package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.linalg.Rotation;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Distances that are read from tables, beside those of the decoded rows. */
class AsymmetricDistancesTest {
    private static final int N = 300;

    static List<Quantizer> quantizers() {
        return List.of(
                product(8, 4, 4),
                product(6, 2, 8),
                product(6, 3, 6),
                new RotatedQuantizer(Rotation.random(8, 3), product(8, 4, 8)),
                new ResidualQuantizer(Samples.shrinking(5, 1, 16, 256, 8), 3),
                new ResidualQuantizer(Samples.shrinking(5, 1, 256, 256), 3),
                new ResidualQuantizer(Samples.shrinking(5, 2, 7, 3), 1),
                new RotatedQuantizer(Rotation.random(5, 4), new ResidualQuantizer(Samples.shrinking(5, 1, 16, 16), 3)),
                new AdditiveQuantizer(Samples.even(5, 5, 16, 16, 16), 4, 2),
                new AdditiveQuantizer(Samples.even(4, 6, 256, 256), 4, 0));
    }

    private static ProductQuantizer product(int dimension, int parts, int bits) {
        float[] codewords =
                Samples.gaussian(parts << bits, dimension / parts, 9).values();
        return new ProductQuantizer(dimension, parts, bits, codewords);
    }

    private static double product(FloatMatrix a, int i, FloatMatrix b, int j) {
        double sum = 0;
        for (int c = 0; c < a.columns(); c++) {
            sum += (double) a.get(i, c) * b.get(j, c);
        }
        return sum;
    }

    @ParameterizedTest
    @MethodSource("quantizers")
    void areThoseOfWhatTheCodesStandFor(Quantizer quantizer) {
        int d = quantizer.dimension();
        byte[] codes = quantizer.encode(Samples.gaussian(N, d, 11));
        FloatMatrix decoded = quantizer.decode(codes, N);
        FloatMatrix queries = Samples.gaussian(5, d, 12);
        Quantizer inner = quantizer instanceof RotatedQuantizer rotated ? rotated.inner() : quantizer;
        for (boolean innerProduct : new boolean[] {false, true}) {
            AsymmetricDistances distances = new AsymmetricDistances(quantizer, innerProduct);
            float[] terms = distances.terms(codes, N);
            float[] table = new float[distances.tableSize()];
            float[] found = new float[N];
            for (int q = 0; q < 5; q++) {
                distances.fill(queries.values(), q * d, table);
                distances.read(table, codes, terms, N, found);
                double norm = innerProduct || inner instanceof ProductQuantizer ? 0 : product(queries, q, queries, q);
                for (int i = 0; i < N; i++) {
                    double expected = innerProduct
                            ? -product(queries, q, decoded, i)
                            : Samples.squaredDistance(queries, q, decoded, i) - norm;
                    assertEquals(expected, found[i], 2e-5 * (1 + Math.abs(expected) + norm), "row " + i);
                }
            }
        }
    }

    @Test
    void refusesWhatHasNoTables() {
        Quantizer one = new VectorQuantizer(Samples.gaussian(4, 3, 1));
        NsvqException e = assertThrows(NsvqException.class, () -> new AsymmetricDistances(one, false));
        assertEquals("there are no tables of distances for a VectorQuantizer", e.getMessage());
    }

    @ParameterizedTest
    @MethodSource("quantizers")
    void refusesArraysThatAreTooShort(Quantizer quantizer) {
        int d = quantizer.dimension();
        AsymmetricDistances distances = new AsymmetricDistances(quantizer, false);
        float[] table = new float[distances.tableSize()];
        byte[] codes = new byte[2 * quantizer.codeSize()];
        Class<IndexOutOfBoundsException> tooShort = IndexOutOfBoundsException.class;
        assertThrows(tooShort, () -> distances.fill(new float[d], 1, table));
        assertThrows(tooShort, () -> distances.fill(new float[d], 0, new float[table.length - 1]));
        assertThrows(tooShort, () -> distances.read(table, codes, new float[3], 3, new float[3]));
        assertThrows(tooShort, () -> distances.read(table, codes, new float[2], 2, new float[1]));
    }
}
