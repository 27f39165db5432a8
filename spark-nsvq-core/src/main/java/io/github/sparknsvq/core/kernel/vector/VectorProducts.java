package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.MANY_REGISTERS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import jdk.incubator.vector.FloatVector;

/**
 * Inner products by a register tile of 4 rows and a few vectors of codewords, one codeword a lane, so that the
 * products of a row come out side by side. Each is summed over the dimensions in ascending order by fused
 * multiply-add, wherever in a tile its row is.
 */
final class VectorProducts implements SumKernel.Products {
    /** Vectors of codewords in a panel: with 4 rows, 16 accumulators for 32 registers or 8 for 16. */
    private static final int VECTORS = MANY_REGISTERS ? 4 : 2;

    private static final int WIDTH = VECTORS * LENGTH;

    private static final int ROWS = 4;

    private final int codewords;
    private final int dimension;
    private final float[] panels;

    VectorProducts(FloatMatrix codewords) {
        this.codewords = codewords.rows();
        this.dimension = codewords.columns();
        long length = ((long) this.codewords + WIDTH - 1) / WIDTH * WIDTH * dimension;
        if (length == 0 || length > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(codewords + " is empty or does not fit one array");
        }
        this.panels = new float[(int) length];
        for (int c = 0; c < this.codewords; c++) {
            int to = c / WIDTH * WIDTH * dimension + c % WIDTH;
            for (int j = 0; j < dimension; j++) {
                panels[to + j * WIDTH] = codewords.values()[c * dimension + j];
            }
        }
    }

    @Override
    public void fill(float[] rows, int offset, int count, float[][] products) {
        float[] tile = new float[ROWS * WIDTH];
        // a panel stays in the first-level cache while all rows go past
        for (int first = 0; first < codewords; first += WIDTH) {
            int n = Math.min(WIDTH, codewords - first);
            for (int i = 0; i < count; i += ROWS) {
                // the last row stands in for absent ones
                int last = count - 1 - i;
                int at = offset + i * dimension;
                int x1 = at + Math.min(1, last) * dimension;
                int x2 = at + Math.min(2, last) * dimension;
                int x3 = at + Math.min(3, last) * dimension;
                if (MANY_REGISTERS) {
                    wide(rows, at, x1, x2, x3, first * dimension, tile);
                } else {
                    narrow(rows, at, x1, x2, x3, first * dimension, tile);
                }
                for (int r = 0; r <= Math.min(ROWS - 1, last); r++) {
                    System.arraycopy(tile, r * WIDTH, products[i + r], first, n);
                }
            }
        }
    }

    /** 4 rows x 4 vectors. Unrolled by hand: C2 keeps a vector in a register only as a local variable of its own. */
    private void wide(float[] x, int x0, int x1, int x2, int x3, int panel, float[] tile) {
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector b2 = a0;
        FloatVector b3 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector c2 = a0;
        FloatVector c3 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        FloatVector d2 = a0;
        FloatVector d3 = a0;
        for (int j = 0, at = panel; j < dimension; j++, at += WIDTH) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, panels, at);
            FloatVector v1 = FloatVector.fromArray(SPECIES, panels, at + LENGTH);
            FloatVector v2 = FloatVector.fromArray(SPECIES, panels, at + 2 * LENGTH);
            FloatVector v3 = FloatVector.fromArray(SPECIES, panels, at + 3 * LENGTH);
            FloatVector f = FloatVector.broadcast(SPECIES, x[x0 + j]);
            a0 = v0.fma(f, a0);
            a1 = v1.fma(f, a1);
            a2 = v2.fma(f, a2);
            a3 = v3.fma(f, a3);
            f = FloatVector.broadcast(SPECIES, x[x1 + j]);
            b0 = v0.fma(f, b0);
            b1 = v1.fma(f, b1);
            b2 = v2.fma(f, b2);
            b3 = v3.fma(f, b3);
            f = FloatVector.broadcast(SPECIES, x[x2 + j]);
            c0 = v0.fma(f, c0);
            c1 = v1.fma(f, c1);
            c2 = v2.fma(f, c2);
            c3 = v3.fma(f, c3);
            f = FloatVector.broadcast(SPECIES, x[x3 + j]);
            d0 = v0.fma(f, d0);
            d1 = v1.fma(f, d1);
            d2 = v2.fma(f, d2);
            d3 = v3.fma(f, d3);
        }
        store(tile, 0, a0, a1, a2, a3);
        store(tile, WIDTH, b0, b1, b2, b3);
        store(tile, 2 * WIDTH, c0, c1, c2, c3);
        store(tile, 3 * WIDTH, d0, d1, d2, d3);
    }

    private static void store(float[] to, int at, FloatVector v0, FloatVector v1, FloatVector v2, FloatVector v3) {
        v0.intoArray(to, at);
        v1.intoArray(to, at + LENGTH);
        v2.intoArray(to, at + 2 * LENGTH);
        v3.intoArray(to, at + 3 * LENGTH);
    }

    /** 4 rows x 2 vectors. */
    private void narrow(float[] x, int x0, int x1, int x2, int x3, int panel, float[] tile) {
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        for (int j = 0, at = panel; j < dimension; j++, at += WIDTH) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, panels, at);
            FloatVector v1 = FloatVector.fromArray(SPECIES, panels, at + LENGTH);
            FloatVector f = FloatVector.broadcast(SPECIES, x[x0 + j]);
            a0 = v0.fma(f, a0);
            a1 = v1.fma(f, a1);
            f = FloatVector.broadcast(SPECIES, x[x1 + j]);
            b0 = v0.fma(f, b0);
            b1 = v1.fma(f, b1);
            f = FloatVector.broadcast(SPECIES, x[x2 + j]);
            c0 = v0.fma(f, c0);
            c1 = v1.fma(f, c1);
            f = FloatVector.broadcast(SPECIES, x[x3 + j]);
            d0 = v0.fma(f, d0);
            d1 = v1.fma(f, d1);
        }
        store(tile, 0, a0, a1);
        store(tile, WIDTH, b0, b1);
        store(tile, 2 * WIDTH, c0, c1);
        store(tile, 3 * WIDTH, d0, d1);
    }

    private static void store(float[] to, int at, FloatVector v0, FloatVector v1) {
        v0.intoArray(to, at);
        v1.intoArray(to, at + LENGTH);
    }
}
