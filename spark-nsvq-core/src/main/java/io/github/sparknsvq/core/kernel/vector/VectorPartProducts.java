package io.github.sparknsvq.core.kernel.vector;

import static io.github.sparknsvq.core.kernel.vector.Lanes.LENGTH;
import static io.github.sparknsvq.core.kernel.vector.Lanes.SPECIES;
import static io.github.sparknsvq.core.kernel.vector.PanelTile.ROWS;
import static io.github.sparknsvq.core.kernel.vector.PanelTile.VECTORS;
import static io.github.sparknsvq.core.kernel.vector.PanelTile.WIDTH;

import io.github.sparknsvq.core.kernel.ScanKernel;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import java.util.List;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;

/**
 * Inner products of parts of rows with codebooks of their own, one codeword a lane. Each is summed over the
 * dimensions in ascending order by fused multiply-add, whatever rows come with it.
 *
 * <p>The codewords of a codebook lie in panels of a few vectors, the last of one vector each, coordinate after
 * coordinate. A codebook's last vector may reach beyond it; what it writes there, the next codebook overwrites.
 */
final class VectorPartProducts implements ScanKernel.Products {
    private final int dimension;
    private final int[] sizes;
    private final int size;
    private final float[] panels;

    VectorPartProducts(List<FloatMatrix> codebooks) {
        if (codebooks.isEmpty()) {
            throw new IllegalArgumentException("no codebook has no inner products");
        }
        this.dimension = codebooks.get(0).columns();
        this.sizes = codebooks.stream().mapToInt(FloatMatrix::rows).toArray();
        long codewords = 0;
        long padded = 0;
        for (FloatMatrix codebook : codebooks) {
            if (codebook.rows() < 1 || dimension < 1 || codebook.columns() != dimension) {
                throw new IllegalArgumentException(codebook + " has no inner products with " + dimension + " values");
            }
            codewords += codebook.rows();
            padded += whole(codebook.rows());
        }
        if (padded * dimension > Integer.MAX_VALUE - 8) {
            String size = padded + " codewords of " + dimension + " values";
            throw new IllegalArgumentException(size + " do not fit one array");
        }
        this.size = (int) codewords + LENGTH;
        this.panels = new float[(int) padded * dimension];
        int at = 0;
        for (FloatMatrix codebook : codebooks) {
            pack(codebook, at);
            at += whole(codebook.rows()) * dimension;
        }
    }

    private static int whole(int codewords) {
        return (codewords + LENGTH - 1) / LENGTH * LENGTH;
    }

    private void pack(FloatMatrix codebook, int to) {
        for (int c = 0; c < codebook.rows(); c++) {
            int wide = codebook.rows() / WIDTH * WIDTH;
            int width = c < wide ? WIDTH : LENGTH;
            int at = to + c / width * width * dimension + c % width;
            for (int j = 0; j < dimension; j++) {
                panels[at + j * width] = codebook.values()[c * dimension + j];
            }
        }
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public void fill(float[] rows, int offset, int count, float[] products, int to) {
        Objects.checkFromIndexSize(to, count * size, products.length);
        int panel = 0;
        int out = to;
        int stride = sizes.length * dimension;
        for (int m = 0; m < sizes.length; m++) {
            int from = offset + m * dimension;
            int k = 0;
            for (; k <= sizes[m] - WIDTH; k += WIDTH, panel += WIDTH * dimension) {
                int i = 0;
                for (; i <= count - ROWS; i += ROWS) {
                    int x = from + i * stride;
                    PanelTile.multiply(
                            panels,
                            panel,
                            dimension,
                            rows,
                            x,
                            x + stride,
                            x + 2 * stride,
                            x + 3 * stride,
                            products,
                            out + k + i * size,
                            size);
                }
                for (; i < count; i++) {
                    row(rows, from + i * stride, panel, products, out + k + i * size);
                }
            }
            for (; k < sizes[m]; k += LENGTH, panel += LENGTH * dimension) {
                for (int i = 0; i < count; i++) {
                    vector(rows, from + i * stride, panel, products, out + k + i * size);
                }
            }
            out += sizes[m];
        }
    }

    /** One row and one vector. */
    private void vector(float[] x, int row, int panel, float[] products, int to) {
        FloatVector a = FloatVector.zero(SPECIES);
        for (int j = 0, at = panel; j < dimension; j++, at += LENGTH) {
            a = FloatVector.fromArray(SPECIES, panels, at).fma(FloatVector.broadcast(SPECIES, x[row + j]), a);
        }
        a.intoArray(products, to);
    }

    /** One row and a panel. */
    private void row(float[] x, int row, int panel, float[] products, int to) {
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        for (int j = 0, at = panel; j < dimension; j++, at += WIDTH) {
            FloatVector f = FloatVector.broadcast(SPECIES, x[row + j]);
            a0 = FloatVector.fromArray(SPECIES, panels, at).fma(f, a0);
            a1 = FloatVector.fromArray(SPECIES, panels, at + LENGTH).fma(f, a1);
            if (VECTORS == 4) {
                a2 = FloatVector.fromArray(SPECIES, panels, at + 2 * LENGTH).fma(f, a2);
                a3 = FloatVector.fromArray(SPECIES, panels, at + 3 * LENGTH).fma(f, a3);
            }
        }
        a0.intoArray(products, to);
        a1.intoArray(products, to + LENGTH);
        if (VECTORS == 4) {
            a2.intoArray(products, to + 2 * LENGTH);
            a3.intoArray(products, to + 3 * LENGTH);
        }
    }
}
