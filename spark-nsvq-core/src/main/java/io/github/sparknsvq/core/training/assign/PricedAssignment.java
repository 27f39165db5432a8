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
 * Levels of codebooks whose codewords have prices: a remainder chooses the codeword whose squared distance and price are
 * least together. What it wants of the codeword is the remainder, as without prices.
 *
 * <p>A price is a coordinate more: the codeword's is the root of its price, the row's is zero.
 *
 * @param levels the levels
 * @param prices a price for each codeword, numbered through, none negative; not copied
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record PricedAssignment(ResidualAssignment levels, float[] prices) implements Assignment {

    @Override
    public CodebookLayout layout() {
        return levels.layout();
    }

    @Override
    public int rowDimension() {
        return levels.rowDimension();
    }

    @Override
    public Assigner prepare(float[] codewords, Device device, int most) {
        NearestCodewordProvider provider = NearestCodewordProviders.forDevice(device);
        NearestCodeword[] searches = new NearestCodeword[layout().codebooks()];
        Arrays.setAll(searches, m -> provider.prepare(priced(codewords, m)));
        return new PricedAssigner(codewords, searches, most);
    }

    private FloatMatrix priced(float[] codewords, int m) {
        int d = layout().dimension();
        float[] values = new float[layout().sizes()[m] * (d + 1)];
        for (int k = 0; k < layout().sizes()[m]; k++) {
            int codeword = layout().start(m) + k;
            System.arraycopy(codewords, codeword * d, values, k * (d + 1), d);
            values[k * (d + 1) + d] = (float) Math.sqrt(prices[codeword]);
        }
        return new FloatMatrix(layout().sizes()[m], d + 1, values);
    }

    @Override
    public float[] start(FloatMatrix sample, CodewordChooser chooser, Device device) {
        return levels.start(sample, chooser, device);
    }

    @Override
    public double error(CodebookStatistics statistics) {
        return levels.error(statistics);
    }

    @Override
    public List<Moments> moments(StatisticsSource source, float[] codewords, Device device) {
        return Moments.ofTargets(source, this, codewords, device);
    }

    private final class PricedAssigner implements Assigner {
        private final float[] codewords;
        private final NearestCodeword[] searches;
        private final float[] remainders;
        private final int[] index;
        private final float[] cost;

        PricedAssigner(float[] codewords, NearestCodeword[] searches, int most) {
            this.codewords = codewords;
            this.searches = searches;
            this.remainders = new float[most * (layout().dimension() + 1)];
            this.index = new int[most];
            this.cost = new float[most];
        }

        @Override
        public void assign(float[] rows, int offset, int count, float[] weights, int firstWeight, TargetSink sink) {
            int d = layout().dimension();
            for (int i = 0; i < count; i++) {
                System.arraycopy(rows, offset + i * d, remainders, i * (d + 1), d);
                remainders[i * (d + 1) + d] = 0;
            }
            for (int m = 0; m < searches.length; m++) {
                searches[m].nearest(remainders, 0, count, index, cost);
                int start = layout().start(m);
                for (int i = 0; i < count; i++) {
                    float weight = weights == null ? 1f : weights[firstWeight + i];
                    float squaredDistance = squaredDistance(i * (d + 1), (start + index[i]) * d, d);
                    sink.add(start + index[i], remainders, i * (d + 1), weight, squaredDistance);
                }
                for (int i = 0; i < count; i++) {
                    subtract((start + index[i]) * d, i * (d + 1), d);
                }
            }
        }

        private float squaredDistance(int at, int codeword, int d) {
            float sum = 0;
            for (int j = 0; j < d; j++) {
                float apart = remainders[at + j] - codewords[codeword + j];
                sum += apart * apart;
            }
            return sum;
        }

        private void subtract(int codeword, int at, int d) {
            for (int j = 0; j < d; j++) {
                remainders[at + j] -= codewords[codeword + j];
            }
        }
    }
}
