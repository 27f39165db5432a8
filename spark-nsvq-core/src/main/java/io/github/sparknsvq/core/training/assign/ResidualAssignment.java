package io.github.sparknsvq.core.training.assign;

import io.github.sparknsvq.core.kernel.Device;
import io.github.sparknsvq.core.kernel.NearestCodeword;
import io.github.sparknsvq.core.kernel.NearestCodewordProvider;
import io.github.sparknsvq.core.kernel.NearestCodewordProviders;
import io.github.sparknsvq.core.linalg.FloatMatrix;
import io.github.sparknsvq.core.training.rows.CodebookStatistics;
import io.github.sparknsvq.core.training.rows.StatisticsSource;
import io.github.sparknsvq.core.training.rows.TargetSink;
import java.util.Arrays;
import java.util.List;

/**
 * Levels of codebooks, the greedy way: each level quantizes what the levels before it leave over of a row, and wants its
 * codeword to be that remainder (Chen, Guan and Wang, Sensors 2010). All levels train in the same pass, each on the
 * remainders that the others leave at the moment.
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

    /** Level by level on what the levels before leave over; where rows are taken as they come, each level takes others. */
    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        int d = layout.dimension();
        int n = sample.rows();
        float[] codewords = new float[layout.total() * d];
        FloatMatrix remainders = new FloatMatrix(n, d, sample.values().clone());
        int[] index = new int[n];
        for (int m = 0; m < layout.codebooks(); m++) {
            FloatMatrix chosen = chooser.choose(remainders, layout.sizes()[m], layout.start(m));
            System.arraycopy(chosen.values(), 0, codewords, layout.start(m) * d, chosen.values().length);
            // on the driver, which need not have the device
            NearestCodeword search = NearestCodewordProviders.cpu().prepare(chosen);
            search.nearest(remainders.values(), 0, n, index, new float[n]);
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < d; j++) {
                    remainders.values()[i * d + j] -= chosen.values()[index[i] * d + j];
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

    @Override
    public List<Moments> moments(StatisticsSource source, float[] codewords, Device device) {
        return Moments.ofTargets(source, this, codewords, device);
    }

    /** The levels' shares multiply up to what is left. */
    @Override
    public double remainingShare(double mse, List<Moments> moments) {
        double variance = moments.get(0).variance();
        return variance > 0 ? Math.pow(mse / variance, 1.0 / layout.codebooks()) : 0;
    }

    private static final class LevelAssigner implements Assigner {
        private final CodebookLayout layout;
        private final float[] codewords;
        private final NearestCodeword[] searches;
        private final float[] remainders;
        private final int[] index;
        private final float[] distance;

        LevelAssigner(CodebookLayout layout, float[] codewords, NearestCodeword[] searches, int most) {
            this.layout = layout;
            this.codewords = codewords;
            this.searches = searches;
            this.remainders = new float[most * layout.dimension()];
            this.index = new int[most];
            this.distance = new float[most];
        }

        @Override
        public void assign(float[] rows, int offset, int count, float[] weights, int firstWeight, TargetSink sink) {
            int d = layout.dimension();
            System.arraycopy(rows, offset, remainders, 0, count * d);
            for (int m = 0; m < searches.length; m++) {
                searches[m].nearest(remainders, 0, count, index, distance);
                int start = layout.start(m);
                for (int i = 0; i < count; i++) {
                    float weight = weights == null ? 1f : weights[firstWeight + i];
                    sink.add(start + index[i], remainders, i * d, weight, distance[i]);
                }
                for (int i = 0; i < count; i++) {
                    subtract((start + index[i]) * d, i * d, d);
                }
            }
        }

        private void subtract(int codeword, int at, int d) {
            for (int j = 0; j < d; j++) {
                remainders[at + j] -= codewords[codeword + j];
            }
        }
    }
}
