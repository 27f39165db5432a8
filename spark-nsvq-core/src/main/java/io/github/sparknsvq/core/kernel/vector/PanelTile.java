package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.MANY_REGISTERS;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;

import jdk.incubator.vector.FloatVector;

/** Inner products of 4 rows with a panel of codewords, one codeword a lane. */
final class PanelTile {
    /** Vectors of codewords in a panel: with 4 rows, 16 accumulators for 32 registers or 8 for 16. */
    static final int VECTORS = MANY_REGISTERS ? 4 : 2;

    static final int WIDTH = VECTORS * LENGTH;

    static final int ROWS = 4;

    private PanelTile() {}

    /**
     * Multiplies 4 rows with a panel.
     *
     * @param panels holds the panel: {@code WIDTH} values of each dimension in turn
     * @param panel where it starts
     * @param x holds the rows
     * @param x0 where the first starts, and so on; they may be the same
     * @param to receives {@code WIDTH} products of each row
     * @param at where those of the first row go
     * @param stride from one row's products to the next's
     */
    static void multiply(
            float[] panels,
            int panel,
            int dimension,
            float[] x,
            int x0,
            int x1,
            int x2,
            int x3,
            float[] to,
            int at,
            int stride) {
        if (MANY_REGISTERS) {
            wide(panels, panel, dimension, x, x0, x1, x2, x3, to, at, stride);
        } else {
            narrow(panels, panel, dimension, x, x0, x1, x2, x3, to, at, stride);
        }
    }

    /** 4 rows x 4 vectors. Unrolled by hand: C2 keeps a vector in a register only as a local variable of its own. */
    private static void wide(
            float[] panels,
            int panel,
            int dimension,
            float[] x,
            int x0,
            int x1,
            int x2,
            int x3,
            float[] to,
            int at,
            int stride) {
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
        for (int j = 0, v = panel; j < dimension; j++, v += WIDTH) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, panels, v);
            FloatVector v1 = FloatVector.fromArray(SPECIES, panels, v + LENGTH);
            FloatVector v2 = FloatVector.fromArray(SPECIES, panels, v + 2 * LENGTH);
            FloatVector v3 = FloatVector.fromArray(SPECIES, panels, v + 3 * LENGTH);
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
        store(to, at, a0, a1, a2, a3);
        store(to, at + stride, b0, b1, b2, b3);
        store(to, at + 2 * stride, c0, c1, c2, c3);
        store(to, at + 3 * stride, d0, d1, d2, d3);
    }

    private static void store(float[] to, int at, FloatVector v0, FloatVector v1, FloatVector v2, FloatVector v3) {
        v0.intoArray(to, at);
        v1.intoArray(to, at + LENGTH);
        v2.intoArray(to, at + 2 * LENGTH);
        v3.intoArray(to, at + 3 * LENGTH);
    }

    /** 4 rows x 2 vectors. */
    private static void narrow(
            float[] panels,
            int panel,
            int dimension,
            float[] x,
            int x0,
            int x1,
            int x2,
            int x3,
            float[] to,
            int at,
            int stride) {
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        for (int j = 0, v = panel; j < dimension; j++, v += WIDTH) {
            FloatVector v0 = FloatVector.fromArray(SPECIES, panels, v);
            FloatVector v1 = FloatVector.fromArray(SPECIES, panels, v + LENGTH);
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
        store(to, at, a0, a1);
        store(to, at + stride, b0, b1);
        store(to, at + 2 * stride, c0, c1);
        store(to, at + 3 * stride, d0, d1);
    }

    private static void store(float[] to, int at, FloatVector v0, FloatVector v1) {
        v0.intoArray(to, at);
        v1.intoArray(to, at + LENGTH);
    }
}
