package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.PanelTile.ROWS;
import static io.github.sparknsvq.core.kernel.vector.PanelTile.WIDTH;

import io.github.sparknsvq.core.kernel.SumKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;

/**
 * Inner products by a register tile of 4 rows and a few vectors of codewords, one codeword a lane, so that the
 * products of a row come out side by side. Each is summed over the dimensions in ascending order by fused
 * multiply-add, wherever in a tile its row is.
 */
final class VectorProducts implements SumKernel.Products {
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
                PanelTile.multiply(panels, first * dimension, dimension, rows, at, x1, x2, x3, tile, 0, WIDTH);
                for (int r = 0; r <= Math.min(ROWS - 1, last); r++) {
                    System.arraycopy(tile, r * WIDTH, products[i + r], first, n);
                }
            }
        }
    }
}
