package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import java.util.Arrays;
import java.util.List;

/**
 * Levels of codebooks, the greedy way: each level quantizes the residual that the levels before it leave of a row,
 * which is also its target (Chen, Guan and Wang, Sensors 2010). All levels train in the same pass, each on the
 * residuals that the others leave at that time.
 *
 * @param layout the codebooks, level by level, of the rows' dimension
 */
public record ResidualAssignment(CodebookLayout layout) implements Assignment {

    @Override
    public int rowDimension() {
        return layout.dimension();
    }

    @Override
    public Assigner prepare(float[] codewords, Device device, int most) {
        NearestCodewordProvider provider = NearestCodewordProviders.forDevice(device);
        NearestCodeword[] searches = new NearestCodeword[layout.codebooks()];
        Arrays.setAll(searches, m -> provider.prepare(layout.codebook(codewords, m)));
        return new LevelAssigner(layout, codewords, searches, most);
    }

    @Override
    public int rowsToStartFrom() {
        return layout.total();
    }

    /** Level by level on the residuals; where rows are taken as they come, each level takes others. */
    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        int d = layout.dimension();
        int n = sample.rows();
        float[] codewords = new float[layout.total() * d];
        FloatMatrix residuals = new FloatMatrix(n, d, sample.values().clone());
        int[] index = new int[n];
        for (int m = 0; m < layout.codebooks(); m++) {
            FloatMatrix chosen = chooser.choose(residuals, layout.sizes()[m], layout.start(m));
            System.arraycopy(chosen.values(), 0, codewords, layout.start(m) * d, chosen.values().length);
            // on the driver, which need not have the device
            NearestCodeword search = NearestCodewordProviders.cpu().prepare(chosen);
            search.nearest(residuals.values(), 0, n, index, new float[n]);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < d; j++) {
                    residuals.values()[i * d + j] -= chosen.values()[index[i] * d + j];
                }
            }
        }
        return codewords;
    }

    /** Returns the error of the last level, which is what is left of the rows. */
    @Override
    public double error(CodebookStatistics statistics) {
        return layout.part(statistics, layout.codebooks() - 1).error();
    }

    /** The levels' shares multiply up to what is left. */
    @Override
    public double remainingShare(double mse, List<Moments> moments) {
        double variance = moments.get(0).variance();
        return variance > 0 ? Math.pow(mse / variance, 1.0 / layout.codebooks()) : 0;
    }
}
