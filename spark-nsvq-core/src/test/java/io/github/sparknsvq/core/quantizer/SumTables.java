package io.github.sparknsvq.core.quantizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.sparknsvq.core.linalg.FloatMatrix;

/** Compares norms and inner products of codes with those of the rows that they stand for. */
final class SumTables {
    private SumTables() {}

    interface Norms {
        void fill(byte[] codes, int offset, int count, float[] norms, int to);
    }

    interface Table {
        void fill(float[] query, int offset, float[] table);
    }

    interface Products {
        void fill(float[] table, byte[] codes, int offset, int count, float[] products, int to);
    }

    static void check(Quantizer quantizer, int tableSize, Norms norms, Table tables, Products products) {
        int n = 1000; // more than go through at a time
        int d = quantizer.dimension();
        byte[] codes = quantizer.encode(Samples.gaussian(n, d, 5));
        FloatMatrix decoded = quantizer.decode(codes, n);
        FloatMatrix queries = Samples.gaussian(2, d, 6);
        FloatMatrix origin = new FloatMatrix(1, d, new float[d]);
        float[] norm = new float[n + 1];
        float[] product = new float[n + 1];
        float[] table = new float[tableSize];
        norms.fill(codes, 0, n, norm, 1);
        tables.fill(queries.values(), d, table);
        products.fill(table, codes, 0, n, product, 1);
        double query = Samples.squaredDistance(queries, 1, origin, 0);
        for (int i = 0; i < n; i++) {
            double expected = Samples.squaredDistance(decoded, i, origin, 0);
            assertEquals(expected, norm[i + 1], 1e-5 * expected);
            double distance = Samples.squaredDistance(queries, 1, decoded, i);
            assertEquals(distance, query - 2 * product[i + 1] + norm[i + 1], 1e-5 * (query + expected));
        }
        Class<IndexOutOfBoundsException> tooShort = IndexOutOfBoundsException.class;
        assertThrows(tooShort, () -> norms.fill(codes, 1, n, norm, 0));
        assertThrows(tooShort, () -> norms.fill(codes, 0, n, norm, 2));
        assertThrows(tooShort, () -> tables.fill(queries.values(), d + 1, table));
        assertThrows(tooShort, () -> tables.fill(queries.values(), 0, new float[tableSize - 1]));
        assertThrows(tooShort, () -> products.fill(new float[tableSize - 1], codes, 0, n, product, 0));
        assertThrows(tooShort, () -> products.fill(table, codes, 1, n, product, 0));
    }
}
