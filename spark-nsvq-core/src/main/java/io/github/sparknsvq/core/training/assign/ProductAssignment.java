package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.NsvqException;
import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import java.util.List;

/**
 * A codebook for each of {@code M} equal parts of a row: a part chooses the nearest codeword of its codebook and is
 * its target. Under squared error these are {@code M} problems of their own (Jegou, Douze and Schmid, TPAMI
 * 2011), solved in the same pass.
 *
 * @param layout the codebooks, of dimension {@code D / M}
 */
public record ProductAssignment(CodebookLayout layout) implements Assignment {

    /**
     * Makes the assignment.
     *
     * @param rowDimension dimension {@code D} of the rows
     * @param parts number of parts {@code M}, a divisor of {@code D}
     * @param codewords codewords {@code K} of each codebook
     * @throws NsvqException if {@code M} does not divide {@code D}, or the codebooks do not fit one array
     */
    public ProductAssignment(int rowDimension, int parts, int codewords) {
        this(CodebookLayout.uniform(parts, codewords, partDimension(rowDimension, parts)));
    }

    private static int partDimension(int dimension, int parts) {
        NsvqException.unless(
                parts >= 1 && dimension % parts == 0,
                "dimension " + dimension + " cannot be cut into " + parts + " equal parts");
        return dimension / parts;
    }

    @Override
    public int rowDimension() {
        return layout.dimension() * layout.codebooks();
    }

    @Override
    public Assigner prepare(float[] codewords, Device device, int most) {
        NearestCodewordProvider provider = NearestCodewordProviders.forDevice(device);
        Assigner[] parts = new Assigner[layout.codebooks()];
        for (int m = 0; m < parts.length; m++) {
            parts[m] =
                    SingleAssignment.assigner(provider.prepare(layout.codebook(codewords, m)), layout.start(m), most);
        }
        int d = layout.dimension();
        float[] block = new float[most * d];
        return (rows, offset, count, weights, firstWeight, sink) -> {
            for (int m = 0; m < parts.length; m++) {
                for (int i = 0, from = offset + m * d; i < count; i++, from += d * parts.length) {
                    System.arraycopy(rows, from, block, i * d, d);
                }
                parts[m].assign(block, 0, count, weights, firstWeight, sink);
            }
        };
    }

    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        int d = layout.dimension();
        float[] codewords = new float[layout.total() * d];
        for (int m = 0; m < layout.codebooks(); m++) {
            float[] parts = new float[sample.rows() * d];
            for (int i = 0; i < sample.rows(); i++) {
                System.arraycopy(sample.values(), i * rowDimension() + m * d, parts, i * d, d);
            }
            FloatMatrix chosen = chooser.choose(new FloatMatrix(sample.rows(), d, parts), layout.sizes()[m], 0);
            System.arraycopy(chosen.values(), 0, codewords, layout.start(m) * d, chosen.values().length);
        }
        return codewords;
    }

    @Override
    public List<Moments> moments(StatisticsSource source, float[] codewords, Device device) {
        return Moments.of(source).parts(layout.codebooks());
    }
}
